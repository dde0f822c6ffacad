//! The image: bytes in rows, and its conversions of channels.

use crate::{Error, Result};

/// More pixels than this no image has, whatever a decoder is allowed: 2³¹.
const MOST_PIXELS: u64 = 1 << 31;

/// An image of 8 bit samples in rows from the top, `(height, width, channels)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Width in pixels, at least 1.
    pub width: usize,
    /// Height in pixels, at least 1.
    pub height: usize,
    /// 1 gray, 3 RGB, 4 RGBA (alpha not premultiplied).
    pub channels: usize,
    /// `height * width * channels` bytes.
    pub pixels: Vec<u8>,
}

impl Image {
    /// An image from its pixels.
    ///
    /// # Errors
    ///
    /// A side of zero, channels other than 1, 3 and 4, more than 2³¹ pixels, or a number of bytes
    /// that is not their product.
    pub fn new(width: usize, height: usize, channels: usize, pixels: Vec<u8>) -> Result<Self> {
        check_size(width, height)?;
        check_channels(channels)?;
        if pixels.len() != width * height * channels {
            return Err(Error::argument(format!(
                "{} bytes as an image of {width}x{height} with {channels} channels (expected {})",
                pixels.len(),
                width * height * channels
            )));
        }
        Ok(Self { width, height, channels, pixels })
    }

    /// An image of one color; `color` has one byte a channel.
    ///
    /// # Errors
    ///
    /// As [`Image::new`].
    pub fn filled(width: usize, height: usize, color: &[u8]) -> Result<Self> {
        check_size(width, height)?;
        check_channels(color.len())?;
        Ok(Self { width, height, channels: color.len(), pixels: color.repeat(width * height) })
    }

    /// The image with `channels` channels: 1, 3 or 4.
    ///
    /// Alpha is composited over white before it is dropped. Gray is ITU-R BT.601's luma
    /// `0.299 R + 0.587 G + 0.114 B` in 16 bit fixed point, as Pillow rounds it. A new alpha is opaque.
    ///
    /// # Errors
    ///
    /// Any other number of channels.
    pub fn to_channels(&self, channels: usize) -> Result<Self> {
        check_channels(channels)?;
        if channels == self.channels {
            return Ok(self.clone());
        }
        let mut pixels = Vec::with_capacity(self.width * self.height * channels);
        for pixel in self.pixels.chunks_exact(self.channels) {
            let (rgb, alpha) = match *pixel {
                [grey] => ([grey; 3], u8::MAX),
                [r, g, b, alpha] => ([r, g, b], alpha),
                [r, g, b, ..] => ([r, g, b], u8::MAX),
                _ => continue, // unreachable: channels are 1, 3 or 4
            };
            match channels {
                1 => pixels.push(luma(over_white(rgb, alpha))),
                3 => pixels.extend(over_white(rgb, alpha)),
                _ => pixels.extend([rgb[0], rgb[1], rgb[2], alpha]),
            }
        }
        Self::new(self.width, self.height, channels, pixels)
    }
}

/// `color` with opacity `alpha / 255` on white, rounded to nearest.
fn over_white(color: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    color.map(|c| ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

/// BT.601 luma in 16 bit fixed point; equal parts give exactly that gray.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 19595 + u32::from(g) * 38470 + u32::from(b) * 7471 + 0x8000) >> 16) as u8
}

/// Refuses sides of zero and more pixels than [`MOST_PIXELS`].
pub(crate) fn check_size(width: usize, height: usize) -> Result<()> {
    let pixels = (width as u64).checked_mul(height as u64);
    match pixels {
        Some(1..=MOST_PIXELS) => Ok(()),
        _ => Err(Error::argument(format!(
            "an image of {width}x{height} pixels (expected at least 1x1 and at most {MOST_PIXELS} pixels)"
        ))),
    }
}

/// Refuses channels other than 1, 3 and 4.
pub(crate) fn check_channels(channels: usize) -> Result<()> {
    match channels {
        1 | 3 | 4 => Ok(()),
        _ => Err(Error::argument(format!("{channels} channels (expected 1, 3 or 4)"))),
    }
}
