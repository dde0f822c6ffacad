//! What a multiplier of tiles is, and work that is written once for all of them.

use super::shape::{Block, SIDE, Square, Squares, Step};
use super::source::{Part, Source};
use super::strip::{Panel, Rows, Strip, WIDTH};
use super::transpose;
use crate::number::Number;
use std::mem::MaybeUninit;

/// A way to multiply tiles.
pub(crate) trait Unit: Send + Sync + 'static {
    type Value: Number;
    /// A packed tile.
    type Tile: Send + Sync + 'static;

    /// Whether tiles hold their values as they are, so that they can be computed with.
    const PLAIN: bool = false;

    /// A tile of zeros.
    fn zero() -> Self::Tile;

    /// The values of a tile, where tiles are [`Unit::PLAIN`].
    fn values(tile: &Self::Tile) -> Option<&Block<Self::Value>> {
        let _ = tile;
        None
    }

    /// Writes eight values of a row of a tile, from a column on, where tiles are [`Unit::PLAIN`].
    fn write(
        tile: &mut MaybeUninit<Self::Tile>,
        row: usize,
        column: usize,
        values: &[Self::Value; 8],
    ) {
        let _ = (tile, row, column, values);
    }

    /// Packs one tile of each of up to sixteen neighbouring positions of a source, and writes
    /// all of `out`.
    fn pack(
        source: &Source<'_, Self::Value>,
        part: &Part,
        out: &mut [&mut MaybeUninit<Self::Tile>],
    );

    /// Adds the products of all steps to `sums`.
    fn multiply(steps: &[Step<'_, Self::Tile>], sums: &mut Squares<Self::Value>);

    /// Writes the first `columns` of `strip · panel` to the strip's rows of `sums`; what the
    /// columns beyond hold is of no account.
    fn strip(
        strip: &Strip<'_, Self::Value>,
        panel: &Panel<Self::Value>,
        columns: usize,
        sums: &mut Rows<Self::Value>,
    );

    /// Swaps rows and columns.
    fn transpose(square: &Square<Self::Value>, out: &mut Square<Self::Value>) {
        transpose::plain(square, out);
    }

    /// Writes `rows` as columns into half of a panel's rows.
    fn turn(rows: [&[Self::Value]; SIDE], half: usize, panel: &mut [[Self::Value; WIDTH]; SIDE]) {
        transpose::turn_plain(rows, half, panel);
    }
}

/// Work that is written once for all units.
pub(crate) trait OnUnit<T> {
    type Out;
    fn run<U: Unit<Value = T>>(self) -> Self::Out;
}
