//! The kernel of `a + b`, which backward passes need themselves.

use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::parallel;
use candle_core::{Result, Tensor};

/// The sum of two tensors of one shape.
pub(super) struct Add;

impl Kernel for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let sum = parallel::zip(inputs[0].data, inputs[1].data, |a, b| a + b);
        Ok((sum, inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        inputs.iter().map(|t| if_tracked(t, || Ok(g.clone()))).collect()
    }
}
