//! Tensors into tiles.

use super::shared::Shared;
use super::{DEPTH, SIDE, Unit};
use crate::parallel;
use rayon::prelude::*;

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

/// A packed tensor: for each position, its tiles by the summed axis, then by the other.
pub(crate) struct Packed<U: Unit> {
    tiles: Vec<U::Tile>,
    /// Tiles along the summed axis.
    pub depth: usize,
    /// Tiles along the other, an even number.
    pub sides: usize,
}

impl<U: Unit> Packed<U> {
    /// Tiles `side` and `side + 1` at tile `depth` of the summed axis, at a position.
    #[inline(always)]
    pub fn two(&self, position: usize, depth: usize, side: usize) -> [&U::Tile; 2] {
        debug_assert!(depth < self.depth && side + 1 < self.sides);
        let at = (position * self.depth + depth) * self.sides + side;
        let two = &self.tiles[at..at + 2];
        [&two[0], &two[1]]
    }
}

/// Runs of positions that one task packs.
const RUNS: usize = 16;

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

/// Packs a tensor; what lies beyond its ends in the last tiles is zero.
pub(crate) fn pack<U: Unit>(
    source: &Source<'_, U::Value>,
    summed: Summed,
    operand: Operand,
) -> Packed<U> {
    let (k, s) = match summed {
        Summed::Outer => (source.outer, source.inner),
        Summed::Inner => (source.inner, source.outer),
    };
    let (depth, sides) = (k.div_ceil(DEPTH), s.div_ceil(2 * SIDE) * 2);
    let positions = source.positions;
    let total = positions * depth * sides;
    let mut tiles: Vec<U::Tile> = Vec::with_capacity(total);
    let spare = Shared::new(&mut tiles.spare_capacity_mut()[..total]);
    let runs = positions.div_ceil(SIDE);
    // A task walks along the positions, where memory is contiguous.
    let parts = runs.div_ceil(RUNS);
    let work = |task: usize| {
        let (runs_from, rest) = (task % parts * RUNS, task / parts);
        let (d, side) = (rest / sides, rest % sides);
        for run in runs_from..(runs_from + RUNS).min(runs) {
            let (start, len) = (run * SIDE, SIDE.min(positions - run * SIDE));
            let part = Part { summed, operand, depth: d, side, start, len };
            let place = |at: usize| ((start + at) * depth + d) * sides + side;
            // SAFETY: each task takes the tiles of its own runs, depth and side, each once.
            #[allow(unsafe_code)]
            let mut out: Vec<_> = (0..len).map(|at| unsafe { spare.one(place(at)) }).collect();
            U::pack(source, &part, &mut out);
        }
    };
    let tasks = parts * depth * sides;
    if total * DEPTH * SIDE <= parallel::PIECE {
        (0..tasks).for_each(work);
    } else {
        (0..tasks).into_par_iter().for_each(work);
    }
    // SAFETY: the tasks are all runs, depths and sides, and a unit writes all it is given.
    #[allow(unsafe_code)]
    unsafe {
        tiles.set_len(total)
    };
    Packed { tiles, depth, sides }
}
