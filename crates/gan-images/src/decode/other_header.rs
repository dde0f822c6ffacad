//! Headers of WebP, BMP, TIFF, GIF and PNM files, as their decoders read them.

use std::io::{BufRead, Seek, SeekFrom};
use std::path::Path;

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, pnm::PnmDecoder, tiff::TiffDecoder, webp::WebPDecoder,
};
use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageError};

use crate::decode::frames;
use crate::decode::header_fields::turns;
use crate::{Error, Format, Header, Mode, Result};

/// Reads the header of a file of `format`; the reader stands at its beginning.
pub(crate) fn read(
    reader: &mut (impl BufRead + Seek),
    format: Format,
    name: &Path,
) -> Result<Header> {
    let start = reader.stream_position().map_err(Error::io(name, "read"))?;
    let more = format == Format::Gif && frames::gif_moves(reader);
    reader.seek(SeekFrom::Start(start)).map_err(Error::io(name, "read"))?;
    let damaged = |error: ImageError| damaged(&error, format, name);
    match format {
        Format::WebP => {
            let decoder = WebPDecoder::new(reader).map_err(damaged)?;
            let more = decoder.has_animation();
            describe(decoder, format, more, name)
        }
        Format::Bmp => describe(BmpDecoder::new(reader).map_err(damaged)?, format, false, name),
        Format::Tiff => {
            let more = pages(reader).is_some_and(|next| next != 0);
            reader.seek(SeekFrom::Start(start)).map_err(Error::io(name, "read"))?;
            describe(TiffDecoder::new(reader).map_err(damaged)?, format, more, name)
        }
        Format::Gif => {
            let mut header =
                describe(GifDecoder::new(reader).map_err(damaged)?, format, more, name)?;
            header.mode = Mode::Palette;
            Ok(header)
        }
        _ => describe(PnmDecoder::new(reader).map_err(damaged)?, format, false, name),
    }
}

/// What a decoder knows before it decodes.
fn describe(
    mut decoder: impl ImageDecoder,
    format: Format,
    more: bool,
    name: &Path,
) -> Result<Header> {
    let (width, height) = decoder.dimensions();
    let (mut width, mut height) = (width as usize, height as usize);
    if turns(decoder.orientation().unwrap_or(Orientation::NoTransforms)) {
        (width, height) = (height, width);
    }
    let original = decoder.original_color_type();
    let color = decoder.color_type();
    let mode = match (original, color) {
        (ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16, _) => Mode::Cmyk,
        (_, color) if color.has_color() && color.has_alpha() => Mode::Rgba,
        (_, color) if color.has_color() => Mode::Rgb,
        (_, color) if color.has_alpha() => Mode::GreyAlpha,
        _ => Mode::Grey,
    };
    if matches!(color, ColorType::Rgb32F | ColorType::Rgba32F) {
        return Err(Error::format(
            name,
            "samples are floating-point numbers (expected whole ones of 8 or 16 bits); save it with \
             whole numbers, or as an array in an .npz",
        ));
    }
    let deep = color.bytes_per_pixel() > color.channel_count();
    Ok(Header { width, height, mode, format, deep, more })
}

/// The place of a TIFF's second page, 0 where there is none; the reader stands at the beginning.
fn pages(reader: &mut (impl BufRead + Seek)) -> Option<u32> {
    let mut head = [0; 8];
    reader.read_exact(&mut head).ok()?;
    let little = head[0] == b'I';
    let long = |b: [u8; 4]| if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) };
    let short = |b: [u8; 2]| if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) };
    if short([head[2], head[3]]) != 42 {
        return None; // BigTIFF
    }
    reader.seek(SeekFrom::Start(long([head[4], head[5], head[6], head[7]]).into())).ok()?;
    let mut count = [0; 2];
    reader.read_exact(&mut count).ok()?;
    reader.seek(SeekFrom::Current(12 * i64::from(short(count)))).ok()?;
    let mut next = [0; 4];
    reader.read_exact(&mut next).ok()?;
    Some(long(next))
}

/// An error of a decoder, with what to do.
pub(crate) fn damaged(error: &ImageError, format: Format, name: &Path) -> Error {
    let format = format.name().to_uppercase();
    let advice = match error {
        ImageError::Unsupported(_) => "convert it to PNG",
        _ => "fetch it again or remove it",
    };
    Error::format(name, format!("cannot be decoded as {format}: {error}; {advice}"))
}
