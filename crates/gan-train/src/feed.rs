//! Batches of tensors from a dataset, decoded ahead on another thread.

use crate::{Batch, Result};
use candle_core::{DType, Device, Tensor};
use gan_data::{BatchSize, Batches, Dataset, Prefetch};
use std::sync::Arc;

/// Hands out batch after batch, each a function of (seed, number).
pub struct Feed {
    dataset: Arc<dyn Dataset>,
    size: BatchSize,
    seed: u64,
    ahead: Option<Prefetch>,
    next: u64,
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
        Ok(Self { dataset, size, seed, ahead: None, next: 0, dtype, device: device.clone() })
    }

    /// Batch number `n`; asking in order is fast.
    ///
    /// # Errors
    /// Where a sample cannot be read.
    pub fn batch(&mut self, n: u64) -> Result<Batch> {
        let mut ahead = match self.ahead.take() {
            Some(ahead) if n == self.next => ahead,
            _ => Prefetch::start(Batches::new(self.dataset.clone(), self.size, self.seed)?, n),
        };
        // A failed one is dropped: asking again tries again, and tells the same reason.
        let batch = ahead.next()?;
        (self.ahead, self.next) = (Some(ahead), n + 1);
        tensors(batch, self.dtype, &self.device)
    }
}

/// A batch of `gan-data` as tensors.
///
/// # Errors
/// Candle's, where a tensor cannot be made.
pub fn tensors(batch: gan_data::Batch, dtype: DType, device: &Device) -> Result<Batch> {
    let real = Tensor::from_vec(batch.values, batch.shape, device)?.to_dtype(dtype)?;
    let labels = batch.labels.map(|l| Tensor::from_vec(l, batch.indices.len(), device));
    Ok(Batch { real, labels: labels.transpose()? })
}
