//! The adversarial losses by name, as a configuration chooses them.

use crate::{cross_entropy, hinge, least_squares, wasserstein};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// What discriminator and generator minimize.
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
    /// [`wasserstein`].
    Wasserstein,
}

impl Adversarial {
    /// What the discriminator minimizes. `real_target` 1 means no label smoothing.
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
            Self::Wasserstein => wasserstein::critic(real, fake),
        }
    }

    /// What the generator minimizes.
    ///
    /// # Errors
    /// Candle's, where the element type is not a float.
    pub fn generator(self, fake: &Tensor) -> Result<Tensor> {
        match self {
            Self::NonSaturating => cross_entropy::non_saturating(fake),
            Self::Minimax => cross_entropy::minimax(fake),
            Self::LeastSquares => least_squares::generator(fake),
            Self::Hinge => hinge::generator(fake),
            Self::Wasserstein => wasserstein::generator(fake),
        }
    }

    /// What one who makes the *real* side minimizes, such as BiGAN's encoder: the generator's loss
    /// with the targets exchanged, `−E[log(1 − σ(D(x)))]` for the non-saturating one
    /// (arXiv 1605.09782, section 2.4).
    ///
    /// # Errors
    /// Candle's, where the element type is not a float.
    pub fn real_side(self, real: &Tensor) -> Result<Tensor> {
        match self {
            // The generator takes real for fake and fake for real: D(x) changes its sign.
            Self::NonSaturating | Self::Minimax => self.generator(&real.neg()?),
            Self::LeastSquares => real.sqr()?.mean_all()? * 0.5,
            Self::Hinge | Self::Wasserstein => real.mean_all(),
        }
    }

    /// Whether a smoothed real target means something to this loss.
    pub fn has_targets(self) -> bool {
        !matches!(self, Self::Hinge | Self::Wasserstein)
    }
}
