//! What the codes of an adversarial autoencoder are to follow: a Gaussian, or a mixture of petals.

use crate::Setup;
use candle_core::{DType, Tensor};
use gan_layers::StepRng;
use gan_train::{Error, Result};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// The prior's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// N(0, I).
    #[default]
    Gaussian,
    /// Gaussians around a circle in two dimensions, long towards its middle and narrow along it, as
    /// in figure 3 of arXiv 1511.05644; the numbers are those of the common public scripts.
    Mixture,
}

/// Distance of a component's center from the middle.
const RADIUS: f64 = 1.4;
/// Deviation towards the middle.
const LENGTH: f64 = 0.5;
/// Deviation across.
const BREADTH: f64 = 0.1;

/// A distribution of codes.
#[derive(Debug, Clone)]
pub(crate) struct CodePrior {
    shape: Shape,
    width: usize,
    components: usize,
    scale: f64,
}

impl CodePrior {
    /// Refuses a mixture in other than two dimensions, and what has no size.
    pub fn new(shape: Shape, width: usize, components: usize, scale: f64) -> Result<Self> {
        if !(scale > 0.0 && scale.is_finite()) {
            let what = format!("model.prior_scale: expected a number above 0, found {scale}");
            return Err(Error::Config(what));
        }
        if components == 0 {
            return Err(Error::Config("model.components: expected 1 or more, found 0".into()));
        }
        if shape == Shape::Mixture && width != 2 {
            return Err(Error::Config(format!(
                "model.prior: the mixture lies in a plane, expected model.z = 2, found {width}"
            )));
        }
        Ok(Self { shape, width, components, scale })
    }

    /// `count` draws, `(count, width)`; of the components that `labels` name, `(count,)` of `u32`,
    /// or of any.
    pub fn draw(
        &self,
        count: usize,
        labels: Option<&Tensor>,
        rng: &mut StepRng,
        setup: &Setup,
    ) -> candle_core::Result<Tensor> {
        let (dtype, device) = (setup.dtype, &setup.device);
        let normal = rng.normal("latent", &[count, self.width], dtype, device)?;
        if self.shape == Shape::Gaussian {
            return normal.affine(self.scale, 0.0);
        }
        let most = u32::try_from(self.components).unwrap_or(u32::MAX);
        let component = match labels {
            Some(labels) => labels.clone(),
            None => rng.integers("component", most, count, device)?,
        };
        // Component k lies at the angle 2πk/components, from 0 without meeting itself again.
        let angle = component.to_dtype(DType::F64)?.affine(TAU / self.components as f64, 0.0)?;
        let (cos, sin) = (angle.cos()?.to_dtype(dtype)?, angle.sin()?.to_dtype(dtype)?);
        let along = normal.narrow(1, 0, 1)?.squeeze(1)?.affine(LENGTH, RADIUS)?;
        let across = normal.narrow(1, 1, 1)?.squeeze(1)?.affine(BREADTH, 0.0)?;
        let x = (along.mul(&cos)? - across.mul(&sin)?)?;
        let y = (along.mul(&sin)? + across.mul(&cos)?)?;
        Tensor::stack(&[x, y], 1)?.affine(self.scale, 0.0)
    }
}
