//! The hinge loss (arXiv 1705.02894; arXiv 1802.05957, equations 16 and 17).

use candle_core::{Result, Tensor};
use gan_kernels::activation::relu;

/// Discriminator loss, `E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))]`.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn discriminator(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    relu(&real.affine(-1.0, 1.0)?)?.mean_all()? + relu(&(fake + 1.0)?)?.mean_all()?
}

/// Generator loss, `−E[D(G(z))]`.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn generator(fake: &Tensor) -> Result<Tensor> {
    fake.mean_all()?.neg()
}
