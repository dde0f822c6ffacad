//! Results to their places.

use super::cut::Task;
use super::pass::Pass;
use super::transform::TILE;
use crate::isa::Work;
use crate::number::Number;
use crate::tiles::shape::{SIDE, Square, Squares};
use crate::tiles::shared::Shared;
use crate::tiles::unit::Unit;
use std::mem::MaybeUninit;

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
        let step = pass.step;
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
