//! The Wasserstein GAN (arXiv 1701.07875).

use candle_core::{Result, Tensor};

/// Critic loss, `E[D(G(z))] − E[D(x)]`.
///
/// arXiv 1701.07875, equation 2 and algorithm 1, negated to be minimized. Over critics of slope 1
/// or less its lowest value is minus the earth mover's distance between data and generator; over
/// critics of slope K or less, K times that. Something must bound the slope: clipped weights, a
/// gradient penalty, spectral normalization. `real`, `fake`: `(batch,)`; units of the data.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn critic(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    fake.mean_all()? - real.mean_all()?
}

/// Generator loss, `−E[D(G(z))]` (arXiv 1701.07875, algorithm 1).
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn generator(fake: &Tensor) -> Result<Tensor> {
    fake.mean_all()?.neg()
}
