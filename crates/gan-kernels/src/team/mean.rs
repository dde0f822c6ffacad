//! The mean over ranks as an operation in the graph.

use super::{current, tree};
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use candle_core::{Result, Tensor, bail};

/// The mean over the ranks of the team in place of a tensor that each has; itself without a team.
///
/// Its gradient is the mean over the ranks of their gradients: with a loss that is the mean of the
/// ranks' losses, every rank then has the gradient of that mean in what it brought.
///
/// # Errors
/// Where a rank is gone, or the tensor is not on the CPU.
pub fn mean(t: &Tensor) -> Result<Tensor> {
    if super::size() < 2 {
        return Ok(t.clone());
    }
    if !t.device().is_cpu() {
        bail!("batch statistics over ranks are made on the CPU alone, found a tensor elsewhere")
    }
    apply(MeanOverRanks, &[t])
}

struct MeanOverRanks;

impl Kernel for MeanOverRanks {
    fn name(&self) -> &'static str {
        "mean over ranks"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let Some(team) = current() else { bail!("a mean over ranks: there is no team any more") };
        let mine: Vec<f64> = x.data.iter().map(|v| v.wide()).collect();
        let all = team.gather(&mine)?;
        let each = mine.len().max(1);
        let sums = tree(all.chunks_exact(each).map(<[f64]>::to_vec).collect());
        let count = team.ranks() as f64;
        Ok((sums.into_iter().map(|sum| T::real(sum / count)).collect(), x.dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![if_tracked(inputs[0], || apply(MeanOverRanks, &[g]))?])
    }
}
