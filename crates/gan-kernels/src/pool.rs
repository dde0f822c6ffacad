//! Max and average pooling with any kernel, stride and padding, and gradients that are right.

use crate::backend::composed;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::parallel;
use crate::resample::{AxisMap, separable};
use candle_core::{Result, Tensor, bail};

/// The window of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Step down and across.
    pub stride: [usize; 2],
    /// Pixels added above and below, left and right; at most half the kernel.
    pub padding: [usize; 2],
    /// Whether an average counts padded zeros; PyTorch's default is true.
    pub count_include_pad: bool,
}

impl Pool {
    /// A square window with `stride` equal to its size and no padding.
    pub fn square(kernel: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [kernel; 2], padding: [0; 2], count_include_pad: true }
    }

    /// Output length along `axis` for an input of `size`.
    fn output(&self, axis: usize, size: usize) -> Result<usize> {
        let (k, s, p) = (self.kernel[axis], self.stride[axis], self.padding[axis]);
        if k == 0 || s == 0 || 2 * p > k {
            bail!("pooling: expected kernel and stride ≥ 1 and padding ≤ kernel/2, found {self:?}")
        }
        if size + 2 * p < k {
            bail!("pooling: a window of {k} does not fit {size} pixels padded by {p}")
        }
        Ok((size + 2 * p - k) / s + 1)
    }
}

/// Average over windows. `x`: `(n, c, h, w)`; result `(n, c, oh, ow)` with
/// `o = ⌊(size + 2·padding − kernel)/stride⌋ + 1`.
///
/// # Errors
/// Where the window does not fit.
pub fn avg_pool2d(x: &Tensor, pool: &Pool) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    // A box average is separable, the count of pixels inside too.
    let map = |axis: usize, size: usize| -> Result<AxisMap> {
        let (k, s, p) = (pool.kernel[axis], pool.stride[axis], pool.padding[axis]);
        Ok(AxisMap::new(size, pool.output(axis, size)?, |o| {
            let inside = (o * s).max(p) - p..(o * s + k - p).min(size);
            let count = if pool.count_include_pad { k } else { inside.len() };
            inside.map(|i| (i, 1.0 / count as f64)).collect()
        }))
    };
    separable(x, map(0, h)?, map(1, w)?)
}

/// Largest value of each window. `x`: `(n, c, h, w)`; result `(n, c, oh, ow)`. Padding never
/// wins; among equals the first in reading order gets the gradient, as in PyTorch.
///
/// # Errors
/// Where the window does not fit.
pub fn max_pool2d(x: &Tensor, pool: &Pool) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let (oh, ow) = (pool.output(0, h)?, pool.output(1, w)?);
    if composed(x) {
        // Candle's `gather` has no right second order, so planes are laid end to end.
        let winners = winners_composed(x, pool, (oh, ow))?; // (n·c, oh·ow) indices into a plane
        let planes = Tensor::arange_step(0, (n * c * h * w) as u32, (h * w) as u32, x.device())?;
        let flat = winners.broadcast_add(&planes.reshape((n * c, 1))?)?.flatten_all()?;
        return x.flatten_all()?.index_select(&flat, 0)?.reshape((n, c, oh, ow));
    }
    let winners = apply(Winners(*pool), &[&x.detach()])?;
    apply(Pick { size: (h, w) }, &[x, &winners])
}

fn winners_composed(x: &Tensor, pool: &Pool, (oh, ow): (usize, usize)) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let flat = x.detach().reshape((n * c, h * w))?.contiguous()?;
    // Candidates in reading order; a padded place repeats the window's first real pixel, which
    // is a candidate already and stands first, so it changes nothing.
    let mut sources = Vec::with_capacity(oh * ow * pool.kernel[0] * pool.kernel[1]);
    for o in 0..oh * ow {
        let real: Vec<u32> = window(pool, (h, w), (o / ow, o % ow)).map(|i| i as u32).collect();
        let area = pool.kernel[0] * pool.kernel[1];
        sources.extend((0..area).map(|k| real.get(k).copied().unwrap_or(real[0])));
    }
    let area = pool.kernel[0] * pool.kernel[1];
    let sources = Tensor::from_vec(sources, oh * ow * area, x.device())?;
    let candidates = flat.index_select(&sources, 1)?.reshape((n * c, oh * ow, area))?;
    let best = candidates.argmax_keepdim(2)?; // (n·c, oh·ow, 1)
    sources
        .reshape((1, oh * ow, area))?
        .broadcast_as((n * c, oh * ow, area))?
        .contiguous()?
        .gather(&best, 2)?
        .reshape((n * c, oh * ow))
}

/// Indices into the plane of the real pixels of one window, in reading order.
fn window(pool: &Pool, (h, w): (usize, usize), at: (usize, usize)) -> impl Iterator<Item = usize> {
    let span = |axis: usize, o: usize, size: usize| {
        let start = o * pool.stride[axis];
        let p = pool.padding[axis];
        start.max(p) - p..(start + pool.kernel[axis] - p).min(size)
    };
    let (ys, xs) = (span(0, at.0, h), span(1, at.1, w));
    ys.flat_map(move |y| xs.clone().map(move |x| y * w + x))
}

/// The index within its plane of each window's largest value, as a float: exact below 2²⁴.
struct Winners(Pool);

impl Kernel for Winners {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let [n, c, h, w] = *x.dims else {
            bail!("max_pool2d: expected 4 axes, found {:?}", x.dims)
        };
        if h * w > 1 << 24 {
            bail!("max_pool2d: planes of up to 2^24 pixels are supported, found {h}×{w}")
        }
        let (oh, ow) = (self.0.output(0, h)?, self.0.output(1, w)?);
        let mut out = vec![T::real(0.0); n * c * oh * ow];
        parallel::pieces(&mut out, oh * ow, |plane, out| {
            let x = &x.data[plane * h * w..(plane + 1) * h * w];
            for (o, out) in out.iter_mut().enumerate() {
                let mut best: Option<usize> = None;
                for i in window(&self.0, (h, w), (o / ow, o % ow)) {
                    // NaN wins, so that it is not hidden.
                    let wins = |b: usize| x[i] > x[b] || (x[i].is_nan() && !x[b].is_nan());
                    if best.is_none_or(wins) {
                        best = Some(i);
                    }
                }
                *out = T::real(best.unwrap_or(0) as f64);
            }
        });
        Ok((out, vec![n, c, oh, ow]))
    }

    fn grads(&self, _: &[&Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![None])
    }
}

/// `out[o] = x[winner[o]]` within each plane: linear in x.
struct Pick {
    size: (usize, usize),
}

impl Kernel for Pick {
    fn name(&self) -> &'static str {
        "max_pool2d pick"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (x, winners) = (&inputs[0], &inputs[1]);
        let plane = self.size.0 * self.size.1;
        let each = winners.dims[2] * winners.dims[3];
        let mut out = winners.data.to_vec();
        parallel::pieces(&mut out, each, |i, out| {
            let x = &x.data[i * plane..(i + 1) * plane];
            out.iter_mut().for_each(|v| *v = x[v.wide() as usize]);
        });
        Ok((out, winners.dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(apply(Place { size: self.size }, &[g, inputs[1]])?), None])
    }
}

/// The adjoint of [`Pick`]: adds each `g[o]` to `out[winner[o]]`.
struct Place {
    size: (usize, usize),
}

impl Kernel for Place {
    fn name(&self) -> &'static str {
        "max_pool2d place"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (g, winners) = (&inputs[0], &inputs[1]);
        let plane = self.size.0 * self.size.1;
        let each = winners.dims[2] * winners.dims[3];
        let (n, c) = (winners.dims[0], winners.dims[1]);
        let mut out = vec![T::real(0.0); n * c * plane];
        parallel::pieces(&mut out, plane, |i, out| {
            let range = i * each..(i + 1) * each;
            for (&g, w) in g.data[range.clone()].iter().zip(&winners.data[range]) {
                out[w.wide() as usize] += g;
            }
        });
        Ok((out, vec![n, c, self.size.0, self.size.1]))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let gg = if_tracked(inputs[0], || apply(Pick { size: self.size }, &[h, inputs[1]]))?;
        Ok(vec![gg, None])
    }
}
