//! The Fréchet distance between normal distributions, the formula behind FID.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par, Side};
use gan_statistics::factorization::{PIECES, symmetric_eigen};
use gan_statistics::{checks, sample_moments};

use crate::error::{InfoError, Result};
use crate::nuclear_norm::{EXACT, nuclear_norm};

/// The parts of the squared Fréchet distance, all in the squared unit of the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrechetDistance {
    /// ‖μ₁ − μ₂‖².
    pub mean_term: f64,
    /// tr Σ₁.
    pub trace_1: f64,
    /// tr Σ₂.
    pub trace_2: f64,
    /// tr (Σ₁^½ Σ₂ Σ₁^½)^½, from 0 to (tr Σ₁ + tr Σ₂)/2.
    pub cross_trace: f64,
}

impl FrechetDistance {
    /// d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁^½ Σ₂ Σ₁^½)^½ ≥ 0: this is FID.
    #[must_use]
    pub fn squared(&self) -> f64 {
        // Between equal covariances rounding could leave a hair below zero.
        let spread = self.trace_1 + self.trace_2 - 2.0 * self.cross_trace;
        self.mean_term + spread.max(0.0)
    }

    /// d, which is a metric, and the Wasserstein distance of order 2 between the two normals.
    #[must_use]
    pub fn distance(&self) -> f64 {
        self.squared().sqrt()
    }
}

/// How far below zero, relative to the largest, an eigenvalue of a covariance may lie: what f32
/// statistics bring along.
const NEGATIVE_TOLERANCE: f64 = 1e-6;

/// The squared Fréchet distance of N(μ₁, Σ₁) and N(μ₂, Σ₂), in parts.
///
/// Dowson and Landau (1982), equation 4; FID is arXiv 1706.08500, equation 6. Covariances are
/// `dim · dim` numbers, row by row. The cross trace is computed as the sum of the singular values
/// of L₁ᵀ L₂ with Σᵢ = Lᵢ Lᵢᵀ: equal to tr (Σ₁ Σ₂)^½, but never complex, and accurate without any
/// added ε for covariances of deficient rank (fewer samples than dimensions), where eigenvalues
/// that are rounding noise are dropped instead of having their square roots taken.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// let far = gan_info::frechet_distance(&[0.0], &[4.0], &[3.0], &[1.0])?;
/// assert!((far.squared() - (9.0 + (2.0f64 - 1.0).powi(2))).abs() < 1e-14);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If lengths do not fit, a number is not finite, or a covariance is not symmetric (to 10⁻⁸ of
/// its largest entry) or not positive semi-definite (to 10⁻⁶ of its largest eigenvalue).
pub fn frechet_distance(
    mu1: &[f64],
    sigma1: &[f64],
    mu2: &[f64],
    sigma2: &[f64],
) -> Result<FrechetDistance> {
    let dim = mu1.len();
    checks::finite("mu1", mu1)?;
    checks::finite("mu2", mu2)?;
    checks::same_length("mu2", dim, mu2.len())?;
    let sigma1 = covariance("sigma1", sigma1, dim)?;
    let sigma2 = covariance("sigma2", sigma2, dim)?;
    let root1 = factor("sigma1", sigma1)?;
    let root2 = factor("sigma2", sigma2)?;
    let cross_trace = if root1.ncols() == 0 || root2.ncols() == 0 {
        0.0
    } else {
        nuclear_norm("sigma1, sigma2", cross(&root1, &root2).as_ref(), EXACT)?
    };
    Ok(FrechetDistance {
        mean_term: squared_difference(mu1, mu2),
        trace_1: trace_of(sigma1),
        trace_2: trace_of(sigma2),
        cross_trace,
    })
}

pub(crate) fn trace_of(m: MatRef<'_, f64>) -> f64 {
    (0..m.nrows()).map(|i| m[(i, i)]).sum()
}

pub(crate) fn squared_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A view of a finite, symmetric matrix.
pub(crate) fn covariance<'a>(
    what: &'static str,
    values: &'a [f64],
    dim: usize,
) -> Result<MatRef<'a, f64>> {
    let cells = dim.saturating_mul(dim);
    checks::same_length(what, cells, values.len())?;
    checks::finite(what, values)?;
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    for i in 0..dim {
        for j in 0..i {
            let (lower, upper) = (values[i * dim + j], values[j * dim + i]);
            if (lower - upper).abs() > 1e-8 * largest {
                return Err(InfoError::Value {
                    what,
                    expected: "a symmetric matrix",
                    found: lower - upper,
                    index: i * dim + j,
                });
            }
        }
    }
    Ok(MatRef::from_row_major_slice(values, dim, dim))
}

/// A Cholesky factor whose squared diagonal spans more than this is not trusted: pivots that are
/// rounding noise (10⁻¹⁶) would pass as variances.
const TRUSTED_PIVOTS: f64 = 1e-10;

/// L with L Lᵀ = Σ and as many columns as Σ has eigenvalues above rounding noise.
pub(crate) fn factor(what: &'static str, sigma: MatRef<'_, f64>) -> Result<Mat<f64>> {
    let dim = sigma.nrows();
    // Twenty times faster than the eigenvectors, and any factor has the same singular values.
    if let Ok(cholesky) = sigma.llt(Side::Lower) {
        let pivots = || (0..dim).map(|i| cholesky.L()[(i, i)].powi(2));
        let largest = pivots().fold(0.0, f64::max);
        if pivots().all(|pivot| pivot > TRUSTED_PIVOTS * largest) {
            return Ok(cholesky.L().to_owned());
        }
    }
    let (values, vectors) = symmetric_eigen(what, sigma)?;
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(*v));
    let smallest = values.iter().fold(0.0, |a: f64, v| a.min(*v));
    if -smallest > NEGATIVE_TOLERANCE * largest {
        return Err(InfoError::Parameter {
            what,
            expected: "eigenvalues of at least zero",
            found: smallest,
        });
    }
    let noise = dim as f64 * f64::EPSILON * largest;
    let kept: Vec<usize> = (0..dim).filter(|i| values[*i] > noise).collect();
    Ok(Mat::from_fn(dim, kept.len(), |i, k| vectors[(i, kept[k])] * values[kept[k]].sqrt()))
}

/// F₁ᵀ F₂ of two factors; a third of the work where both are triangular.
pub(crate) fn cross(first: &Mat<f64>, second: &Mat<f64>) -> Mat<f64> {
    if !(lower(first) && lower(second)) {
        return first.transpose() * second;
    }
    let mut product = Mat::zeros(first.ncols(), second.ncols());
    triangular::matmul(
        product.as_mut(),
        BlockStructure::Rectangular,
        Accum::Replace,
        first.transpose(),
        BlockStructure::TriangularUpper,
        second.as_ref(),
        BlockStructure::TriangularLower,
        1.0,
        Par::Rayon(PIECES),
    );
    product
}

/// Whether a matrix is square and zero above its diagonal.
fn lower(m: &Mat<f64>) -> bool {
    let above = |j: usize| (0..j).all(|i| m[(i, j)] == 0.0);
    m.nrows() == m.ncols() && (0..m.ncols()).all(above)
}

/// The squared Fréchet distance of normals with diagonal covariances:
/// ‖μ₁ − μ₂‖² + Σᵢ (σ₁ᵢ − σ₂ᵢ)², from means and variances; in one dimension, of any two normals.
///
/// # Errors
///
/// If lengths differ, a number is not finite, or a variance is negative.
pub fn frechet_distance_diagonal(
    mu1: &[f64],
    variance1: &[f64],
    mu2: &[f64],
    variance2: &[f64],
) -> Result<f64> {
    checks::finite("mu1", mu1)?;
    checks::finite("mu2", mu2)?;
    checks::same_length("mu2", mu1.len(), mu2.len())?;
    let mut spread = 0.0;
    for (what, variance) in [("variance1", variance1), ("variance2", variance2)] {
        checks::same_length(what, mu1.len(), variance.len())?;
        if let Some(index) = variance.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
            return Err(InfoError::Value {
                what,
                expected: "a finite variance >= 0",
                found: variance[index],
                index,
            });
        }
    }
    for (a, b) in variance1.iter().zip(variance2) {
        let difference = a.sqrt() - b.sqrt();
        spread += difference * difference;
    }
    Ok(squared_difference(mu1, mu2) + spread)
}

/// The squared Fréchet distance of the normals fitted to two samples, in parts.
///
/// [`sample_moments`] of both, then [`frechet_distance`]. For a fixed law the expectation falls
/// with the number of samples (arXiv 1801.01401, section 3): compare equal numbers only.
///
/// # Errors
///
/// As [`sample_moments`] and [`frechet_distance`].
pub fn frechet_distance_of_samples(
    x: &[f64],
    y: &[f64],
    dim: usize,
    ddof: usize,
) -> Result<FrechetDistance> {
    let (a, b) = (sample_moments(x, dim, ddof)?, sample_moments(y, dim, ddof)?);
    frechet_distance(&a.mean, &a.covariance, &b.mean, &b.covariance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn samples(n: usize, dim: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n * dim).map(|_| rng.random::<f64>()).collect()
    }

    #[test]
    fn equal_is_zero_even_when_rank_deficient() {
        // 30 samples in 64 dimensions: 35 eigenvalues are rounding noise.
        let x = samples(30, 64, 1);
        let same = frechet_distance_of_samples(&x, &x, 64, 1).unwrap();
        // squared() cuts at zero, so look at the part.
        assert!((same.trace_1 - same.cross_trace).abs() < 1e-13 * same.trace_1);
        assert!(same.squared() < 1e-12 * same.trace_1, "{same:?}");
    }

    #[test]
    fn deficient_rank_agrees_with_the_small_problem() {
        // Two normals in a plane, turned into 20 dimensions by orthonormal columns.
        let (s1, s2) = ([2.0, 0.5, 0.5, 1.0], [1.0, -0.3, -0.3, 3.0]);
        let plane = frechet_distance(&[0.0; 2], &s1, &[1.0; 2], &s2).unwrap();
        let (n, unit) = (20, 0.1f64.sqrt());
        let column = |i: usize, k: usize| if i % 2 == k { unit } else { 0.0 };
        let lift = |s: &[f64; 4]| -> Vec<f64> {
            (0..n * n)
                .map(|c| s[(c / n % 2) * 2 + c % n % 2] * column(c / n, c / n % 2) * unit)
                .collect()
        };
        let mu: Vec<f64> = (0..n).map(|i| column(i, i % 2)).collect();
        let lifted = frechet_distance(&vec![0.0; n], &lift(&s1), &mu, &lift(&s2)).unwrap();
        assert!((lifted.squared() - plane.squared()).abs() < 1e-13);
        // 2 × 2 closed form: tr (Σ₁Σ₂)^½ = (tr Σ₁Σ₂ + 2 (det Σ₁ det Σ₂)^½)^½
        let trace_of_product = 2.0 + 2.0 * 0.5 * -0.3 + 3.0;
        let exact = (trace_of_product + 2.0 * (1.75f64 * 2.91).sqrt()).sqrt();
        assert!((plane.cross_trace - exact).abs() < 1e-14);
    }

    #[test]
    fn a_point_mass_has_no_cross_term() {
        let point = frechet_distance(&[0.0; 2], &[0.0; 4], &[3.0, 4.0], &[1.0, 0.0, 0.0, 2.0]);
        assert_eq!(point.unwrap().squared(), 28.0);
    }

    #[test]
    fn bad_covariances_are_refused() {
        let mu = [0.0; 2];
        let good = [1.0, 0.0, 0.0, 1.0];
        for bad in [
            vec![1.0; 3],
            vec![1.0, 0.5, 0.4, 1.0],
            vec![1.0, 2.0, 2.0, 1.0],
            vec![-1.0, 0.0, 0.0, -1.0],
            vec![f64::NAN, 0.0, 0.0, 1.0],
        ] {
            assert!(frechet_distance(&mu, &good, &mu, &bad).is_err(), "{bad:?}");
        }
        assert!(frechet_distance(&[], &[], &[], &[]).is_err());
        assert!(frechet_distance_diagonal(&[0.0], &[-1.0], &[0.0], &[1.0]).is_err());
    }
}
