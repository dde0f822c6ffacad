//! Sums over everything but the channel axis, and their adjoint, the broadcast along it.
//!
//! A tensor of shape `(n, c, …)` is seen as `(outer, c, inner)`; `(n, c)` has `inner` 1.

use crate::backend::composed;
use crate::graph::apply;
use crate::isa::{Work, wide, widely};
use crate::kernel::{Input, Kernel, Real, if_tracked};
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

/// `x · scale + shift` along the channel axis: the affine part of a normalization layer.
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

/// Values that are read in one run, about.
const RUN: usize = 2048;
/// Running sums side by side.
const LANES: usize = 16;
/// Elements whose terms are made before they are added.
const BLOCK: usize = 256;
/// [`LANES`] running sums of each of `K` terms.
type Lanes<T, const K: usize> = [[T; LANES]; K];

/// For each channel, the sums of the `K` terms that `f(channel)` makes of each of its elements in
/// the `N` tensors, in an order that the shape alone gives: [`LANES`] sums a plane, in the
/// element's type, then in f64.
pub(crate) fn reduce<T: Real, F: Fn([T; N]) -> [T; K], const N: usize, const K: usize>(
    (n, c, inner): (usize, usize, usize),
    tensors: [&[T]; N],
    f: impl Fn(usize) -> F + Sync,
) -> Vec<[f64; K]> {
    let mut out = vec![[0.0; K]; c];
    if inner == 1 {
        // Row by row, so that memory is read in order.
        parallel::pieces(&mut out, 64, |piece, out| {
            for row in 0..n {
                for (i, totals) in out.iter_mut().enumerate() {
                    let channel = piece * 64 + i;
                    let terms = f(channel)(tensors.map(|t| t[row * c + channel]));
                    totals.iter_mut().zip(terms).for_each(|(t, v)| *t += v.wide());
                }
            }
        });
        return out;
    }
    // A few neighboring channels together, image by image: their planes lie side by side, so
    // memory is read in longer runs. The order within a channel is the same for any group.
    let group = (RUN / inner.max(1)).clamp(1, LANES);
    let some = |first: usize, out: &mut [[f64; K]]| {
        let channels = first * group..first * group + out.len();
        let totals = widely(Sums { shape: (n, c, inner), tensors, channels, f: &f });
        for (to, totals) in out.iter_mut().zip(&totals) {
            *to = totals.map(|lanes| lanes.iter().sum());
        }
    };
    if n * c * inner <= parallel::PIECE {
        out.chunks_mut(group).enumerate().for_each(|(first, out)| some(first, out));
    } else {
        out.par_chunks_mut(group).enumerate().for_each(|(first, out)| some(first, out));
    }
    out
}

/// The sums of some neighboring channels, at most [`LANES`].
struct Sums<'a, T, F, const N: usize> {
    shape: (usize, usize, usize),
    tensors: [&'a [T]; N],
    channels: Range<usize>,
    f: &'a F,
}

impl<T, F, G, const N: usize, const K: usize> Work for Sums<'_, T, F, N>
where
    T: Real,
    F: Fn(usize) -> G,
    G: Fn([T; N]) -> [T; K],
{
    type Out = [Lanes<f64, K>; LANES];

    #[inline(always)]
    fn run(self) -> Self::Out {
        let (n, c, inner) = self.shape;
        let mut totals = [[[0.0; LANES]; K]; LANES];
        for image in 0..n {
            for (channel, totals) in self.channels.clone().zip(&mut totals) {
                let start = (image * c + channel) * inner;
                let planes = self.tensors.map(|t| &t[start..start + inner]);
                let lanes = plane(planes, &(self.f)(channel));
                let totals = totals.as_flattened_mut().iter_mut();
                totals.zip(lanes.as_flattened()).for_each(|(total, lane)| *total += lane.wide());
            }
        }
        totals
    }
}

/// The sums over one plane.
#[inline(always)]
fn plane<T: Real, const N: usize, const K: usize>(
    planes: [&[T]; N],
    f: &impl Fn([T; N]) -> [T; K],
) -> Lanes<T, K> {
    let mut lanes = [[T::real(0.0); LANES]; K];
    // First the terms, then their sums: compilers make vectors of two plain loops, not of both
    // in one.
    let mut terms = [[T::real(0.0); BLOCK]; K];
    let inner = planes.first().map_or(0, |p| p.len());
    for start in (0..inner).step_by(BLOCK) {
        let len = BLOCK.min(inner - start);
        let parts = planes.map(|p| &p[start..start + len]);
        for i in 0..len {
            let made = f(parts.map(|p| p[i]));
            for k in 0..K {
                terms[k][i] = made[k];
            }
        }
        let whole = len.next_multiple_of(LANES);
        for (terms, lanes) in terms.iter_mut().zip(&mut lanes) {
            terms[len..whole].fill(T::real(0.0));
            for chunk in terms[..whole].as_chunks::<LANES>().0 {
                lanes.iter_mut().zip(chunk).for_each(|(lane, term)| *lane += *term);
            }
        }
    }
    lanes
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
        let sums = reduce(shape, [x.data], |_| |v: [T; 1]| v);
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
        let sums = reduce(shape, [a.data, b.data], |_| |[a, b]: [T; 2]| [a * b]);
        Ok((sums.into_iter().map(|[s]| T::real(s)).collect(), vec![shape.1]))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (a, b) = (inputs[0], inputs[1]);
        Ok(vec![if_tracked(a, || mul(b, g))?, if_tracked(b, || mul(a, g))?])
    }
}
