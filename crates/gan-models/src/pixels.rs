//! Images as binary units: what Boltzmann machines and Bernoulli decoders read and write.

use crate::Setup;
use candle_core::{Result, Tensor};
use gan_kernels::bernoulli;
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_train::Error;
use serde::{Deserialize, Serialize};

/// How an image becomes the values of binary units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pixels {
    /// A unit is on with the pixel's brightness as probability, drawn each time (Salakhutdinov and
    /// Murray, ICML 2008, section 4).
    #[default]
    Stochastic,
    /// A unit is on where the pixel is brighter than half.
    Threshold,
    /// The unit takes the brightness itself, as scikit-learn's `BernoulliRBM` does. Training works,
    /// but likelihoods are still those of drawn pixels: nothing else has one.
    Probabilities,
}

impl Pixels {
    /// Values of units for training. `x`: `(n, …)` in `[-1, 1]`; result `(n, units)` in `[0, 1]`.
    pub(crate) fn units(self, x: &Tensor, rng: &mut StepRng) -> Result<Tensor> {
        match self {
            Self::Stochastic => draw(&brightness(x)?, "pixels", rng),
            Self::Threshold | Self::Probabilities => self.mean(x),
        }
    }

    /// The same without randomness.
    pub(crate) fn mean(self, x: &Tensor) -> Result<Tensor> {
        let brightness = brightness(x)?;
        match self {
            Self::Threshold => brightness.gt(0.5)?.to_dtype(x.dtype()),
            Self::Stochastic | Self::Probabilities => Ok(brightness),
        }
    }

    /// Values that a likelihood can be given of: every unit 0 or 1.
    pub(crate) fn binary(self, x: &Tensor, rng: &mut StepRng) -> Result<Tensor> {
        match self {
            Self::Threshold => self.mean(x),
            Self::Stochastic | Self::Probabilities => Self::Stochastic.units(x, rng),
        }
    }
}

/// `[-1, 1]` to `[0, 1]`, flattened to `(n, units)`.
pub(crate) fn brightness(x: &Tensor) -> Result<Tensor> {
    x.flatten_from(1)?.affine(0.5, 0.5)
}

/// The way back: `prob`: `(n, units)`; result `(n, …shape)` in `[-1, 1]`.
pub(crate) fn image(prob: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let mut full = vec![prob.dim(0)?];
    full.extend_from_slice(shape);
    prob.affine(2.0, -1.0)?.reshape(full)
}

/// 1 with these probabilities, else 0; a constant. Same shape.
pub(crate) fn draw(prob: &Tensor, purpose: &'static str, rng: &mut StepRng) -> Result<Tensor> {
    let levels = rng.levels(purpose);
    // Those of this part of the batch.
    let before = rng.part().index * prob.elem_count();
    bernoulli::draw(prob, |first, out| levels.read((before + first) as u64, out))
}

/// The log-odds of each unit over the examples, `log p/(1 − p)`, with one more sample of each kind
/// so that they are finite; zeros where there are no examples.
pub(crate) fn log_odds(setup: &Setup) -> Result<Vec<f64>> {
    match &setup.examples {
        Some(examples) => log_odds_of(&brightness(examples)?),
        None => Ok(vec![0.0; setup.shape().iter().product()]),
    }
}

/// The same of units `(n, units)` in `[0, 1]`.
pub(crate) fn log_odds_of(units: &Tensor) -> Result<Vec<f64>> {
    let count = units.dim(0)? as f64;
    let sums = values(&units.sum(0)?)?;
    Ok(sums.iter().map(|s| ((s + 1.0) / (count - s + 1.0)).ln()).collect())
}

/// Refuses data that are no images.
pub(crate) fn only_images(entry: &str, setup: &Setup) -> gan_train::Result<()> {
    if setup.shape().len() == 3 {
        return Ok(());
    }
    Err(Error::Config(format!(
        "{entry}: its units are pixels, on or off, and the data are points of {:?} dimensions; use \
         images, or `vae` for points",
        setup.shape()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn units_have_the_brightness_as_mean() {
        let x = Tensor::new(&[-1.0, 1.0, 0.2, -0.6], &Device::Cpu).unwrap().reshape((1, 1, 1, 4));
        let x = x.unwrap().repeat((4000, 1, 1, 1)).unwrap();
        let mut rng = StepRng::new(3, 1);
        let units = Pixels::Stochastic.units(&x, &mut rng).unwrap();
        assert_eq!(units.dims(), [4000, 4]);
        assert!(values(&units).unwrap().iter().all(|v| *v == 0.0 || *v == 1.0));
        let mean = values(&units.mean(0).unwrap()).unwrap();
        assert!((mean[0], mean[1]) == (0.0, 1.0));
        assert!((mean[2] - 0.6).abs() < 0.03 && (mean[3] - 0.2).abs() < 0.03, "{mean:?}");
        let threshold = Pixels::Threshold.units(&x, &mut rng).unwrap();
        assert_eq!(values(&threshold).unwrap()[..4], [0.0, 1.0, 1.0, 0.0]);
        let plain = Pixels::Probabilities.units(&x, &mut rng).unwrap();
        assert_eq!(values(&plain).unwrap()[..2], [0.0, 1.0]);
        let back = image(&plain, &[1, 1, 4]).unwrap();
        assert_eq!(back.dims(), x.dims());
        let error = values(&(back - x).unwrap()).unwrap();
        assert!(error.iter().all(|e| e.abs() < 1e-15));
    }

    #[test]
    fn log_odds_are_finite_and_those_of_the_examples() {
        let x = [[[-1.0, 1.0, -1.0]], [[-1.0, 1.0, 1.0]]];
        let x = brightness(&Tensor::new(&x, &Device::Cpu).unwrap()).unwrap();
        let odds = log_odds_of(&x).unwrap();
        let expected = [(1f64 / 3.0).ln(), 3f64.ln(), 0.0];
        assert!(odds.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{odds:?}");
    }
}
