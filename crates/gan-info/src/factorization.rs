//! Eigenvectors and singular values whose bits do not depend on the number of threads.

use std::num::NonZeroUsize;

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{evd, svd};
use faer::{Mat, MatRef, Par};

use crate::error::{InfoError, Result};

/// faer cuts its reductions into as many pieces as it is told there are threads. Told this number
/// whatever the machine, it rounds in the same way everywhere; the pool shares the pieces out.
const PIECES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

fn failed(what: &'static str, reason: impl std::fmt::Debug) -> InfoError {
    InfoError::Factorization { what, reason: format!("{reason:?}") }
}

/// The eigenvalues of a symmetric matrix, rising, and the eigenvectors as columns.
pub(crate) fn symmetric_eigen(
    what: &'static str,
    matrix: MatRef<'_, f64>,
) -> Result<(Vec<f64>, Mat<f64>)> {
    let (par, dim) = (Par::Rayon(PIECES), matrix.nrows());
    let (mut values, mut vectors) = (Diag::<f64>::zeros(dim), Mat::<f64>::zeros(dim, dim));
    let need = evd::self_adjoint_evd_scratch::<f64>(
        dim,
        evd::ComputeEigenvectors::Yes,
        par,
        Default::default(),
    );
    evd::self_adjoint_evd(
        matrix,
        values.as_mut(),
        Some(vectors.as_mut()),
        par,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .map_err(|e| failed(what, e))?;
    Ok((values.column_vector().iter().copied().collect(), vectors))
}

/// The sum of the singular values: the nuclear norm.
pub(crate) fn nuclear_norm(what: &'static str, matrix: MatRef<'_, f64>) -> Result<f64> {
    let (par, (rows, columns)) = (Par::Rayon(PIECES), matrix.shape());
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
        matrix,
        values.as_mut(),
        None,
        None,
        par,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .map_err(|e| failed(what, e))?;
    Ok(values.column_vector().iter().sum())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_by_hand() {
        let matrix = faer::mat![[2.0, 1.0], [1.0, 2.0]];
        let (values, vectors) = symmetric_eigen("matrix", matrix.as_ref()).unwrap();
        assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
        assert!((vectors[(0, 0)] + vectors[(1, 0)]).abs() < 1e-15);
        let wide = faer::mat![[3.0, 0.0, 0.0], [0.0, 0.0, -4.0]];
        assert!((nuclear_norm("matrix", wide.as_ref()).unwrap() - 7.0).abs() < 1e-15);
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
                let norm = nuclear_norm("matrix", matrix.as_ref()).unwrap();
                (values, vectors[(17, 100)].to_bits(), norm.to_bits())
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3));
    }
}
