//! The weight gradient of a convolution: for each tap, the product of the result's gradient and
//! the source at that tap, summed over images and positions.

use super::pack::Packed;
use super::shape::{SIDE, Squares, Step};
use super::shared::Shared;
use super::unit::Unit;
use crate::number::Number;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Steps that are worth one call of the multiplier.
const STEPS: usize = 32;

/// Tasks from which there is enough to do for every thread.
const TASKS: usize = 8;

/// What the weight gradient is made of.
pub(crate) struct Weigh<'a, U: Unit> {
    /// Left tiles: position of the result, summed axis = images, sides = result channels.
    pub grads: &'a Packed<U>,
    /// Right tiles: position of the source, summed axis = images, sides = source channels.
    pub source: &'a Packed<U>,
    /// Channels of result and source.
    pub channels: [usize; 2],
    /// Rows and columns of the result.
    pub size: [usize; 2],
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
}

/// Fills `out`, `(result channels, source channels, kernel rows, kernel columns)`.
/// `row(oy, u)` and `column(ox, v)` say which row and column of the source tap `(u, v)` meets.
pub(crate) fn weigh<U: Unit>(
    how: &Weigh<'_, U>,
    width: usize,
    row: impl Fn(usize, usize) -> Option<usize> + Sync,
    column: impl Fn(usize, usize) -> Option<usize> + Sync,
    out: &mut [MaybeUninit<U::Value>],
) {
    let zero = U::Value::real(0.0);
    let ([oh, ow], [kh, kw]) = (how.size, how.kernel);
    let [o, c] = how.channels;
    let (lefts, rights) = (how.grads.sides / 2, how.source.sides / 2);
    let depth = how.grads.depth;
    let rows = STEPS.div_ceil((ow * depth).max(1));
    let out = Shared::new(out);
    let empty: Squares<U::Value> = [[[zero; SIDE]; SIDE]; 4];
    // A task walks over all positions once for as many left tiles as there are tasks enough for:
    // the source's tiles are then met again in the cache.
    let parts = TASKS.div_ceil((rights * kh).max(1)).min(lefts).max(1);
    let each = lefts.div_ceil(parts);
    let work = |task: usize| {
        let (part, rest) = (task % parts, task / parts);
        let (u, right) = (rest % kh, rest / kh * 2);
        let lefts = (part * each).min(lefts)..((part + 1) * each).min(lefts);
        let mut sums = vec![empty; lefts.len() * kw];
        let mut steps = Vec::new();
        for start in (0..oh).step_by(rows) {
            let rows = start..(start + rows).min(oh);
            for (left, sums) in lefts.clone().zip(sums.chunks_exact_mut(kw)) {
                for (v, sum) in sums.iter_mut().enumerate() {
                    steps.clear();
                    for y in rows.clone() {
                        let Some(sy) = row(y, u) else { continue };
                        for x in 0..ow {
                            let Some(sx) = column(x, v) else { continue };
                            let (at, from) = (y * ow + x, sy * width + sx);
                            steps.extend((0..depth).map(|d| Step {
                                left: how.grads.two(at, d, 2 * left),
                                right: how.source.two(from, d, right),
                            }));
                        }
                    }
                    U::multiply(&steps, sum);
                }
            }
        }
        for (left, sums) in lefts.zip(sums.chunks_exact(kw)) {
            for i in (0..2 * SIDE).take_while(|i| 2 * left * SIDE + i < o) {
                for j in (0..2 * SIDE).take_while(|j| right * SIDE + j < c) {
                    let square = i / SIDE * 2 + j / SIDE;
                    let place = ((2 * left * SIDE + i) * c + right * SIDE + j) * kh * kw + u * kw;
                    for (v, sum) in sums.iter().enumerate() {
                        // SAFETY: a task alone writes its channels' row of the kernel.
                        #[allow(unsafe_code)]
                        unsafe {
                            out.fill(place + v, &[sum[square][i % SIDE][j % SIDE]])
                        };
                    }
                }
            }
        }
    };
    (0..parts * rights * kh).into_par_iter().with_max_len(1).for_each(work);
}
