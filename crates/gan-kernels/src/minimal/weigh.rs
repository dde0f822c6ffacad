//! The weight gradient by minimal filtering: two results down and across, the taps, of filters of 4×4,
//! the gradients of a tile of results.

use super::points::{AtPoints, gather};
use super::transform::{Lanes, POINTS, PRODUCTS, TILE, data, grads, tap_grads};
use crate::conv_sizes::Sizes;
use crate::number::Number;
use crate::tiles::pack::{Packed, pack};
use crate::tiles::shape::{SIDE, Squares, Step};
use crate::tiles::shared::Shared;
use crate::tiles::source::{Operand, Summed};
use crate::tiles::unit::Unit;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Tasks from which there is enough to do for every thread.
const TASKS: usize = 8;

/// Fills a group's weight gradients, `(channels, source channels, 4, 4)`.
pub(crate) fn weight_grad<U: Unit>(
    s: &Sizes,
    group: usize,
    x: &[U::Value],
    g: &[U::Value],
    out: &mut [MaybeUninit<U::Value>],
) {
    let size = [s.oh, s.ow];
    let tiles = size.map(|n| n.div_ceil(TILE));
    let grads = {
        let walk = Walk { size, step: 1, first: [0; 2], tiles };
        let packed = pack::<U>(&s.y_source(g, group), Summed::Outer, Operand::Left);
        walk.at_points::<U, TILE>(&packed, grads)
    };
    let packed = pack::<U>(&s.x_source(x, group), Summed::Outer, Operand::Right);
    let top = [s.how.padding[0], s.how.padding[2]];
    let empty: Squares<U::Value> = [[[U::Value::real(0.0); SIDE]; SIDE]; 4];
    let out = Shared::new(out);
    // One parity of rows and columns at a time: its data at the points are as many as the source.
    for parity in 0..4 {
        let [down, across] = [parity / 2, parity % 2];
        let first = [down as isize - top[0] as isize, across as isize - top[1] as isize];
        let walk = Walk { size: [s.h, s.w], step: 2, first, tiles };
        let source = walk.at_points::<U, POINTS>(&packed, data);
        let (lefts, rights) = (grads.sides / 2, source.sides / 2);
        let parts = TASKS.div_ceil(rights.max(1)).min(lefts).max(1);
        let each = lefts.div_ceil(parts);
        let work = |task: usize| {
            let (part, right) = (task % parts, task / parts);
            let lefts = (part * each).min(lefts)..((part + 1) * each).min(lefts);
            let mut sums = vec![empty; lefts.len() * PRODUCTS];
            let mut steps = Vec::with_capacity(grads.along);
            for point in 0..PRODUCTS {
                for (at, left) in lefts.clone().enumerate() {
                    steps.clear();
                    steps.extend((0..grads.along).map(|k| Step {
                        left: grads.two(point, k, left),
                        right: source.two(point, k, right),
                    }));
                    U::multiply(&steps, &mut sums[at * PRODUCTS + point]);
                }
            }
            for (sums, left) in sums.chunks_exact(PRODUCTS).zip(lefts) {
                let mut taps = [empty; 4];
                gather(sums, tap_grads, &mut taps);
                for i in (0..2 * SIDE).take_while(|i| 2 * left * SIDE + i < s.og) {
                    for j in (0..2 * SIDE).take_while(|j| 2 * right * SIDE + j < s.cg) {
                        let square = i / SIDE * 2 + j / SIDE;
                        let weight = (2 * left * SIDE + i) * s.cg + 2 * right * SIDE + j;
                        for (tap, squares) in taps.iter().enumerate() {
                            let [u, v] = [2 * (tap / 2) + down, 2 * (tap % 2) + across];
                            let value = squares[square][i % SIDE][j % SIDE];
                            // SAFETY: a task alone writes its channels' taps of its parity.
                            #[allow(unsafe_code)]
                            unsafe {
                                out.fill(16 * weight + 4 * u + v, &[value])
                            };
                        }
                    }
                }
            }
        };
        (0..parts * rights).into_par_iter().with_max_len(1).for_each(work);
    }
}

/// How tiles lie over a source: row `step · (4·tile + i) + first` is the i-th of a tile.
struct Walk {
    /// Rows and columns of the source.
    size: [usize; 2],
    step: usize,
    first: [isize; 2],
    /// Tiles down and across.
    tiles: [usize; 2],
}

impl Walk {
    /// Tiles of `I`×`I` places of every channel and image, transformed.
    fn at_points<U: Unit, const I: usize>(
        &self,
        packed: &Packed<U>,
        one: impl Fn([Lanes<U::Value>; I]) -> [Lanes<U::Value>; POINTS] + Copy + Sync,
    ) -> AtPoints<U> {
        let [down, across] = self.tiles;
        let depth = packed.depth;
        let zero = U::zero();
        let place = |axis: usize, tile: usize, k: usize| {
            let at = (self.step * (TILE * tile + k)) as isize + self.first[axis];
            usize::try_from(at).ok().filter(|at| *at < self.size[axis])
        };
        AtPoints::new(down * across * depth, packed.sides, one, |k, side| {
            let (tile, d) = (k / depth, k % depth);
            let pixel = |y: Option<usize>, x: Option<usize>| -> &U::Tile {
                match (y, x) {
                    (Some(y), Some(x)) => {
                        packed.two(y * self.size[1] + x, d, side / 2 * 2)[side % 2]
                    }
                    _ => &zero,
                }
            };
            let rows: [_; I] = std::array::from_fn(|k| place(0, tile / across, k));
            let columns: [_; I] = std::array::from_fn(|k| place(1, tile % across, k));
            rows.map(|y| columns.map(|x| pixel(y, x)))
        })
    }
}
