//! What a generator is asked for, and what it makes.

use crate::Fields;
use candle_core::Tensor;

/// What a generator should make.
#[derive(Debug, Clone, Default)]
pub struct SampleRequest {
    /// How many samples.
    pub count: usize,
    /// What they are to be like, `count` of each; what is not given, the model chooses.
    pub given: Fields,
}

/// Generated samples.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Sample {
    /// `(n, channels, height, width)` in `[-1, 1]`.
    Images(Tensor),
    /// `(n, dims)`.
    Points(Tensor),
}

impl SampleRequest {
    /// So many samples, of whatever the model chooses.
    pub fn of(count: usize) -> Self {
        Self { count, given: Fields::none() }
    }
}

impl Sample {
    /// The tensor, whatever it shows.
    pub fn tensor(&self) -> &Tensor {
        match self {
            Sample::Images(t) | Sample::Points(t) => t,
        }
    }
}
