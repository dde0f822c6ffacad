//! Convolution and its input gradient: at each position of the result, a sum over taps of
//! (weights of the tap) · (source at the tap's position).

use super::finish::Finish;
use super::pack::Packed;
use super::shape::{SIDE, Square, Squares, Step};
use super::shared::Shared;
use super::source::{Operand, Part, Source, Summed};
use super::unit::Unit;
use crate::isa::{Work, widely};
use crate::number::Number;
use rayon::prelude::*;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Where a run of channels of the result lies.
pub(crate) struct Place {
    pub images: usize,
    /// Channels computed here, the first of them in the result, and all of the result.
    pub channels: usize,
    pub first: usize,
    pub all: usize,
    pub positions: usize,
}

/// Steps of one call of the multiplier: their left tiles stay in the cache from one pair of
/// positions to the next.
const STEPS: usize = 32;
/// Tasks from which there is enough to do for every thread.
const TASKS: usize = 8;

/// A list of `(tap, source position)`.
pub(crate) type Taps = Vec<(usize, usize)>;

/// Fills channels of `out`, `(images, all, positions)`, every element of them.
/// `taps(position, list)` lists all taps that meet the source.
///
/// `weights`: left tiles, position = tap, summed axis = source channels, sides = result channels.
/// `source`: `(images, channels, positions)` with rows of `width` positions.
///
/// The source is packed as it is needed, for sixteen images and a few rows at a time, so that its
/// tiles, half as large again as itself, are met again in the cache and never go to memory.
pub(crate) fn correlate<U: Unit>(
    weights: &Packed<U>,
    source: &Source<'_, U::Value>,
    width: usize,
    taps: impl Fn(usize, &mut Taps) + Sync,
    place: &Place,
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    let runs = place.positions.div_ceil(SIDE).max(1);
    let run = place.positions.div_ceil(runs).next_multiple_of(2).max(1);
    let runs = place.positions.div_ceil(run);
    let plans: Vec<Run> = (0..runs)
        .into_par_iter()
        .with_min_len(8)
        .map(|index| {
            let (start, end) = (index * run, place.positions.min((index + 1) * run));
            Run::new(start, end, width, &taps)
        })
        .collect();
    let rows = plans.iter().map(|p| p.rows.len()).max().unwrap_or(0);
    let (groups, sides) = (place.images.div_ceil(SIDE), weights.sides / 2);
    let parts = TASKS.div_ceil(groups.max(1)).min(runs).max(1);
    let side_parts = (TASKS / 2).div_ceil((groups * parts).max(1)).min(sides).max(1);
    let (each, sides_each) = (runs.div_ceil(parts), sides.div_ceil(side_parts));
    let out = Shared::new(out);
    let work = |state: &mut (Ring<U>, Vec<Squares<U::Value>>), task: usize| {
        let (ring, sums) = state;
        let (group, rest) = (task / (parts * side_parts), task % (parts * side_parts));
        let (part, side_part) = (rest / side_parts, rest % side_parts);
        ring.clear();
        for run in &plans[(part * each).min(runs)..((part + 1) * each).min(runs)] {
            ring.pack(source, run.rows.clone(), group);
            let first = side_part * sides_each;
            for side in first..(first + sides_each).min(sides) {
                run.sum(weights, ring, side, sums);
                let (sums, out) = (&sums[..], &out);
                widely(Stored::<U> { sums, run, side, group, place, finish, out });
            }
        }
    };
    let state = || (Ring::new(rows, width, weights.depth), Vec::new());
    let tasks = groups * parts * side_parts;
    (0..tasks).into_par_iter().with_max_len(1).for_each_init(state, work);
}

/// Some positions of the result that lie beside one another.
struct Run {
    start: usize,
    len: usize,
    /// Rows of the source that they need.
    rows: Range<usize>,
    pairs: Vec<Pair>,
    most: usize,
}

/// Two positions of a run, and for each tap that meets the source at either of them where.
struct Pair {
    at: [Option<usize>; 2],
    taps: Vec<(usize, [Option<usize>; 2])>,
}

impl Run {
    fn new(start: usize, end: usize, width: usize, taps: impl Fn(usize, &mut Taps)) -> Self {
        let mut lists = vec![Vec::new(); end - start];
        for (at, list) in lists.iter_mut().enumerate() {
            taps(start + at, list);
        }
        let all = || lists.iter().flatten().map(|(_, from)| from / width);
        let rows = all().min().map_or(0..0, |first| first..all().max().map_or(first, |m| m + 1));
        // Positions with the same taps side by side, so that a pair shares its weights.
        let mut order: Vec<usize> = (0..lists.len()).collect();
        order.sort_by(|&a, &b| {
            let of = |at: usize| lists[at].iter().map(|(tap, _)| *tap);
            of(a).cmp(of(b))
        });
        let pairs: Vec<Pair> = order
            .chunks(2)
            .map(|two| {
                let at = [Some(two[0]), two.get(1).copied()];
                let second = at[1].map_or(&[][..], |at| &lists[at]);
                Pair { at, taps: merged(&lists[two[0]], second) }
            })
            .collect();
        let most = pairs.iter().map(|p| p.taps.len()).max().unwrap_or(0);
        Self { start, len: end - start, rows, pairs, most }
    }

    /// The sums of one pair of channel tiles.
    fn sum<U: Unit>(
        &self,
        weights: &Packed<U>,
        ring: &Ring<U>,
        side: usize,
        sums: &mut Vec<Squares<U::Value>>,
    ) {
        sums.clear();
        sums.resize(self.pairs.len(), [[[U::Value::real(0.0); SIDE]; SIDE]; 4]);
        let depths = STEPS.div_ceil(self.most.max(1));
        let mut steps = Vec::with_capacity(self.most * depths);
        for first in (0..weights.depth).step_by(depths) {
            for (pair, sum) in self.pairs.iter().zip(sums.iter_mut()) {
                steps.clear();
                for depth in first..(first + depths).min(weights.depth) {
                    steps.extend(pair.taps.iter().map(|&(tap, from)| Step {
                        left: weights.two(tap, depth, 2 * side),
                        right: from.map(|from| ring.at(from, depth)),
                    }));
                }
                U::multiply(&steps, sum);
            }
        }
    }
}

/// Two lists in the order of taps as one.
fn merged(a: &[(usize, usize)], b: &[(usize, usize)]) -> Vec<(usize, [Option<usize>; 2])> {
    let mut out = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        let next = [a.peek(), b.peek()].into_iter().flatten().map(|(tap, _)| *tap).min();
        let Some(tap) = next else { return out };
        let first = a.next_if(|(t, _)| *t == tap).map(|(_, from)| from);
        let second = b.next_if(|(t, _)| *t == tap).map(|(_, from)| from);
        out.push((tap, [first, second]));
    }
}

/// Packed rows of sixteen images: the last few that were needed.
struct Ring<U: Unit> {
    tiles: Vec<MaybeUninit<U::Tile>>,
    zero: U::Tile,
    rows: usize,
    width: usize,
    depth: usize,
    /// The rows that are there.
    held: Range<usize>,
}

impl<U: Unit> Ring<U> {
    fn new(rows: usize, width: usize, depth: usize) -> Self {
        let mut tiles = Vec::new();
        tiles.resize_with(rows * width * depth, MaybeUninit::uninit);
        Self { tiles, zero: U::zero(), rows, width, depth, held: 0..0 }
    }

    fn clear(&mut self) {
        self.held = 0..0;
    }

    /// Makes rows `wanted` of a group of images be there.
    fn pack(&mut self, source: &Source<'_, U::Value>, wanted: Range<usize>, group: usize) {
        assert!(wanted.len() <= self.rows, "rows of the ring");
        let new = if self.held.contains(&wanted.start) && wanted.end >= self.held.end {
            self.held.end..wanted.end
        } else {
            wanted.clone()
        };
        let (rows, width, depth) = (self.rows, self.width, self.depth);
        let (from, to) = (new.start * width, new.end * width);
        for start in (from..to).step_by(SIDE) {
            let len = SIDE.min(to - start);
            for d in 0..depth {
                // Positions beside one another have places beside one another, but where the ring
                // ends.
                let (before, after) = self.tiles.split_at_mut(start % (rows * width) * depth);
                let places = after.chunks_exact_mut(depth).chain(before.chunks_exact_mut(depth));
                let mut out: Vec<_> = places.take(len).map(|tiles| &mut tiles[d]).collect();
                let (summed, operand) = (Summed::Inner, Operand::Right);
                let part = Part { summed, operand, depth: d, side: group, start, len };
                U::pack(source, &part, &mut out);
            }
        }
        self.held = wanted;
    }

    /// The tile of a position, or zeros for none.
    #[inline(always)]
    fn at(&self, position: Option<usize>, depth: usize) -> &U::Tile {
        let Some(position) = position else { return &self.zero };
        let row = position / self.width;
        assert!(self.held.contains(&row) && depth < self.depth, "a row that is there");
        let place = (row % self.rows * self.width + position % self.width) * self.depth + depth;
        // SAFETY: the row is among those held, which `pack` has written in full, and no other
        // row within `rows` of it shares its place.
        #[allow(unsafe_code)]
        unsafe {
            self.tiles[place].assume_init_ref()
        }
    }
}

/// Stores the sums of a run of positions: (position, image) squares turned into (image, position)
/// ones, channel by channel.
struct Stored<'a, U: Unit> {
    sums: &'a [Squares<U::Value>],
    run: &'a Run,
    side: usize,
    group: usize,
    place: &'a Place,
    finish: Finish<'a, U::Value>,
    out: &'a Shared<'a, MaybeUninit<U::Value>>,
}

impl<U: Unit> Work for Stored<'_, U> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self { run, place, side, group, .. } = self;
        let mut square: Square<U::Value> = [[U::Value::real(0.0); SIDE]; SIDE];
        let mut turned = square;
        let images = SIDE.min(place.images - group * SIDE);
        for row in (0..2 * SIDE).take_while(|row| side * 2 * SIDE + row < place.channels) {
            for (sum, pair) in self.sums.iter().zip(&run.pairs) {
                for (half, at) in pair.at.iter().enumerate() {
                    if let Some(at) = at {
                        square[*at] = sum[row / SIDE * 2 + half][row % SIDE];
                    }
                }
            }
            U::transpose(&square, &mut turned);
            let channel = place.first + side * 2 * SIDE + row;
            for (image, values) in turned[..images].iter_mut().enumerate() {
                self.finish.apply(channel, values);
                let plane = (group * SIDE + image) * place.all + channel;
                // SAFETY: a task alone writes its runs of its channels and images.
                #[allow(unsafe_code)]
                unsafe {
                    self.out.fill(plane * place.positions + run.start, &values[..run.len])
                };
            }
        }
    }
}
