//! Work cut into pieces of a size that depends on the shapes alone, never on the thread count.

use rayon::prelude::*;

/// Elements a piece of element-wise work; below one piece everything stays on the caller's thread.
pub(crate) const PIECE: usize = 1 << 14;

/// `out[i] = f(a[i])`.
pub(crate) fn map<T: Copy + Send + Sync>(a: &[T], f: impl Fn(T) -> T + Sync) -> Vec<T> {
    let mut out = a.to_vec();
    let one = |piece: &mut [T]| piece.iter_mut().for_each(|v| *v = f(*v));
    if a.len() <= PIECE {
        one(&mut out);
    } else {
        out.par_chunks_mut(PIECE).for_each(one);
    }
    out
}

/// `out[i] = f(a[i], b[i])`; the slices must have equal lengths.
pub(crate) fn zip<T: Copy + Send + Sync>(a: &[T], b: &[T], f: impl Fn(T, T) -> T + Sync) -> Vec<T> {
    debug_assert_eq!(a.len(), b.len());
    let mut out = a.to_vec();
    let one = |(piece, b): (&mut [T], &[T])| {
        piece.iter_mut().zip(b).for_each(|(v, &w)| *v = f(*v, w));
    };
    if a.len() <= PIECE {
        one((&mut out, b));
    } else {
        out.par_chunks_mut(PIECE).zip(b.par_chunks(PIECE)).for_each(one);
    }
    out
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
