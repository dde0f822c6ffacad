//! Cropping, resizing and fitting into a square.

pub(crate) mod fit;
pub(crate) mod plane_resizer;
pub(crate) mod triangle;

use crate::image::check_size;
use crate::resize::triangle::resample;
use crate::{Error, Fit, Image, Result};

/// A rectangle of pixels within an image.
#[derive(Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Image {
    /// The middle `width` × `height` pixels; where the margins are uneven, the odd pixel is cut off
    /// at the right and the bottom.
    ///
    /// # Errors
    ///
    /// A size of zero or larger than the image.
    pub fn crop_center(&self, width: usize, height: usize) -> Result<Self> {
        check_size(width, height)?;
        if width > self.width || height > self.height {
            return Err(Error::argument(format!(
                "a crop of {width}x{height} out of {}x{} (expected at most the image's size)",
                self.width, self.height
            )));
        }
        self.resize_window(self.center(width, height), width, height)
    }

    /// The middle `width` × `height` pixels, which must not be more than there are.
    fn center(&self, width: usize, height: usize) -> Window {
        let (left, top) = ((self.width - width) / 2, (self.height - height) / 2);
        Window { left, top, width, height }
    }

    /// Each pixel repeated `factor` times both ways, so that small pictures can be looked at.
    ///
    /// # Errors
    ///
    /// A factor of zero or a result of more than 2²⁷ pixels.
    pub fn enlarge(&self, factor: usize) -> Result<Self> {
        let width = self.width.saturating_mul(factor);
        check_size(width, self.height.saturating_mul(factor))?;
        let mut pixels = Vec::with_capacity(self.pixels.len() * factor * factor);
        for row in self.pixels.chunks(self.width * self.channels) {
            let wide: Vec<u8> = row
                .chunks(self.channels)
                .flat_map(|pixel| std::iter::repeat_n(pixel, factor))
                .flatten()
                .copied()
                .collect();
            (0..factor).for_each(|_| pixels.extend_from_slice(&wide));
        }
        Self::new(width, self.height * factor, self.channels, pixels)
    }

    /// The image scaled to `width` × `height` by a triangle filter that widens when shrinking
    /// (antialiased bilinear, as Pillow's `BILINEAR` up to rounding); colors are weighted by their opacity.
    ///
    /// # Errors
    ///
    /// A size of zero or of more than 2²⁷ pixels.
    pub fn resize(&self, width: usize, height: usize) -> Result<Self> {
        let whole = Window { left: 0, top: 0, width: self.width, height: self.height };
        self.resize_window(whole, width, height)
    }

    /// What [`Image::resize`] makes of a part of the image.
    fn resize_window(&self, window: Window, width: usize, height: usize) -> Result<Self> {
        check_size(width, height)?;
        let channels = self.channels;
        let row = |number: usize| {
            let start = (window.top + number) * self.width + window.left;
            &self.pixels[start * channels..][..window.width * channels]
        };
        let pixels = if (width, height) == (window.width, window.height) {
            (0..height).flat_map(row).copied().collect()
        } else {
            let shape = [window.height, window.width, channels];
            let to = [height, width];
            if channels == 4 {
                straighten(&resample(shape, to, |number, out| premultiply(row(number), out)))
            } else {
                let scaled = resample(shape, to, |number, out| {
                    out.iter_mut().zip(row(number)).for_each(|(value, &p)| *value = f32::from(p));
                });
                scaled.into_iter().map(|value| value.round() as u8).collect()
            }
        };
        Self::new(width, height, channels, pixels)
    }

    /// The image as a square of `size` × `size` pixels; see [`Fit`] for the ways.
    ///
    /// [`Fit::Crop`] cuts out the largest middle square and scales it, which is scaling the short
    /// side and cutting the middle out, without the detour over a large image.
    ///
    /// # Errors
    ///
    /// A size of zero or of more than 2²⁷ pixels.
    pub fn fit(&self, size: usize, fit: Fit) -> Result<Self> {
        check_size(size, size)?;
        match fit {
            Fit::Resize => self.resize(size, size),
            Fit::Crop => {
                let side = self.width.min(self.height);
                self.resize_window(self.center(side, side), size, size)
            }
            Fit::Pad => {
                let long = self.width.max(self.height);
                let scaled = |side: usize| ((side * size + long / 2) / long).max(1);
                self.resize(scaled(self.width), scaled(self.height))?.pad(size)
            }
        }
    }

    /// The image in the middle of a white square.
    fn pad(&self, size: usize) -> Result<Self> {
        let mut square = Self::filled(size, size, &vec![u8::MAX; self.channels])?;
        let (left, top) = ((size - self.width) / 2, (size - self.height) / 2);
        for (row, pixels) in self.pixels.chunks_exact(self.width * self.channels).enumerate() {
            let start = ((top + row) * size + left) * self.channels;
            square.pixels[start..start + pixels.len()].copy_from_slice(pixels);
        }
        Ok(square)
    }
}

/// RGBA bytes to floats in `[0, 1]`, colors times opacity.
fn premultiply(pixels: &[u8], floats: &mut [f32]) {
    for (value, &p) in floats.iter_mut().zip(pixels) {
        *value = f32::from(p) / 255.0;
    }
    for pixel in floats.chunks_exact_mut(4) {
        for channel in 0..3 {
            pixel[channel] *= pixel[3];
        }
    }
}

/// The inverse of [`premultiply`]; what is fully transparent becomes black.
fn straighten(floats: &[f32]) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(floats.len());
    for pixel in floats.chunks_exact(4) {
        let alpha = pixel[3].clamp(0.0, 1.0);
        let over = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
        pixels.extend(pixel[..3].iter().map(|c| (c * over).round() as u8));
        pixels.push((alpha * 255.0).round() as u8);
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The filter by the letter, on a copy of the picture in floats: one axis after the other, each
    /// sum in the order of its inputs.
    fn by_the_letter(image: &Image, width: usize, height: usize) -> Image {
        let channels = image.channels;
        let mut values: Vec<f32> = image.pixels.iter().map(|&p| f32::from(p)).collect();
        if channels == 4 {
            values = vec![0.0; image.pixels.len()];
            premultiply(&image.pixels, &mut values);
        }
        let weights = |from: usize, to: usize, index: usize| -> Vec<(usize, f32)> {
            let scale = from as f64 / to as f64;
            let (support, center) = (scale.max(1.0), (index as f64 + 0.5) * scale);
            let first = ((center - support).floor().max(0.0) as usize).min(from - 1);
            let end = ((center + support).ceil() as usize).clamp(first + 1, from);
            let weight = |k: usize| (1.0 - (k as f64 + 0.5 - center).abs() / support).max(0.0);
            let sum: f64 = (first..end).map(weight).sum();
            (first..end).map(|k| (k, (weight(k) / sum) as f32)).collect()
        };
        let sum = |taps: &[(usize, f32)], value: &dyn Fn(usize) -> f32| {
            taps.iter().fold(0.0, |sum, (k, weight)| sum + weight * value(*k))
        };
        let mut wide = Vec::new();
        for y in 0..image.height {
            for x in 0..width {
                let taps = weights(image.width, width, x);
                wide.extend(
                    (0..channels)
                        .map(|c| sum(&taps, &|k| values[(y * image.width + k) * channels + c])),
                );
            }
        }
        let mut out = Vec::new();
        for y in 0..height {
            let taps = weights(image.height, height, y);
            out.extend(
                (0..width * channels).map(|at| sum(&taps, &|k| wide[k * width * channels + at])),
            );
        }
        let pixels = match channels {
            4 => straighten(&out),
            _ => out.into_iter().map(|value| value.round() as u8).collect(),
        };
        Image::new(width, height, channels, pixels).unwrap()
    }

    proptest! {
        #[test]
        fn cutting_and_scaling_at_once_gives_the_bytes_of_one_after_the_other(
            (width, height, size) in (1_usize..40, 1_usize..40, 1_usize..24),
            channels in prop::sample::select(vec![1_usize, 3, 4]),
            bytes in prop::collection::vec(any::<u8>(), 40 * 40 * 4),
        ) {
            let pixels = bytes[..width * height * channels].to_vec();
            let image = Image::new(width, height, channels, pixels).unwrap();
            let side = width.min(height);
            let cut = image.crop_center(side, side).unwrap();
            let expected = if side == size { cut } else { by_the_letter(&cut, size, size) };
            prop_assert_eq!(image.fit(size, Fit::Crop).unwrap(), expected);
            if (width, height) != (size, size) {
                prop_assert_eq!(image.resize(size, size).unwrap(), by_the_letter(&image, size, size));
            }
        }
    }

    fn ramp(width: usize, height: usize) -> Image {
        let pixels = (0..width * height).map(|i| (i % width) as u8).collect();
        Image::new(width, height, 1, pixels).unwrap()
    }

    #[test]
    fn crops_the_middle() {
        let cut = ramp(5, 3).crop_center(2, 1).unwrap();
        assert_eq!(cut.pixels, [1, 2]);
        assert!(ramp(5, 3).crop_center(6, 1).is_err());
    }

    #[test]
    fn shrinking_averages() {
        let checks = Image::new(
            4,
            4,
            1,
            (0..16).map(|i| if (i + i / 4) % 2 == 0 { 0 } else { 255 }).collect(),
        )
        .unwrap();
        let small = checks.resize(2, 2).unwrap();
        assert!(small.pixels.iter().all(|&p| (110..=145).contains(&p)), "{:?}", small.pixels);
    }

    #[test]
    fn transparent_colours_do_not_bleed() {
        // red beside fully transparent green: the mixture is red
        let image = Image::new(2, 1, 4, vec![255, 0, 0, 255, 0, 255, 0, 0]).unwrap();
        let one = image.resize(1, 1).unwrap();
        assert_eq!(one.pixels[..3], [255, 0, 0]);
        assert!((126..=129).contains(&one.pixels[3]));
    }

    #[test]
    fn every_fit_gives_the_size() {
        for fit in [Fit::Crop, Fit::Resize, Fit::Pad] {
            for (w, h) in [(1, 1), (7, 3), (3, 7), (64, 64), (1, 4000)] {
                let square = ramp(w, h).fit(16, fit).unwrap();
                assert_eq!((square.width, square.height), (16, 16), "{fit} {w}x{h}");
            }
            assert_eq!(fit.to_string().parse::<Fit>().unwrap(), fit);
        }
        let padded = ramp(4, 2).fit(4, Fit::Pad).unwrap();
        assert_eq!(padded.pixels[..8], [255, 255, 255, 255, 0, 1, 2, 3]);
        let cropped = ramp(4, 2).fit(2, Fit::Crop).unwrap();
        assert_eq!(cropped.pixels, [1, 2, 1, 2]);
        assert!(ramp(2, 2).fit(0, Fit::Crop).is_err());
        assert!("stretch".parse::<Fit>().unwrap_err().to_string().contains("crop, resize or pad"));
    }
}
