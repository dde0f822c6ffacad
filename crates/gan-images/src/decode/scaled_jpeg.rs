//! JPEG at a half, a quarter or an eighth of its size, without ever holding the whole picture.

use std::path::Path;

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

use crate::{Error, Result};

/// Decodes with the sides divided by `scale` (2, 4 or 8, rounded up), as it is stored; the parts of
/// a file that store all of a picture before any of it is drawn may take `most` bytes.
pub(crate) fn decode(bytes: &[u8], scale: usize, most: u64, name: &Path) -> Result<DynamicImage> {
    let wrong =
        |why: String| Error::format(name, format!("cannot be decoded as JPEG at 1/{scale}: {why}"));
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(most).unwrap_or(usize::MAX));
    decoder.read_info().map_err(|error| wrong(error.to_string()))?;
    let info = decoder.info().ok_or_else(|| wrong("no frame header".to_owned()))?;
    let divided = |side: u16| side.div_ceil(scale as u16);
    let (width, height) = decoder
        .scale(divided(info.width), divided(info.height))
        .map_err(|error| wrong(error.to_string()))?;
    let pixels = decoder.decode().map_err(|error| wrong(error.to_string()))?;
    let (width, height) = (u32::from(width), u32::from(height));
    let image = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
        }
        PixelFormat::CMYK32 | PixelFormat::L16 => {
            return Err(wrong("four inks or 16 bits (expected gray or RGB)".to_owned()));
        }
    };
    image.ok_or_else(|| wrong("fewer pixels than its size says".to_owned()))
}
