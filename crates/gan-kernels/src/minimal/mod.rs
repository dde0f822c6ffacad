//! Minimal filtering (Winograd 1980; Lavin and Gray 2016, arXiv 1509.09308) for convolutions with
//! kernels of 4×4 and stride 2, DCGAN's own, and their transposes.
//!
//! Such a convolution is a sum of four with kernels of 2×2 and stride 1, one for each parity of rows
//! and columns; its transpose makes four results of that kind. Sixteen results of a 2×2 kernel need
//! 25 products in place of 64 ([`transform`]). The transforms run on tiles as the multiplier has them:
//! sixteen images (or channels) side by side are transformed alike, so that no value moves.
//!
//! | pass | products, for each of the 25 points |
//! | --- | --- |
//! | [`forward`](results::forward) | (channels, 4 parities × source channels) · (…, images × places) |
//! | [`input gradient`](results::input_grad) | for each of 4 parities: (source channels, channels) · (…, images × places) |
//! | [`weight gradient`](weigh::weight_grad) | for each of 4 parities: (channels, images × places) · (…, source channels) |
//!
//! Which convolutions are computed so is a rule of their shape and the multiplier alone.

mod cut;
mod pass;
mod points;
pub(crate) mod results;
mod spread;
mod store;
pub(crate) mod transform;
pub(crate) mod weigh;

use crate::conv_sizes::Sizes;
use crate::tiles::shape::SIDE;
use transform::TILE;

/// The kernel's side and the stride that this is for.
const KERNEL: usize = 4;
const STRIDE: usize = 2;

/// Tiles of results an image from which transformed weights pay: fewer meet each of them too rarely.
const TILES: usize = 4;

impl Sizes {
    /// Whether the weight gradient is computed by minimal filtering: a kernel of 4×4 with stride 2, as
    /// many channels as fill tiles, and results that fill at least 5/8 of the places computed.
    pub fn minimal(&self) -> bool {
        let shape = [self.kh, self.kw] == [KERNEL; 2]
            && self.how.stride == [STRIDE; 2]
            && self.how.dilation == [1; 2];
        let full = |n: usize| n.next_multiple_of(TILE);
        let filled = 8 * self.oh * self.ow >= 5 * full(self.oh) * full(self.ow);
        shape && filled && self.cg >= SIDE && self.og >= SIDE
    }

    /// Whether results are: where, besides, an image has several tiles of them. The number of images
    /// does not count, or a sample would depend on its batch.
    pub fn minimal_results(&self) -> bool {
        let tiles = self.oh.div_ceil(TILE) * self.ow.div_ceil(TILE);
        self.minimal() && tiles >= TILES
    }
}
