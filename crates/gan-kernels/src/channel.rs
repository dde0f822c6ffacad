//! Sums over everything but the channel axis, and their adjoint, the broadcast along it.
//!
//! A tensor of shape `(n, c, …)` is seen as `(outer, c, inner)`; `(n, c)` has `inner` 1.

use crate::backend::composed;
use crate::isa::wide;
use crate::kernel::{Input, Kernel, Real, apply, if_tracked};
use crate::parallel;
use candle_core::{Result, Tensor, bail};
use rayon::prelude::*;
use std::ops::Range;

/// `(outer, channels, inner)` of a shape `(n, c, …)`.
pub(crate) fn split(dims: &[usize]) -> Result<(usize, usize, usize)> {
    match dims {
        [n, c, rest @ ..] => Ok((*n, *c, rest.iter().product())),
        _ => bail!("expected a shape (batch, channels, …), found {dims:?}"),
    }
}

fn check(name: &str, dims: &[usize], per_channel: &[usize]) -> Result<()> {
    if split(dims)?.1 != per_channel.iter().product::<usize>() || per_channel.len() != 1 {
        bail!("{name}: expected {} values for shape {dims:?}, found shape {per_channel:?}", dims[1])
    }
    Ok(())
}

fn along(v: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let mut shape = vec![1; dims.len()];
    shape[1] = dims[1];
    v.reshape(shape)
}

/// Sum over all axes but axis 1. `x`: `(n, c, …)`; result `(c,)`.
///
/// # Errors
/// Where `x` has fewer than two axes.
pub fn sum(x: &Tensor) -> Result<Tensor> {
    let (n, c, inner) = split(x.dims())?;
    if composed(x) {
        return x.reshape((n, c, inner))?.sum(2)?.sum(0);
    }
    apply(Sum, &[x])
}

/// Mean over all axes but axis 1. `x`: `(n, c, …)`; result `(c,)`.
///
/// # Errors
/// Where `x` has fewer than two axes.
pub fn mean(x: &Tensor) -> Result<Tensor> {
    let (n, _, inner) = split(x.dims())?;
    sum(x)?.affine(1.0 / (n * inner).max(1) as f64, 0.0)
}

/// `v` repeated along every axis but axis 1 to `shape`. `v`: `(c,)`; the adjoint of [`sum`].
///
/// # Errors
/// Where `shape` does not have `c` channels.
pub fn expand(v: &Tensor, shape: &[usize]) -> Result<Tensor> {
    check("channel::expand", shape, v.dims())?;
    if composed(v) {
        return along(v, shape)?.broadcast_as(shape)?.contiguous();
    }
    apply(Expand(shape.to_vec()), &[v])
}

/// `x + v` along the channel axis, as a bias is added. `x`: `(n, c, …)`, `v`: `(c,)`.
///
/// # Errors
/// Where the channel counts differ.
pub fn add(x: &Tensor, v: &Tensor) -> Result<Tensor> {
    check("channel::add", x.dims(), v.dims())?;
    if composed(x) {
        return x.broadcast_add(&along(v, x.dims())?);
    }
    apply(Add, &[x, v])
}

/// `x · v` along the channel axis. `x`: `(n, c, …)`, `v`: `(c,)`.
///
/// # Errors
/// Where the channel counts differ.
pub fn mul(x: &Tensor, v: &Tensor) -> Result<Tensor> {
    check("channel::mul", x.dims(), v.dims())?;
    if composed(x) {
        return x.broadcast_mul(&along(v, x.dims())?);
    }
    apply(Mul, &[x, v])
}

/// `x · scale + shift` along the channel axis: the affine part of a normalisation layer.
/// `x`: `(n, c, …)`, `scale` and `shift`: `(c,)`.
///
/// # Errors
/// Where the channel counts differ.
pub fn scale_shift(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Tensor> {
    check("channel::scale_shift", x.dims(), scale.dims())?;
    check("channel::scale_shift", x.dims(), shift.dims())?;
    if composed(x) {
        return add(&mul(x, scale)?, shift);
    }
    apply(ScaleShift, &[x, scale, shift])
}

/// `f(channel)` of every element.
fn by_channel<T: Real, F: Fn(T) -> T>(
    x: &Input<'_, T>,
    f: impl Fn(usize) -> F + Sync,
) -> Result<Vec<T>> {
    let (_, c, inner) = split(x.dims)?;
    Ok(parallel::map_planes(x.data, (c, inner), f))
}

/// For each channel, the sum of `f(channel, range)` over the ranges of its planes, in a fixed
/// order. With `inner` 1 a channel is a column and `f` gets one element at a time.
pub(crate) fn reduce<const K: usize>(
    (n, c, inner): (usize, usize, usize),
    f: impl Fn(usize, Range<usize>) -> [f64; K] + Sync,
) -> Vec<[f64; K]> {
    let add = |total: &mut [f64; K], terms: [f64; K]| {
        total.iter_mut().zip(terms).for_each(|(t, v)| *t += v);
    };
    let mut out = vec![[0.0; K]; c];
    if inner == 1 {
        // Row by row, so that memory is read in order.
        parallel::pieces(&mut out, 64, |piece, out| {
            for row in 0..n {
                for (i, total) in out.iter_mut().enumerate() {
                    let channel = piece * 64 + i;
                    let at = row * c + channel;
                    add(total, f(channel, at..at + 1));
                }
            }
        });
        return out;
    }
    let one = |channel: usize, total: &mut [f64; K]| {
        wide(|| {
            for image in 0..n {
                let start = (image * c + channel) * inner;
                add(total, f(channel, start..start + inner));
            }
        });
    };
    if n * c * inner <= parallel::PIECE {
        out.iter_mut().enumerate().for_each(|(ch, t)| one(ch, t));
    } else {
        out.par_iter_mut().enumerate().for_each(|(ch, t)| one(ch, t));
    }
    out
}

/// The sum of each column of a matrix with `columns` columns, row by row in f64.
fn column_sums<T: Real>(x: &[T], columns: usize) -> Vec<T> {
    let mut sums = vec![0.0; columns];
    wide(|| {
        for row in x.chunks_exact(columns.max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v.wide());
        }
    });
    sums.into_iter().map(T::real).collect()
}

struct Sum;

impl Kernel for Sum {
    fn name(&self) -> &'static str {
        "channel::sum"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let x = &inputs[0];
        let shape = split(x.dims)?;
        if shape.2 == 1 {
            return Ok((column_sums(x.data, shape.1), vec![shape.1]));
        }
        let sums = reduce(shape, |_, at| [parallel::sum(&x.data[at], |v| v)]);
        Ok((sums.into_iter().map(|[s]| T::real(s)).collect(), vec![shape.1]))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(expand(g, inputs[0].dims())?)])
    }
}

struct Expand(Vec<usize>);

impl Kernel for Expand {
    fn name(&self) -> &'static str {
        "channel::expand"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (n, _, inner) = split(&self.0)?;
        let v = inputs[0].data;
        let mut out = Vec::with_capacity(n * v.len() * inner);
        for _ in 0..n {
            for &value in v {
                out.extend(std::iter::repeat_n(value, inner));
            }
        }
        Ok((out, self.0.clone()))
    }

    fn grads(&self, _: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(sum(g)?)])
    }
}

struct Add;

impl Kernel for Add {
    fn name(&self) -> &'static str {
        "channel::add"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let v = inputs[1].data;
        Ok((by_channel(&inputs[0], |c| move |x| x + v[c])?, inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let gv = if_tracked(inputs[1], || sum(g))?;
        Ok(vec![if_tracked(inputs[0], || Ok(g.clone()))?, gv])
    }
}

struct Mul;

impl Kernel for Mul {
    fn name(&self) -> &'static str {
        "channel::mul"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let v = inputs[1].data;
        Ok((by_channel(&inputs[0], |c| move |x| x * v[c])?, inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let gx = if_tracked(inputs[0], || mul(g, inputs[1]))?;
        let gv = if_tracked(inputs[1], || dot(g, inputs[0]))?;
        Ok(vec![gx, gv])
    }
}

struct ScaleShift;

impl Kernel for ScaleShift {
    fn name(&self) -> &'static str {
        "channel::scale_shift"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (scale, shift) = (inputs[1].data, inputs[2].data);
        let out = by_channel(&inputs[0], |c| {
            let (scale, shift) = (scale[c], shift[c]);
            move |x| x * scale + shift
        })?;
        Ok((out, inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let gx = if_tracked(inputs[0], || mul(g, inputs[1]))?;
        let gscale = if_tracked(inputs[1], || dot(g, inputs[0]))?;
        let gshift = if_tracked(inputs[2], || sum(g))?;
        Ok(vec![gx, gscale, gshift])
    }
}

/// `Σ a·b` over all axes but axis 1. `a`, `b`: `(n, c, …)` of equal shape; result `(c,)`.
///
/// # Errors
/// Where the shapes differ.
pub fn dot(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() != b.dims() {
        bail!("channel::dot: shapes differ: {:?} and {:?}", a.dims(), b.dims())
    }
    if composed(a) {
        return sum(&a.mul(b)?);
    }
    apply(Dot, &[a, b])
}

struct Dot;

impl Kernel for Dot {
    fn name(&self) -> &'static str {
        "channel::dot"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (a, b) = (&inputs[0], &inputs[1]);
        let shape = split(a.dims)?;
        let sums = reduce(shape, |_, at| [parallel::dot(&a.data[at.clone()], &b.data[at], |v| v)]);
        Ok((sums.into_iter().map(|[s]| T::real(s)).collect(), vec![shape.1]))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (a, b) = (inputs[0], inputs[1]);
        Ok(vec![if_tracked(a, || mul(b, g))?, if_tracked(b, || mul(a, g))?])
    }
}
