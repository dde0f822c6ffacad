//! Where latents are drawn from.

use crate::Setup;
use candle_core::{Result, Tensor};
use gan_layers::StepRng;
use gan_train::{Distribution, Latent};
use serde::{Deserialize, Serialize};

/// The distribution of the latent z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// N(0, 1) in each dimension.
    #[default]
    Normal,
    /// U(−1, 1) in each dimension.
    Uniform,
    /// The same point every time: a generator without noise has nothing to vary, which shows what
    /// a collapse looks like.
    Constant,
}

impl Prior {
    /// A latent of `width` dimensions from it.
    pub(crate) fn latent(self, width: usize, setup: &Setup) -> Latent {
        let distribution = match self {
            Prior::Normal => Distribution::Normal,
            Prior::Uniform => Distribution::Uniform,
            Prior::Constant => Distribution::Constant,
        };
        Latent { width, distribution, dtype: setup.dtype, device: setup.device.clone() }
    }

    /// `(count, width)` draws.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn draw(
        self,
        (count, width): (usize, usize),
        rng: &mut StepRng,
        setup: &Setup,
    ) -> Result<Tensor> {
        self.latent(width, setup).draw(count, rng)
    }

    /// Latents of virtual batch norm's reference batch: those of a step before the first.
    ///
    /// # Errors
    /// As [`Prior::draw`].
    pub(crate) fn reference(self, size: (usize, usize), setup: &Setup) -> Result<Tensor> {
        self.draw(size, &mut StepRng::new(setup.seed, 0), setup)
    }
}
