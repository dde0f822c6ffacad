//! Sums of tensors of one shape.

use crate::backend::composed;
use crate::kernel::{Input, Kernel, Real, apply, if_tracked};
use crate::parallel;
use candle_core::{Result, Tensor, bail};

/// `a + b`, shapes equal.
///
/// # Errors
/// Where the shapes differ.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() != b.dims() {
        bail!("sum: shapes differ: {:?} and {:?}", a.dims(), b.dims())
    }
    if composed(a) { a.add(b) } else { apply(Add, &[a, b]) }
}

struct Add;

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
