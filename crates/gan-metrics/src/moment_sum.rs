//! Mean and covariance of a stream of features in bounded memory; parts can be merged.
//!
//! A sum keeps n, the mean μ and the scatter S = Σ (x − μ)(x − μ)ᵀ in f64, which say the same as n,
//! Σx and Σxxᵀ but lose no digits where means are large. Rows are taken in blocks of a fixed
//! number, so that the bits depend neither on the batches they came in nor on the threads.

use crate::{Error, FeatureMatrix, Result};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatMut, MatRef, Par};
use std::num::NonZeroUsize;

/// Rows that are added together.
const BLOCK: usize = 256;
/// faer cuts its work into as many pieces as it is told; told the same everywhere, it rounds alike.
const PIECES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// Running moments of features of one width.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentSum {
    width: usize,
    n: u64,
    mean: Vec<f64>,
    /// The lower triangle of S, in rows of `width`; above it nothing is defined.
    scatter: Vec<f64>,
    /// Rows not yet added, fewer than [`BLOCK`].
    pending: Vec<f64>,
    /// Σx in f32, one row after another: the mean that programs have which average f32 features
    /// with NumPy. Nothing where rows of f64 or merged parts came in.
    single: Option<Vec<f32>>,
}

impl MomentSum {
    /// No rows yet.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            n: 0,
            mean: vec![0.0; width],
            scatter: vec![0.0; width * width],
            pending: Vec::new(),
            single: Some(vec![0.0; width]),
        }
    }

    /// From n, μ and Σ = S / (n − 1), row by row; for n = 1, Σ is zero.
    ///
    /// # Errors
    /// Lengths that do not fit, numbers that are not finite, or n = 0.
    pub fn from_moments(n: u64, mean: &[f64], covariance: &[f64]) -> Result<Self> {
        let width = mean.len();
        if n == 0 || covariance.len() != width * width {
            return Err(Error::argument(format!(
                "moments of {n} samples with a mean of {width} and a covariance of {} numbers",
                covariance.len()
            )));
        }
        if let Some(bad) = mean.iter().chain(covariance).find(|v| !v.is_finite()) {
            return Err(Error::argument(format!("moments that hold {bad}")));
        }
        let degrees = (n - 1) as f64;
        Ok(Self {
            width,
            n,
            mean: mean.to_vec(),
            scatter: covariance.iter().map(|v| v * degrees).collect(),
            pending: Vec::new(),
            single: None,
        })
    }

    /// Adds features, one row an image.
    ///
    /// # Errors
    /// Another width.
    pub fn push(&mut self, features: &FeatureMatrix) -> Result<()> {
        if features.width() != self.width {
            return Err(Error::argument(format!(
                "features of width {} for moments of width {}",
                features.width(),
                self.width
            )));
        }
        match (features.as_f32(), &mut self.single) {
            (Some(values), Some(sums)) => {
                for row in values.chunks_exact(self.width) {
                    for (sum, value) in sums.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            }
            _ => self.single = None,
        }
        let mut from = 0;
        while from < features.rows() {
            let room = BLOCK - self.pending.len() / self.width;
            let to = features.rows().min(from + room);
            self.pending.extend(features.block(from..to));
            if self.pending.len() == BLOCK * self.width {
                self.add_pending();
            }
            from = to;
        }
        Ok(())
    }

    /// Number of rows so far.
    pub fn count(&self) -> u64 {
        self.n + (self.pending.len() / self.width.max(1)) as u64
    }

    /// Features an image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds what another sum holds, as if its rows had come after these; to rounding.
    ///
    /// # Errors
    /// Another width.
    pub fn merge(&mut self, mut other: Self) -> Result<()> {
        if other.width != self.width {
            return Err(Error::argument(format!(
                "moments of widths {} and {} to merge (expected equal widths)",
                self.width, other.width
            )));
        }
        self.add_pending();
        other.add_pending();
        self.single = None;
        let shift: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(b, a)| b - a).collect();
        for (sum, more) in self.scatter.iter_mut().zip(&other.scatter) {
            *sum += more;
        }
        let weight = between(self.n, other.n);
        let row: Vec<f64> = shift.iter().map(|d| d * weight).collect();
        self.add_products(&row);
        self.move_mean(&shift, other.n);
        Ok(())
    }

    /// n, the mean and the covariance S / (n − ddof), row by row and exactly symmetric; where n is
    /// not above ddof the covariance is zero.
    pub fn finish(mut self, ddof: u64) -> (u64, Vec<f64>, Vec<f64>) {
        self.add_pending();
        let (n, width) = (self.n, self.width);
        let degrees = n.saturating_sub(ddof);
        let scale = if degrees == 0 { 0.0 } else { 1.0 / degrees as f64 };
        let mut covariance = self.scatter;
        for i in 0..width {
            for j in 0..=i {
                let value = covariance[i * width + j] * scale;
                covariance[i * width + j] = value;
                covariance[j * width + i] = value;
            }
        }
        (n, self.mean, covariance)
    }

    /// The mean as NumPy averages f32 rows: summed in f32, one row after another, and divided in
    /// f32. It differs from the true mean by 10⁻⁷ to 10⁻⁶ of itself. Nothing where not all rows
    /// were f32 or parts were merged.
    pub fn single_mean(&self) -> Option<Vec<f32>> {
        let n = self.count() as f32;
        self.single.as_ref().map(|sums| sums.iter().map(|sum| sum / n).collect())
    }

    fn add_pending(&mut self) {
        let rows = self.pending.len() / self.width.max(1);
        if rows == 0 {
            return;
        }
        let mut block = std::mem::take(&mut self.pending);
        let mut mean = vec![0.0; self.width];
        for row in block.chunks_exact(self.width) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += value;
            }
        }
        mean.iter_mut().for_each(|m| *m /= rows as f64);
        for row in block.chunks_exact_mut(self.width) {
            for (value, m) in row.iter_mut().zip(&mean) {
                *value -= m;
            }
        }
        let shift: Vec<f64> = mean.iter().zip(&self.mean).map(|(b, a)| b - a).collect();
        // The scatter between the two means is one more row of the same product.
        let weight = between(self.n, rows as u64);
        block.extend(shift.iter().map(|d| d * weight));
        self.add_products(&block);
        self.move_mean(&shift, rows as u64);
    }

    /// S += Σ r rᵀ over the rows.
    fn add_products(&mut self, rows: &[f64]) {
        let rows = MatRef::from_row_major_slice(rows, rows.len() / self.width, self.width);
        matmul(
            MatMut::from_row_major_slice_mut(&mut self.scatter, self.width, self.width),
            BlockStructure::TriangularLower,
            Accum::Add,
            rows.transpose(),
            BlockStructure::Rectangular,
            rows,
            BlockStructure::Rectangular,
            1.0,
            Par::Rayon(PIECES),
        );
    }

    /// μ and n after `more` rows whose mean is `shift` away.
    fn move_mean(&mut self, shift: &[f64], more: u64) {
        self.n += more;
        let part = more as f64 / self.n.max(1) as f64;
        for (mean, d) in self.mean.iter_mut().zip(shift) {
            *mean += d * part;
        }
    }
}

/// √(n m / (n + m)): the weight of the difference of two means in the scatter of both together.
fn between(n: u64, m: u64) -> f64 {
    let (n, m) = (n as f64, m as f64);
    if n + m > 0.0 { (n * m / (n + m)).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn features(rows: usize, width: usize, offset: f32) -> FeatureMatrix {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let values = (0..rows * width).map(|_| rng.random::<f32>() + offset).collect();
        FeatureMatrix::from_f32(width, values).unwrap()
    }

    fn sum_in_batches(all: &FeatureMatrix, batch: usize) -> MomentSum {
        let mut sum = MomentSum::new(all.width());
        for from in (0..all.rows()).step_by(batch) {
            let rows: Vec<usize> = (from..all.rows().min(from + batch)).collect();
            sum.push(&all.select(&rows).unwrap()).unwrap();
        }
        sum
    }

    fn worst(a: &[f64], b: &[f64]) -> f64 {
        let scale = a.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
    }

    #[test]
    fn moments_are_those_of_two_passes() {
        for (rows, offset) in [(2, 0.0), (300, 0.0), (1000, 1000.0)] {
            let all = features(rows, 7, offset);
            let exact = gan_statistics::sample_moments(&all.to_f64(), 7, 1).unwrap();
            let (n, mean, covariance) = sum_in_batches(&all, 9).finish(1);
            assert_eq!(n, rows as u64);
            assert!(worst(&exact.mean, &mean) < 1e-14);
            assert!(worst(&exact.covariance, &covariance) < 1e-12, "{rows} {offset}");
        }
    }

    #[test]
    fn neither_batches_nor_threads_change_a_bit() {
        let all = features(700, 65, 0.5);
        let run = |threads: usize, batch: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let sum = sum_in_batches(&all, batch);
                (sum.single_mean(), sum.finish(1))
            })
        };
        let one = run(1, 700);
        for (threads, batch) in [(1, 1), (2, 7), (3, 32), (2, 300)] {
            assert_eq!(one, run(threads, batch), "{threads} threads, batches of {batch}");
        }
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let all = features(900, 33, 2.0);
        let (_, mean, covariance) = sum_in_batches(&all, 64).finish(1);
        for parts in [2, 3, 8] {
            let mut merged: Option<MomentSum> = None;
            for part in 0..parts {
                let rows: Vec<usize> = (part..900).step_by(parts).collect();
                let mut sum = MomentSum::new(33);
                sum.push(&all.select(&rows).unwrap()).unwrap();
                // Through a file, as shards go.
                let (n, mean, covariance) = sum.finish(1);
                let sum = MomentSum::from_moments(n, &mean, &covariance).unwrap();
                match &mut merged {
                    Some(merged) => merged.merge(sum).unwrap(),
                    None => merged = Some(sum),
                }
            }
            let merged = merged.unwrap();
            assert!(merged.single_mean().is_none());
            let (n, merged_mean, merged_covariance) = merged.finish(1);
            assert_eq!(n, 900);
            assert!(worst(&mean, &merged_mean) < 1e-13);
            assert!(worst(&covariance, &merged_covariance) < 1e-12, "{parts} parts");
        }
    }

    #[test]
    fn one_row_has_no_spread_and_nonsense_is_refused() {
        let (n, mean, covariance) = sum_in_batches(&features(1, 3, 0.0), 1).finish(1);
        assert_eq!((n, mean.len()), (1, 3));
        assert!(covariance.iter().all(|v| *v == 0.0));
        assert!(MomentSum::new(2).push(&features(1, 3, 0.0)).is_err());
        assert!(MomentSum::new(2).merge(MomentSum::new(3)).is_err());
        assert!(MomentSum::from_moments(0, &[0.0], &[0.0]).is_err());
        assert!(MomentSum::from_moments(2, &[0.0], &[f64::NAN]).is_err());
        assert!(MomentSum::from_moments(2, &[0.0], &[0.0, 1.0]).is_err());
    }
}
