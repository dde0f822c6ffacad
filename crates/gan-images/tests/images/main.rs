//! Files of every kind, whole and damaged, through the public functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrays;
mod collections;
mod content;
mod decoding;
mod formats;
mod jpeg;
mod numpy_arrays;
mod pillow;
mod plots;
mod resizers;
