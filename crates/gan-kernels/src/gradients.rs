//! The gradients of a loss in every variable.

use crate::graph::gradients_of;
use crate::sum;
use candle_core::{Result, Tensor, TensorId, backprop::GradStore};
use std::collections::HashMap;

/// Gradients by variable.
#[derive(Debug)]
pub struct Gradients {
    store: GradStore,
    /// Those that never went through Candle's store, and their sums with those that did.
    collected: HashMap<TensorId, Tensor>,
}

/// The gradients of `loss`, a scalar, in every variable that it depends on.
///
/// The same numbers as `loss.backward()`; but the gradients of variables that our own operations
/// use are moved, where Candle adds each to a tensor of zeros first.
///
/// # Errors
/// Those of the operations' gradients.
pub fn backward(loss: &Tensor) -> Result<Gradients> {
    let (store, mut collected) = gradients_of(loss)?;
    for (id, grad) in &mut collected {
        if let Some(other) = store.get_id(*id) {
            *grad = sum::add(grad, other)?;
        }
    }
    Ok(Gradients { store, collected })
}

/// Every tensor behind `loss` that an operation made, in an order in which each comes after those
/// that it was made of: what a search for the first bad number walks along.
pub fn results(loss: &Tensor) -> Vec<Tensor> {
    crate::graph::results(loss)
}

impl Gradients {
    /// The gradient in `variable`, or `None` where the loss does not depend on it.
    pub fn get(&self, variable: &Tensor) -> Option<&Tensor> {
        self.collected.get(&variable.id()).or_else(|| self.store.get(variable))
    }
}
