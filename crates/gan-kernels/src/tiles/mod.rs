//! Matrix products on tiles: the arithmetic under convolutions and linear layers.
//!
//! An operand is cut into tiles of [`shape::DEPTH`] × [`shape::SIDE`] values, each packed the
//! way the machine's multiplier wants it; a block of 2×2 result tiles is then the sum of products over a list of
//! steps, and a step names two left and two right tiles. What the tiles mean (channels and images
//! of a convolution, rows and columns of a matrix) is the list's affair, so one multiplier serves
//! everything:
//!
//! | file | holds |
//! | --- | --- |
//! | [`shape`], [`strip`], [`source`] | what tiles, strips of matrices and packed tensors look like |
//! | [`unit`] | what a multiplier is, and work written once for all of them |
//! | [`pack`] | tensors into tiles |
//! | [`finish`] | what becomes of a sum before it is stored |
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

#[cfg(target_arch = "x86_64")]
pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
mod amx_pack;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod correlate;
pub(crate) mod finish;
pub(crate) mod lanes;
pub(crate) mod matrix;
pub(crate) mod pack;
pub(crate) mod shape;
pub(crate) mod shared;
pub(crate) mod source;
pub(crate) mod strip;
mod transpose;
pub(crate) mod unit;
pub(crate) mod weigh;
