//! Pixels to PNG files.

use std::io::{self, Write};
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::atomic::write_atomically;
use crate::{Error, Image, Result};

impl Image {
    /// The image as a PNG file's bytes; the same image gives the same bytes.
    ///
    /// # Errors
    ///
    /// Pixels that do not match the size.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let color = match self.channels {
            1 => ExtendedColorType::L8,
            3 => ExtendedColorType::Rgb8,
            _ => ExtendedColorType::Rgba8,
        };
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let expected =
            self.width.checked_mul(self.height).and_then(|area| area.checked_mul(self.channels));
        if expected != Some(self.pixels.len()) {
            return Err(Error::argument(format!(
                "{} bytes as an image of {}x{} with {} channels",
                self.pixels.len(),
                self.width,
                self.height,
                self.channels
            )));
        }
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
            .write_image(&self.pixels, side(self.width), side(self.height), color)
            .map_err(|error| {
                Error::argument(format!("an image of {}x{}: {error}", self.width, self.height))
            })?;
        Ok(bytes)
    }

    /// Writes a PNG file: to a temporary file in the same folder, synced, then renamed.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; what was there before stays then.
    pub fn write_png(&self, path: &Path) -> Result<()> {
        let bytes = self.to_png()?;
        write_atomically(path, |writer| -> io::Result<()> { writer.write_all(&bytes) })
    }
}
