//! The one contract of this crate: what a feature extractor takes and gives.

use crate::Result;
use candle_core::Tensor;

/// What a network wants to see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputSpec {
    /// Height and width in pixels.
    pub size: [usize; 2],
    /// Channels: 3 are red, green, blue; 1 is gray.
    pub channels: usize,
    /// What black and white become: `[-1, 1]` or `[0, 1]`. A protocol may scale a little
    /// differently, as `(x − 128)/128` does.
    pub range: [f32; 2],
}

/// What to compute for each image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Width of the features: one of [`Extractor::taps`].
    pub tap: usize,
    /// Whether logits are needed, as for the Inception score.
    pub logits: bool,
    /// Whether spatial features are needed, as for sFID.
    pub spatial: bool,
}

impl Wanted {
    /// Features of width `tap` and nothing else.
    pub fn features(tap: usize) -> Self {
        Self { tap, logits: false, spatial: false }
    }
}

/// What a network gives for a batch of n images.
#[derive(Debug, Clone)]
pub struct Features {
    /// `(n, tap)`, f32.
    pub pool: Tensor,
    /// `(n, classes)`, f32, where [`Wanted::logits`] asked for them: what the Inception score
    /// takes, so without the bias in the FID layout.
    pub logits: Option<Tensor>,
    /// `(n, 2023)`, f32, where [`Wanted::spatial`] asked for them and the network has them.
    pub spatial: Option<Tensor>,
}

/// A network that turns images into features. Implement it to score with a network of your own.
pub trait Extractor: Send + Sync {
    /// A short name of the architecture, such as `fid-inception`; unlike layouts are not compared.
    fn layout(&self) -> &str;

    /// SHA-256 of the weights as 64 hexadecimal digits; unlike hashes are not compared.
    fn hash(&self) -> &str;

    /// Widths of the features there are, in the order of depth; the last is the usual one.
    fn taps(&self) -> &[usize];

    /// Number of classes of the logits; 0 where there are none.
    fn classes(&self) -> usize;

    /// Whether [`Wanted::spatial`] can be had.
    fn has_spatial(&self) -> bool {
        false
    }

    /// What [`Extractor::extract`] takes.
    fn input(&self) -> InputSpec;

    /// Features of `images`, `(n, channels, height, width)` f32 as [`Extractor::input`] says, on any
    /// device; what is found lies where the network computes.
    /// A row depends on its image alone: neither on the rest of the batch nor on the threads.
    ///
    /// # Errors
    /// Where the shape is another one, or something is wanted that the network has not.
    fn extract(&self, images: &Tensor, wanted: &Wanted) -> Result<Features>;
}
