//! Tensors before they are packed: which of their axes is which, and what of them goes into a tile.

use super::shape::{DEPTH, SIDE};

/// A tensor `(outer, inner, positions)`, or some of its inner axis.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, T> {
    pub data: &'a [T],
    pub outer: usize,
    pub inner: usize,
    pub positions: usize,
    /// Values from one outer index to the next.
    pub apart: usize,
}

/// The axis of a [`Source`] that a product sums over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summed {
    Outer,
    Inner,
}

/// Which operand of a product a tile is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Left,
    Right,
}

/// Which tiles of a source are packed together.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub summed: Summed,
    pub operand: Operand,
    /// The tile along the summed axis and along the other.
    pub depth: usize,
    pub side: usize,
    /// The first position and how many, at most sixteen.
    pub start: usize,
    pub len: usize,
}

impl<'a, T: Copy> Source<'a, T> {
    /// The values at the positions of a part, for row `k` of the summed axis and `s` of the
    /// other within its tiles; `None` beyond the source.
    #[inline(always)]
    pub fn row(&self, part: &Part, k: usize, s: usize) -> Option<&'a [T]> {
        let (k, s) = (part.depth * DEPTH + k, part.side * SIDE + s);
        let (outer, inner) = if part.summed == Summed::Outer { (k, s) } else { (s, k) };
        let at = outer * self.apart + inner * self.positions + part.start;
        (outer < self.outer && inner < self.inner).then(|| &self.data[at..at + part.len])
    }

    /// Of a source with one position: row `outer` of the matrix from column `column` on, at most
    /// `most` values; empty beyond the source.
    #[inline(always)]
    pub fn line(&self, outer: usize, column: usize, most: usize) -> &'a [T] {
        if outer >= self.outer || column >= self.inner {
            return &[];
        }
        let at = outer * self.apart + column;
        &self.data[at..at + most.min(self.inner - column)]
    }
}
