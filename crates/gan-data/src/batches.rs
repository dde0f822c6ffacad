//! Shuffled batches as a pure function of (seed, batch number).

use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;

use crate::random::stream;
use crate::{Dataset, Error, Result};

/// Some samples, in the order of their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The samples' indices in the data set.
    pub indices: Vec<usize>,
    /// The samples' values, one sample after the other; images in `[-1, 1]`, points raw.
    pub values: Vec<f32>,
    /// Shape of `values`: batch size first, then the data's shape.
    pub shape: Vec<usize>,
    /// One label a sample, if the data have labels.
    pub labels: Option<Vec<u32>>,
}

/// An epoch and its order.
type Order = (u64, Arc<Vec<usize>>);

/// Shuffled batches of a data set; batch `n` is a pure function of `(seed, n)`.
///
/// Epoch `n / per_epoch` has its own permutation, drawn from a stream keyed by `(seed, "order",
/// epoch)`; the last samples that would not fill a batch are left out of that epoch.
pub struct Batches {
    dataset: Arc<dyn Dataset>,
    batch_size: usize,
    seed: u64,
    per_epoch: u64,
    order: Mutex<Option<Order>>,
}

impl Batches {
    /// Batches of `batch_size` samples of `dataset`.
    ///
    /// # Errors
    ///
    /// A batch size of zero, or one larger than the data.
    pub fn new(dataset: Arc<dyn Dataset>, batch_size: usize, seed: u64) -> Result<Self> {
        let info = dataset.info();
        if batch_size == 0 || batch_size > info.len {
            return Err(Error::BatchSize { batch_size, len: info.len, spec: info.spec.clone() });
        }
        let per_epoch = (info.len / batch_size) as u64;
        Ok(Self { dataset, batch_size, seed, per_epoch, order: Mutex::new(None) })
    }

    /// Batch number `n`, counted from 0 over all epochs.
    ///
    /// # Errors
    ///
    /// Whatever [`Dataset::read`] reports.
    pub fn get(&self, n: u64) -> Result<Batch> {
        let order = self.order(n / self.per_epoch);
        let first = (n % self.per_epoch) as usize * self.batch_size;
        let indices = order[first..first + self.batch_size].to_vec();

        let info = self.dataset.info();
        let sample = info.shape.iter().product::<usize>();
        let mut values = vec![0.0; sample * self.batch_size];
        let mut labels = Vec::with_capacity(self.batch_size);
        for (&index, out) in indices.iter().zip(values.chunks_mut(sample.max(1))) {
            labels.extend(self.dataset.read(index, out)?);
        }
        let labels = (labels.len() == self.batch_size).then_some(labels);
        let shape = [&[self.batch_size], info.shape.as_slice()].concat();
        Ok(Batch { indices, values, shape, labels })
    }

    /// The data the batches are drawn from.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.dataset
    }

    /// Whole batches in one pass over the data.
    pub fn per_epoch(&self) -> u64 {
        self.per_epoch
    }

    /// The order of one epoch, kept until another epoch is asked for.
    fn order(&self, epoch: u64) -> Arc<Vec<usize>> {
        let mut kept = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, order)) = kept.as_ref()
            && *of == epoch
        {
            return Arc::clone(order);
        }
        let order = Arc::new(permutation(self.dataset.info().len, self.seed, epoch));
        *kept = Some((epoch, Arc::clone(&order)));
        order
    }
}

/// The numbers `0..len` in the order of `epoch` (Fisher and Yates's shuffle).
fn permutation(len: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut rng = stream(seed, "order", epoch);
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        // u64, because usize draws differ between 32 and 64 bit machines.
        let other = rng.random_range(0..=last as u64) as usize;
        order.swap(last, other);
    }
    order
}
