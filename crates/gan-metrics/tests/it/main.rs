//! Tests of the crate as its users see it.

mod fetch;
mod formula;
mod inception;
mod nsfwjs;
mod pth_file;
mod weights;
