//! What an image file says about itself in its first bytes: size, color mode, orientation.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;

use crate::decode::format::{READABLE, looks_like};
use crate::decode::header_fields::{Header, Mode, turns};
use crate::decode::{frames, other_header};
use crate::image::check_size;
use crate::{Error, Format, Result};

/// Reads the header of an image file, a few hundred bytes of it.
///
/// # Errors
///
/// A file that cannot be read, is of no format that is decoded whatever its name, or whose header is
/// cut short or claims an unusable size.
pub fn read_header(path: &Path) -> Result<Header> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    header(&mut BufReader::new(file), path)
}

/// As [`read_header`], from the file's bytes; `name` stands in messages.
///
/// # Errors
///
/// As [`read_header`].
pub fn read_header_of(bytes: &[u8], name: &Path) -> Result<Header> {
    header(&mut Cursor::new(bytes), name)
}

fn header(reader: &mut (impl BufRead + Seek), name: &Path) -> Result<Header> {
    let start = reader.fill_buf().map_err(Error::io(name, "read"))?;
    if start.is_empty() {
        return Err(Error::format(name, format!("is empty (expected {READABLE})")));
    }
    let format = Format::of(start).ok_or_else(|| {
        let found = looks_like(start).map_or(String::new(), |found| format!("is {found}, "));
        let problem = format!("{found}no {READABLE}, whatever its name says; convert or remove it");
        Error::format(name, problem)
    })?;
    let header = match format {
        Format::Png => png(reader, name)?,
        Format::Jpeg => jpeg(reader, name)?,
        other => other_header::read(reader, other, name)?,
    };
    check_size(header.width, header.height)
        .map_err(|error| Error::format(name, error.to_string()))?;
    Ok(header)
}

fn png(reader: &mut (impl Read + Seek), name: &Path) -> Result<Header> {
    let bytes: [u8; 26] = exactly(reader, name)?;
    if &bytes[12..16] != b"IHDR" {
        return Err(Error::format(name, "a PNG without its header chunk; fetch it again"));
    }
    let side = |at: usize| {
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    };
    let mode = match bytes[25] {
        0 => Mode::Grey,
        2 => Mode::Rgb,
        3 => Mode::Palette,
        4 => Mode::GreyAlpha,
        6 => Mode::Rgba,
        other => {
            return Err(Error::format(
                name,
                format!("PNG color type {other} (expected 0, 2, 3, 4 or 6)"),
            ));
        }
    };
    let (width, height, deep) = (side(16), side(20), bytes[24] == 16);
    let more = frames::png_moves(reader);
    Ok(Header { width, height, mode, format: Format::Png, deep, more })
}

/// Walks the segments of a JPEG up to the frame header, which holds the size.
fn jpeg(reader: &mut (impl BufRead + Seek), name: &Path) -> Result<Header> {
    let _start: [u8; 2] = exactly(reader, name)?;
    let mut orientation = Orientation::NoTransforms;
    loop {
        match marker(reader, name)? {
            0x01 | 0xd0..=0xd7 => {} // no content
            0xd9 | 0xda => {
                return Err(Error::format(name, "a JPEG without a frame header; fetch it again"));
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, _, _, h1, h0, w1, w0, components]: [u8; 8] = exactly(reader, name)?;
                let (mut width, mut height) = (
                    usize::from(w1) << 8 | usize::from(w0),
                    usize::from(h1) << 8 | usize::from(h0),
                );
                if turns(orientation) {
                    (width, height) = (height, width);
                }
                let mode = match components {
                    1 => Mode::Grey,
                    3 => Mode::Rgb,
                    4 => Mode::Cmyk,
                    other => {
                        return Err(Error::format(
                            name,
                            format!("a JPEG with {other} components (expected 1, 3 or 4)"),
                        ));
                    }
                };
                let format = Format::Jpeg;
                return Ok(Header { width, height, mode, format, deep: false, more: false });
            }
            0xe1 => {
                let mut segment = vec![0; segment_len(reader, name)?.into()];
                reader.read_exact(&mut segment).map_err(|_| cut_short(name))?;
                if let Some(found) =
                    segment.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk)
                {
                    orientation = found;
                }
            }
            _ => {
                let len = segment_len(reader, name)?;
                reader.seek(SeekFrom::Current(len.into())).map_err(Error::io(name, "read"))?;
            }
        }
    }
}

/// The next marker's second byte; its first, 0xff, may be repeated.
fn marker(reader: &mut impl Read, name: &Path) -> Result<u8> {
    let [first, mut marker]: [u8; 2] = exactly(reader, name)?;
    while marker == 0xff {
        [marker] = exactly(reader, name)?;
    }
    if first != 0xff || marker == 0 {
        return Err(Error::format(name, "a JPEG whose segments are damaged; fetch it again"));
    }
    Ok(marker)
}

/// Bytes in a segment after its length field.
fn segment_len(reader: &mut impl Read, name: &Path) -> Result<u16> {
    let len = u16::from_be_bytes(exactly(reader, name)?);
    len.checked_sub(2)
        .ok_or_else(|| Error::format(name, "a JPEG segment shorter than its own length field"))
}

fn exactly<const N: usize>(reader: &mut impl Read, name: &Path) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|_| cut_short(name))?;
    Ok(bytes)
}

fn cut_short(name: &Path) -> Error {
    Error::format(name, "ends within its header: truncated; fetch it again")
}
