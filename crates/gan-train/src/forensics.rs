//! After a NaN or an infinity: which tensor was the first to go bad.

use crate::{Batch, Result};
use candle_core::Tensor;
use gan_kernels::update::sum_of_squares;
use gan_layers::ParamStore;

/// How many values of a tensor are not finite, if any, and the first of them.
pub(crate) fn census(t: &Tensor) -> Result<Option<String>> {
    if !t.dtype().is_float() || sum_of_squares(t)?.is_finite() {
        return Ok(None);
    }
    let all = gan_kernels::read::values(t)?;
    let bad = all.iter().filter(|v| !v.is_finite()).count();
    let first = all.iter().enumerate().find(|(_, v)| !v.is_finite());
    Ok(first.map(|(i, v)| format!("{bad} of {} values, the first {v} at index {i}", all.len())))
}

/// Names the first bad tensor behind a bad loss: the data, then parameters, then the forward pass
/// in the order it was computed. Buffers come last: a bad forward pass spoils running statistics.
pub(crate) fn first_bad(
    store: &ParamStore,
    batch: Option<&Batch>,
    loss: &Tensor,
) -> Result<String> {
    for (name, field) in batch.iter().flat_map(|batch| batch.iter()) {
        if let Some(census) = census(field)? {
            let of = if batch.is_some_and(|batch| batch.names().next() == Some(name)) {
                String::new()
            } else {
                format!(", field `{name}`")
            };
            return Ok(format!("the batch of real data{of} ({census}); check the data"));
        }
    }
    let every = [""];
    for (name, param) in store.owned(&every) {
        if let Some(census) = census(&param.var().as_detached_tensor())? {
            return Ok(format!("parameter {name} ({census}), after an earlier update"));
        }
    }
    let operations = gan_kernels::gradients::results(loss);
    let total = operations.len();
    for (at, node) in operations.iter().enumerate() {
        if let Some(census) = census(node)? {
            let shape = node.dims();
            return Ok(format!(
                "the result of operation {} of {total} in the forward pass, shape {shape:?} \
                 ({census})",
                at + 1
            ));
        }
    }
    for (name, var) in store.tensors() {
        if let Some(census) = census(&var.as_detached_tensor())? {
            return Ok(format!("buffer {name} ({census})"));
        }
    }
    Ok("the loss itself, which depends on no parameter of this player".to_owned())
}

/// The same for a gradient.
pub(crate) fn bad_gradient(name: &str, gradient: &Tensor) -> Result<Option<String>> {
    Ok(census(gradient)?.map(|c| format!("the gradient of {name} ({c})")))
}
