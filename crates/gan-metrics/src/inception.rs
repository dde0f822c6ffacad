//! Inception-v3 in its three layouts: features of every depth and logits.
//!
//! Batch norm is folded into the convolutions when the weights are loaded, in f64. Each image goes
//! through the same operations whatever batch it comes in, so a row of the result depends on its
//! image alone.

mod blocks;
mod fold;
mod forward;
mod layout;
mod pooling;
mod tensors;

pub use forward::Activations;
pub use layout::Layout;
pub(crate) use layout::head_name;

use crate::extractor::{Extractor, Features, InputSpec, Wanted};
use crate::weights::{self, State};
use crate::{Error, Result};
use blocks::Block;
use candle_core::{DType, Device, Tensor};
use fold::Folded;
use std::path::Path;

/// Height and width of the images.
const SIZE: usize = 299;
/// Widths of the features; the last one is what FID is defined on.
const TAPS: [usize; 4] = [64, 192, 768, 2048];
/// Images that go through the network together: as many as the convolutions' tiles are wide. More
/// do not make it faster; activations take about 20 MB an image.
const GROUP: usize = 16;

/// An Inception-v3 with its weights.
pub struct Inception {
    layout: Layout,
    hash: String,
    blocks: Vec<Block<Folded>>,
    /// Weight `(out, in)` and bias `(out,)` of each fully connected layer.
    head: Vec<(Tensor, Tensor)>,
}

impl Inception {
    /// Reads weights in any format that [`weights::read`] knows and folds them.
    ///
    /// # Errors
    /// Where the file cannot be read or does not hold this network; the message names the tensors.
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(&weights::read(path, None)?)
    }

    /// Folds weights that are in memory.
    ///
    /// # Errors
    /// Where a tensor is missing, has another shape, or a variance is not positive.
    pub fn new(state: &State) -> Result<Self> {
        let mut channels = 3;
        let mut blocks = Vec::new();
        for block in blocks::network(state.layout()) {
            let (folded, out) = block
                .map(channels, &mut |block, input, conv| fold::fold(state, block, input, conv))?;
            blocks.push(folded);
            channels = out;
        }
        let head = fold::head(state)?;
        Ok(Self { layout: state.layout(), hash: state.hash(), blocks, head })
    }

    /// Everything that the network gives for `images`: `(n, 3, 299, 299)` f32.
    ///
    /// # Errors
    /// Where the shape is another one.
    pub fn activations(&self, images: &Tensor) -> Result<Activations> {
        self.run(images, &Wanted { tap: 2048, logits: true, spatial: true }, true)
    }

    /// Runs groups of images and joins their results; with `all` every tap is kept.
    fn run(&self, images: &Tensor, wanted: &Wanted, all: bool) -> Result<Activations> {
        let n = self.checked_count(images)?;
        // On the host: that is where the weights are, wherever the images were made.
        let images = images.to_device(&Device::Cpu)?;
        let mut parts = Vec::new();
        for start in (0..n).step_by(GROUP) {
            let group = images.narrow(0, start, GROUP.min(n - start))?.contiguous()?;
            parts.push(forward::forward(&self.blocks, &self.head, &group, wanted, all)?);
        }
        Activations::join(&parts)
    }

    fn checked_count(&self, images: &Tensor) -> Result<usize> {
        match (images.dims(), images.dtype()) {
            (&[n, 3, SIZE, SIZE], DType::F32) if n > 0 => Ok(n),
            (found, dtype) => Err(Error::argument(format!(
                "images of shape {found:?} and type {dtype:?} for {}: expected (n ≥ 1, 3, {SIZE}, \
                 {SIZE}) of F32; resize and scale them as the protocol says",
                self.layout
            ))),
        }
    }
}

impl Extractor for Inception {
    fn layout(&self) -> &str {
        self.layout.name()
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn taps(&self) -> &[usize] {
        &TAPS
    }

    fn classes(&self) -> usize {
        self.head.last().map_or(0, |(weight, _)| weight.dims()[0])
    }

    fn has_spatial(&self) -> bool {
        true
    }

    fn input(&self) -> InputSpec {
        // torchvision's own normalization undoes ImageNet's, which leaves 2x − 1 as in the others.
        let range = if self.layout == Layout::Keras { [0.0, 1.0] } else { [-1.0, 1.0] };
        InputSpec { size: [SIZE; 2], channels: 3, range }
    }

    fn extract(&self, images: &Tensor, wanted: &Wanted) -> Result<Features> {
        if !TAPS.contains(&wanted.tap) {
            return Err(Error::argument(format!(
                "features of width {}: {} has 64, 192, 768 and 2048",
                wanted.tap, self.layout
            )));
        }
        let mut found = self.run(images, wanted, false)?;
        let pool = found.take_tap(wanted.tap)?;
        let logits = match self.layout {
            Layout::Fid => found.logits_unbiased,
            Layout::Torchvision | Layout::Keras => found.logits,
        };
        Ok(Features {
            pool,
            logits: logits.filter(|_| wanted.logits),
            spatial: found.spatial.filter(|_| wanted.spatial),
        })
    }
}
