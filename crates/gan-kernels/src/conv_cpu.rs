//! Convolution on the CPU: which tiles meet at which tap.

use crate::conv::Conv2d;
use crate::kernel::{Input, Real};
use crate::narrow;
use crate::tiles::correlate::{Finish, Place, correlate};
use crate::tiles::matrix::{Matrix, product};
use crate::tiles::pack::{Operand, Source, Summed, pack};
use crate::tiles::weigh::{Weigh, weigh};
use crate::tiles::{OnUnit, SIDE, Unit};
use candle_core::{Result, bail};

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
    /// patch are one axis instead, as [`narrow`] has it.
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

    /// True where a kernel covers the image and stands at one place: a matrix product.
    fn whole(&self) -> bool {
        let same = [self.h, self.w] == [self.kh, self.kw] && self.how.padding == [0; 4];
        same && self.p() == 1 && self.how.groups == 1 && self.how.dilation == [1; 2]
    }

    /// `(images, values of one)`.
    fn images<'a, T>(&self, x: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: x, rows: self.n, cols: self.k(), transposed: false }
    }

    /// `(result channels, values of a patch)`, of all groups.
    fn filters<'a, T>(&self, w: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: w, rows: self.o, cols: self.k(), transposed: false }
    }

    /// `(images, result channels)`, where each channel is one value.
    fn results<'a, T>(&self, y: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: y, rows: self.n, cols: self.o, transposed: false }
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
        if s.whole() {
            if s.o >= SIDE {
                return product::<U>(&s.images(self.x), &s.filters(self.w).t(), self.finish);
            }
            // Few results an image would leave panels empty; images fill them.
            let y = product::<U>(&s.filters(self.w), &s.images(self.x).t(), Finish::NONE);
            let turned = (0..s.n * s.o).map(|at| {
                let mut value = [y[at % s.o * s.n + at / s.o]];
                self.finish.apply(at % s.o, &mut value);
                value[0]
            });
            return turned.collect();
        }
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
                narrow::forward::<U>(&s, group, self.x, self.w, self.finish, spare);
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
        if s.whole() {
            let spread = |bias: &[T]| -> Vec<T> {
                bias.iter().flat_map(|&b| std::iter::repeat_n(b, s.h * s.w)).collect()
            };
            let bias = self.finish.bias.map(spread);
            let finish = Finish { bias: bias.as_deref(), slope: self.finish.slope };
            return product::<U>(&s.results(self.g), &s.filters(self.w), finish);
        }
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
            if s.narrow() {
                narrow::input_grad::<U>(&s, group, self.g, self.w, self.finish, spare);
                continue;
            }
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
        if s.whole() {
            return product::<U>(&s.results(self.g).t(), &s.images(self.x), Finish::NONE);
        }
        let each = s.og * s.k();
        let len = s.how.groups * each;
        let mut out = Vec::with_capacity(len);
        let spare = &mut out.spare_capacity_mut()[..len];
        for group in 0..s.how.groups {
            let out = &mut spare[group * each..(group + 1) * each];
            if s.narrow() {
                narrow::weight_grad::<U>(&s, group, self.x, self.g, out);
                continue;
            }
            let grads = pack::<U>(&s.y_source(self.g, group), Summed::Outer, Operand::Left);
            let size = [s.oh, s.ow];
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
