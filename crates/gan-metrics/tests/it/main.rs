//! Tests of the crate as its users see it.

mod bad_input;
mod digits;
mod fetch;
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
mod weights;
