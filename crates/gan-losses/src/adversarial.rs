//! The adversarial losses by name, as a configuration chooses them.

use crate::{cross_entropy, hinge, least_squares};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// What discriminator and generator minimise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Adversarial {
    /// Cross-entropy with [`cross_entropy::non_saturating`].
    #[default]
    NonSaturating,
    /// Cross-entropy with [`cross_entropy::minimax`].
    Minimax,
    /// [`least_squares`].
    LeastSquares,
    /// [`hinge`].
    Hinge,
}

impl Adversarial {
    /// What the discriminator minimises. `real_target` 1 means no label smoothing.
    ///
    /// # Errors
    /// Candle's, where the element type is not a float.
    pub fn discriminator(self, real: &Tensor, fake: &Tensor, real_target: f64) -> Result<Tensor> {
        match self {
            Self::NonSaturating | Self::Minimax => {
                cross_entropy::discriminator(real, fake, real_target)
            }
            Self::LeastSquares => least_squares::discriminator(real, fake, real_target),
            Self::Hinge => hinge::discriminator(real, fake),
        }
    }

    /// What the generator minimises.
    ///
    /// # Errors
    /// Candle's, where the element type is not a float.
    pub fn generator(self, fake: &Tensor) -> Result<Tensor> {
        match self {
            Self::NonSaturating => cross_entropy::non_saturating(fake),
            Self::Minimax => cross_entropy::minimax(fake),
            Self::LeastSquares => least_squares::generator(fake),
            Self::Hinge => hinge::generator(fake),
        }
    }

    /// Whether a smoothed real target means something to this loss.
    pub fn has_targets(self) -> bool {
        !matches!(self, Self::Hinge)
    }
}
