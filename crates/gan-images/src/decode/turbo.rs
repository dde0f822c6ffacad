//! JPEG by libjpeg-turbo's decoder, where the feature `libjpeg-turbo` asks for it.
//!
//! The default decoder is written in Rust and needs no C compiler. It differs from libjpeg-turbo,
//! which Pillow and so every reference program of image scores uses, in the upsampling of colour:
//! of photographs with 4:2:0 colors one value in seven is off, nearly always by 1 or 2 of 255.

use std::path::Path;

use image::DynamicImage;

use crate::{Mode, Result};

/// The name and version of the decoder in receipts, where it is not the default one.
pub const JPEG_DECODER: &str =
    if cfg!(feature = "libjpeg-turbo") { "libjpeg-turbo" } else { "zune-jpeg" };

/// The image, as it is stored; nothing where the default decoder is to be used.
#[cfg(not(feature = "libjpeg-turbo"))]
pub(crate) fn decode(_: &[u8], _: Mode, _: &Path) -> Result<Option<DynamicImage>> {
    Ok(None)
}

/// The image, as it is stored; nothing where the default decoder is to be used, as for four inks.
#[cfg(feature = "libjpeg-turbo")]
pub(crate) fn decode(bytes: &[u8], mode: Mode, name: &Path) -> Result<Option<DynamicImage>> {
    use crate::Error;

    let grey = match mode {
        Mode::Grey => true,
        Mode::Rgb => false,
        _ => return Ok(None),
    };
    // The library tells errors by unwinding; its panic hook would print, but it raises none.
    let decoded = std::panic::catch_unwind(|| -> std::io::Result<(usize, usize, Vec<u8>)> {
        let file = mozjpeg::Decompress::new_mem(bytes)?;
        let mut started = if grey { file.grayscale()? } else { file.rgb()? };
        let (width, height) = (started.width(), started.height());
        let pixels = started.read_scanlines::<u8>()?;
        started.finish()?;
        Ok((width, height, pixels))
    });
    let wrong = |why: String| {
        Error::format(
            name,
            format!("cannot be decoded as JPEG: {why}; fetch it again or remove it"),
        )
    };
    let (width, height, pixels) = match decoded {
        Ok(decoded) => decoded.map_err(|error| wrong(error.to_string()))?,
        Err(_) => return Err(wrong("libjpeg-turbo gave up".to_owned())),
    };
    let (width, height) = (width as u32, height as u32);
    let image = if grey {
        image::GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
    } else {
        image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    image.map(Some).ok_or_else(|| wrong("fewer pixels than its size says".to_owned()))
}
