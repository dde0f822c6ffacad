//! Batch normalization as one operation: statistics, scale, shift and what follows, in one pass
//! forward after the statistics and two backward.

use crate::activation::Then;
use crate::backend::composed;
use crate::channel::{self, split};
use crate::graph;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked, values};
use crate::norm::{Shared, known, normalize};
use crate::{parallel, team};
use candle_core::{Result, Tensor, bail};

/// Batch normalization with the batch's own statistics (arXiv 1502.03167, algorithm 1):
/// `γ·(x − μ_B)/√(σ²_B + eps) + β`. `x`: `(n, c, …)`; `scale` γ and `shift` β: `(c,)`.
///
/// # Errors
/// Where a channel holds one value only (its variance would be zero, the output constant),
/// or where shapes do not fit.
pub fn batch_norm_train(x: &Tensor, scale: &Tensor, shift: &Tensor, eps: f64) -> Result<Tensor> {
    Ok(batch_norm_with_moments(x, scale, shift, eps, Then::Nothing)?.0)
}

/// [`batch_norm_train`] and what follows it, with the mean and *biased* variance that were used,
/// as [`crate::norm::moments`] gives them.
///
/// # Errors
/// As [`batch_norm_train`], and where the slope is negative.
pub fn batch_norm_with_moments(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    then: Then,
) -> Result<(Tensor, (Tensor, Tensor))> {
    let (n, c, inner) = split(x.dims())?;
    if n * inner * team::size() < 2 {
        bail!(
            "batch norm: one value a channel in shape {:?} has no variance; \
             use a batch of 2 or more, or another normalisation",
            x.dims()
        )
    }
    if scale.dims() != [c] || shift.dims() != [c] {
        let (scale, shift) = (scale.dims(), shift.dims());
        bail!("batch norm: expected {c} scales and shifts, found shapes {scale:?} and {shift:?}")
    }
    if eps.is_nan() || eps <= 0.0 {
        bail!("batch norm: expected eps > 0, found {eps}")
    }
    then.check()?;
    if team::size() > 1 || composed(x) {
        return of_operations(x, scale, shift, eps, then);
    }
    let shared = Shared::default();
    let y = apply(BatchNorm { eps, then, shared: shared.clone() }, &[x, scale, shift])?;
    let stats = shared.get().map_or(&[][..], Vec::as_slice);
    let column = |k: usize| {
        let values: Vec<f64> = stats.iter().map(|s| s[k]).collect();
        Tensor::from_vec(values, c, x.device())?.to_dtype(x.dtype())
    };
    Ok((y, (column(0)?, column(1)?)))
}

/// The same, made of operations; with the statistics of all ranks where a team is in place, whose
/// shares of the batch are equally large.
fn of_operations(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    then: Then,
) -> Result<(Tensor, (Tensor, Tensor))> {
    let dims = x.dims();
    let mean = team::mean(&channel::mean(x)?)?;
    let centred = x.sub(&channel::expand(&mean, dims)?)?;
    let var = team::mean(&channel::mean(&centred.sqr()?)?)?;
    let normal = channel::mul(&centred, &(&var + eps)?.sqrt()?.recip()?)?;
    let y = channel::scale_shift(&normal, scale, shift)?;
    Ok((then.apply(y)?, (mean.detach(), var.detach())))
}

/// Its eps, what follows, and the statistics once they are known.
struct BatchNorm {
    eps: f64,
    then: Then,
    shared: Shared,
}

impl Kernel for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let (_, c, inner) = split(x.dims)?;
        let stats = known(&self.shared, x)?;
        let (zero, one) = (T::real(0.0), T::real(1.0));
        let slope = self.then.slope().unwrap_or(one);
        let out = parallel::map_planes(x.data, (c, inner), |channel| {
            let [mean, var] = stats[channel];
            let a = inputs[1].data[channel].wide() / (var + self.eps).sqrt();
            let (a, mean, b) = (T::real(a), T::real(mean), inputs[2].data[channel]);
            move |v| {
                let y = (v - mean) * a + b;
                y * if y > zero { one } else { slope }
            }
        });
        Ok((out, x.dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], y: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let [x, scale, shift] = inputs[..] else { bail!("batch norm: three inputs") };
        if !graph::recording() {
            return match x.dtype() {
                candle_core::DType::F32 => self.fast::<f32>([x, scale, y, g]),
                _ => self.fast::<f64>([x, scale, y, g]),
            };
        }
        // What is differentiated again is made of operations that can be.
        let g = self.then.before(y, g)?;
        let normal = normalize(x, self.eps)?;
        let gx = if_tracked(x, || {
            crate::norm::normalize_grad(x, &channel::mul(&g, scale)?, self.eps, &self.shared)
        })?;
        let gscale = if_tracked(scale, || channel::dot(&g, &normal))?;
        Ok(vec![gx, gscale, if_tracked(shift, || channel::sum(&g))?])
    }
}

impl BatchNorm {
    /// All three gradients at once. With g′ the gradient before the activation, r = 1/√(σ² + eps)
    /// and ⟨·⟩ the mean over a channel's M values: `∂β = Σ g′`, `∂γ = r·Σ g′·(x − μ)` and
    /// `∂x = γ·r·(g′ − ⟨g′⟩ − r²·(x − μ)·⟨g′·(x − μ)⟩)`.
    fn fast<T: Real>(&self, [x, scale, y, g]: [&Tensor; 4]) -> Result<Vec<Option<Tensor>>> {
        let shape = split(x.dims())?;
        let (_, c, inner) = shape;
        let count = (shape.0 * inner).max(1) as f64;
        let (zero, one) = (T::real(0.0), T::real(1.0));
        let slope = self.then.slope().unwrap_or(one);
        let before = move |g: T, y: T| g * if y > zero { one } else { slope };
        let stats = self.shared.get().map_or(&[][..], Vec::as_slice);
        let (mut out, mut by_scale, mut by_shift) = (Vec::new(), Vec::new(), Vec::new());
        values::<T, _>(&[x, scale, y, g], |v| {
            let [x, scale, y, g] = v[..] else { bail!("batch norm: four tensors") };
            let sums = channel::reduce(shape, [g, y, x], |channel| {
                let mean = T::real(stats[channel][0]);
                move |[g, y, x]: [T; 3]| [before(g, y), before(g, y) * (x - mean)]
            });
            by_shift = sums.iter().map(|s| T::real(s[0])).collect();
            let root = |channel: usize| 1.0 / (stats[channel][1] + self.eps).sqrt();
            by_scale = sums.iter().enumerate().map(|(i, s)| T::real(s[1] * root(i))).collect();
            out = parallel::zip3_planes(g, y, x, (c, inner), |channel| {
                let (r, [sg, sgx]) = (root(channel), sums[channel]);
                let a = scale[channel].wide() * r;
                let [a, b, d, mean] =
                    [a, -a * r * r * sgx / count, -a * sg / count, stats[channel][0]].map(T::real);
                move |g: T, y: T, x: T| a * before(g, y) + b * (x - mean) + d
            });
            Ok(())
        })?;
        let tensor = |v: Vec<T>, dims: &[usize]| Tensor::from_vec(v, dims, x.device()).map(Some);
        Ok(vec![tensor(out, x.dims())?, tensor(by_scale, &[c])?, tensor(by_shift, &[c])?])
    }
}
