//! Matrix products on tiles: the arithmetic under convolutions and linear layers.
//!
//! An operand is cut into tiles of [`DEPTH`] × [`SIDE`] values, each packed the way the machine's
//! multiplier wants it; a block of 2×2 result tiles is then the sum of products over a list of
//! steps, and a step names two left and two right tiles. What the tiles mean (channels and images
//! of a convolution, rows and columns of a matrix) is the list's affair, so one multiplier serves
//! everything:
//!
//! | file | holds |
//! | --- | --- |
//! | [`pack`] | tensors into tiles |
//! | [`correlate`] | convolution and its input gradient |
//! | [`weigh`] | its weight gradient |
//! | [`matrix`] | matrix products |
//! | [`amx`], [`amx_pack`] | multiplier and packing on x86's matrix unit |
//! | [`avx512`] | the multiplier in AVX-512's own words |
//! | [`lanes`] | the multiplier in plain loops, compiled for several instruction sets |
//!
//! Each result tile is computed by one thread in an order that the shapes alone give, and each
//! of its columns from that column's operands alone: results depend neither on the number of
//! threads nor on what else is in the batch.

pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
mod amx_pack;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod correlate;
pub(crate) mod lanes;
pub(crate) mod matrix;
pub(crate) mod pack;
pub(crate) mod shared;
mod transpose;
pub(crate) mod weigh;

use crate::kernel::Real;
use matrix::{Panel, Rows, Strip, WIDTH};
use pack::{Part, Source};
use std::mem::MaybeUninit;

/// Values of the summed axis in a tile.
pub(crate) const DEPTH: usize = 32;
/// Rows of a left tile, columns of a right one.
pub(crate) const SIDE: usize = 16;

/// The values of one tile before packing, the summed axis first.
pub(crate) type Block<T> = [[T; SIDE]; DEPTH];
/// One result tile.
pub(crate) type Square<T> = [[T; SIDE]; SIDE];
/// A block of result tiles: left tile 0 with both right ones, then left tile 1.
pub(crate) type Squares<T> = [Square<T>; 4];

/// Two left and two right tiles whose four products are added to a block of results.
#[repr(C)]
pub(crate) struct Step<'a, T> {
    pub left: [&'a T; 2],
    pub right: [&'a T; 2],
}

/// A way to multiply tiles.
pub(crate) trait Unit: Send + Sync + 'static {
    type Value: Real;
    /// A packed tile.
    type Tile: Send + Sync + 'static;

    /// A tile of zeros.
    fn zero() -> Self::Tile;

    /// Packs one tile of each of up to sixteen neighboring positions of a source, and writes
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
