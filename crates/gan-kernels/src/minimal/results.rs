//! Results by minimal filtering: the convolution itself, and its gradient in the input.

use super::cut::{Cut, Task};
use super::pass::{Parity, Pass};
use super::points::{AtPoints, gather};
use super::spread::spread;
use super::store::Stored;
use super::transform::{POINTS, PRODUCTS, TILE, data, results, taps};
use crate::conv_sizes::Sizes;
use crate::isa::widely;
use crate::number::Number;
use crate::tiles::finish::Finish;
use crate::tiles::pack::pack;
use crate::tiles::shape::{DEPTH, SIDE, Squares, Step};
use crate::tiles::shared::Shared;
use crate::tiles::source::{Operand, Part, Summed};
use crate::tiles::unit::Unit;
use rayon::prelude::*;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Values of transformed weights that are held at once: 8 MiB of them in f32.
const HELD: usize = 1 << 21;

/// Fills a group's channels of `out`, `(images, all channels, positions)`.
pub(crate) fn forward<U: Unit>(
    s: &Sizes,
    group: usize,
    x: &[U::Value],
    w: &[U::Value],
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    let top = [s.how.padding[0], s.how.padding[2]].map(|p| p as isize);
    let axis = |p: usize, axis: usize| ([p, p + 2], p as isize - top[axis]);
    let parity = |k: usize| {
        let ((down, row), (across, column)) = (axis(k / 2, 0), axis(k % 2, 1));
        Parity { taps: [down, across], step: 2, first: [row, column] }
    };
    let pass = Pass::<U> {
        source: s.x_source(x, group),
        size: [s.h, s.w],
        weights: pack(&s.weight(w, group), Summed::Inner, Operand::Left),
        results: vec![(0..4).map(parity).collect()],
        step: 1,
        output: [s.oh, s.ow],
        images: s.n,
        channels: s.og,
        first: group * s.og,
        all: s.o,
        finish,
    };
    pass.run(out);
}

/// Fills a group's channels of `out`, `(images, all source channels, positions)`.
///
/// Row y of the source's gradient is met by the taps u of the parity of y + padding, at row
/// (y + padding − u)/2 of the gradient: with y = 2t + q, e that parity and u = e + 2a, that is row
/// t + (q + padding − e)/2 − a.
pub(crate) fn input_grad<U: Unit>(
    s: &Sizes,
    group: usize,
    g: &[U::Value],
    w: &[U::Value],
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    let axis = |q: usize, padding: usize| {
        let even = (q + padding) % 2;
        ([even + 2, even], ((q + padding - even) / 2) as isize - 1)
    };
    let parity = |k: usize| {
        let (down, row) = axis(k / 2, s.how.padding[0]);
        let (across, column) = axis(k % 2, s.how.padding[2]);
        Parity { taps: [down, across], step: 1, first: [row, column] }
    };
    let pass = Pass::<U> {
        source: s.y_source(g, group),
        size: [s.oh, s.ow],
        weights: pack(&s.weight(w, group), Summed::Outer, Operand::Left),
        results: (0..4).map(|k| vec![parity(k)]).collect(),
        step: 2,
        output: [s.h, s.w],
        images: s.n,
        channels: s.cg,
        first: group * s.cg,
        all: s.c,
        finish,
    };
    pass.run(out);
}

/// What a thread keeps from one task to the next.
struct Scratch<U: Unit> {
    /// Packed pixels of one tile of channels: `(groups, rows, columns)`.
    pixels: Vec<MaybeUninit<U::Tile>>,
    /// Data at the points: `(result, point, depth, cell)`.
    data: Vec<MaybeUninit<U::Tile>>,
    zero: U::Tile,
    sums: Vec<Squares<U::Value>>,
    /// Results: `(result, pair of cells, place in the tile)`.
    done: Vec<Squares<U::Value>>,
}

impl<U: Unit> Pass<'_, U> {
    fn run(&self, out: &mut [MaybeUninit<U::Value>]) {
        let out = Shared::new(out);
        let sides = self.weights.sides / 2;
        // Weights at the points are many: so many channels at a time as keep them few.
        let one = self.results.len() * PRODUCTS * self.depth() * 2 * DEPTH * SIDE;
        let chunk = (HELD / one).clamp(1, sides.max(1));
        for start in (0..sides).step_by(chunk) {
            let chunk = start..(start + chunk).min(sides);
            let weights: Vec<AtPoints<U>> =
                self.results.iter().map(|of| self.weights_of(of, &chunk)).collect();
            let cut = Cut::new(self.output, self.step, self.images, chunk.len());
            let each = chunk.len().div_ceil(cut.parts);
            let work = |scratch: &mut Scratch<U>, number: usize| {
                let task = cut.task(number);
                let cells = (task.groups.len() * task.columns.len()).next_multiple_of(2);
                for d in 0..self.weights.depth {
                    self.data(&task, d, cells, scratch);
                }
                let first = (task.part * each).min(chunk.len());
                for side in first..(first + each).min(chunk.len()) {
                    self.sum(&weights, side, cells, scratch);
                    let done = &scratch.done[..];
                    let (side, out) = (chunk.start + side, &out);
                    widely(Stored { pass: self, task: &task, side, cells, done, out });
                }
            };
            let tasks = cut.groups.div_ceil(cut.together) * cut.rows * cut.strips * cut.parts;
            let tasks = (0..tasks).into_par_iter().with_max_len(1);
            tasks.for_each_init(Scratch::new, work);
        }
    }

    /// Tiles of the summed axis: those of the source's channels, for each parity.
    fn depth(&self) -> usize {
        self.weights.depth * self.results.first().map_or(0, Vec::len)
    }

    /// Weights at the points, for some pairs of channels' tiles.
    fn weights_of(&self, parities: &[Parity], sides: &Range<usize>) -> AtPoints<U> {
        let depth = self.weights.depth;
        AtPoints::new(depth * parities.len(), 2 * sides.len(), taps, |k, side| {
            let (parity, d, of) = (&parities[k / depth], k % depth, 2 * sides.start + side);
            let tile = |u: usize, v: usize| self.weights.two(4 * u + v, d, of / 2 * 2)[of % 2];
            let [down, across] = parity.taps;
            down.map(|u| across.map(|v| tile(u, v)))
        })
    }

    /// Rows or columns of the source that some tiles of all results see.
    fn seen(&self, axis: usize, tiles: Range<usize>) -> Range<usize> {
        let parities = || self.results.iter().flatten();
        let from = parities().map(|p| (p.step * TILE * tiles.start) as isize + p.first[axis]).min();
        let to = parities().map(|p| (p.step * TILE * tiles.end) as isize + p.first[axis] + 1).max();
        let clamp = |at: isize| at.clamp(0, self.size[axis] as isize) as usize;
        clamp(from.unwrap_or(0))..clamp(to.unwrap_or(0))
    }

    /// Data at the points of one tile of the source's channels, for all results and cells.
    fn data(&self, task: &Task, d: usize, cells: usize, scratch: &mut Scratch<U>) {
        let rows = self.seen(0, task.row..task.row + 1);
        let columns = self.seen(1, task.columns.clone());
        let (lines, span) = (rows.len(), columns.len());
        let Scratch { pixels, data: points, zero, .. } = scratch;
        let wanted = task.groups.len() * lines * span;
        if pixels.len() < wanted {
            pixels.resize_with(wanted, MaybeUninit::uninit);
        }
        // Whole rows lie one after the other.
        let (runs, run) = if span == self.size[1] { (1, lines * span) } else { (lines, span) };
        for (g, side) in task.groups.clone().enumerate() {
            for line in 0..runs {
                for from in (0..run).step_by(SIDE) {
                    let len = SIDE.min(run - from);
                    let start = (rows.start + line) * self.size[1] + columns.start + from;
                    let (summed, operand) = (Summed::Inner, Operand::Right);
                    let part = Part { summed, operand, depth: d, side, start, len };
                    let place = (g * lines + line) * span + from;
                    let mut tiles: Vec<_> = pixels[place..place + len].iter_mut().collect();
                    U::pack(&self.source, &part, &mut tiles);
                }
            }
        }
        let depth = self.depth();
        let all = self.results.len() * PRODUCTS * depth * cells;
        if points.len() < all {
            points.resize_with(all, MaybeUninit::uninit);
        }
        let tiles = task.columns.len();
        for (r, parities) in self.results.iter().enumerate() {
            let points = &mut points[r * PRODUCTS * depth * cells..][..PRODUCTS * depth * cells];
            for (p, parity) in parities.iter().enumerate() {
                let k = p * self.weights.depth + d;
                for cell in 0..cells {
                    let (g, column) = (cell / tiles, task.columns.start + cell % tiles);
                    let first = [TILE * task.row, TILE * column];
                    let at = |axis: usize, k: usize, range: &Range<usize>| {
                        let at = (parity.step * (first[axis] + k)) as isize + parity.first[axis];
                        usize::try_from(at).ok().filter(|at| range.contains(at))
                    };
                    let down: [_; POINTS] = std::array::from_fn(|k| at(0, k, &rows));
                    let across: [_; POINTS] = std::array::from_fn(|k| at(1, k, &columns));
                    let pixel = |row: Option<usize>, column: Option<usize>| -> &U::Tile {
                        match (row, column) {
                            (Some(row), Some(column)) if g < task.groups.len() => {
                                let line = row - rows.start;
                                let place = (g * lines + line) * span + column - columns.start;
                                // SAFETY: `pack` has just written all of them.
                                #[allow(unsafe_code)]
                                unsafe {
                                    pixels[place].assume_init_ref()
                                }
                            }
                            _ => zero,
                        }
                    };
                    let from = down.map(|row| across.map(|column| pixel(row, column)));
                    let to = every(points, (k * cells + cell, depth * cells));
                    spread::<U, POINTS>(&from, data, to);
                }
            }
        }
    }

    /// Results of a pair of channels' tiles, for all cells.
    fn sum(&self, weights: &[AtPoints<U>], side: usize, cells: usize, scratch: &mut Scratch<U>) {
        let (pairs, depth) = (cells / 2, self.depth());
        scratch.done.resize(weights.len() * pairs * TILE * TILE, nothing());
        scratch.sums.resize(pairs * PRODUCTS, nothing());
        let mut steps = Vec::with_capacity(depth);
        for (r, weights) in weights.iter().enumerate() {
            scratch.sums.fill(nothing());
            for point in 0..PRODUCTS {
                // Weights of a point are met again by the next pair.
                for pair in 0..pairs {
                    steps.clear();
                    for k in 0..depth {
                        let at = ((r * PRODUCTS + point) * depth + k) * cells + 2 * pair;
                        let two = &scratch.data[at..at + 2];
                        // SAFETY: `data` has written the tiles of all depths and cells.
                        #[allow(unsafe_code)]
                        let right = unsafe { [two[0].assume_init_ref(), two[1].assume_init_ref()] };
                        steps.push(Step { left: weights.two(point, k, side), right });
                    }
                    U::multiply(&steps, &mut scratch.sums[pair * PRODUCTS + point]);
                }
            }
            let done = scratch.done[r * pairs * TILE * TILE..].chunks_exact_mut(TILE * TILE);
            for (sums, done) in scratch.sums.chunks_exact(PRODUCTS).zip(done) {
                gather(sums, results, done);
            }
        }
    }
}

/// A block of sums before anything is added.
fn nothing<T: Number>() -> Squares<T> {
    [[[T::real(0.0); SIDE]; SIDE]; 4]
}

/// Every 25th part of the tiles: the place `at` of each point's, which are `apart`.
fn every<T>(tiles: &mut [T], (at, apart): (usize, usize)) -> [&mut T; PRODUCTS] {
    let mut rest = tiles.chunks_mut(apart);
    std::array::from_fn(|_| match rest.next() {
        Some(tiles) => &mut tiles[at],
        None => unreachable!("as many chunks as points"),
    })
}

impl<U: Unit> Scratch<U> {
    fn new() -> Self {
        let (pixels, data, sums, done) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { pixels, data, zero: U::zero(), sums, done }
    }
}
