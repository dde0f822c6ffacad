//! How the results of minimal filtering are cut into tasks, by their shapes alone.

use super::transform::TILE;
use crate::tiles::shape::SIDE;
use std::ops::Range;

/// Tasks from which there is enough to do for every thread.
const TASKS: usize = 8;

/// Some tiles of results: of some images, four rows and some columns of each result.
pub(super) struct Task {
    /// Groups of sixteen images.
    pub groups: Range<usize>,
    /// Tiles down, and tiles across.
    pub row: usize,
    pub columns: Range<usize>,
    /// Which share of the channels' tiles.
    pub part: usize,
}

/// How the work is cut, by shapes alone.
pub(super) struct Cut {
    /// Groups of images that a task takes together, and all.
    pub together: usize,
    pub groups: usize,
    /// Tiles down and across, those of a strip, and strips.
    pub rows: usize,
    pub columns: usize,
    pub strip: usize,
    pub strips: usize,
    /// Shares of the channels' tiles.
    pub parts: usize,
}

impl Cut {
    /// Cuts the results that make every `step`-th row and column of an output, of so many images and
    /// pairs of channels' tiles.
    pub fn new(output: [usize; 2], step: usize, images: usize, sides: usize) -> Self {
        let [rows, columns] = output.map(|size| size.div_ceil(step).div_ceil(TILE));
        // A strip is sixteen places of the output beside one another.
        let strip = (SIDE / TILE / step).min(columns.max(1));
        let groups = images.div_ceil(SIDE);
        // The multiplier takes pairs: where a strip is one tile, of two groups of images.
        let together = if strip == 1 { 2.min(groups.max(1)) } else { 1 };
        let strips = columns.div_ceil(strip);
        let tasks = groups.div_ceil(together) * rows * strips;
        let parts = TASKS.div_ceil(tasks.max(1)).min(sides).max(1);
        Self { together, groups, rows, columns, strip, strips, parts }
    }

    /// A task by its number.
    pub fn task(&self, number: usize) -> Task {
        let (part, rest) = (number % self.parts, number / self.parts);
        let (at, rest) = (rest % self.strips, rest / self.strips);
        let (row, group) = (rest % self.rows, rest / self.rows * self.together);
        Task {
            groups: group..(group + self.together).min(self.groups),
            row,
            columns: at * self.strip..((at + 1) * self.strip).min(self.columns),
            part,
        }
    }
}
