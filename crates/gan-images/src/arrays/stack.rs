//! Many images of one size in one array, as IDX, CIFAR and npz files hold them.

use crate::image::{check_channels, check_size};
use crate::{Error, Image, Result};

/// Images of one size, `(count, height, width, channels)` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageStack {
    /// Number of images.
    pub count: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// 1 gray, 3 RGB, 4 RGBA.
    pub channels: usize,
    /// `count * height * width * channels` bytes.
    pub pixels: Vec<u8>,
}

impl ImageStack {
    /// A stack from its pixels, shape `[count, height, width, channels]`.
    ///
    /// # Errors
    ///
    /// A side or a number of channels that no [`Image`] may have, or pixels that are not the
    /// product of the shape.
    pub fn new([count, height, width, channels]: [usize; 4], pixels: Vec<u8>) -> Result<Self> {
        check_size(width, height)?;
        check_channels(channels)?;
        if (width * height * channels).checked_mul(count) != Some(pixels.len()) {
            return Err(Error::argument(format!(
                "{} bytes as {count} images of {width}x{height} with {channels} channels",
                pixels.len()
            )));
        }
        Ok(Self { count, height, width, channels, pixels })
    }

    /// A stack of images that all have the same size and channels.
    ///
    /// # Errors
    ///
    /// No image, or images that differ in size or channels.
    pub fn from_images(images: &[Image]) -> Result<Self> {
        let first = images.first().ok_or_else(|| Error::argument("no images as a stack"))?;
        let (width, height, channels) = (first.width, first.height, first.channels);
        let mut pixels = Vec::with_capacity(first.pixels.len() * images.len());
        for (index, image) in images.iter().enumerate() {
            if (image.width, image.height, image.channels) != (width, height, channels) {
                return Err(Error::argument(format!(
                    "images of different shapes: image 0 is {width}x{height} with {channels} channels, image {index} is {}x{} with {}",
                    image.width, image.height, image.channels
                )));
            }
            pixels.extend_from_slice(&image.pixels);
        }
        Self::new([images.len(), height, width, channels], pixels)
    }

    /// Bytes of one image.
    pub fn image_len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// A copy of image `index`, or nothing beyond the end.
    pub fn get(&self, index: usize) -> Option<Image> {
        let start = index.checked_mul(self.image_len())?;
        let pixels = self.pixels.get(start..start.checked_add(self.image_len())?)?.to_vec();
        let Self { width, height, channels, .. } = *self;
        Some(Image { width, height, channels, pixels })
    }
}

/// Planes `(channels, area)` of each image to pixels `(area, channels)`.
pub(crate) fn interleave(planar: &[u8], area: usize, channels: usize) -> Vec<u8> {
    let mut pixels = vec![0; planar.len()];
    let image = (area * channels).max(1);
    for (from, to) in planar.chunks_exact(image).zip(pixels.chunks_exact_mut(image)) {
        for (channel, plane) in from.chunks_exact(area.max(1)).enumerate() {
            for (pixel, value) in to.chunks_exact_mut(channels).zip(plane) {
                pixel[channel] = *value;
            }
        }
    }
    pixels
}
