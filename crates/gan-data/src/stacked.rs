//! Stacked digits: three digits as the red, green and blue of one image, 1,000 known modes.
//!
//! The test of mode collapse of unrolled GANs (arXiv 1611.02163, section 3.3.1), VEEGAN
//! (1705.07761) and PacGAN (1712.04086): which of the thousand numbers does a generator reach?

use gan_images::{Image, ImageStack};
use rand::Rng;

use crate::arrays::{ArrayDataset, Arrays};
use crate::dataset::write_labeled;
use crate::{DataInfo, Dataset, Error, Field, Kind, LoadOptions, Result, Slot};
use gan_statistics::stream;

/// The name of these data.
pub(crate) const NAME: &str = "stacked-mnist";
/// Samples, of 10³ combinations with many digits each; the papers draw 25,600 to 128,000.
const SAMPLES: usize = 100_000;
/// One digit a color.
const COLORS: usize = 3;

/// Three digits drawn for every index.
pub(crate) struct Stacked {
    info: DataInfo,
    digits: ArrayDataset,
}

impl Stacked {
    /// Stacks of `digits`, gray images with labels from 0 to 9.
    pub(crate) fn new(digits: Arrays, options: &LoadOptions) -> Result<Self> {
        if let Some(channels) = options.channels.filter(|n| *n != COLORS) {
            let problem =
                format!("{NAME}: {channels} channels (expected 3: each of them is a digit)");
            return Err(Error::Option { problem });
        }
        let single = LoadOptions { channels: Some(1), limit: None, ..*options };
        let digits = ArrayDataset::new(NAME, digits, &single)?;
        let [_, height, width] = digits.shape();
        let shape = [COLORS, height, width];
        let len = options.limit.unwrap_or(SAMPLES).min(SAMPLES);
        let fields = vec![Field::image(shape), Field::class(1000, Vec::new())];
        let info = DataInfo::new(NAME, Kind::Stacked, len, fields);
        Ok(Self { info, digits })
    }

    /// The first images, `most` of them at most, without labels.
    pub(crate) fn first(&self, most: usize) -> Result<Arrays> {
        let [_, height, width] = self.digits.shape();
        let shape = [COLORS, height, width];
        let mut values = vec![0.0; shape.iter().product()];
        let image = |index| {
            self.labeled(index, &mut values)?;
            Ok(Image::from_planes(&values, shape)?)
        };
        let images: Result<Vec<Image>> = (0..self.info.len.min(most)).map(image).collect();
        let images = ImageStack::from_images(&images?)?;
        Ok(Arrays::new(Kind::Stacked, images))
    }
}

impl Dataset for Stacked {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    /// The label is the number that the digits spell, red first.
    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        write_labeled(&self.info, index, out, |values| {
            let mut draws = stream(0, NAME, index as u64);
            let mut number = 0;
            for plane in values.chunks_exact_mut(values.len() / COLORS) {
                let digit = draws.random_range(0..self.digits.info().len);
                number = 10 * number + self.digits.labeled(digit, plane)?.unwrap_or(0);
            }
            Ok(Some(number))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mnist;
    use gan_images::Split;
    use std::collections::HashSet;

    #[test]
    fn each_color_is_a_digit_and_the_label_is_their_number() {
        let options = LoadOptions::default();
        let data = Stacked::new(mnist::load(Split::Test).unwrap(), &options).unwrap();
        assert_eq!((data.info().len, data.info().shape()), (SAMPLES, &[3, 28, 28][..]));
        let digits = ArrayDataset::new("mnist", mnist::load(Split::Test).unwrap(), &options);
        let digits = digits.unwrap();
        let (mut image, mut plane) = (vec![0.0; 3 * 784], vec![0.0; 784]);
        for index in [0, 1, 99_999] {
            let number = data.labeled(index, &mut image).unwrap().unwrap();
            for (color, part) in image.chunks(784).enumerate() {
                let digit = number / 10u32.pow(2 - color as u32) % 10;
                let is_it = |k: usize| {
                    digits.labeled(k, &mut plane).unwrap() == Some(digit) && plane == part
                };
                assert!((0..1000).any(is_it), "sample {index}, color {color}: no {digit}");
            }
        }
        assert!(data.labeled(100_000, &mut image).is_err());
    }

    #[test]
    fn all_thousand_numbers_are_there_and_grey_is_refused() {
        let options = LoadOptions { size: Some(4), limit: Some(12_000), ..LoadOptions::default() };
        let data = Stacked::new(mnist::load(Split::All).unwrap(), &options).unwrap();
        let mut image = vec![0.0; 3 * 16];
        let seen: HashSet<u32> =
            (0..data.info().len).map(|k| data.labeled(k, &mut image).unwrap().unwrap()).collect();
        assert_eq!(seen.len(), 1000);
        let grey = LoadOptions { channels: Some(1), ..LoadOptions::default() };
        let error = Stacked::new(mnist::load(Split::Test).unwrap(), &grey).err().unwrap();
        assert!(error.to_string().contains("each of them is a digit"), "{error}");
    }
}
