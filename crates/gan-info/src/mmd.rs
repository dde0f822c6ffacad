//! The maximum mean discrepancy of two samples: biased, unbiased and in linear time.
//!
//! MMD² = E k(x, x′) + E k(y, y′) − 2 E k(x, y) (arXiv 0805.2368; equations and lemmas are counted
//! here as in its journal form, JMLR 13 (2012) 723). Samples are `dim` numbers each, one after
//! another. All three estimates need no memory beyond their input and have the unit of the kernel.

use gan_statistics::checks;

use crate::error::Result;
use crate::mmd_kernel::Kernel;

/// Σ over ordered pairs i ≠ j within one sample.
fn sum_within(x: &[f64], dim: usize, kernel: &Kernel) -> f64 {
    let mut sum = 0.0;
    for (i, a) in x.chunks_exact(dim).enumerate() {
        // One sum a row: adding n² terms to one number would lose digits.
        let row: f64 = x.chunks_exact(dim).skip(i + 1).map(|b| kernel.of(a, b)).sum();
        sum += row;
    }
    2.0 * sum
}

fn sum_between(x: &[f64], y: &[f64], dim: usize, kernel: &Kernel) -> f64 {
    x.chunks_exact(dim).map(|a| y.chunks_exact(dim).map(|b| kernel.of(a, b)).sum::<f64>()).sum()
}

fn sum_diagonal(x: &[f64], dim: usize, kernel: &Kernel) -> f64 {
    x.chunks_exact(dim).map(|a| kernel.of(a, a)).sum()
}

/// The biased squared MMD, the V-statistic: the distance between the two mean embeddings of the
/// samples themselves, squared (JMLR equation 5, squared).
///
/// At least zero up to rounding; for samples of one law its mean is above zero by about
/// (1/m + 1/n)(E k(x, x) − E k(x, x′)). Time O((m + n)² dim).
///
/// # Errors
///
/// If a sample is empty, not finite or no multiple of `dim`, or the kernel's parameters are out
/// of range.
pub fn mmd_squared_biased(x: &[f64], y: &[f64], dim: usize, kernel: &Kernel) -> Result<f64> {
    kernel.validate()?;
    let m = checks::samples("x", x, dim, 1)? as f64;
    let n = checks::samples("y", y, dim, 1)? as f64;
    let xx = (sum_within(x, dim, kernel) + sum_diagonal(x, dim, kernel)) / (m * m);
    let yy = (sum_within(y, dim, kernel) + sum_diagonal(y, dim, kernel)) / (n * n);
    Ok(xx + yy - 2.0 * sum_between(x, y, dim, kernel) / (m * n))
}

/// The unbiased squared MMD, of two U-statistics and a sample average (JMLR lemma 6, equation 3).
///
/// Its expectation is the squared MMD of the two laws, so it is often negative for equal ones.
/// With the cubic kernel of [`Kernel::Polynomial`] this is KID's estimate. Time O((m + n)² dim).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{Kernel, mmd_squared_unbiased};
/// // xx: (1·3) = 3; yy: (2·4) = 8; xy: mean of 2, 4, 6, 12 = 6
/// let mmd = mmd_squared_unbiased(&[1.0, 3.0], &[2.0, 4.0], 1, &Kernel::Linear)?;
/// assert_eq!(mmd, 3.0 + 8.0 - 2.0 * 6.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`mmd_squared_biased`]; each sample needs two members.
pub fn mmd_squared_unbiased(x: &[f64], y: &[f64], dim: usize, kernel: &Kernel) -> Result<f64> {
    kernel.validate()?;
    let m = checks::samples("x", x, dim, 2)? as f64;
    let n = checks::samples("y", y, dim, 2)? as f64;
    let xx = sum_within(x, dim, kernel) / (m * (m - 1.0));
    let yy = sum_within(y, dim, kernel) / (n * (n - 1.0));
    Ok(xx + yy - 2.0 * sum_between(x, y, dim, kernel) / (m * n))
}

/// The squared MMD in linear time (JMLR lemma 14), unbiased as well, with more variance.
///
/// The mean over pairs of consecutive samples of k(x₁, x₂) + k(y₁, y₂) − k(x₁, y₂) − k(x₂, y₁);
/// an odd last sample is left out. The samples must be in random order. Time O(n dim).
///
/// # Errors
///
/// As [`mmd_squared_unbiased`]; both samples must be equally large.
pub fn mmd_squared_linear(x: &[f64], y: &[f64], dim: usize, kernel: &Kernel) -> Result<f64> {
    kernel.validate()?;
    let m = checks::samples("x", x, dim, 2)?;
    checks::samples("y", y, dim, 2)?;
    checks::same_length("y", x.len(), y.len())?;
    let pairs = x.chunks_exact(2 * dim).zip(y.chunks_exact(2 * dim));
    let sum: f64 = pairs
        .map(|(x, y)| {
            let ((x1, x2), (y1, y2)) = (x.split_at(dim), y.split_at(dim));
            kernel.of(x1, x2) + kernel.of(y1, y2) - kernel.of(x1, y2) - kernel.of(x2, y1)
        })
        .sum();
    Ok(sum / (m / 2) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_kernel_measures_the_distance_of_means() {
        let (x, y) = ([0.0, 1.0, 2.0, 3.0], [3.0, 4.0]); // means (1, 2) and (3, 4), dim 2
        let biased = mmd_squared_biased(&x, &y, 2, &Kernel::Linear).unwrap();
        assert_eq!(biased, 8.0);
    }

    #[test]
    fn a_sample_against_itself_is_zero_when_biased() {
        let x = [0.3, -1.2, 2.0, 0.7, 0.1, 0.9];
        let gaussian = Kernel::Gaussian { bandwidth: 0.8 };
        assert!(mmd_squared_biased(&x, &x, 2, &gaussian).unwrap().abs() < 1e-15);
        // The U-statistic leaves out the diagonal of ones, which the cross term keeps.
        assert!(mmd_squared_unbiased(&x, &x, 2, &gaussian).unwrap() < 0.0);
    }

    #[test]
    fn linear_time_pairs_by_hand() {
        let (x, y) = ([1.0, 2.0, 3.0, 5.0, 99.0], [0.0, 1.0, 4.0, 2.0, -99.0]);
        // h₁ = 2 + 0 − 1 − 0 = 1, h₂ = 15 + 8 − 6 − 20 = −3; the fifth is left out.
        assert_eq!(mmd_squared_linear(&x, &y, 1, &Kernel::Linear).unwrap(), -1.0);
    }

    #[test]
    fn bad_input_is_an_error() {
        let k = Kernel::Linear;
        assert!(mmd_squared_unbiased(&[1.0], &[1.0, 2.0], 1, &k).is_err());
        assert!(mmd_squared_biased(&[], &[1.0], 1, &k).is_err());
        assert!(mmd_squared_biased(&[1.0], &[1.0], 0, &k).is_err());
        assert!(mmd_squared_biased(&[1.0, f64::NAN], &[1.0], 1, &k).is_err());
        assert!(mmd_squared_linear(&[1.0, 2.0], &[1.0, 2.0, 3.0], 1, &k).is_err());
        let bad = Kernel::Gaussian { bandwidth: -1.0 };
        assert!(mmd_squared_biased(&[1.0], &[1.0], 1, &bad).is_err());
    }
}
