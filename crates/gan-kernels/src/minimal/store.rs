//! From sums at the points to results in their places.

use super::cut::Task;
use super::pass::Pass;
use super::spread::lanes;
use super::transform::{POINTS, TILE, results};
use crate::isa::Work;
use crate::number::Number;
use crate::tiles::shape::{SIDE, Square, Squares};
use crate::tiles::shared::Shared;
use crate::tiles::unit::Unit;
use std::mem::MaybeUninit;

/// Sums at the points to results: 25 blocks of squares to 16.
pub(super) struct Gathered<'a, T> {
    pub sums: &'a [Squares<T>],
    pub done: &'a mut [Squares<T>],
}

impl<T: Number> Work for Gathered<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self { sums, done } = self;
        let zero = T::real(0.0);
        for square in 0..4 {
            for row in 0..SIDE {
                for start in (0..SIDE).step_by(8) {
                    let mut half = [[[zero; 8]; POINTS]; TILE];
                    for column in 0..POINTS {
                        let mut values = [[zero; 8]; POINTS];
                        for (line, value) in values.iter_mut().enumerate() {
                            *value = lanes(&sums[POINTS * line + column][square][row], start);
                        }
                        for (half, value) in half.iter_mut().zip(results(values)) {
                            half[column] = value;
                        }
                    }
                    for (half, done) in half.iter().zip(done.chunks_exact_mut(TILE)) {
                        for (value, done) in results(*half).iter().zip(done) {
                            done[square][row][start..start + 8].copy_from_slice(value);
                        }
                    }
                }
            }
        }
    }
}

/// Stores the results of a task's cells, (place, image) squares turned into (image, place) ones.
pub(super) struct Stored<'a, U: Unit> {
    pub pass: &'a Pass<'a, U>,
    pub task: &'a Task,
    pub side: usize,
    pub cells: usize,
    pub done: &'a [Squares<U::Value>],
    pub out: &'a Shared<'a, MaybeUninit<U::Value>>,
}

impl<U: Unit> Work for Stored<'_, U> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self { pass, task, side, done, cells, .. } = self;
        // Results whose places lie between one another share rows of the output.
        let step = pass.places[0][1].step;
        let tiles = task.columns.len();
        let first = step * TILE * task.columns.start;
        let [height, width] = pass.output;
        let len = (step * TILE * tiles).min(width - first);
        let mut square: Square<U::Value> = [[U::Value::real(0.0); SIDE]; SIDE];
        let mut turned = square;
        let channels = (pass.channels - side * 2 * SIDE).min(2 * SIDE);
        for (g, group) in task.groups.clone().enumerate() {
            let images = SIDE.min(pass.images - group * SIDE);
            for row in 0..channels {
                let channel = pass.first + side * 2 * SIDE + row;
                for line in 0..step * TILE {
                    let y = step * TILE * task.row + line;
                    if y >= height {
                        break;
                    }
                    let (result, i) = (line % step * step, line / step);
                    for (place, to) in square[..len].iter_mut().enumerate() {
                        let (of, k) = (result + place % step, place / step);
                        let (cell, j) = (g * tiles + k / TILE, k % TILE);
                        let at = (of * (cells / 2) + cell / 2) * TILE * TILE + TILE * i + j;
                        *to = done[at][row / SIDE * 2 + cell % 2][row % SIDE];
                    }
                    U::transpose(&square, &mut turned);
                    for (image, values) in turned[..images].iter_mut().enumerate() {
                        pass.finish.apply(channel, values);
                        let plane = (group * SIDE + image) * pass.all + channel;
                        let at = (plane * height + y) * width + first;
                        // SAFETY: a task alone writes its places of its channels and images.
                        #[allow(unsafe_code)]
                        unsafe {
                            self.out.fill(at, &values[..len])
                        };
                    }
                }
            }
        }
    }
}
