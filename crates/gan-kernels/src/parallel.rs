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

/// [`fill`] for a plane: compiled wide by itself, since the loop over planes around it is too large
/// to be; where a plane is not worth that, as it is.
#[inline(always)]
fn fill_plane<T: Copy>(
    plane: &mut [MaybeUninit<T>],
    values: impl ExactSizeIterator<Item = T>,
) -> usize {
    if plane.len() < 16 { fill(plane, values) } else { wide(|| fill(plane, values)) }
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
        fill_plane(plane, a[start..start + plane.len()].iter().map(|&v| f(v)))
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
        fill_plane(plane, a[range.clone()].iter().zip(&b[range]).map(|(&v, &w)| f(v, w)))
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
        fill_plane(plane, values.map(|((&a, &b), &c)| f(a, b, c)))
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
