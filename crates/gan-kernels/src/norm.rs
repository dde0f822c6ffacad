//! Normalization to zero mean and unit variance: batch, instance, layer and group norm.
//!
//! All are one operation, [`normalize`], over different groupings of the axes, followed by
//! [`crate::channel::scale_shift`].

use crate::backend::composed;
use crate::channel::{self, split};
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::parallel;
use candle_core::{DType, Result, Tensor, bail};
use std::sync::{Arc, OnceLock};

pub use crate::batch_norm::{batch_norm_train, batch_norm_with_moments};

/// Zero mean and unit variance per channel: `(x − μ_c) / √(σ²_c + eps)`, with μ and the biased
/// σ² over all axes but axis 1. `x`: `(n, c, …)`.
///
/// # Errors
/// Where `eps` is not positive or `x` has fewer than two axes.
pub fn normalize(x: &Tensor, eps: f64) -> Result<Tensor> {
    if eps.is_nan() || eps <= 0.0 {
        bail!("normalize: expected eps > 0, found {eps}")
    }
    split(x.dims())?;
    if composed(x) {
        let dims = x.dims();
        let centred = x.sub(&channel::expand(&channel::mean(x)?, dims)?)?;
        let var = channel::mean(&centred.sqr()?)?;
        return channel::mul(&centred, &(var + eps)?.sqrt()?.recip()?);
    }
    apply(Normalize(eps, Shared::default()), &[x])
}

/// Batch normalization with given statistics, as in evaluation: `γ·(x − μ)/√(σ² + eps) + β`.
/// `x`: `(n, c, …)`; all others `(c,)`.
///
/// # Errors
/// Where shapes do not fit.
pub fn batch_norm_eval(
    x: &Tensor,
    mean: &Tensor,
    var: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
) -> Result<Tensor> {
    let scale = scale.mul(&(var + eps)?.sqrt()?.recip()?)?;
    let shift = shift.sub(&mean.mul(&scale)?)?;
    channel::scale_shift(x, &scale, &shift)
}

/// Instance normalization (arXiv 1607.08022): each channel of each image by itself.
/// `x`: `(n, c, …)`; same shape.
///
/// # Errors
/// As [`normalize`].
pub fn instance_norm(x: &Tensor, eps: f64) -> Result<Tensor> {
    let (n, c, inner) = split(x.dims())?;
    normalize(&x.reshape((1, n * c, inner))?, eps)?.reshape(x.dims())
}

/// Group normalization (arXiv 1803.08494): each of `groups` runs of channels of each image by
/// itself; one group is layer normalization. `x`: `(n, c, …)`; same shape.
///
/// # Errors
/// Where `groups` does not divide the channels; as [`normalize`].
pub fn group_norm(x: &Tensor, groups: usize, eps: f64) -> Result<Tensor> {
    let (n, c, inner) = split(x.dims())?;
    if groups == 0 || c % groups != 0 {
        bail!("group norm: {groups} groups do not divide {c} channels")
    }
    normalize(&x.reshape((1, n * groups, c / groups * inner))?, eps)?.reshape(x.dims())
}

/// Layer normalization (arXiv 1607.06450): each sample by itself, over all its features.
/// `x`: `(n, c, …)`; same shape.
///
/// # Errors
/// As [`normalize`].
pub fn layer_norm(x: &Tensor, eps: f64) -> Result<Tensor> {
    group_norm(x, 1, eps)
}

/// Mean and *biased* variance per channel, for running statistics; not differentiable.
/// `x`: `(n, c, …)`; results `(c,)`.
///
/// # Errors
/// Where `x` has fewer than two axes.
pub fn moments(x: &Tensor) -> Result<(Tensor, Tensor)> {
    let x = x.detach();
    if composed(&x) {
        let mean = channel::mean(&x)?;
        let centred = x.sub(&channel::expand(&mean, x.dims())?)?;
        return Ok((mean, channel::mean(&centred.sqr()?)?));
    }
    let both = apply(Moments, &[&x])?; // (2, c)
    Ok((both.get(0)?, both.get(1)?))
}

/// Mean and biased variance of each channel, in f64 whatever the element type. One pass, over
/// differences from the mean of the first sample, so that hardly anything cancels.
fn statistics<T: Real>(x: &Input<'_, T>) -> Result<Vec<[f64; 2]>> {
    let shape = split(x.dims)?;
    let (n, c, inner) = shape;
    let count = (n * inner).max(1) as f64;
    if n * inner == 0 {
        return Ok(vec![[0.0; 2]; c]);
    }
    let first = |channel: usize| {
        let plane = &x.data[channel * inner..(channel + 1) * inner];
        plane.iter().map(|v| v.wide()).sum::<f64>() / inner as f64
    };
    let near: Vec<T> = (0..c).map(|channel| T::real(first(channel))).collect();
    let sums = channel::reduce(shape, [x.data], |channel| {
        let near = near[channel];
        move |[v]: [T; 1]| [v - near, (v - near) * (v - near)]
    });
    let stats = sums.into_iter().zip(near).map(|([sum, squares], near)| {
        let mean = sum / count;
        [near.wide() + mean, (squares / count - mean * mean).max(0.0)]
    });
    Ok(stats.collect())
}

/// Statistics that the forward pass leaves for the backward one.
pub(crate) type Shared = Arc<OnceLock<Vec<[f64; 2]>>>;

struct Moments;

impl Kernel for Moments {
    fn name(&self) -> &'static str {
        "moments"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let stats = statistics(&inputs[0])?;
        let out = (0..2).flat_map(|k| stats.iter().map(move |s| T::real(s[k]))).collect();
        Ok((out, vec![2, stats.len()]))
    }

    fn grads(&self, _: &[&Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![None])
    }
}

/// The statistics, computed unless they are known.
pub(crate) fn known<'a, T: Real>(shared: &'a Shared, x: &Input<'_, T>) -> Result<&'a [[f64; 2]]> {
    if let Some(stats) = shared.get() {
        return Ok(stats);
    }
    let stats = statistics(x)?;
    Ok(shared.get_or_init(|| stats))
}

/// Its eps, and the statistics once they are known.
struct Normalize(f64, Shared);

impl Kernel for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let (_, c, inner) = split(x.dims)?;
        let stats = known(&self.1, x)?;
        let out = parallel::map_planes(x.data, (c, inner), |channel| {
            let [m, v] = stats[channel];
            let (m, r) = (T::real(m), T::real(1.0 / (v + self.0).sqrt()));
            move |v| (v - m) * r
        });
        Ok((out, x.dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(apply(NormalizeGrad(self.0, self.1.clone()), &[inputs[0], g])?)])
    }
}

/// The gradient of [`normalize`] in `x`, for a gradient `g` of its result.
pub(crate) fn normalize_grad(x: &Tensor, g: &Tensor, eps: f64, shared: &Shared) -> Result<Tensor> {
    apply(NormalizeGrad(eps, shared.clone()), &[x, g])
}

/// `F(x, g) = r·(g − ⟨g⟩ − y·⟨g·y⟩)`: the gradient of [`normalize`], with y its result,
/// r = 1/√(σ² + eps) and ⟨·⟩ the mean over a channel.
struct NormalizeGrad(f64, Shared);

impl Kernel for NormalizeGrad {
    fn name(&self) -> &'static str {
        "normalize gradient"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (x, g) = (&inputs[0], &inputs[1]);
        let shape = split(x.dims)?;
        let (_, c, inner) = shape;
        let count = (shape.0 * inner).max(1) as f64;
        let stats = known(&self.1, x)?;
        let sums = channel::reduce(shape, [g.data, x.data], |channel| {
            let mean = T::real(stats[channel][0]);
            move |[g, x]: [T; 2]| [g, g * (x - mean)]
        });
        // F = r·g − r·⟨g⟩ − r³·⟨g·(x−μ)⟩·(x−μ) = a·g + b·(x−μ) + d
        let out = parallel::zip_planes(g.data, x.data, (c, inner), |channel| {
            let ([m, v], [sg, sgx]) = (stats[channel], sums[channel]);
            let r = 1.0 / (v + self.0).sqrt();
            let [a, b, d, m] = [r, -r * r * r * sgx / count, -r * sg / count, m].map(T::real);
            move |g, x| a * g + b * (x - m) + d
        });
        Ok((out, x.dims.to_vec()))
    }

    // With h the gradient of F and M values a channel, ⟨h, F⟩ = M·r·(⟨gh⟩ − ⟨g⟩⟨h⟩ − ⟨gy⟩⟨hy⟩).
    // F is linear and symmetric in g, so ∂/∂g = F(x, h); and from ∂r/∂x = −r²·y/M and
    // ∂(M⟨gy⟩)/∂x = F(x, g) follows
    // ∂/∂x = −r²·y·(⟨gh⟩ − ⟨g⟩⟨h⟩ − ⟨gy⟩⟨hy⟩) − r·(⟨hy⟩·F(x, g) + ⟨gy⟩·F(x, h)).
    fn grads(&self, inputs: &[&Tensor], res: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (x, g) = (inputs[0], inputs[1]);
        let (n, _, inner) = split(x.dims())?;
        let scale = 1.0 / (n * inner).max(1) as f64;
        let fh = apply(NormalizeGrad(self.0, self.1.clone()), &[x, h])?;
        let gx = if_tracked(x, || {
            let mean_of = |a: &Tensor, b: &Tensor| channel::dot(a, b)?.affine(scale, 0.0);
            let y = normalize(x, self.0)?;
            let centred = x.sub(&channel::expand(&channel::mean(x)?, x.dims())?)?;
            let r = (mean_of(&centred, &centred)? + self.0)?.sqrt()?.recip()?;
            let (gy, hy) = (mean_of(g, &y)?, mean_of(h, &y)?);
            let inner = mean_of(g, h)?
                .sub(&channel::mean(g)?.mul(&channel::mean(h)?)?)?
                .sub(&gy.mul(&hy)?)?;
            let first = channel::mul(&y, &inner.mul(&r.sqr()?)?)?;
            let second = channel::mul(res, &hy.mul(&r)?)?;
            let third = channel::mul(&fh, &gy.mul(&r)?)?;
            (first + second + third)?.neg()
        })?;
        Ok(vec![gx, if_tracked(g, || Ok(fh.clone()))?])
    }
}

/// The unbiased variance from a biased one over `count` values, as running statistics keep it.
///
/// # Errors
/// Where `count` is below 2.
pub fn unbiased(var: &Tensor, count: usize) -> Result<Tensor> {
    if count < 2 {
        bail!("an unbiased variance needs 2 values or more, found {count}")
    }
    debug_assert!(matches!(var.dtype(), DType::F32 | DType::F64));
    var.affine(count as f64 / (count - 1) as f64, 0.0)
}
