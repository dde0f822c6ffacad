//! Whether data are digits, which the classifier that this program carries was trained on: of other
//! images its features mean nothing, and it is asked about them only where somebody wants that.
//!
//! Digits are known by their name, `mnist`, or by how sure the classifier is of them: the share of
//! images of which its likeliest class has a probability above 0.99. Measured on 1,000 images, in
//! parentheses the mean of that probability, which noise and letters pass for digits by:
//!
//! | data | share | |
//! | --- | --- | --- |
//! | digits: the training part, the held-out part | 0.97, 0.93 | (0.998, 0.991) |
//! | digits of one class alone, ones or eights | 0.95, 0.96 | (0.994, 0.996) |
//! | digits moved by up to three pixels; with noise of deviation 40 of 255 | 0.88, 0.79 | (0.984, 0.972) |
//! | digits printed in a dozen fonts | 0.62 | (0.944) |
//! | half of them digits, half noise | 0.53 | (0.981) |
//! | digits in the mirror; turned by 90 degrees; dark on bright | 0.51, 0.16, 0.01 | (0.913, 0.773, 0.678) |
//! | printed letters, capital; small | 0.32, 0.10 | (0.854, 0.727) |
//! | strokes; blobs; a texture | 0.18, 0.00, 0.00 | (0.801, 0.509, 0.397) |
//! | uniform noise; a fifth of all pixels bright | 0.10, 0.18 | (0.968, 0.830) |
//! | Fashion-MNIST | 0.08 | (0.751) |
//! | scikit-learn's digits of 8×8, enlarged | 0.09 | (0.696) |

use crate::error::{Context, Result};
use gan_data::{Dataset, Kind};
use gan_images::Image;
use gan_metrics::digits::Digits;
use gan_metrics::{ImageSet, Protocol};

/// A probability that is sure.
const SURE: f64 = 0.99;
/// The share of sure answers from which on data are taken for digits: between the worst handwritten
/// digits of the table and all that are none.
const DIGITS: f64 = 0.75;
/// Images that are looked at.
const LOOKED_AT: usize = 1000;
/// Images that go through the network together: as many as it takes at once, whatever it is given.
const BATCH: usize = 64;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likeness {
    /// The digits that this program carries.
    Named,
    /// Other images, with the share of which the classifier is sure.
    Sure(f64),
}

impl Likeness {
    /// Looks at images spread over the data.
    ///
    /// # Errors
    /// Points, or images that cannot be read.
    pub fn of(dataset: &dyn Dataset) -> Result<Self> {
        let info = dataset.info();
        if info.kind == Kind::Mnist && info.shape() == [1, 28, 28] {
            return Ok(Self::Named);
        }
        let shape: [usize; 3] = info.shape().try_into().context("expected images, found points")?;
        let network = Digits::embedded()?;
        let mut set = ImageSet::of_everything(&network, Protocol::PytorchFid);
        let mut values = vec![0.0; shape.iter().product()];
        let count = info.len.min(LOOKED_AT);
        let mut image = |k: usize| -> Result<Image> {
            dataset.labeled(k * info.len / count, &mut values)?;
            Ok(Image::from_planes(&values, shape)?)
        };
        for start in (0..count).step_by(BATCH) {
            let images = (start..count.min(start + BATCH)).map(&mut image);
            set.add_images(&images.collect::<Result<Vec<_>>>()?)?;
        }
        let logits = set.finish(&info.spec)?.logits.context("digits: no classes")?;
        let rows = logits.to_f64();
        let sure = rows.chunks_exact(logits.width()).filter(|row| likeliest(row) > SURE).count();
        Ok(Self::Sure(sure as f64 / count.max(1) as f64))
    }

    /// Whether the data are taken for digits.
    pub fn is_digits(self) -> bool {
        match self {
            Self::Named => true,
            Self::Sure(share) => share >= DIGITS,
        }
    }

    /// Why, behind `the data`.
    pub fn words(self) -> String {
        match self {
            Self::Named => "are the digits that this program carries".to_owned(),
            Self::Sure(share) => format!(
                "{} like digits: the classifier of digits is sure of {:.0} % of them, of \
                 handwritten digits of {:.0} % or more",
                if self.is_digits() { "look" } else { "do not look" },
                100.0 * share,
                100.0 * DIGITS
            ),
        }
    }
}

/// The probability of the likeliest class.
fn likeliest(logits: &[f64]) -> f64 {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    1.0 / logits.iter().map(|v| (v - most).exp()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::{LoadOptions, open};
    use gan_images::{ImageStack, write_idx_images};
    use gan_layers::StepRng;

    /// What a folder of these pictures looks like.
    fn of_pictures(pixels: Vec<u8>) -> Likeness {
        let folder = tempfile::tempdir().unwrap();
        let stack = ImageStack::new([pixels.len() / 784, 28, 28, 1], pixels).unwrap();
        write_idx_images(&folder.path().join("images-idx3-ubyte"), &stack).unwrap();
        let spec = folder.path().to_str().unwrap();
        Likeness::of(open(spec, &LoadOptions::default()).unwrap().as_ref()).unwrap()
    }

    #[test]
    fn digits_are_known_whatever_they_are_called_and_noise_is_not() {
        let digits = open("mnist", &LoadOptions::default()).unwrap();
        assert_eq!(Likeness::of(digits.as_ref()).unwrap(), Likeness::Named);
        let mut values = vec![0.0; 784];
        let mut pixels = Vec::new();
        for k in 0..300 {
            digits.labeled(k, &mut values).unwrap();
            pixels.extend(Image::from_planes(&values, [1, 28, 28]).unwrap().pixels);
        }
        let found = of_pictures(pixels.clone());
        assert!(found.is_digits() && found != Likeness::Named, "{found:?}");
        // Dark on bright is another matter.
        assert!(!of_pictures(pixels.iter().map(|v| 255 - v).collect()).is_digits());
        // Of noise the classifier is 97 % sure on average, and yet seldom sure.
        let mut next = StepRng::new(0, 0).uniforms("noise");
        let noise = of_pictures((0..300 * 784).map(|_| (256.0 * next()) as u8).collect());
        assert!(!noise.is_digits(), "{noise:?}");
        assert!(noise.words().starts_with("do not look like digits"), "{}", noise.words());
    }

    #[test]
    fn images_of_other_shapes_are_looked_at_and_points_are_refused() {
        let options = LoadOptions { size: Some(28), limit: Some(50), ..LoadOptions::default() };
        let texture = open("texture:honeycomb", &options).unwrap();
        assert_eq!(Likeness::of(texture.as_ref()).unwrap(), Likeness::Sure(0.0));
        let points = open("toy:ring", &LoadOptions::default()).unwrap();
        assert!(Likeness::of(points.as_ref()).is_err());
    }
}
