//! Penalties on the slope of a discriminator, by differentiating its gradient.
//!
//! Candle cuts gradients loose unless `gan_kernels::second_order` is enabled; every function here
//! refuses to work where that would make the penalty a constant.

use candle_core::{Result, Tensor, Var, bail};
use gan_kernels::second_order;

/// Keeps the norm's own gradient finite where the slope is zero.
const TINY: f64 = 1e-12;

/// The slope of each sample's logit at its own input, `∇ₓ D(x)`, as a tensor that can be
/// differentiated again. `logits`: `(n,)` or a map `(n, …)`, computed from all of `x`, the parts
/// of what D judges, `(n, …)` each; result `(n, numbers of all parts)`.
///
/// The sum over the batch is differentiated, so D must judge each sample by itself: batch norm and
/// minibatch discrimination would mix the slopes.
///
/// # Errors
/// Where second-order gradients are off on this thread, or `logits` do not depend on a part.
pub fn input_gradient(logits: &Tensor, x: &[Var]) -> Result<Tensor> {
    // A gradient may be tracked and yet be cut off within: what it says of itself proves nothing.
    second_order::self_test()?;
    let grads = logits.sum_all()?.backward()?;
    let mut parts = Vec::with_capacity(x.len());
    for part in x {
        let Some(gradient) = grads.get(part) else {
            bail!("gradient penalty: the logits do not depend on the input they were computed from")
        };
        parts.push(gradient.flatten_from(1)?);
    }
    match parts.as_slice() {
        [one] => Ok(one.clone()),
        all => Tensor::cat(all, 1),
    }
}

/// `E[(‖∇D(x̂)‖₂ − 1)²]`: WGAN-GP (arXiv 1704.00028, equation 3, without its λ).
///
/// `gradient`: `(n, …)` as [`input_gradient`] gives it, at points x̂ between real and fake ones.
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn one_centred(gradient: &Tensor) -> Result<Tensor> {
    let norms = (squares(gradient)? + TINY)?.sqrt()?;
    (norms - 1.0)?.sqr()?.mean_all()
}

/// `½E[‖∇D(x)‖₂²]`: R1 at real samples, R2 at fake ones (arXiv 1801.04406, equation 9, without
/// its γ).
///
/// # Errors
/// Candle's, where the element type is not a float.
pub fn zero_centred(gradient: &Tensor) -> Result<Tensor> {
    squares(gradient)?.mean_all()? * 0.5
}

/// The squared Euclidean norm of each sample, `(n,)`.
fn squares(gradient: &Tensor) -> Result<Tensor> {
    gradient.flatten_from(1)?.sqr()?.sum(1)
}
