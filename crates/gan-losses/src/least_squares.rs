//! The least-squares GAN (arXiv 1611.04076).

use candle_core::{Result, Tensor};

/// Discriminator loss, `½E[(D(x) − b)²] + ½E[D(G(z))²]`.
///
/// arXiv 1611.04076, equation 2, with the 0-1 coding a = 0, b = `real_target` (1, or less for
/// one-sided label smoothing). Here D's output is used as it is, without a sigmoid.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn discriminator(real: &Tensor, fake: &Tensor, real_target: f64) -> Result<Tensor> {
    ((real - real_target)?.sqr()?.mean_all()? + fake.sqr()?.mean_all()?)? * 0.5
}

/// Generator loss, `½E[(D(G(z)) − 1)²]` (arXiv 1611.04076, equation 2, c = 1).
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn generator(fake: &Tensor) -> Result<Tensor> {
    (fake - 1.0)?.sqr()?.mean_all()? * 0.5
}
