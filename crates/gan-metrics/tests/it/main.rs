//! Tests of the crate as its users see it.

mod fetch;
mod formula;
mod golden_scores;
mod inception;
mod nsfwjs;
mod pth_file;
mod weights;
