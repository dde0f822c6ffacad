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

/// Calls a copy of rows with their width known to the compiler where it is a usual one.
macro_rules! by_width {
    ($width:expr, $f:ident($($arg:expr),*)) => {
        match $width {
            4 => $f::<4, _>($($arg),*, 4),
            7 => $f::<7, _>($($arg),*, 7),
            8 => $f::<8, _>($($arg),*, 8),
            14 => $f::<14, _>($($arg),*, 14),
            16 => $f::<16, _>($($arg),*, 16),
            28 => $f::<28, _>($($arg),*, 28),
            32 => $f::<32, _>($($arg),*, 32),
            width => $f::<0, _>($($arg),*, width),
        }
    };
}

/// Copies rows of `W` (or, for 0, of `width`) values that are `apart` into `out`, end to end.
#[inline(always)]
fn gather<const W: usize, T: Real>(out: &mut [T], rows: &[T], apart: usize, width: usize) {
    let width = if W == 0 { width } else { W };
    let mut start = 0;
    for to in out.chunks_exact_mut(width) {
        let from = &rows[start..start + width];
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        start += apart;
    }
}

/// The adjoint of [`gather`]: adds `values`, end to end, onto rows that are `apart`.
#[inline(always)]
fn scatter<const W: usize, T: Real>(rows: &mut [T], values: &[T], apart: usize, width: usize) {
    let width = if W == 0 { width } else { W };
    let mut start = 0;
    for from in values.chunks_exact(width) {
        let to = &mut rows[start..start + width];
        to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
        start += apart;
    }
}

/// Every size of one convolution.
#[derive(Clone, Copy)]
struct Sizes {
    n: usize,
    /// Channels of x and of y, and the same within a group.
    c: usize,
    o: usize,
    cg: usize,
    og: usize,
    h: usize,
    w: usize,
    kh: usize,
    kw: usize,
    oh: usize,
    ow: usize,
    how: Conv2d,
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
    fn p(&self) -> usize {
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

    /// Height and width of a phase: the padded image's every `stride`-th row and column.
    fn phase(&self) -> [usize; 2] {
        let [sh, sw] = self.how.stride;
        let [dh, dw] = self.how.dilation;
        [self.oh + dh * (self.kh - 1) / sh, self.ow + dw * (self.kw - 1) / sw]
    }

    /// Values in the phases of one channel.
    fn phases(&self) -> usize {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        sh * sw * ph * pw
    }

    /// The runs of a channel's pixels that lie beside one another in a phase:
    /// `(first value in the phases, count, first pixel)`. In the plane they are `stride` apart.
    fn runs(&self) -> Vec<(usize, usize, usize)> {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        let [pt, _, pl, _] = self.how.padding;
        let mut runs = Vec::new();
        for y in 0..self.h.min((ph * sh).saturating_sub(pt)) {
            let (py, r) = ((y + pt) % sh, (y + pt) / sh);
            for px in 0..sw {
                let x = (px + sw - pl % sw) % sw;
                let column = (x + pl) / sw;
                if x < self.w && column < pw {
                    let count = (self.w - x).div_ceil(sw).min(pw - column);
                    runs.push((((py * sw + px) * ph + r) * pw + column, count, y * self.w + x));
                }
            }
        }
        runs
    }

    /// Where each tap starts in the phases; its rows are the phase's width apart.
    fn taps(&self) -> Vec<usize> {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        let all = (0..self.kh).flat_map(|u| (0..self.kw).map(move |v| (u, v)));
        all.map(|(u, v)| {
            let (y, x) = (u * self.how.dilation[0], v * self.how.dilation[1]);
            ((y % sh * sw + x % sw) * ph + y / sh) * pw + x / sw
        })
        .collect()
    }

    /// Writes one image's patches into `cols`, whose rows are `columns` long, from `shift` on.
    ///
    /// Each channel is first split into its phases, so that every tap reads rows as they lie.
    fn im2col<T: Real>(
        &self,
        image: &[T],
        (cols, columns, shift): (&mut [T], usize, usize),
        phases: &mut [T],
    ) {
        let (pw, taps, runs) = (self.phase()[1], self.taps(), self.runs());
        let mut row = 0;
        for plane in image.chunks(self.h * self.w) {
            phases.fill(T::real(0.0));
            for &(to, count, from) in &runs {
                let to = &mut phases[to..to + count];
                match self.how.stride[1] {
                    1 => to.copy_from_slice(&plane[from..from + count]),
                    // Pairs let the compiler use shuffles.
                    2 => {
                        let pairs = plane[from..].chunks(2);
                        to.iter_mut().zip(pairs).for_each(|(v, pair)| *v = pair[0]);
                    }
                    stride => {
                        let pixels = plane[from..].iter().step_by(stride);
                        to.iter_mut().zip(pixels).for_each(|(v, x)| *v = *x);
                    }
                }
            }
            for &tap in &taps {
                let out = &mut cols[row * columns + shift..][..self.p()];
                by_width!(self.ow, gather(out, &phases[tap..], pw));
                row += 1;
            }
        }
    }

    /// The adjoint of [`Self::im2col`]: adds patches up into one image.
    fn col2im<T: Real>(
        &self,
        image: &mut [T],
        (cols, columns, shift): (&[T], usize, usize),
        phases: &mut [T],
    ) {
        let (pw, taps, runs) = (self.phase()[1], self.taps(), self.runs());
        let mut row = 0;
        for plane in image.chunks_mut(self.h * self.w) {
            phases.fill(T::real(0.0));
            for &tap in &taps {
                let patch = &cols[row * columns + shift..][..self.p()];
                by_width!(self.ow, scatter(&mut phases[tap..], patch, pw));
                row += 1;
            }
            for &(from, count, to) in &runs {
                let from = &phases[from..from + count];
                match self.how.stride[1] {
                    1 => plane[to..to + count].copy_from_slice(from),
                    2 => {
                        let pairs = plane[to..].chunks_mut(2);
                        pairs.zip(from).for_each(|(pair, v)| pair[0] = *v);
                    }
                    stride => {
                        let pixels = plane[to..].iter_mut().step_by(stride);
                        pixels.zip(from).for_each(|(x, v)| *x = *v);
                    }
                }
            }
        }
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
