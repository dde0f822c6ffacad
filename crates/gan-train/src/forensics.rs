//! After a NaN or an infinity: which tensor was the first to go bad.

use crate::{Batch, Result};
use candle_core::{DType, Tensor};
use gan_kernels::update::sum_of_squares;
use gan_layers::ParamStore;

/// How many values of a tensor are not finite, if any, and the first of them.
fn census(t: &Tensor) -> Result<Option<String>> {
    if !t.dtype().is_float() || sum_of_squares(t)?.is_finite() {
        return Ok(None);
    }
    let all = t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
    let bad = all.iter().filter(|v| !v.is_finite()).count();
    let first = all.iter().enumerate().find(|(_, v)| !v.is_finite());
    Ok(first.map(|(i, v)| format!("{bad} of {} values, the first {v} at index {i}", all.len())))
}

/// Names the first bad tensor behind a bad loss: the data, then parameters, then the forward pass
/// in the order it was computed.
pub(crate) fn first_bad(store: &ParamStore, batch: Option<&Batch>, loss: &Tensor) -> Result<String> {
    if let Some(batch) = batch
        && let Some(census) = census(&batch.real)?
    {
        return Ok(format!("the batch of real data ({census}); check the data"));
    }
    for (name, var) in store.tensors() {
        if let Some(census) = census(&var.as_detached_tensor())? {
            return Ok(format!("parameter {name} ({census}), after an earlier update"));
        }
    }
    let nodes = loss.sorted_nodes();
    let total = nodes.len();
    for (at, node) in nodes.into_iter().rev().enumerate() {
        if let Some(census) = census(node)? {
            let shape = node.dims();
            return Ok(format!(
                "the result of operation {} of {total} in the forward pass, shape {shape:?} \
                 ({census})",
                at + 1
            ));
        }
    }
    Ok("the loss itself".to_owned())
}

/// The same for a gradient.
pub(crate) fn bad_gradient(name: &str, gradient: &Tensor) -> Result<Option<String>> {
    Ok(census(gradient)?.map(|c| format!("the gradient of {name} ({c})")))
}
