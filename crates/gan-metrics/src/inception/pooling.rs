//! Pooling over 3×3 windows, forward only: several times faster than what training needs, which
//! remembers where each maximum stood.

use crate::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use gan_kernels::isa::wide;
use rayon::prelude::*;

/// Planes a task has at least, so that small ones are worth handing over.
const PLANES: usize = 8;

/// A window of 3×3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// The largest value; padding never wins.
    Max { stride: usize, padding: usize },
    /// The mean, with stride 1 and a pixel of padding.
    Average { counts_padding: bool },
}

/// Pools every plane. // (n, c, h, w) → (n, c, oh, ow)
pub(super) fn pool(x: &Tensor, window: Window) -> Result<Tensor> {
    Ok(x.contiguous()?.apply_op1_no_bwd(&window)?)
}

impl CustomOp1 for Window {
    fn name(&self) -> &'static str {
        "pooling of 3×3"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (n, c, h, w) = layout.shape().dims4()?;
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets())
        else {
            bail!("pooling: expected a contiguous tensor of f32")
        };
        let (stride, padding) = match *self {
            Window::Max { stride, padding } => (stride, padding),
            Window::Average { .. } => (1, 1),
        };
        if h.min(w) + 2 * padding < 3 {
            bail!("pooling: a window of 3 does not fit {h}×{w} pixels padded by {padding}")
        }
        let size = |side: usize| (side + 2 * padding - 3) / stride + 1;
        let (oh, ow) = (size(h), size(w));
        let mut out = vec![0.0; n * c * oh * ow];
        // A row with its padding: the window's three rows together.
        let line = || vec![self.beyond(); w + 2 * padding];
        out.par_chunks_mut(oh * ow)
            .zip(values[start..end].par_chunks(h * w))
            .with_min_len(PLANES)
            .for_each_init(line, |line, (out, plane)| {
                for (row, out) in out.chunks_exact_mut(ow).enumerate() {
                    let top = row * stride;
                    let rows = top.saturating_sub(padding)..(top + 3 - padding).min(h);
                    self.gather(&plane[rows.start * w..rows.end * w], &mut line[padding..][..w]);
                    match self {
                        Window::Max { .. } => {
                            wide(|| largest(line, stride, out));
                        }
                        Window::Average { counts_padding } => {
                            let rows = if *counts_padding { 3 } else { rows.len() };
                            wide(|| means(line, rows, out));
                            if !counts_padding {
                                ends(line, rows, out);
                            }
                        }
                    }
                }
            });
        Ok((CpuStorage::F32(out), Shape::from((n, c, oh, ow))))
    }
}

impl Window {
    /// What stands beyond the edge.
    fn beyond(self) -> f32 {
        match self {
            Self::Max { .. } => f32::NEG_INFINITY,
            Self::Average { .. } => 0.0,
        }
    }

    /// The largest or the sum of some rows, column by column.
    fn gather(self, rows: &[f32], line: &mut [f32]) {
        let mut rows = rows.chunks_exact(line.len());
        if let Some(first) = rows.next() {
            line.copy_from_slice(first);
        }
        for row in rows {
            let both = line.iter_mut().zip(row);
            match self {
                Self::Max { .. } => wide(|| both.for_each(|(to, v)| *to = larger(*to, *v))),
                Self::Average { .. } => wide(|| both.for_each(|(to, v)| *to += v)),
            }
        }
    }
}

/// The largest of each three neighbors of a line, `stride` apart.
#[inline(always)]
fn largest(line: &[f32], stride: usize, out: &mut [f32]) {
    for (at, out) in out.iter_mut().enumerate() {
        let three = &line[at * stride..at * stride + 3];
        *out = larger(larger(three[0], three[1]), three[2]);
    }
}

/// The mean of each three neighbors of a line that is the sum of so many rows.
#[inline(always)]
fn means(line: &[f32], rows: usize, out: &mut [f32]) {
    let all = (3 * rows) as f32;
    let three = line.iter().zip(&line[1..]).zip(&line[2..]);
    out.iter_mut().zip(three).for_each(|(out, ((a, b), c))| *out = (a + b + c) / all);
}

/// [`means`] at both ends, where padding does not count.
fn ends(line: &[f32], rows: usize, out: &mut [f32]) {
    let last = out.len() - 1;
    let columns = if last == 0 { 1 } else { 2 };
    for at in [0, last] {
        out[at] = (line[at] + line[at + 1] + line[at + 2]) / (rows * columns) as f32;
    }
}

/// The larger one; a NaN wins, so that it is not hidden.
fn larger(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use gan_kernels::pool::{Pool, avg_pool2d, max_pool2d};

    #[test]
    fn it_equals_the_kernels_of_training() {
        for (h, w) in [(3, 3), (8, 8), (17, 16), (35, 4)] {
            let value = |i: usize| ((i * 7919 % 1009) as f32 - 500.0) / 100.0;
            let values: Vec<f32> = (0..2 * 5 * h * w).map(value).collect();
            let x = Tensor::from_vec(values, (2, 5, h, w), &Device::Cpu).unwrap();
            let difference = |a: Tensor, b: Tensor| {
                assert_eq!(a.dims(), b.dims());
                let apart = (a - b).unwrap().abs().unwrap().max_all().unwrap();
                apart.to_scalar::<f32>().unwrap()
            };
            let plain = |stride: usize, padding: usize, count_include_pad: bool| Pool {
                kernel: [3; 2],
                stride: [stride; 2],
                padding: [padding; 2],
                count_include_pad,
            };
            for (stride, padding) in [(2, 0), (1, 1)] {
                let ours = pool(&x, Window::Max { stride, padding }).unwrap();
                let theirs = max_pool2d(&x, &plain(stride, padding, true)).unwrap();
                assert_eq!(difference(ours, theirs), 0.0);
            }
            for counts_padding in [false, true] {
                let ours = pool(&x, Window::Average { counts_padding }).unwrap();
                let theirs = avg_pool2d(&x, &plain(1, 1, counts_padding)).unwrap();
                assert!(difference(ours, theirs) < 2e-6);
            }
        }
    }

    #[test]
    fn a_nan_is_not_hidden_and_what_does_not_fit_is_refused() {
        let mut values = vec![1.0f32; 9];
        values[4] = f32::NAN;
        let x = Tensor::from_vec(values, (1, 1, 3, 3), &Device::Cpu).unwrap();
        let found = pool(&x, Window::Max { stride: 2, padding: 0 }).unwrap();
        assert!(found.flatten_all().unwrap().to_vec1::<f32>().unwrap()[0].is_nan());
        let small = x.narrow(2, 0, 2).unwrap();
        assert!(pool(&small, Window::Max { stride: 2, padding: 0 }).is_err());
    }
}
