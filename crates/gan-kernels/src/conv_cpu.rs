//! Convolution on the CPU: columns of patches (im2col) times the weight matrix, image chunks in
//! parallel.
//!
//! Chunks and the order in which their weight gradients are added depend on the shapes alone, so
//! the result is the same for any number of threads.

use crate::conv::Conv2d;
use crate::gemm::{Mat, gemm};
use crate::kernel::{Input, Real};
use candle_core::{Result, bail};
use rayon::prelude::*;
use std::ops::Range;

/// Columns that make one matrix product worth its packing.
const COLUMNS: usize = 256;
/// Partial sums of a weight gradient, each over its own run of chunks.
const PARTIALS: usize = 4;

/// Every size of one convolution.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub n: usize,
    /// Channels of x and of y, and the same within a group.
    pub c: usize,
    pub o: usize,
    pub cg: usize,
    pub og: usize,
    pub h: usize,
    pub w: usize,
    pub kh: usize,
    pub kw: usize,
    pub oh: usize,
    pub ow: usize,
    pub how: Conv2d,
}

impl Sizes {
    fn new(n: usize, x: [usize; 3], y: [usize; 3], kernel: [usize; 2], how: &Conv2d) -> Self {
        Self {
            n,
            c: x[0],
            o: y[0],
            cg: x[0] / how.groups,
            og: y[0] / how.groups,
            h: x[1],
            w: x[2],
            kh: kernel[0],
            kw: kernel[1],
            oh: y[1],
            ow: y[2],
            how: *how,
        }
    }

    /// Rows of the column matrix.
    fn k(&self) -> usize {
        self.cg * self.kh * self.kw
    }

    /// Positions of one output image.
    pub fn p(&self) -> usize {
        self.oh * self.ow
    }

    /// Images a chunk.
    fn chunk(&self) -> usize {
        COLUMNS.div_ceil(self.p().max(1)).clamp(1, (self.n / 4).max(1))
    }

    /// True where the columns of a one-image chunk are the image itself.
    fn pointwise(&self) -> bool {
        self.kh * self.kw == 1 && self.how.stride == [1; 2] && self.how.padding == [0; 4]
    }

    /// The part of one image of x or y that belongs to a group.
    fn x_part(&self, image: usize, group: usize) -> Range<usize> {
        let start = (image * self.c + group * self.cg) * self.h * self.w;
        start..start + self.cg * self.h * self.w
    }

    fn y_part(&self, image: usize, group: usize) -> Range<usize> {
        let start = (image * self.o + group * self.og) * self.p();
        start..start + self.og * self.p()
    }

    /// The weight matrix `(og, k)` of a group.
    fn weight<'a, T: Real>(&self, w: &'a [T], group: usize) -> Mat<'a, T> {
        let size = self.og * self.k();
        Mat::new(&w[group * size..(group + 1) * size], self.og, self.k())
    }
}

/// Per-worker memory, reused from chunk to chunk.
struct Scratch<T> {
    cols: Vec<T>,
    y: Vec<T>,
    phases: Vec<T>,
}

impl<T: Real> Scratch<T> {
    fn new() -> Self {
        Self { cols: Vec::new(), y: Vec::new(), phases: Vec::new() }
    }

    fn sized(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
        if buffer.len() < len {
            buffer.resize(len, T::real(0.0));
        }
        &mut buffer[..len]
    }

    /// The columns `(k, images·p)` of a chunk of x.
    fn columns<'a>(
        &'a mut self,
        s: &Sizes,
        x: &'a [T],
        images: Range<usize>,
        group: usize,
    ) -> Mat<'a, T> {
        let columns = images.len() * s.p();
        if images.len() == 1 && s.pointwise() {
            return Mat::new(&x[s.x_part(images.start, group)], s.k(), columns);
        }
        let cols = Self::sized(&mut self.cols, s.k() * columns);
        let phases = Self::sized(&mut self.phases, s.phases());
        for (at, image) in images.enumerate() {
            s.im2col(&x[s.x_part(image, group)], (cols, columns, at * s.p()), phases);
        }
        Mat::new(cols, s.k(), columns)
    }
}

/// A chunk of y as one matrix `(og, images·p)`: in place for one image, else gathered in `buffer`.
fn gather_y<'a, T: Real>(
    buffer: &'a mut Vec<T>,
    s: &Sizes,
    y: &'a [T],
    images: Range<usize>,
    group: usize,
) -> Mat<'a, T> {
    let columns = images.len() * s.p();
    if images.len() == 1 {
        return Mat::new(&y[s.y_part(images.start, group)], s.og, columns);
    }
    let out = Scratch::sized(buffer, s.og * columns);
    for (at, image) in images.enumerate() {
        for (ch, plane) in y[s.y_part(image, group)].chunks(s.p().max(1)).enumerate() {
            out[ch * columns + at * s.p()..][..s.p()].copy_from_slice(plane);
        }
    }
    Mat::new(out, s.og, columns)
}

fn four(dims: &[usize]) -> Result<[usize; 4]> {
    match dims {
        &[a, b, c, d] => Ok([a, b, c, d]),
        _ => bail!("convolution: expected 4 axes, found shape {dims:?}"),
    }
}

/// `y = x ∗ w`.
pub(crate) fn forward<T: Real>(
    x: &Input<'_, T>,
    w: &Input<'_, T>,
    how: &Conv2d,
) -> Result<(Vec<T>, Vec<usize>)> {
    let [n, c, h, width] = four(x.dims)?;
    let [o, _, kh, kw] = four(w.dims)?;
    let [oh, ow] = how.output([h, width], [kh, kw])?;
    let s = Sizes::new(n, [c, h, width], [o, oh, ow], [kh, kw], how);
    let mut y = vec![T::real(0.0); n * o * s.p()];
    let size = s.chunk();
    y.par_chunks_mut((size * o * s.p()).max(1)).enumerate().for_each_init(
        Scratch::new,
        |scratch, (index, y)| {
            let images = index * size..((index + 1) * size).min(n);
            for group in 0..how.groups {
                let weight = s.weight(w.data, group);
                if images.len() == 1 {
                    let cols = scratch.columns(&s, x.data, images.clone(), group);
                    gemm(&mut y[s.y_part(0, group)], weight, cols, false, false);
                    continue;
                }
                let columns = images.len() * s.p();
                let mut out = std::mem::take(&mut scratch.y);
                let product = Scratch::sized(&mut out, s.og * columns);
                let cols = scratch.columns(&s, x.data, images.clone(), group);
                gemm(product, weight, cols, false, false);
                for at in 0..images.len() {
                    for (ch, plane) in y[s.y_part(at, group)].chunks_mut(s.p()).enumerate() {
                        plane.copy_from_slice(&product[ch * columns + at * s.p()..][..s.p()]);
                    }
                }
                scratch.y = out;
            }
        },
    );
    Ok((y, vec![n, o, oh, ow]))
}

/// The gradient in x of `x ∗ w` for a gradient `g` of y: transposed convolution.
pub(crate) fn input_grad<T: Real>(
    g: &Input<'_, T>,
    w: &Input<'_, T>,
    how: &Conv2d,
    size: [usize; 2],
) -> Result<(Vec<T>, Vec<usize>)> {
    let [n, o, oh, ow] = four(g.dims)?;
    let [_, cg, kh, kw] = four(w.dims)?;
    let c = cg * how.groups;
    let s = Sizes::new(n, [c, size[0], size[1]], [o, oh, ow], [kh, kw], how);
    let mut x = vec![T::real(0.0); n * c * size[0] * size[1]];
    let chunk = s.chunk();
    x.par_chunks_mut((chunk * c * size[0] * size[1]).max(1)).enumerate().for_each_init(
        Scratch::new,
        |scratch, (index, x)| {
            let images = index * chunk..((index + 1) * chunk).min(n);
            let columns = images.len() * s.p();
            for group in 0..how.groups {
                let weight = s.weight(w.data, group).t();
                let y = gather_y(&mut scratch.y, &s, g.data, images.clone(), group);
                if images.len() == 1 && s.pointwise() {
                    gemm(&mut x[s.x_part(0, group)], weight, y, false, false);
                    continue;
                }
                let cols = Scratch::sized(&mut scratch.cols, s.k() * columns);
                gemm(cols, weight, y, false, false);
                let phases = Scratch::sized(&mut scratch.phases, s.phases());
                for at in 0..images.len() {
                    let patches = (&*cols, columns, at * s.p());
                    s.col2im(&mut x[s.x_part(at, group)], patches, phases);
                }
            }
        },
    );
    Ok((x, vec![n, c, size[0], size[1]]))
}

/// The gradient in w of `x ∗ w` for a gradient `g` of y.
pub(crate) fn weight_grad<T: Real>(
    x: &Input<'_, T>,
    g: &Input<'_, T>,
    how: &Conv2d,
    kernel: [usize; 2],
) -> Result<(Vec<T>, Vec<usize>)> {
    let [n, c, h, w] = four(x.dims)?;
    let [_, o, oh, ow] = four(g.dims)?;
    let s = Sizes::new(n, [c, h, w], [o, oh, ow], kernel, how);
    let chunk = s.chunk();
    let chunks = n.div_ceil(chunk);
    let run = chunks.div_ceil(PARTIALS).max(1);
    let each = s.og * s.k();
    let total = how.groups * each;
    let mut partials = vec![T::real(0.0); PARTIALS.min(chunks).max(1) * total];
    partials.par_chunks_mut(total.max(1)).enumerate().for_each_init(
        Scratch::new,
        |scratch, (partial, sums)| {
            for index in partial * run..((partial + 1) * run).min(chunks) {
                let images = index * chunk..((index + 1) * chunk).min(n);
                for group in 0..how.groups {
                    let mut buffer = std::mem::take(&mut scratch.y);
                    let y = gather_y(&mut buffer, &s, g.data, images.clone(), group);
                    let cols = scratch.columns(&s, x.data, images.clone(), group);
                    let sum = &mut sums[group * each..(group + 1) * each];
                    gemm(sum, y, cols.t(), true, false);
                    scratch.y = buffer;
                }
            }
        },
    );
    let (sum, rest) = partials.split_at_mut(total);
    for partial in rest.chunks(total.max(1)) {
        sum.iter_mut().zip(partial).for_each(|(s, p)| *s += *p);
    }
    partials.truncate(total);
    Ok((partials, vec![o, s.cg, kernel[0], kernel[1]]))
}
