//! Binary cross-entropy on logits, finite for every finite logit.

use crate::activation::softplus;
use candle_core::{Result, Tensor};

/// Mean binary cross-entropy of logits against one target probability,
/// `mean(softplus(l) − t·l)` = −t·log σ(l) − (1−t)·log(1−σ(l)), in nats.
///
/// `logits`: any shape; `target` in `[0, 1]`; result a scalar.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn bce_with_logits(logits: &Tensor, target: f64) -> Result<Tensor> {
    if target == 0.0 {
        return softplus(logits)?.mean_all();
    }
    if target == 1.0 {
        return softplus(&logits.neg()?)?.mean_all();
    }
    (softplus(logits)? - logits.affine(target, 0.0)?)?.mean_all()
}

/// Mean binary cross-entropy of logits against a target probability each,
/// `mean(softplus(l) − t·l)`, in nats. `logits`, `targets`: equal shapes; result a scalar.
///
/// # Errors
/// Where the shapes differ.
pub fn bce_with_logits_each(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    (softplus(logits)? - logits.mul(targets)?)?.mean_all()
}
