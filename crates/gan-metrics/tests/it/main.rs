//! Tests of the crate as its users see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod bad_input;
mod digits;
mod fetch;
mod few_images;
mod formula;
mod fuzz;
mod golden_scores;
mod inception;
mod nsfwjs;
mod place;
mod program;
mod protocols;
mod pth_file;
mod statistics;
mod unequal_sides;
mod weights;
