//! Eigenvectors and singular values whose bits do not depend on the number of threads.

use std::num::NonZeroUsize;

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{evd, svd};
use faer::{Mat, MatRef, Par};

use crate::error::{Result, StatisticsError};

/// faer cuts its reductions into as many pieces as it is told there are threads. Told this number
/// whatever the machine, it rounds in the same way everywhere; the pool shares the pieces out.
pub const PIECES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// The matrix with its largest entry brought to between 1 and 2, and what gives the old one back:
/// a power of two, so that nothing is rounded. faer's iterations end at an absolute accuracy, which
/// would be no accuracy at all for a covariance of 10⁻¹².
fn scaled(matrix: MatRef<'_, f64>) -> (Mat<f64>, f64) {
    let largest = matrix.norm_max();
    // Where the power overflows or nothing is finite, faer says what is wrong.
    let exponent = if largest.is_normal() { largest.log2().floor() } else { 0.0 };
    let back = exponent.clamp(-1000.0, 1000.0).exp2();
    (Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)] / back), back)
}

fn failed(what: &'static str, reason: impl std::fmt::Debug) -> StatisticsError {
    StatisticsError::Factorization { what, reason: format!("{reason:?}") }
}

/// The eigenvalues of a symmetric matrix, rising, and the eigenvectors as columns.
///
/// # Errors
///
/// Where the iteration does not converge, as for numbers that are not finite; it names `what`.
pub fn symmetric_eigen(
    what: &'static str,
    matrix: MatRef<'_, f64>,
) -> Result<(Vec<f64>, Mat<f64>)> {
    let (par, dim) = (Par::Rayon(PIECES), matrix.nrows());
    let (matrix, back) = scaled(matrix);
    let (mut values, mut vectors) = (Diag::<f64>::zeros(dim), Mat::<f64>::zeros(dim, dim));
    let need = evd::self_adjoint_evd_scratch::<f64>(
        dim,
        evd::ComputeEigenvectors::Yes,
        par,
        Default::default(),
    );
    evd::self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        Some(vectors.as_mut()),
        par,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .map_err(|e| failed(what, e))?;
    Ok((values.column_vector().iter().map(|v| v * back).collect(), vectors))
}

/// The eigenvalues of a symmetric matrix, rising.
///
/// # Errors
///
/// As [`symmetric_eigen`].
pub fn symmetric_eigenvalues(what: &'static str, matrix: MatRef<'_, f64>) -> Result<Vec<f64>> {
    let (par, dim) = (Par::Rayon(PIECES), matrix.nrows());
    let (matrix, back) = scaled(matrix);
    let mut values = Diag::<f64>::zeros(dim);
    let none = evd::ComputeEigenvectors::No;
    let need = evd::self_adjoint_evd_scratch::<f64>(dim, none, par, Default::default());
    evd::self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        None,
        par,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .map_err(|e| failed(what, e))?;
    Ok(values.column_vector().iter().map(|v| v * back).collect())
}

/// The singular values of any matrix, falling.
///
/// # Errors
///
/// As [`symmetric_eigen`].
pub fn singular_values(what: &'static str, matrix: MatRef<'_, f64>) -> Result<Vec<f64>> {
    let (par, (rows, columns)) = (Par::Rayon(PIECES), matrix.shape());
    let (matrix, back) = scaled(matrix);
    let mut values = Diag::<f64>::zeros(rows.min(columns));
    let need = svd::svd_scratch::<f64>(
        rows,
        columns,
        svd::ComputeSvdVectors::No,
        svd::ComputeSvdVectors::No,
        par,
        Default::default(),
    );
    svd::svd(
        matrix.as_ref(),
        values.as_mut(),
        None,
        None,
        par,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .map_err(|e| failed(what, e))?;
    Ok(values.column_vector().iter().map(|v| v * back).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_by_hand() {
        let matrix = faer::mat![[2.0, 1.0], [1.0, 2.0]];
        let (values, vectors) = symmetric_eigen("matrix", matrix.as_ref()).unwrap();
        assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
        assert!((vectors[(0, 0)] + vectors[(1, 0)]).abs() < 1e-15);
        let wide = faer::mat![[3.0, 0.0, 0.0], [0.0, 0.0, -4.0]];
        let singular = singular_values("matrix", wide.as_ref()).unwrap();
        assert!((singular[0] - 4.0).abs() < 1e-15 && (singular[1] - 3.0).abs() < 1e-15);
        let alone = symmetric_eigenvalues("matrix", matrix.as_ref()).unwrap();
        assert!((alone[0] - 1.0).abs() < 1e-15 && (alone[1] - 3.0).abs() < 1e-15);
    }

    #[test]
    fn scale_does_not_matter() {
        let graded = |scale: f64| {
            let matrix = Mat::from_fn(60, 60, |i, j| {
                let hilbert = 1.0 / (1.0 + i as f64 + j as f64);
                if i == j { scale * (1.0 + hilbert) } else { scale * hilbert }
            });
            let values = symmetric_eigenvalues("matrix", matrix.as_ref()).unwrap();
            let (same, _) = symmetric_eigen("matrix", matrix.as_ref()).unwrap();
            let singular = singular_values("matrix", matrix.as_ref()).unwrap();
            [values, same, singular].map(|v| v.iter().map(|x| x / scale).collect::<Vec<f64>>())
        };
        assert_eq!(graded(1.0), graded(2f64.powi(-90)));
        assert_eq!(graded(1.0), graded(2f64.powi(90)));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let matrix = Mat::from_fn(300, 300, |i, j| {
            let (low, high) = (i.min(j), i.max(j));
            ((low * 7919 + high * 104_729) % 10_007) as f64 / 10_007.0
        });
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (values, vectors) = symmetric_eigen("matrix", matrix.as_ref()).unwrap();
                let alone = symmetric_eigenvalues("matrix", matrix.as_ref()).unwrap();
                let singular = singular_values("matrix", matrix.as_ref()).unwrap();
                (values, vectors[(17, 100)].to_bits(), alone, singular)
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3));
    }
}
