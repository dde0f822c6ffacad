//! Tests of the crate as its users see it.

mod formula;
mod inception;
mod nsfwjs;
