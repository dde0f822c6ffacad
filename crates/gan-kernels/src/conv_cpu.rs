//! Convolution on the CPU: which tiles meet at which tap.

use crate::conv::Conv2d;
use crate::kernel::{Input, Real};
use crate::tiles::correlate::{Finish, Place, correlate};
use crate::tiles::pack::{Operand, Source, Summed, pack};
use crate::tiles::weigh::{Weigh, weigh};
use crate::tiles::{OnUnit, SIDE, Unit};
use candle_core::{Result, bail};
use rayon::prelude::*;

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

    /// Values of a patch.
    pub fn k(&self) -> usize {
        self.cg * self.kh * self.kw
    }

    /// Positions of one output image.
    pub fn p(&self) -> usize {
        self.oh * self.ow
    }

    /// True where a tap's few channels would leave most of a tile empty, so that all taps of a
    /// patch are summed as one axis instead.
    fn narrow(&self) -> bool {
        self.cg < SIDE && self.kh * self.kw > 1
    }

    /// Rows (axis 0) or columns (axis 1): where tap `u` of output `i` meets x, if it does.
    fn meets(&self, axis: usize, i: usize, u: usize) -> Option<usize> {
        let size = [self.h, self.w][axis];
        let at = i * self.how.stride[axis] + u * self.how.dilation[axis];
        at.checked_sub(self.how.padding[2 * axis]).filter(|&at| at < size)
    }

    /// The reverse of [`Self::meets`]: the output whose tap `u` meets `at`.
    fn met_by(&self, axis: usize, at: usize, u: usize) -> Option<usize> {
        let size = [self.oh, self.ow][axis];
        let from = (at + self.how.padding[2 * axis]).checked_sub(u * self.how.dilation[axis])?;
        let i = from / self.how.stride[axis];
        (from % self.how.stride[axis] == 0 && i < size).then_some(i)
    }

    fn x_source<'a, T>(&self, x: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, skip) = (self.h * self.w, group * self.cg * self.h * self.w);
        let data = &x[skip.min(x.len())..];
        Source { data, outer: self.n, inner: self.cg, positions, apart: self.c * positions }
    }

    fn y_source<'a, T>(&self, y: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, skip) = (self.p(), group * self.og * self.p());
        let data = &y[skip.min(y.len())..];
        Source { data, outer: self.n, inner: self.og, positions, apart: self.o * positions }
    }

    fn weight<'a, T>(&self, w: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, apart) = (self.kh * self.kw, self.k());
        let data = &w[group * self.og * apart..];
        Source { data, outer: self.og, inner: self.cg, positions, apart }
    }

    /// The weight with all taps of a patch on one axis.
    fn flat_weight<'a, T>(&self, w: &'a [T], group: usize) -> Source<'a, T> {
        Source { inner: self.k(), positions: 1, ..self.weight(w, group) }
    }

    /// All patches of a group, `(n, k, positions)`.
    fn patches<T: Real>(&self, x: &[T], group: usize) -> Vec<T> {
        let mut out = vec![T::real(0.0); self.n * self.k() * self.p()];
        let each = self.k() * self.p();
        let scratch = || vec![T::real(0.0); self.phases()];
        out.par_chunks_mut(each.max(1)).enumerate().for_each_init(
            scratch,
            |phases, (image, out)| {
                let start = (image * self.c + group * self.cg) * self.h * self.w;
                let x = &x[start..start + self.cg * self.h * self.w];
                self.im2col(x, (out, self.p(), 0), phases);
            },
        );
        out
    }

    fn patch_source<'a, T>(&self, patches: &'a [T]) -> Source<'a, T> {
        let positions = self.p();
        let (inner, apart) = (self.k(), self.k() * positions);
        Source { data: patches, outer: self.n, inner, positions, apart }
    }
}

fn four(dims: &[usize]) -> Result<[usize; 4]> {
    match dims {
        &[a, b, c, d] => Ok([a, b, c, d]),
        _ => bail!("convolution: expected 4 axes, found shape {dims:?}"),
    }
}

struct Forward<'a, T> {
    s: Sizes,
    x: &'a [T],
    w: &'a [T],
    finish: Finish<'a, T>,
}

impl<T: Real> OnUnit<T> for Forward<'_, T> {
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        let s = self.s;
        let len = s.n * s.o * s.p();
        let mut y = Vec::with_capacity(len);
        let spare = &mut y.spare_capacity_mut()[..len];
        for group in 0..s.how.groups {
            let place = Place {
                images: s.n,
                channels: s.og,
                first: group * s.og,
                all: s.o,
                positions: s.p(),
            };
            if s.narrow() {
                let w = pack::<U>(&s.flat_weight(self.w, group), Summed::Inner, Operand::Left);
                let patches = s.patches(self.x, group);
                let taps = |at, list: &mut Vec<_>| list.push((0, at));
                let x = s.patch_source(&patches);
                correlate(&w, &x, s.ow, taps, &place, self.finish, spare);
                continue;
            }
            let w = pack::<U>(&s.weight(self.w, group), Summed::Inner, Operand::Left);
            let taps = |at, list: &mut Vec<_>| {
                for u in 0..s.kh {
                    let Some(row) = s.meets(0, at / s.ow, u) else { continue };
                    for v in 0..s.kw {
                        if let Some(column) = s.meets(1, at % s.ow, v) {
                            list.push((u * s.kw + v, row * s.w + column));
                        }
                    }
                }
            };
            let x = s.x_source(self.x, group);
            correlate(&w, &x, s.w, taps, &place, self.finish, spare);
        }
        // SAFETY: the groups are all channels, and each fills all of its own.
        #[allow(unsafe_code)]
        unsafe {
            y.set_len(len)
        };
        y
    }
}

struct InputGrad<'a, T> {
    s: Sizes,
    g: &'a [T],
    w: &'a [T],
    finish: Finish<'a, T>,
}

impl<T: Real> OnUnit<T> for InputGrad<'_, T> {
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        let s = self.s;
        let len = s.n * s.c * s.h * s.w;
        let mut x = Vec::with_capacity(len);
        let spare = &mut x.spare_capacity_mut()[..len];
        for group in 0..s.how.groups {
            let place = Place {
                images: s.n,
                channels: s.cg,
                first: group * s.cg,
                all: s.c,
                positions: s.h * s.w,
            };
            let w = pack::<U>(&s.weight(self.w, group), Summed::Outer, Operand::Left);
            let taps = |at, list: &mut Vec<_>| {
                for u in 0..s.kh {
                    let Some(row) = s.met_by(0, at / s.w, u) else { continue };
                    for v in 0..s.kw {
                        if let Some(column) = s.met_by(1, at % s.w, v) {
                            list.push((u * s.kw + v, row * s.ow + column));
                        }
                    }
                }
            };
            let g = s.y_source(self.g, group);
            correlate(&w, &g, s.ow, taps, &place, self.finish, spare);
        }
        // SAFETY: the groups are all channels, and each fills all of its own.
        #[allow(unsafe_code)]
        unsafe {
            x.set_len(len)
        };
        x
    }
}

struct WeightGrad<'a, T> {
    s: Sizes,
    x: &'a [T],
    g: &'a [T],
}

impl<T: Real> OnUnit<T> for WeightGrad<'_, T> {
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        let s = self.s;
        let each = s.og * s.k();
        let len = s.how.groups * each;
        let mut out = Vec::with_capacity(len);
        let spare = &mut out.spare_capacity_mut()[..len];
        for group in 0..s.how.groups {
            let grads = pack::<U>(&s.y_source(self.g, group), Summed::Outer, Operand::Left);
            let size = [s.oh, s.ow];
            let out = &mut spare[group * each..(group + 1) * each];
            if s.narrow() {
                let patches = s.patches(self.x, group);
                let source = pack::<U>(&s.patch_source(&patches), Summed::Outer, Operand::Right);
                let channels = [s.og, s.k()];
                let how = Weigh { grads: &grads, source: &source, channels, size, kernel: [1, 1] };
                weigh(&how, s.ow, |y, _| Some(y), |x, _| Some(x), out);
                continue;
            }
            let source = pack::<U>(&s.x_source(self.x, group), Summed::Outer, Operand::Right);
            let (channels, kernel) = ([s.og, s.cg], [s.kh, s.kw]);
            let how = Weigh { grads: &grads, source: &source, channels, size, kernel };
            weigh(&how, s.w, |y, u| s.meets(0, y, u), |x, v| s.meets(1, x, v), out);
        }
        // SAFETY: the groups are all weights, and each fills all of its own.
        #[allow(unsafe_code)]
        unsafe {
            out.set_len(len)
        };
        out
    }
}

/// `y = x ∗ w`, finished channel by channel.
pub(crate) fn forward<T: Real>(
    x: &Input<'_, T>,
    w: &Input<'_, T>,
    finish: Finish<'_, T>,
    how: &Conv2d,
) -> Result<(Vec<T>, Vec<usize>)> {
    let [n, c, h, width] = four(x.dims)?;
    let [o, _, kh, kw] = four(w.dims)?;
    let [oh, ow] = how.output([h, width], [kh, kw])?;
    let s = Sizes::new(n, [c, h, width], [o, oh, ow], [kh, kw], how);
    Ok((T::on_unit(Forward { s, x: x.data, w: w.data, finish }), vec![n, o, oh, ow]))
}

/// The gradient in x of `x ∗ w` for a gradient `g` of y: transposed convolution, finished
/// channel by channel.
pub(crate) fn input_grad<T: Real>(
    g: &Input<'_, T>,
    w: &Input<'_, T>,
    finish: Finish<'_, T>,
    how: &Conv2d,
    size: [usize; 2],
) -> Result<(Vec<T>, Vec<usize>)> {
    let [n, o, oh, ow] = four(g.dims)?;
    let [_, cg, kh, kw] = four(w.dims)?;
    let c = cg * how.groups;
    let s = Sizes::new(n, [c, size[0], size[1]], [o, oh, ow], [kh, kw], how);
    let x = T::on_unit(InputGrad { s, g: g.data, w: w.data, finish });
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
    let out = T::on_unit(WeightGrad { s, x: x.data, g: g.data });
    Ok((out, vec![o, s.cg, kernel[0], kernel[1]]))
}
