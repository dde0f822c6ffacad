//! Convolution on the CPU: which tiles meet at which tap.

use crate::conv_geometry::Conv2d;
use crate::conv_sizes::Sizes;
use crate::kernel::{Input, Real};
use crate::minimal;
use crate::narrow;
use crate::tiles::correlate::{Place, correlate};
use crate::tiles::finish::Finish;
use crate::tiles::matrix::product;
use crate::tiles::pack::pack;
use crate::tiles::shape::SIDE;
use crate::tiles::source::{Operand, Summed};
use crate::tiles::unit::{OnUnit, Unit};
use crate::tiles::weigh::{Weigh, weigh};
use candle_core::{Result, bail};

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
            if U::PLAIN && s.minimal_results() {
                minimal::results::forward::<U>(&s, group, self.x, self.w, self.finish, spare);
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
            if U::PLAIN && s.minimal_results() {
                minimal::results::input_grad::<U>(&s, group, self.g, self.w, self.finish, spare);
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
            if U::PLAIN && s.minimal() {
                minimal::weigh::weight_grad::<U>(&s, group, self.x, self.g, out);
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
