//! PNG and JPEG files to pixels.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};

use crate::header::{Format, read_header_of};
use crate::turbo;
use crate::{Error, Header, Image, Result};

/// Largest image file that is read.
const MAX_FILE: u64 = 1 << 29;
/// Most bytes that one image may take while it is decoded.
const MAX_DECODED: u64 = 1 << 30;
/// Deflate cannot pack better than this, so that a small PNG cannot be a huge picture.
const DEFLATE_RATIO: u64 = 1032;

impl Image {
    /// Decodes a PNG or JPEG file; see [`Image::decode`].
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is larger than 512 MiB, or that [`Image::decode`] refuses.
    pub fn open(path: &Path) -> Result<Self> {
        let len = fs::metadata(path).map_err(Error::io(path, "open"))?.len();
        if len > MAX_FILE {
            return Err(Error::format(
                path,
                format!("{len} bytes (expected an image of at most {MAX_FILE})"),
            ));
        }
        Self::decode(&fs::read(path).map_err(Error::io(path, "read"))?, path)
    }

    /// Decodes the bytes of a PNG or JPEG file, recognised by content; `name` stands in messages.
    ///
    /// Grey files give 1 channel, colours and palettes 3, anything with transparency 4; 16 bit
    /// samples are rounded to 8, and a JPEG's Exif orientation is applied.
    ///
    /// # Errors
    ///
    /// Bytes that are no image, a damaged or truncated one, or one of an absurd size.
    pub fn decode(bytes: &[u8], name: &Path) -> Result<Self> {
        Self::decode_and(bytes, name, true)
    }

    /// As [`Image::decode`], with a JPEG's Exif orientation left alone: what programs see that open
    /// a file with Pillow and convert it, as those that score images do.
    ///
    /// # Errors
    ///
    /// As [`Image::decode`].
    pub fn decode_as_stored(bytes: &[u8], name: &Path) -> Result<Self> {
        Self::decode_and(bytes, name, false)
    }

    fn decode_and(bytes: &[u8], name: &Path, turn: bool) -> Result<Self> {
        let header = read_header_of(bytes, name)?;
        check_whole(bytes, header, name)?;
        let broken = |error: ImageError| {
            let format = header.format.name().to_uppercase();
            Error::format(
                name,
                format!("cannot be decoded as {format}: {error}; fetch it again or remove it"),
            )
        };
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODED);
        let decoded = match header.format {
            Format::Png => {
                let decoder =
                    PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(broken)?;
                pixels(decoder, bytes, name)?.map_err(broken)?
            }
            Format::Jpeg => {
                let mut decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(broken)?;
                decoder.set_limits(limits).map_err(broken)?;
                let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
                let mut image = match turbo::decode(bytes, header.mode, name)? {
                    Some(image) => image,
                    None => DynamicImage::from_decoder(decoder).map_err(broken)?,
                };
                if turn {
                    image.apply_orientation(orientation);
                }
                image
            }
        };
        let (width, height) = (decoded.width() as usize, decoded.height() as usize);
        let color = decoded.color();
        let (channels, pixels) = if color.has_alpha() {
            (4, decoded.into_rgba8().into_raw())
        } else if color.has_color() {
            (3, decoded.into_rgb8().into_raw())
        } else {
            (1, decoded.into_luma8().into_raw())
        };
        Self::new(width, height, channels, pixels)
            .map_err(|error| Error::format(name, error.to_string()))
    }
}

/// Decodes a PNG after comparing what it claims with what so many bytes can hold.
fn pixels(
    decoder: PngDecoder<Cursor<&[u8]>>,
    bytes: &[u8],
    name: &Path,
) -> Result<std::result::Result<DynamicImage, ImageError>> {
    let claimed = decoder.total_bytes();
    // Samples below 8 bits are widened, so one packed byte may become eight, and with a palette and
    // transparency each of those four.
    let possible = (bytes.len() as u64 + 64).saturating_mul(DEFLATE_RATIO * 8 * 4);
    if claimed > MAX_DECODED || claimed > possible {
        return Err(Error::format(
            name,
            format!(
                "claims {claimed} bytes of pixels in a file of {}: not believable",
                bytes.len()
            ),
        ));
    }
    Ok(DynamicImage::from_decoder(decoder))
}

/// Refuses files that end before their end mark, which lenient decoders fill up with grey.
fn check_whole(bytes: &[u8], header: Header, name: &Path) -> Result<()> {
    let whole = match header.format {
        Format::Png => png_is_whole(bytes),
        // Within the image's data 0xff is never followed by 0xd9.
        Format::Jpeg => bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]) > last_scan(bytes),
    };
    if whole {
        Ok(())
    } else {
        Err(Error::format(name, "ends before its end mark: truncated; fetch it again"))
    }
}

/// Where the last scan of a JPEG begins, thumbnails included.
fn last_scan(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).rposition(|pair| pair == [0xff, 0xda])
}

/// Walks the chunks of a PNG to its `IEND`.
fn png_is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, kind @ ..] = rest {
        let len = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let Some(after) = kind.get(4..).and_then(|body| body.get(len.saturating_add(4)..)) else {
            return false;
        };
        if kind.starts_with(b"IEND") {
            return true;
        }
        rest = after;
    }
    false
}
