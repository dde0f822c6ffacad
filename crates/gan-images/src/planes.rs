//! Bytes in rows of pixels to floats in planes and back: what networks see.

use crate::{Error, Image, Result};

impl Image {
    /// Writes the image into `out` as `(channels, height, width)` in `[-1, 1]`: `x = p / 127.5 − 1`.
    ///
    /// [`Image::from_planes`] gives back exactly the same bytes.
    ///
    /// # Errors
    ///
    /// A buffer of another length than `channels * height * width`.
    pub fn write_planes(&self, out: &mut [f32]) -> Result<()> {
        if out.len() != self.pixels.len() {
            return Err(Error::argument(format!(
                "a buffer of {} values for an image of {} (expected equal lengths)",
                out.len(),
                self.pixels.len()
            )));
        }
        for (channel, plane) in out.chunks_exact_mut((self.width * self.height).max(1)).enumerate()
        {
            let values = self.pixels.iter().skip(channel).step_by(self.channels);
            for (x, &p) in plane.iter_mut().zip(values) {
                *x = f32::from(p) / 127.5 - 1.0;
            }
        }
        Ok(())
    }

    /// The image of `planes`, `(channels, height, width)`: `p = round((x + 1) · 127.5)`, clamped to
    /// `0..=255`; a NaN becomes 0.
    ///
    /// # Errors
    ///
    /// A shape that no image may have, or values that are not its product.
    pub fn from_planes(planes: &[f32], [channels, height, width]: [usize; 3]) -> Result<Self> {
        let mut image = Self::filled(width, height, &vec![0; channels.min(5)])?;
        if planes.len() != image.pixels.len() {
            return Err(Error::argument(format!(
                "{} values as an image of shape ({channels}, {height}, {width})",
                planes.len()
            )));
        }
        for (channel, plane) in planes.chunks_exact(width * height).enumerate() {
            let values = image.pixels.iter_mut().skip(channel).step_by(channels);
            for (p, x) in values.zip(plane) {
                *p = ((x + 1.0) * 127.5).round() as u8; // `as` saturates, and NaN gives 0
            }
        }
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_survive_the_round_trip() {
        let image = Image::new(32, 8, 1, (0..=255).collect()).unwrap();
        let mut planes = vec![0.0; 256];
        image.write_planes(&mut planes).unwrap();
        assert_eq!((planes[0], planes[255]), (-1.0, 1.0));
        assert_eq!(Image::from_planes(&planes, [1, 8, 32]).unwrap(), image);
    }

    #[test]
    fn planes_come_one_after_the_other_and_values_are_clamped() {
        let image = Image::new(2, 1, 3, vec![0, 255, 0, 255, 255, 0]).unwrap();
        let mut planes = [0.0; 6];
        image.write_planes(&mut planes).unwrap();
        assert_eq!(planes, [-1.0, 1.0, 1.0, 1.0, -1.0, -1.0]);
        let clamped = Image::from_planes(&[-3.0, 3.0, f32::NAN, f32::INFINITY], [1, 2, 2]).unwrap();
        assert_eq!(clamped.pixels, [0, 255, 0, 255]);
        assert!(image.write_planes(&mut [0.0; 5]).is_err());
        assert!(Image::from_planes(&[0.0; 4], [2, 2, 1]).is_err());
    }
}
