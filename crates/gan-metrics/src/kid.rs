//! Kernel distances of features: KID over random subsets, and MMD over all of them.
//!
//! MMD² = E k(x, x′) + E k(y, y′) − 2 E k(x, y), both first terms without the diagonal: unbiased
//! (arXiv 0805.2368). KID is its mean over subsets under (x·y / d + 1)³ (arXiv 1801.01401,
//! section 4). Kernels are f64 here; the reference programs' are f32, which costs them about 10⁻⁶.

use crate::distances::{by_row_blocks, within};
use crate::numpy_random::RandomState;
use crate::{Error, FeatureMatrix, Result};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use gan_info::Kernel;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// How subsets are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KidOptions {
    /// How many.
    pub subsets: usize,
    /// Images in each; no more than there are on the smaller side.
    pub subset_size: usize,
    /// Of NumPy's `RandomState`.
    pub seed: u32,
}

impl Default for KidOptions {
    /// As torch-fidelity: 100 subsets of 1000, seed 2020.
    fn default() -> Self {
        Self { subsets: 100, subset_size: 1000, seed: 2020 }
    }
}

/// KID.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kid {
    /// The mean over subsets; unbiased, so that it may lie below 0.
    pub mean: f64,
    /// The standard deviation over subsets, ddof 0; where it says nothing, [`Kid::spread`] is
    /// nothing.
    pub std: f64,
    /// Subsets drawn.
    pub subsets: usize,
    /// Images in each, fewer than asked for where there are not so many.
    pub subset_size: usize,
    /// Whether every subset is all images of both sides, so that they are all one.
    pub whole: bool,
}

impl Kid {
    /// The standard deviation over subsets, where there are several and they differ.
    pub fn spread(&self) -> Option<f64> {
        (self.subsets > 1 && !self.whole).then_some(self.std)
    }
}

/// KID of `a` against `b`, on the subsets that torch-fidelity draws: in turn one of `a`, one of
/// `b`, without replacement.
///
/// # Errors
/// Unequal widths, no subset, or fewer than two images to a subset. Where a side has fewer images
/// than a subset should, subsets are smaller: [`Kid::subset_size`] says so.
pub fn kid(a: &FeatureMatrix, b: &FeatureMatrix, options: KidOptions) -> Result<Kid> {
    a.check_width(b)?;
    let size = options.subset_size.min(a.rows()).min(b.rows());
    if size < 2 || options.subsets == 0 {
        return Err(Error::argument(format!(
            "{} subsets of {size} images for KID (expected at least one, of at least two)",
            options.subsets
        )));
    }
    let mut random = RandomState::new(options.seed);
    let draws: Vec<[Vec<usize>; 2]> =
        (0..options.subsets).map(|_| [a, b].map(|side| random.choice(side.rows(), size))).collect();
    let values: Vec<f64> =
        draws.par_iter().map(|[i, j]| cubic_mmd(&a.gather(i), &b.gather(j), a.width())).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    let whole = size == a.rows() && size == b.rows();
    Ok(Kid { mean, std: variance.sqrt(), subsets: values.len(), subset_size: size, whole })
}

/// The unbiased MMD² of two subsets of equal size under (x·y / d + 1)³.
fn cubic_mmd(x: &[f64], y: &[f64], width: usize) -> f64 {
    let m = x.len() / width;
    let mut kernel = vec![0.0; m * m];
    let mut sum = |a: &[f64], b: &[f64], diagonal: bool| -> f64 {
        let [a, b] = [a, b].map(|values| MatRef::from_row_major_slice(values, m, width));
        let products = MatMut::from_row_major_slice_mut(&mut kernel, m, m);
        matmul(products, Accum::Replace, a, b.transpose(), 1.0, Par::Seq);
        let mut total = 0.0;
        for (i, line) in kernel.chunks_exact(m).enumerate() {
            // One sum a row: adding m² terms to one number would lose digits.
            let own = if diagonal { 0.0 } else { cubic(line[i], width) };
            total += line.iter().map(|v| cubic(*v, width)).sum::<f64>() - own;
        }
        total
    };
    let (xx, yy, xy) = (sum(x, x, false), sum(y, y, false), sum(x, y, true));
    let m = m as f64;
    (xx + yy) / (m * (m - 1.0)) - 2.0 * xy / (m * m)
}

fn cubic(product: f64, width: usize) -> f64 {
    let base = product / width as f64 + 1.0;
    base * base * base
}

/// The unbiased MMD² of all features, without subsets and in bounded memory; in the unit of the
/// kernel, and below 0 about half of the time where both sides have one law.
///
/// # Errors
/// Unequal widths, fewer than two images on a side, or a kernel whose parameters are out of range.
pub fn mmd_squared(a: &FeatureMatrix, b: &FeatureMatrix, kernel: &Kernel) -> Result<f64> {
    a.check_width(b)?;
    a.check_rows("an unbiased MMD", 2)?;
    b.check_rows("an unbiased MMD", 2)?;
    kernel.validate()?;
    let [aa, bb] = [squares(a), squares(b)];
    let within_sum = |matrix: &FeatureMatrix, squares: &[f64]| -> f64 {
        let tiles = Mutex::new(Vec::new());
        within(matrix, |tile| {
            let mut sum = 0.0;
            for (i, line) in tile.lines() {
                let pairs = line.iter().zip(tile.columns.clone()).filter(|(_, j)| *j > i);
                sum += pairs.map(|(d, j)| of(kernel, *d, squares[i], squares[j])).sum::<f64>();
            }
            let place = (tile.rows.start, tile.columns.start);
            tiles.lock().unwrap_or_else(PoisonError::into_inner).push((place, sum));
        });
        // Tiles come from any thread: add them in one order.
        let mut tiles = tiles.into_inner().unwrap_or_else(PoisonError::into_inner);
        tiles.sort_by_key(|(place, _)| *place);
        2.0 * tiles.iter().map(|(_, sum)| sum).sum::<f64>()
    };
    let between: f64 = by_row_blocks(
        a,
        b,
        |_| 0.0,
        |sum, tile| {
            for (i, line) in tile.lines() {
                let pairs = line.iter().zip(tile.columns.clone());
                *sum += pairs.map(|(d, j)| of(kernel, *d, aa[i], bb[j])).sum::<f64>();
            }
        },
    )
    .iter()
    .sum();
    let (n, m) = (a.rows() as f64, b.rows() as f64);
    Ok(within_sum(a, &aa) / (n * (n - 1.0)) + within_sum(b, &bb) / (m * (m - 1.0))
        - 2.0 * between / (n * m))
}

fn squares(matrix: &FeatureMatrix) -> Vec<f64> {
    let row = |i| matrix.block(i..i + 1).iter().map(|v| v * v).sum();
    (0..matrix.rows()).map(row).collect()
}

/// k(x, y) out of ‖x − y‖², ‖x‖² and ‖y‖².
fn of(kernel: &Kernel, distance: f64, x2: f64, y2: f64) -> f64 {
    let gaussian = |bandwidth: f64| (-0.5 * distance / (bandwidth * bandwidth)).exp();
    let product = 0.5 * (x2 + y2 - distance);
    match kernel {
        Kernel::Gaussian { bandwidth } => gaussian(*bandwidth),
        Kernel::GaussianMixture { bandwidths } => {
            bandwidths.iter().map(|b| gaussian(*b)).sum::<f64>() / bandwidths.len() as f64
        }
        Kernel::Polynomial { degree, scale, offset } => {
            (scale * product + offset).powi(i32::try_from(*degree).unwrap_or(i32::MAX))
        }
        Kernel::Linear => product,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn features(rows: usize, seed: u64) -> FeatureMatrix {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = (0..rows * 6).map(|_| rng.random::<f64>() + seed as f64 * 0.2).collect();
        FeatureMatrix::from_f64(6, values).unwrap()
    }

    const CUBIC: Kernel = Kernel::Polynomial { degree: 3, scale: 1.0 / 6.0, offset: 1.0 };

    #[test]
    fn one_subset_of_all_is_the_mmd() {
        let (a, b) = (features(40, 1), features(40, 2));
        let options = KidOptions { subsets: 1, subset_size: 40, seed: 0 };
        let found = kid(&a, &b, options).unwrap();
        let plain = gan_info::mmd_squared_unbiased(&a.to_f64(), &b.to_f64(), 6, &CUBIC).unwrap();
        assert!((found.mean - plain).abs() < 1e-12 && found.std == 0.0);
        assert!((mmd_squared(&a, &b, &CUBIC).unwrap() - plain).abs() < 1e-12);
    }

    #[test]
    fn every_kernel_is_that_of_gan_info() {
        let (a, b) = (features(30, 1), features(600, 2));
        for kernel in [
            CUBIC,
            Kernel::Linear,
            Kernel::Gaussian { bandwidth: 0.7 },
            Kernel::GaussianMixture { bandwidths: vec![0.5, 2.0] },
        ] {
            let plain = gan_info::mmd_squared_unbiased(&a.to_f64(), &b.to_f64(), 6, &kernel);
            let found = mmd_squared(&a, &b, &kernel).unwrap();
            assert!((found - plain.unwrap()).abs() < 1e-12, "{kernel:?}");
        }
        assert!(mmd_squared(&a, &b, &Kernel::Gaussian { bandwidth: -1.0 }).is_err());
    }

    #[test]
    fn subsets_shrink_to_what_there_is() {
        let (a, b) = (features(50, 1), features(9, 1));
        let found = kid(&a, &b, KidOptions::default()).unwrap();
        assert_eq!((found.subset_size, found.subsets), (9, 100));
        assert!(found.spread().is_some_and(|std| std > 0.0));
        // A hundred times the same images differ by their order alone.
        let whole = kid(&features(9, 2), &b, KidOptions::default()).unwrap();
        assert!(whole.whole && whole.spread().is_none() && whole.std < 1e-12, "{whole:?}");
        let single = KidOptions { subsets: 1, ..KidOptions::default() };
        assert_eq!(kid(&a, &b, single).unwrap().spread(), None);
        assert!(kid(&a, &features(1, 1), KidOptions::default()).is_err());
        assert!(kid(&a, &b, KidOptions { subsets: 0, ..KidOptions::default() }).is_err());
    }

    #[test]
    fn threads_change_no_bit() {
        let (a, b) = (features(700, 1), features(600, 2));
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let options = KidOptions { subsets: 7, ..KidOptions::default() };
                let kid = kid(&a, &b, options).unwrap();
                [kid.mean, kid.std, mmd_squared(&a, &b, &CUBIC).unwrap()].map(f64::to_bits)
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3));
    }
}
