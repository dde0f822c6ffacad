//! Batches of tensors from a dataset, decoded ahead on another thread.

use crate::{Batch, Error, Fields, Result};
use candle_core::{DType, Device, Tensor};
use gan_data::{BatchSize, Batches, Column, Dataset, Prefetch, Values};
use gan_kernels::pool::{Pool, avg_pool2d};
use std::sync::Arc;

/// Which batch a player's update is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Its number, from 0 over the whole run.
    pub number: u64,
    /// Samples in it; nothing for as many as the run has.
    pub samples: Option<usize>,
    /// Side of its images in pixels; nothing for images as they are.
    pub side: Option<usize>,
}

impl From<u64> for Draw {
    /// A batch as the run has it.
    fn from(number: u64) -> Self {
        Self { number, samples: None, side: None }
    }
}

/// Hands out batch after batch, each a function of (seed, number), and of the size that was asked for.
pub struct Feed {
    dataset: Arc<dyn Dataset>,
    size: BatchSize,
    seed: u64,
    /// Which part of each batch is read, of how many.
    share: (usize, usize),
    ahead: Option<Prefetch>,
    next: Draw,
    dtype: DType,
    device: Device,
}

impl Feed {
    /// Batches of `size` samples in an order drawn under `seed`; `size` is a number, or a
    /// [`BatchSize`] that may repeat samples.
    ///
    /// # Errors
    /// Where the data has fewer samples than a batch, and they may not be repeated.
    pub fn new(
        dataset: Arc<dyn Dataset>,
        size: impl Into<BatchSize>,
        seed: u64,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        let size = size.into();
        Batches::new(dataset.clone(), size, seed)?;
        let (next, device) = (Draw::from(0), device.clone());
        Ok(Self { dataset, size, seed, share: (0, 1), ahead: None, next, dtype, device })
    }

    /// Reads part `rank` of each batch alone, of `ranks` equally large ones.
    #[must_use]
    pub fn share(self, rank: usize, ranks: usize) -> Self {
        Self { share: (rank, ranks), ahead: None, ..self }
    }

    /// The batch of this draw, or of this number; asking in order is fast.
    ///
    /// # Errors
    /// Where a sample cannot be read, or the images cannot be brought to the side.
    pub fn batch(&mut self, draw: impl Into<Draw>) -> Result<Batch> {
        let draw = draw.into();
        let mut ahead = match self.ahead.take() {
            Some(ahead) if (draw.number, draw.samples) == (self.next.number, self.next.samples) => {
                ahead
            }
            _ => {
                let samples = draw.samples.unwrap_or(self.size.samples);
                let size = BatchSize { samples, ..self.size };
                let batches = Batches::new(self.dataset.clone(), size, self.seed)?;
                let batches = batches.share(self.share.0, self.share.1)?;
                Prefetch::start(batches.on_threads(gan_kernels::start::count()), draw.number)
            }
        };
        // A failed one is dropped: asking again tries again, and tells the same reason.
        let batch = ahead.next()?;
        (self.ahead, self.next) = (Some(ahead), Draw { number: draw.number + 1, ..draw });
        let batch = tensors(batch, self.dtype, &self.device)?;
        match draw.side {
            Some(side) => smaller(&batch, side),
            None => Ok(batch),
        }
    }
}

/// A batch of `gan-data` as tensors.
///
/// # Errors
/// Candle's, where a tensor cannot be made.
pub fn tensors(batch: gan_data::Batch, dtype: DType, device: &Device) -> Result<Batch> {
    let mut fields = Fields::none();
    for Column { name, shape, values } in batch.fields {
        let field = match values {
            Values::Reals(values) => Tensor::from_vec(values, shape, device)?.to_dtype(dtype)?,
            Values::Numbers(values) => Tensor::from_vec(values, shape, device)?,
        };
        fields = fields.with(&name, field);
    }
    Ok(fields)
}

/// The batch with its images averaged down to a side of so many pixels.
fn smaller(batch: &Batch, side: usize) -> Result<Batch> {
    let mut fields = Fields::none();
    for (name, field) in batch.iter() {
        let &[_, _, height, width] = field.dims() else {
            fields = fields.with(name, field.clone());
            continue;
        };
        if side == 0 || !height.is_multiple_of(side) || height != width {
            return Err(Error::Config(format!(
                "images of {height}×{width} cannot be averaged down to a side of {side}: expected \
                 squares and a divisor of their side"
            )));
        }
        let pool = Pool::square(height / side);
        fields = fields
            .with(name, if side == height { field.clone() } else { avg_pool2d(field, &pool)? });
    }
    Ok(fields)
}
