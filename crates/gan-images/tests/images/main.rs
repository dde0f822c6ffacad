//! Files of every kind, whole and damaged, through the public functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrays;
mod decoding;
mod jpeg;
mod plots;
mod resizers;
