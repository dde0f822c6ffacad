//! Draws of binary units: 1 where a level in `[0, 1)` lies below the unit's probability, else 0.
//!
//! Levels come from the caller, who is asked for those of a part of the result at a time, from any
//! thread and in any order: they must follow from the place alone. What is drawn is a constant.

use crate::activation::{logistic, sigmoid};
use crate::backend::composed;
use crate::isa::wide;
use crate::kernel::{Real, values};
use crate::linear::matmul;
use crate::parallel::pieces;
use crate::tiles::matrix::{self, Matrix, PARALLEL};
use crate::tiles::shared::Shared;
use crate::tiles::strip::{ROWS, WIDTH};
use crate::tiles::unit::{OnUnit, Unit};
use candle_core::{DType, Result, Tensor, bail};
use std::ops::Range;

/// Elements whose levels are asked for at once.
const PART: usize = 1 << 12;

/// Draws of units with these probabilities. `prob`: any shape; result of the same shape.
/// `levels(first, out)` writes the levels of the elements from `first` on, in row-major order.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn draw(prob: &Tensor, levels: impl Fn(usize, &mut [f32]) + Sync) -> Result<Tensor> {
    let prob = prob.detach();
    if composed(&prob) {
        let mut all = vec![0.0; prob.elem_count()];
        levels(0, &mut all);
        return below(all, &prob);
    }
    match prob.dtype() {
        DType::F32 => draw_of::<f32>(&prob, &levels),
        _ => draw_of::<f64>(&prob, &levels),
    }
}

fn draw_of<T: Real>(prob: &Tensor, levels: &(impl Fn(usize, &mut [f32]) + Sync)) -> Result<Tensor> {
    let drawn = values::<T, _>(&[prob], |slices| {
        let mut drawn = vec![T::real(0.0); slices[0].len()];
        pieces(&mut drawn, PART, |i, out| {
            let mut level = [0.0; PART];
            let (level, first) = (&mut level[..out.len()], i * PART);
            levels(first, level);
            let prob = &slices[0][first..first + out.len()];
            wide(|| {
                for ((out, p), level) in out.iter_mut().zip(prob).zip(level.iter()) {
                    *out = drawn_at(*level, *p);
                }
            });
        });
        Ok(drawn)
    })?;
    Tensor::from_vec(drawn, prob.dims(), prob.device())
}

/// Draws of units given others, half a Gibbs step of a Boltzmann machine: each is on with
/// probability `σ(W·s + b)`.
///
/// `weight`: `(units, inputs)`, `bias`: `(units,)`, `states`: `(inputs, chains)`, one column a
/// chain; result `(units, chains)`. The weights are read where they lie, so that few chains cost
/// little. `levels(units, chains, out)` writes the levels of these units of these chains, unit by
/// unit; `chains` begins at a multiple of 32. A chain's result depends on its own column alone.
///
/// # Errors
/// Where shapes do not fit, and Candle's, where the element type is not `f32` or `f64`.
pub fn draw_given(
    (weight, bias): (&Tensor, &Tensor),
    states: &Tensor,
    levels: impl Fn(Range<usize>, Range<usize>, &mut [f32]) + Sync,
) -> Result<Tensor> {
    let (weight, bias, states) = (weight.detach(), bias.detach(), states.detach());
    let ((units, inputs), (depth, chains)) = (weight.dims2()?, states.dims2()?);
    if inputs != depth || bias.dims() != [units] {
        let (w, b, s) = (weight.dims(), bias.dims(), states.dims());
        bail!("draw_given: weights {w:?}, biases {b:?} and states {s:?} do not fit")
    }
    if composed(&weight) {
        let prob = sigmoid(&matmul(&weight, &states)?.broadcast_add(&bias.unsqueeze(1)?)?)?;
        let mut all = vec![0.0; units * chains];
        levels(0..units, 0..chains, &mut all);
        return below(all, &prob);
    }
    let inputs = [&weight, &bias, &states];
    match weight.dtype() {
        DType::F32 => draw_given_of::<f32, _>(inputs, levels),
        _ => draw_given_of::<f64, _>(inputs, levels),
    }
}

fn draw_given_of<T: Real, F>([weight, bias, states]: [&Tensor; 3], levels: F) -> Result<Tensor>
where
    F: Fn(Range<usize>, Range<usize>, &mut [f32]) + Sync,
{
    let ((units, inputs), chains) = (weight.dims2()?, states.dim(1)?);
    let drawn = values::<T, _>(&[weight, bias, states], |slices| {
        let matrix = |data, rows, cols| Matrix { data, rows, cols, transposed: false };
        let weight = matrix(slices[0], units, inputs);
        let states = matrix(slices[2], inputs, chains);
        Ok(T::on_unit(Half { weight, bias: slices[1], states, levels }))
    })?;
    Tensor::from_vec(drawn, (units, chains), weight.device())
}

/// [`draw_given`] on whichever unit the machine has.
struct Half<'a, T, F> {
    weight: Matrix<'a, T>,
    bias: &'a [T],
    states: Matrix<'a, T>,
    levels: F,
}

impl<T, F> OnUnit<T> for Half<'_, T, F>
where
    T: Real,
    F: Fn(Range<usize>, Range<usize>, &mut [f32]) + Sync,
{
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        let ((units, inputs), chains) = (self.weight.size(), self.states.cols);
        let mut drawn = vec![T::real(0.0); units * chains];
        let out = Shared::over(&mut drawn);
        let parallel = units * inputs * chains > PARALLEL;
        let take = |(unit, first): (usize, usize), columns: usize, sums: &mut [[T; WIDTH]]| {
            let mut levels = [0.0; ROWS * WIDTH];
            let levels = &mut levels[..sums.len() * columns];
            (self.levels)(unit..unit + sums.len(), first..first + columns, levels);
            let bias = &self.bias[unit..unit + sums.len()];
            wide(|| {
                let rows = sums.iter_mut().zip(bias).zip(levels.chunks_exact(columns.max(1)));
                for ((sums, bias), levels) in rows {
                    for (sum, level) in sums.iter_mut().zip(levels) {
                        *sum = drawn_at(*level, logistic(*sum + *bias));
                    }
                }
            });
            for (at, row) in sums.iter().enumerate() {
                // SAFETY: each row of each panel comes once, and its columns are its own.
                #[allow(unsafe_code)]
                unsafe {
                    out.fill((unit + at) * chains + first, &row[..columns])
                };
            }
        };
        matrix::strips::<U>(&self.weight, &self.states, parallel, take);
        drawn
    }
}

#[inline(always)]
fn drawn_at<T: Real>(level: f32, prob: T) -> T {
    if T::real(f64::from(level)) < prob { T::real(1.0) } else { T::real(0.0) }
}

/// The draws by Candle's own operations.
fn below(levels: Vec<f32>, prob: &Tensor) -> Result<Tensor> {
    let levels = Tensor::from_vec(levels, prob.dims(), prob.device())?.to_dtype(prob.dtype())?;
    levels.lt(prob)?.to_dtype(prob.dtype())
}
