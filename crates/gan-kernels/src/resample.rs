//! Separable linear maps of images: upsampling, padding, and what else is a weighted sum along
//! rows and along columns.
//!
//! One kernel serves them all. Each axis has a sparse matrix; the adjoint is the same kernel with
//! the matrices transposed, so the gradient of any order is right by construction.

use crate::backend::composed;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real};
use crate::linear::matmul_nt;
use crate::parallel;
use candle_core::{Device, Result, Tensor, bail};
use std::sync::Arc;

/// A sparse matrix along one axis: `out[o] = Σ weight·in[index]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AxisMap {
    input: usize,
    rows: Vec<Vec<(usize, f64)>>,
}

impl AxisMap {
    /// `row(o)` lists the `(input index, weight)` pairs of output `o`.
    pub fn new(input: usize, output: usize, row: impl Fn(usize) -> Vec<(usize, f64)>) -> Self {
        Self { input, rows: (0..output).map(row).collect() }
    }

    fn transpose(&self) -> Self {
        let mut rows = vec![Vec::new(); self.input];
        for (o, row) in self.rows.iter().enumerate() {
            for &(i, weight) in row {
                rows[i].push((o, weight));
            }
        }
        Self { input: self.rows.len(), rows }
    }

    fn dense(&self, like: &Tensor) -> Result<Tensor> {
        let mut data = vec![0f64; self.rows.len() * self.input];
        for (o, row) in self.rows.iter().enumerate() {
            for &(i, weight) in row {
                data[o * self.input + i] += weight;
            }
        }
        // On the host: it is narrowed there, since Metal has no f64, and moved.
        let matrix = Tensor::from_vec(data, (self.rows.len(), self.input), &Device::Cpu)?;
        matrix.to_dtype(like.dtype())?.to_device(like.device())
    }
}

/// Applies `down` along the height and `across` along the width. `x`: `(n, c, h, w)`.
pub(crate) fn separable(x: &Tensor, down: AxisMap, across: AxisMap) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    if (h, w) != (down.input, across.input) {
        bail!("resample: maps for {}×{} applied to {h}×{w}", down.input, across.input)
    }
    if composed(x) {
        let (oh, ow) = (down.rows.len(), across.rows.len());
        let x = matmul_nt(&x.reshape((n * c * h, w))?, &across.dense(x)?)?; // (n·c·h, ow)
        let x = x.reshape((n * c, h, ow))?.transpose(1, 2)?.contiguous()?;
        let x = matmul_nt(&x.reshape((n * c * ow, h))?, &down.dense(&x)?)?; // (n·c·ow, oh)
        return x.reshape((n, c, ow, oh))?.transpose(2, 3)?.contiguous();
    }
    apply(Separable { down: Arc::new(down), across: Arc::new(across) }, &[x])
}

struct Separable {
    down: Arc<AxisMap>,
    across: Arc<AxisMap>,
}

fn weights<T: Real>(map: &AxisMap) -> Vec<Vec<(usize, T)>> {
    let row = |row: &Vec<(usize, f64)>| row.iter().map(|&(i, w)| (i, T::real(w))).collect();
    map.rows.iter().map(row).collect()
}

impl Kernel for Separable {
    fn name(&self) -> &'static str {
        "resample"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let (n, c) = (x.dims[0], x.dims[1]);
        let (h, w) = (self.down.input, self.across.input);
        let (down, across) = (weights::<T>(&self.down), weights::<T>(&self.across));
        let (oh, ow) = (down.len(), across.len());
        let zero = T::real(0.0);
        let mut out = vec![zero; n * c * oh * ow];
        parallel::pieces(&mut out, oh * ow, |plane, out| {
            let x = &x.data[plane * h * w..(plane + 1) * h * w];
            let mut wide = vec![zero; h * ow];
            for (from, to) in x.chunks(w.max(1)).zip(wide.chunks_mut(ow.max(1))) {
                for (to, row) in to.iter_mut().zip(&across) {
                    for &(i, weight) in row {
                        *to += weight * from[i];
                    }
                }
            }
            for (to, row) in out.chunks_mut(ow.max(1)).zip(&down) {
                for &(i, weight) in row {
                    for (to, &from) in to.iter_mut().zip(&wide[i * ow..(i + 1) * ow]) {
                        *to += weight * from;
                    }
                }
            }
        });
        Ok((out, vec![n, c, oh, ow]))
    }

    fn grads(&self, _: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(separable(g, self.down.transpose(), self.across.transpose())?)])
    }
}

fn sizes(x: &Tensor, name: &str, size: (usize, usize)) -> Result<(usize, usize)> {
    let (_, _, h, w) = x.dims4()?;
    if h * w * size.0 * size.1 == 0 {
        bail!("{name}: expected sizes above zero, found {h}×{w} to {}×{}", size.0, size.1)
    }
    Ok((h, w))
}

/// Nearest-neighbour resizing, `out[i] = in[⌊i·in/out⌋]`, as PyTorch's `nearest`.
/// `x`: `(n, c, h, w)`; result `(n, c, size.0, size.1)`.
///
/// # Errors
/// Where a size is zero.
pub fn upsample_nearest2d(x: &Tensor, size: (usize, usize)) -> Result<Tensor> {
    let (h, w) = sizes(x, "nearest upsampling", size)?;
    let map = |input, output| AxisMap::new(input, output, |o| vec![(o * input / output, 1.0)]);
    separable(x, map(h, size.0), map(w, size.1))
}

/// Bilinear resizing without antialiasing. With `align_corners` the corner pixels' centers stay
/// in place, else pixel areas do (half-pixel centers, the usual choice).
/// `x`: `(n, c, h, w)`; result `(n, c, size.0, size.1)`.
///
/// # Errors
/// Where a size is zero.
pub fn upsample_bilinear2d(
    x: &Tensor,
    size: (usize, usize),
    align_corners: bool,
) -> Result<Tensor> {
    let (h, w) = sizes(x, "bilinear upsampling", size)?;
    let map = |input: usize, output: usize| {
        AxisMap::new(input, output, |o| {
            let at = match (align_corners, output) {
                (true, 1) => 0.0,
                (true, _) => o as f64 * (input - 1) as f64 / (output - 1) as f64,
                (false, _) => ((o as f64 + 0.5) * input as f64 / output as f64 - 0.5).max(0.0),
            };
            let left = (at as usize).min(input - 1);
            let right = (left + 1).min(input - 1);
            let share = at - left as f64;
            vec![(left, 1.0 - share), (right, share)]
        })
    };
    separable(x, map(h, size.0), map(w, size.1))
}

/// What lies beyond the border of a padded image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Zeros.
    Zero,
    /// The image mirrored about its outermost pixels, which are not repeated.
    Reflect,
    /// The outermost pixels repeated.
    Replicate,
}

/// Pads by `[top, bottom, left, right]` pixels. `x`: `(n, c, h, w)`.
///
/// # Errors
/// Where a reflection would need more pixels than the image has: padding must stay below the size.
pub fn pad2d(x: &Tensor, by: [usize; 4], padding: Padding) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    for (size, before, after) in [(h, by[0], by[1]), (w, by[2], by[3])] {
        if padding != Padding::Zero && size == 0 {
            bail!("padding: an image of {h}×{w} has no border")
        }
        if padding == Padding::Reflect && before.max(after) >= size {
            bail!("reflection padding of {} needs more than {size} pixels", before.max(after))
        }
    }
    let map = |input: usize, before: usize, after: usize| {
        AxisMap::new(input, before + input + after, |o| {
            let at = o as isize - before as isize;
            let last = input as isize - 1;
            let source = match padding {
                Padding::Zero if at < 0 || at > last => return Vec::new(),
                Padding::Zero => at,
                Padding::Replicate => at.clamp(0, last),
                Padding::Reflect => last - (last - at.abs()).abs(),
            };
            vec![(source as usize, 1.0)]
        })
    };
    separable(x, map(h, by[0], by[1]), map(w, by[2], by[3]))
}
