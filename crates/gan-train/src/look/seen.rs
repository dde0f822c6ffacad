//! The training samples that a run has seen, which is what it can have copied.
//!
//! Batches are functions of (seed, number), and taken in that order: what has been seen at a step
//! does not depend on where the run was interrupted.
//!
//! On the host: rows of all training samples would fill a card, and are only looked at now and then.

use super::rows::{Rows, rows, squared};
use crate::{Batch, Result};
use candle_core::{Device, Tensor};
use gan_kernels::linear::matmul_nt;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

/// Most numbers that are kept of images, 128 MiB: 171,000 gray pictures of 28×28, 43,000 colored
/// ones of any size.
const VALUES: usize = 1 << 25;
/// Most points that are kept: nobody asks whether they are copies.
const POINTS: usize = 512;
/// Batches without a new sample after which the data are taken to be all there.
const STALE: u32 = 32;
/// Samples whose distances are computed together.
const BLOCK: usize = 4096;

/// Different training samples, in the order of the batches that they came in.
#[derive(Debug)]
pub(super) struct Seen {
    pub rows: Rows,
    /// A class each, where batches have them.
    pub labels: Vec<u32>,
    known: HashSet<u64>,
    next: u64,
    stale: u32,
    most: usize,
}

impl Seen {
    pub fn new() -> Self {
        let rows = Rows { values: Vec::new(), width: 0 };
        Self { rows, labels: Vec::new(), known: HashSet::new(), next: 0, stale: 0, most: VALUES }
    }

    /// The number of the batch that comes next; nothing where no more is taken.
    pub fn wants(&self) -> Option<u64> {
        let full = self.rows.width > 0 && self.rows.len() >= self.most;
        (!full && self.stale < STALE).then_some(self.next)
    }

    /// Takes batch `n`, if it is the one that comes next.
    pub fn take(&mut self, n: u64, batch: &Batch) -> Result<()> {
        if self.wants() != Some(n) {
            return Ok(());
        }
        let new = rows(batch.real()?)?;
        if n == 0 {
            self.rows.width = new.width;
            let points = batch.real()?.rank() == 2;
            self.most = if points { POINTS } else { VALUES / new.width.max(1) };
        }
        let labels = batch.classes()?;
        let before = self.rows.len();
        for (index, row) in new.each().enumerate() {
            // A later epoch brings the same samples again, and a copy of itself has no neighbor.
            if self.rows.len() < self.most && self.known.insert(key(row)) {
                self.rows.values.extend_from_slice(row);
                self.labels.extend(labels.as_ref().map(|all| all[index]));
            }
        }
        self.stale = if self.rows.len() == before { self.stale + 1 } else { 0 };
        self.next = n + 1;
        Ok(())
    }

    /// For each row of `from`, the distance to the nearest sample that has been seen; with
    /// `itself`, row `k` of `from` is sample `k` and is left out.
    ///
    /// `‖x‖² + ‖y‖² − 2 x·y` in f32 says which is the nearest, and the sum of squared differences
    /// in f64 how near it is: exact for a copy, where the former cancels.
    pub fn nearest(&self, from: &Rows, itself: bool) -> Result<Vec<f64>> {
        let width = self.rows.width;
        let squares = |values: &[f32]| -> Vec<f32> {
            values.chunks_exact(width.max(1)).map(|r| r.iter().map(|v| v * v).sum()).collect()
        };
        let x = Tensor::from_slice(&from.values, (from.len(), width), &Device::Cpu)?;
        let mut best = vec![(f32::INFINITY, 0); from.len()];
        for (block, values) in self.rows.values.chunks(BLOCK * width.max(1)).enumerate() {
            let lengths = squares(values);
            let y = Tensor::from_slice(values, (lengths.len(), width), &Device::Cpu)?;
            let products = matmul_nt(&x, &y)?.to_vec2::<f32>()?;
            for (k, (best, products)) in best.iter_mut().zip(&products).enumerate() {
                for (index, (length, product)) in lengths.iter().zip(products).enumerate() {
                    let (index, near) = (block * BLOCK + index, length - 2.0 * product);
                    if near < best.0 && !(itself && index == k) {
                        *best = (near, index);
                    }
                }
            }
        }
        let exact =
            |(row, (_, index)): (&[f32], &(f32, usize))| squared(row, self.rows.row(*index)).sqrt();
        Ok(from.each().zip(&best).map(exact).collect())
    }
}

fn key(row: &[f32]) -> u64 {
    let mut hash = DefaultHasher::new();
    row.iter().for_each(|value| hash.write_u32(value.to_bits()));
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;
    use gan_layers::StepRng;

    fn batch(values: &Tensor, labels: Option<Vec<u32>>) -> Batch {
        let batch = Batch::of(values.clone());
        match labels {
            Some(all) => batch.with(gan_data::CLASS, Tensor::new(all, &Device::Cpu).unwrap()),
            None => batch,
        }
    }

    fn images(count: usize, seed: u64) -> Tensor {
        let shape = [count, 1, 3, 3];
        StepRng::new(seed, 1).normal("images", &shape, DType::F32, &Device::Cpu).unwrap()
    }

    #[test]
    fn each_sample_is_kept_once_and_the_end_of_the_data_is_seen() {
        let mut seen = Seen::new();
        let (a, b) = (images(4, 0), images(4, 1));
        seen.take(1, &batch(&b, None)).unwrap();
        assert_eq!(seen.wants(), Some(0), "batches come in order");
        seen.take(0, &batch(&a, Some(vec![3, 2, 1, 0]))).unwrap();
        let mixed = Tensor::cat(&[&a.narrow(0, 0, 2).unwrap(), &b], 0).unwrap();
        seen.take(1, &batch(&mixed, Some(vec![3, 2, 5, 6, 7, 8]))).unwrap();
        assert_eq!((seen.rows.len(), seen.labels.clone()), (8, vec![3, 2, 1, 0, 5, 6, 7, 8]));
        for n in 2..2 + u64::from(STALE) {
            assert_eq!(seen.wants(), Some(n));
            seen.take(n, &batch(&a, None)).unwrap();
        }
        assert_eq!((seen.wants(), seen.rows.len()), (None, 8));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let points = Tensor::arange(0f32, 1200.0, &Device::Cpu).unwrap().reshape((600, 2)).unwrap();
        let mut seen = Seen::new();
        seen.take(0, &batch(&points, None)).unwrap();
        assert_eq!((seen.rows.len(), seen.wants()), (POINTS, None));
    }

    /// Distances against a naive loop, over more than one block, with copies among them.
    #[test]
    fn the_nearest_is_the_nearest() {
        let mut seen = Seen::new();
        seen.take(0, &batch(&images(BLOCK + 100, 2), None)).unwrap();
        let copy = seen.rows.row(BLOCK + 7).to_vec();
        let mut from = rows(&images(20, 3)).unwrap();
        from.values.extend(copy);
        let naive = |row: &[f32], but: Option<usize>| {
            let all = seen.rows.each().enumerate().filter(|(i, _)| Some(*i) != but);
            all.map(|(_, r)| squared(row, r).sqrt()).fold(f64::INFINITY, f64::min)
        };
        let found = seen.nearest(&from, false).unwrap();
        assert_eq!(found, from.each().map(|row| naive(row, None)).collect::<Vec<_>>());
        assert_eq!((found.len(), found[20]), (21, 0.0));
        let own = Rows { values: seen.rows.values[..10 * 9].to_vec(), width: 9 };
        let expected: Vec<f64> =
            own.each().enumerate().map(|(k, row)| naive(row, Some(k))).collect();
        assert_eq!(seen.nearest(&own, true).unwrap(), expected);
    }
}
