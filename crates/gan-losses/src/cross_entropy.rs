//! The losses of the first GAN paper, on logits.

use candle_core::{Result, Tensor};
use gan_kernels::activation::softplus;
use gan_kernels::loss::bce_with_logits;

/// Discriminator loss, `−E[log σ(D(x))] − E[log(1 − σ(D(G(z))))]`.
///
/// Goodfellow et al. 2014 (arXiv 1406.2661), equation 1, negated to be minimized.
/// `real_target` is 1, or below it for one-sided label smoothing (arXiv 1606.03498, section 3.4):
/// 0.9 is usual, and the fakes' target stays 0. `*_logits`: `(batch,)` or `(batch, 1)`; nats;
/// 2·ln 2 ≈ 1.386 where D cannot tell.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn discriminator(
    real_logits: &Tensor,
    fake_logits: &Tensor,
    real_target: f64,
) -> Result<Tensor> {
    bce_with_logits(real_logits, real_target)? + bce_with_logits(fake_logits, 0.0)?
}

/// Non-saturating generator loss, `mean(softplus(-logits))` = −E[log σ(D(G(z)))].
///
/// Goodfellow et al. 2014 (arXiv 1406.2661), section 3: same fixed point as the minimax
/// loss, stronger gradients while the discriminator wins. `logits`: `(batch,)`; nats.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn non_saturating(fake_logits: &Tensor) -> Result<Tensor> {
    bce_with_logits(fake_logits, 1.0)
}

/// Minimax generator loss, `mean(-softplus(logits))` = E[log(1 − σ(D(G(z))))].
///
/// Goodfellow et al. 2014 (arXiv 1406.2661), equation 1: its gradient vanishes where the
/// discriminator is sure. `logits`: `(batch,)`; nats, never above zero.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn minimax(fake_logits: &Tensor) -> Result<Tensor> {
    softplus(fake_logits)?.mean_all()?.neg()
}
