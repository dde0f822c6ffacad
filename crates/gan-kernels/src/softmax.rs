//! Softmax and its logarithm along the last axis, with gradients (Candle's fast ones have none).

use candle_core::{D, Result, Tensor};

/// `log softmax(x)ᵢ = xᵢ − m − ln Σⱼ e^(xⱼ−m)` along the last axis, m the largest x: finite for
/// any finite input.
///
/// # Errors
/// Where `x` has no axis.
pub fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let largest = x.detach().max_keepdim(D::Minus1)?;
    let shifted = x.broadcast_sub(&largest)?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted.broadcast_sub(&log_sum)
}

/// `softmax(x)ᵢ = e^xᵢ / Σⱼ e^xⱼ` along the last axis; each row sums to one.
///
/// # Errors
/// Where `x` has no axis.
pub fn softmax(x: &Tensor) -> Result<Tensor> {
    log_softmax(x)?.exp()
}
