//! The nuclear norm: the sum of the singular values, by way of symmetric eigenvalues.
//!
//! Singular values from a bidiagonal form cost several times what the eigenvalues of GᵀG do, but
//! those lose half of the digits of small singular values. So: eigenvalues where a bound says that
//! they are good enough; else eigenvectors V, whose ‖G vᵢ‖ are good to many more digits where
//! σᵢ is not small; and the same again for the columns of G V that are, cleared of the large ones.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};
use gan_statistics::factorization::{
    PIECES, singular_values, symmetric_eigen, symmetric_eigenvalues,
};

use crate::error::Result;

/// Up to this size singular values are had directly.
const SMALL: usize = 128;
/// The error that may stay, relative to the norm, where every digit counts.
pub(crate) const EXACT: f64 = 1e-12;
/// Singular values below this part of the largest are not trusted to eigenvectors.
const TRUSTED: f64 = 1e-4;

/// Σ σᵢ(G), to about `allowed` of itself; the more is allowed, the less work it is.
pub(crate) fn nuclear_norm(
    what: &'static str,
    matrix: MatRef<'_, f64>,
    allowed: f64,
) -> Result<f64> {
    let (rows, columns) = matrix.shape();
    let tall = if rows >= columns { matrix } else { matrix.transpose() };
    sum(what, tall, allowed, 0.0)
}

/// The norm of a tall matrix, to `allowed` of itself and `larger`, what was summed before.
fn sum(what: &'static str, tall: MatRef<'_, f64>, allowed: f64, larger: f64) -> Result<f64> {
    if tall.ncols() <= SMALL {
        return Ok(singular_values(what, tall)?.iter().sum());
    }
    let gram = gram(tall);
    let values = symmetric_eigenvalues(what, gram.as_ref())?;
    let norm: f64 = values.iter().map(|v| v.max(0.0).sqrt()).sum();
    if error_of_roots(&values) <= allowed * (norm + larger) {
        return Ok(norm);
    }
    let (_, vectors) = symmetric_eigen(what, gram.as_ref())?;
    let turned = tall * &vectors; // columns nearly orthogonal
    let lengths: Vec<f64> = (0..turned.ncols()).map(|i| turned.col(i).norm_l2()).collect();
    let least = TRUSTED * lengths.iter().copied().fold(0.0, f64::max);
    let (large, small): (Vec<usize>, Vec<usize>) =
        (0..lengths.len()).partition(|i| lengths[*i] >= least);
    let trusted: f64 = large.iter().map(|i| lengths[*i]).sum();
    if small.is_empty() {
        return Ok(trusted);
    }
    let rows = turned.nrows();
    let unit = Mat::from_fn(rows, large.len(), |i, k| turned[(i, large[k])] / lengths[large[k]]);
    let mut block = Mat::from_fn(rows, small.len(), |i, k| turned[(i, small[k])]);
    block -= &unit * (unit.transpose() * &block);
    Ok(trusted + sum(what, block.as_ref(), allowed, larger + trusted)?)
}

/// The lower triangle of GᵀG, which is all that eigenvalues are made of; zeros above it.
fn gram(tall: MatRef<'_, f64>) -> Mat<f64> {
    let mut gram = Mat::zeros(tall.ncols(), tall.ncols());
    triangular::matmul(
        gram.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        tall.transpose(),
        BlockStructure::Rectangular,
        tall,
        BlockStructure::Rectangular,
        1.0,
        Par::Rayon(PIECES),
    );
    gram
}

/// What rounding of the eigenvalues, ε λ_max each, may do to the sum of their square roots.
fn error_of_roots(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let noise = f64::EPSILON * largest;
    let one = |value: f64| if value > noise { 0.5 * noise / value.sqrt() } else { noise.sqrt() };
    // Their signs are random: they add up as a random walk does, with a margin.
    8.0 * values.iter().map(|v| one(*v).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A matrix with these singular values and random singular vectors.
    fn with_values(rows: usize, values: &[f64], seed: u64) -> Mat<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut orthonormal = |rows: usize, columns: usize| {
            let random = Mat::from_fn(rows, columns, |_, _| rng.random::<f64>() - 0.5);
            random.qr().compute_thin_Q()
        };
        let left = orthonormal(rows, values.len());
        let right = orthonormal(values.len(), values.len());
        let scaled = Mat::from_fn(rows, values.len(), |i, j| left[(i, j)] * values[j]);
        &scaled * right.transpose()
    }

    #[test]
    fn every_way_finds_the_same_norm() {
        let even = |n: usize, last: f64| -> Vec<f64> {
            (0..n).map(|i| last.powf(i as f64 / (n - 1) as f64)).collect()
        };
        let mut deficient = even(200, 1e-3);
        deficient[150..].fill(0.0);
        for (values, tolerance) in [
            (even(100, 1e-9), 1e-14),  // direct
            (even(200, 1e-1), 1e-13),  // eigenvalues
            (even(200, 1e-5), 1e-13),  // eigenvectors
            (even(200, 1e-12), 1e-13), // eigenvectors and singular values
            (deficient, 1e-13),
        ] {
            let exact: f64 = values.iter().sum();
            let matrix = with_values(230, &values, 7);
            for m in [matrix.as_ref(), matrix.transpose()] {
                let found = nuclear_norm("matrix", m, EXACT).unwrap();
                assert!((found - exact).abs() < tolerance * exact, "{found} {exact}");
                let quick = nuclear_norm("matrix", m, 1e-9).unwrap();
                assert!((quick - exact).abs() < 1e-9 * exact, "{quick} {exact}");
            }
        }
        assert_eq!(
            nuclear_norm("matrix", Mat::<f64>::zeros(200, 150).as_ref(), EXACT).unwrap(),
            0.0
        );
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        for last in [0.1f64, 1e-9] {
            let values: Vec<f64> = (0..200).map(|i| last.powf(f64::from(i) / 199.0)).collect();
            let matrix = with_values(220, &values, 3);
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| nuclear_norm("matrix", matrix.as_ref(), EXACT).unwrap().to_bits())
            };
            let one = run(1);
            assert!(one == run(2) && one == run(3));
        }
    }
}
