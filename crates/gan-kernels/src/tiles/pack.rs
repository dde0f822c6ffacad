//! Tensors into tiles.

use super::shape::{DEPTH, SIDE};
use super::shared::Shared;
use super::source::{Operand, Part, Source, Summed};
use super::unit::Unit;
use crate::parallel;
use rayon::prelude::*;

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
