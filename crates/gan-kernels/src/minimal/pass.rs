//! What a pass of minimal filtering computes: which kernels of 2×2 over which rows and columns.

use crate::tiles::finish::Finish;
use crate::tiles::pack::Packed;
use crate::tiles::source::Source;
use crate::tiles::unit::Unit;

/// One of the four kernels of 2×2 within one of 4×4, and the source it is laid over.
#[derive(Clone, Copy)]
pub(super) struct Parity {
    /// The two taps down and across, in the order of the source.
    pub taps: [[usize; 2]; 2],
    /// Rows and columns of the source that lie beside one another: `step · k + first`.
    pub step: usize,
    pub first: [isize; 2],
}

/// What a pass computes.
pub(super) struct Pass<'a, U: Unit> {
    pub source: Source<'a, U::Value>,
    /// Rows and columns of the source.
    pub size: [usize; 2],
    /// Packed weights: a position for each of the 16 taps.
    pub weights: Packed<U>,
    /// For each result its parities, all of whose products it sums.
    pub results: Vec<Vec<Parity>>,
    /// Every `step`-th row and column of the output is one of a result's. Where that is 2 there are
    /// four results, the parities of rows and columns in order.
    pub step: usize,
    /// Rows and columns of the output.
    pub output: [usize; 2],
    pub images: usize,
    /// Channels of the output computed here, the first of them and all.
    pub channels: usize,
    pub first: usize,
    pub all: usize,
    pub finish: Finish<'a, U::Value>,
}
