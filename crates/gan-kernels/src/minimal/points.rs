//! What stands at the 25 points: operands of the products, and their sums on the way back.

use super::spread::{lanes, spread};
use super::transform::{Lanes, POINTS, PRODUCTS};
use crate::isa::{Work, widely};
use crate::number::Number;
use crate::tiles::shape::{SIDE, Squares};
use crate::tiles::shared::Shared;
use crate::tiles::unit::Unit;
use rayon::prelude::*;

/// Packed tiles at the points: `(point, tile along the summed axis, side)`.
pub(super) struct AtPoints<U: Unit> {
    tiles: Vec<U::Tile>,
    /// Tiles along the summed axis.
    pub along: usize,
    /// Tiles along the other.
    pub sides: usize,
}

impl<U: Unit> AtPoints<U> {
    /// All tiles: those that `from(along, side)` gives, transformed by `one` in both axes. Tiles must be
    /// plain.
    pub fn new<'a, const I: usize>(
        along: usize,
        sides: usize,
        one: impl Fn([Lanes<U::Value>; I]) -> [Lanes<U::Value>; POINTS] + Copy + Sync,
        from: impl Fn(usize, usize) -> [[&'a U::Tile; I]; I] + Sync,
    ) -> Self {
        assert!(U::PLAIN, "tiles that can be computed with");
        let total = PRODUCTS * along * sides;
        let mut tiles: Vec<U::Tile> = Vec::with_capacity(total);
        let spare = Shared::new(&mut tiles.spare_capacity_mut()[..total]);
        let work = |task: usize| {
            let (k, side) = (task / sides, task % sides);
            // SAFETY: each task takes the tiles of its own place and side, each once.
            #[allow(unsafe_code)]
            let to = std::array::from_fn(|point| unsafe {
                spare.one((point * along + k) * sides + side)
            });
            spread::<U, I>(&from(k, side), one, to);
        };
        (0..along * sides).into_par_iter().with_min_len(4).for_each(work);
        // SAFETY: the tasks are all places and sides, and `spread` writes all of plain ones.
        #[allow(unsafe_code)]
        unsafe {
            tiles.set_len(total)
        };
        Self { tiles, along, sides }
    }

    /// The tiles of a pair of sides.
    pub fn two(&self, point: usize, along: usize, pair: usize) -> [&U::Tile; 2] {
        let at = (point * self.along + along) * self.sides + 2 * pair;
        let two = &self.tiles[at..at + 2];
        [&two[0], &two[1]]
    }
}

/// Sums at the points to `O`×`O` blocks of squares: `one` is the transform in one axis.
pub(super) fn gather<T: Number, const O: usize>(
    sums: &[Squares<T>],
    one: impl Fn([Lanes<T>; POINTS]) -> [Lanes<T>; O] + Copy,
    done: &mut [Squares<T>],
) {
    widely(Gather { sums, one, done });
}

struct Gather<'a, T, F> {
    sums: &'a [Squares<T>],
    one: F,
    done: &'a mut [Squares<T>],
}

impl<T: Number, F, const O: usize> Work for Gather<'_, T, F>
where
    F: Fn([Lanes<T>; POINTS]) -> [Lanes<T>; O] + Copy,
{
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self { sums, one, done } = self;
        let zero = T::real(0.0);
        for square in 0..4 {
            for row in 0..SIDE {
                for start in (0..SIDE).step_by(8) {
                    let mut half = [[[zero; 8]; POINTS]; O];
                    for column in 0..POINTS {
                        let mut values = [[zero; 8]; POINTS];
                        for (line, value) in values.iter_mut().enumerate() {
                            *value = lanes(&sums[POINTS * line + column][square][row], start);
                        }
                        for (half, value) in half.iter_mut().zip(one(values)) {
                            half[column] = value;
                        }
                    }
                    for (half, done) in half.iter().zip(done.chunks_exact_mut(O)) {
                        for (value, done) in one(*half).iter().zip(done) {
                            done[square][row][start..start + 8].copy_from_slice(value);
                        }
                    }
                }
            }
        }
    }
}
