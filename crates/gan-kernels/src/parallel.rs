//! Work cut into pieces of a size that depends on the shapes alone, never on the thread count.

use crate::isa::wide;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Elements a piece of element-wise work; below one piece everything stays on the caller's thread.
pub(crate) const PIECE: usize = 1 << 14;

/// A vector of `len` values, piece by piece: `f(start, piece)` must write every element of its
/// piece and proves it by returning how many it wrote.
fn written<T: Copy + Send>(
    len: usize,
    piece: usize,
    f: impl Fn(usize, &mut [MaybeUninit<T>]) -> usize + Sync,
) -> Vec<T> {
    let mut out = Vec::with_capacity(len);
    let spare = &mut out.spare_capacity_mut()[..len];
    let piece = piece.max(1);
    let done: usize = if len <= PIECE {
        spare.chunks_mut(piece).enumerate().map(|(i, p)| wide(|| f(i * piece, p))).sum()
    } else {
        spare.par_chunks_mut(piece).enumerate().map(|(i, p)| wide(|| f(i * piece, p))).sum()
    };
    assert_eq!(done, len, "every element must be written");
    // SAFETY: the capacity is at least `len`, and each of the first `len` elements was written:
    // pieces do not overlap, `fill` below is the only way they are written, and it counts.
    #[allow(unsafe_code)]
    unsafe {
        out.set_len(len)
    };
    out
}

/// Writes a value into every element and returns how many; there must be as many values.
fn fill<T: Copy>(piece: &mut [MaybeUninit<T>], values: impl ExactSizeIterator<Item = T>) -> usize {
    assert_eq!(piece.len(), values.len(), "a value an element");
    for (slot, value) in piece.iter_mut().zip(values) {
        slot.write(value);
    }
    piece.len()
}

/// `out[i] = f(a[i])`.
pub(crate) fn map<T: Copy + Send + Sync>(a: &[T], f: impl Fn(T) -> T + Sync + Copy) -> Vec<T> {
    written(a.len(), PIECE, |start, piece| {
        let own = f; // a copy of its own keeps its constants in registers
        let a = &a[start..start + piece.len()];
        fill(piece, a.iter().map(|&v| own(v)))
    })
}

/// `out[i] = f(a[i], b[i])`; the slices must have equal lengths.
pub(crate) fn zip<T: Copy + Send + Sync>(
    a: &[T],
    b: &[T],
    f: impl Fn(T, T) -> T + Sync + Copy,
) -> Vec<T> {
    assert_eq!(a.len(), b.len(), "lengths");
    written(a.len(), PIECE, |start, piece| {
        let own = f;
        let range = start..start + piece.len();
        fill(piece, a[range.clone()].iter().zip(&b[range]).map(|(&v, &w)| own(v, w)))
    })
}

/// `out[i] = f(channel)(a[i])` for a tensor `(n, channels, inner)`: `f` is made once a plane.
pub(crate) fn map_planes<T: Copy + Send + Sync, F: Fn(T) -> T>(
    a: &[T],
    (channels, inner): (usize, usize),
    f: impl Fn(usize) -> F + Sync,
) -> Vec<T> {
    planes(a.len(), (channels, inner), |start, channel, plane| {
        let f = f(channel);
        fill(plane, a[start..start + plane.len()].iter().map(|&v| f(v)))
    })
}

/// `out[i] = f(channel)(a[i], b[i])` for tensors `(n, channels, inner)`.
pub(crate) fn zip_planes<T: Copy + Send + Sync, F: Fn(T, T) -> T>(
    a: &[T],
    b: &[T],
    (channels, inner): (usize, usize),
    f: impl Fn(usize) -> F + Sync,
) -> Vec<T> {
    assert_eq!(a.len(), b.len(), "lengths");
    planes(a.len(), (channels, inner), |start, channel, plane| {
        let f = f(channel);
        let range = start..start + plane.len();
        fill(plane, a[range.clone()].iter().zip(&b[range]).map(|(&v, &w)| f(v, w)))
    })
}

/// `out[i] = f(channel)(a[i], b[i], c[i])` for tensors `(n, channels, inner)`.
pub(crate) fn zip3_planes<T: Copy + Send + Sync, F: Fn(T, T, T) -> T>(
    a: &[T],
    b: &[T],
    c: &[T],
    (channels, inner): (usize, usize),
    f: impl Fn(usize) -> F + Sync,
) -> Vec<T> {
    assert!(a.len() == b.len() && a.len() == c.len(), "lengths");
    planes(a.len(), (channels, inner), |start, channel, plane| {
        let f = f(channel);
        let range = start..start + plane.len();
        let values = a[range.clone()].iter().zip(&b[range.clone()]).zip(&c[range]);
        fill(plane, values.map(|((&a, &b), &c)| f(a, b, c)))
    })
}

fn planes<T: Copy + Send>(
    len: usize,
    (channels, inner): (usize, usize),
    f: impl Fn(usize, usize, &mut [MaybeUninit<T>]) -> usize + Sync,
) -> Vec<T> {
    let inner = inner.max(1);
    // Whole images a piece, as many as make a piece worth its while.
    let images = (PIECE / (channels * inner).max(1)).max(1);
    written(len, images * channels * inner, |start, piece| {
        let planes = piece.chunks_mut(inner).enumerate();
        planes.map(|(i, plane)| f(start + i * inner, i % channels.max(1), plane)).sum()
    })
}

/// Calls `f(i, piece)` for every `piece` of `size` elements, in parallel where there is enough.
pub(crate) fn pieces<T: Send>(out: &mut [T], size: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let size = size.max(1);
    if out.len() <= PIECE {
        out.chunks_mut(size).enumerate().for_each(|(i, p)| f(i, p));
    } else {
        out.par_chunks_mut(size).enumerate().for_each(|(i, p)| f(i, p));
    }
}

/// Independent running sums: as many as a vector register holds, several times over.
const LANES: usize = 32;

/// `Σ f(a[i])` in [`LANES`] running sums, added in a fixed order.
#[inline(always)]
pub(crate) fn sum<T: crate::kernel::Real>(a: &[T], f: impl Fn(T) -> T) -> f64 {
    let mut lanes = [T::real(0.0); LANES];
    let whole = a.chunks_exact(LANES);
    let rest = whole.remainder();
    for chunk in whole {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += f(v);
        }
    }
    let tail: f64 = rest.iter().map(|&v| f(v).wide()).sum();
    lanes.iter().map(|l| l.wide()).sum::<f64>() + tail
}

/// `Σ a[i]·f(b[i])` as [`sum`] adds.
#[inline(always)]
pub(crate) fn dot<T: crate::kernel::Real>(a: &[T], b: &[T], f: impl Fn(T) -> T) -> f64 {
    let mut lanes = [T::real(0.0); LANES];
    let (wa, wb) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f64 =
        wa.remainder().iter().zip(wb.remainder()).map(|(&v, &w)| (v * f(w)).wide()).sum();
    for (va, vb) in wa.zip(wb) {
        for ((lane, &v), &w) in lanes.iter_mut().zip(va).zip(vb) {
            *lane += v * f(w);
        }
    }
    lanes.iter().map(|l| l.wide()).sum::<f64>() + tail
}

/// `Σ f(a[i], b[i])` and `Σ f(a[i], b[i])·(c[i] − mean)`, as [`sum`] adds.
#[inline(always)]
pub(crate) fn sum_and_product<T: crate::kernel::Real>(
    a: &[T],
    b: &[T],
    c: &[T],
    f: impl Fn(T, T) -> T,
    mean: T,
) -> [f64; 2] {
    let mut lanes = [[T::real(0.0); LANES]; 2];
    let mut tails = [0.0; 2];
    let (wa, wb, wc) = (a.chunks_exact(LANES), b.chunks_exact(LANES), c.chunks_exact(LANES));
    for ((&a, &b), &c) in wa.remainder().iter().zip(wb.remainder()).zip(wc.remainder()) {
        let v = f(a, b);
        tails[0] += v.wide();
        tails[1] += (v * (c - mean)).wide();
    }
    for ((a, b), c) in wa.zip(wb).zip(wc) {
        for i in 0..LANES {
            let v = f(a[i], b[i]);
            lanes[0][i] += v;
            lanes[1][i] += v * (c[i] - mean);
        }
    }
    let total = |k: usize| lanes[k].iter().map(|l| l.wide()).sum::<f64>() + tails[k];
    [total(0), total(1)]
}

/// `Σ (a[i] − near)` and `Σ (a[i] − near)²`, as [`sum`] adds.
#[inline(always)]
pub(crate) fn two_sums<T: crate::kernel::Real>(a: &[T], near: T) -> [f64; 2] {
    let mut lanes = [[T::real(0.0); LANES]; 2];
    let whole = a.chunks_exact(LANES);
    let rest = whole.remainder();
    for a in whole {
        for i in 0..LANES {
            let d = a[i] - near;
            lanes[0][i] += d;
            lanes[1][i] += d * d;
        }
    }
    let tail = |f: &dyn Fn(f64) -> f64| rest.iter().map(|v| f((*v - near).wide())).sum::<f64>();
    let total = |k: usize| lanes[k].iter().map(|l| l.wide()).sum::<f64>();
    [total(0) + tail(&|d| d), total(1) + tail(&|d| d * d)]
}
