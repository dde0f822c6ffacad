//! Medians of repeated work.

use candle_core::{Device, Result, Tensor};
use gan_kernels::gradients;
use std::time::{Duration, Instant};

/// Milliseconds of one call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Time {
    pub median: f64,
    pub min: f64,
}

/// Fewer calls say nothing of the noise; more say no more.
const CALLS: std::ops::RangeInclusive<usize> = 7..=1000;

/// Calls `work` once without counting, then for as long as `budget` lasts.
pub fn time<T>(budget: Duration, mut work: impl FnMut() -> Result<T>) -> Result<Time> {
    drop(work()?);
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < *CALLS.start() || begin.elapsed() < budget && times.len() < *CALLS.end() {
        let call = Instant::now();
        let result = work()?;
        // Before the result is dropped: memory that is given back belongs to the next call.
        times.push(call.elapsed().as_secs_f64() * 1e3);
        drop(result);
    }
    times.sort_by(f64::total_cmp);
    Ok(Time { median: times[times.len() / 2], min: times[0] })
}

/// The backward pass from `y`, without what it costs to make the tensor of ones it begins with.
///
/// The gradients are those of the variables in the graph of `y`, as a training step takes them.
pub fn backward(budget: Duration, y: &Tensor) -> Result<Time> {
    let all = time(budget, || gradients::backward(y))?;
    let ones = time(budget / 4, || y.ones_like()?.contiguous())?;
    let rest = |all: f64, ones: f64| (all - ones).max(0.0);
    Ok(Time { median: rest(all.median, ones.median), min: rest(all.min, ones.min) })
}

/// Numbers between −½ and ½ that look random, the same in every run.
pub fn numbers(shape: &[usize]) -> Result<Tensor> {
    let count = shape.iter().product::<usize>() as u64;
    let number = |i: u64| {
        let mixed = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 40) as f32 / (1u32 << 24) as f32 - 0.5
    };
    Tensor::from_vec((0..count).map(number).collect::<Vec<f32>>(), shape, &Device::Cpu)
}
