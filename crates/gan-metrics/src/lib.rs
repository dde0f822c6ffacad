//! Scores of generators that agree with the reference programs, each with a receipt.

pub mod digits;
mod error;
pub mod extractor;
pub mod inception;
pub mod weights;

pub use error::{Error, Result};
pub use extractor::{Extractor, Features, InputSpec, Wanted};
