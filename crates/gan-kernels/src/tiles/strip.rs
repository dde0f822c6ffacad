//! Strips and panels: what of the two operands of a matrix product meets in one call.

use super::shape::SIDE;

/// Columns of a panel.
pub(crate) const WIDTH: usize = 2 * SIDE;
/// Most rows of the result that are computed together.
pub(crate) const ROWS: usize = 12;

/// Some columns of the right matrix, row by row.
pub(crate) type Panel<T> = [[T; WIDTH]];
/// Some rows of a panel of the result.
pub(crate) type Rows<T> = [[T; WIDTH]; ROWS];

/// Some rows of the left matrix: element `(row, k)` is `data[row · down + k · along]`.
#[derive(Clone, Copy)]
pub(crate) struct Strip<'a, T> {
    pub data: &'a [T],
    pub rows: usize,
    pub down: usize,
    pub along: usize,
}

impl<'a, T: Copy> Strip<'a, T> {
    /// The values, which reach to the last element of `depth` columns.
    pub fn values(&self, depth: usize) -> &'a [T] {
        let last = (self.rows.max(1) - 1) * self.down + (depth.max(1) - 1) * self.along;
        &self.data[..if depth == 0 { 0 } else { last + 1 }]
    }
}
