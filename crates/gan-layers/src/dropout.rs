//! Dropout.

use crate::Pass;
use candle_core::{Result, Tensor, bail};

/// Zeroes each value with probability `rate` and divides the rest by `1 − rate` while training
/// (Srivastava et al. 2014); the identity otherwise. Same shape.
///
/// # Errors
/// Where `rate` is not in `[0, 1)`.
pub fn dropout(x: &Tensor, rate: f64, pass: &mut Pass<'_>) -> Result<Tensor> {
    if !(0.0..1.0).contains(&rate) {
        bail!("dropout: expected a rate in [0, 1), found {rate}")
    }
    if !pass.train || rate == 0.0 {
        return Ok(x.clone());
    }
    let draws = pass.rng.uniform("dropout", (0.0, 1.0), x.dims(), x.dtype(), x.device())?;
    let keep = draws.ge(rate)?.to_dtype(x.dtype())?.affine(1.0 / (1.0 - rate), 0.0)?;
    x.mul(&keep)
}
