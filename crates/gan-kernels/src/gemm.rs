//! Matrix products on faer's GEMM, over slices with any row and column stride.

use crate::kernel::Real;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// A matrix in a slice, row-major or transposed.
#[derive(Clone, Copy)]
pub(crate) struct Mat<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    transposed: bool,
}

impl<'a, T: Real> Mat<'a, T> {
    /// `rows` × `cols`, row-major.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols, "a {rows}×{cols} matrix");
        Self { data, rows, cols, transposed: false }
    }

    /// The transpose, without a copy.
    pub fn t(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    fn faer(self) -> MatRef<'a, T> {
        let m = MatRef::from_row_major_slice(self.data, self.rows, self.cols);
        if self.transposed { m.transpose() } else { m }
    }
}

/// `out = a·b` or, with `add`, `out += a·b`; `out` is row-major.
///
/// `parallel` spreads one product over the threads of rayon's pool; faer's result does not
/// depend on their number. Inside a parallel loop pass `false`.
pub(crate) fn gemm<T: Real>(
    out: &mut [T],
    a: Mat<'_, T>,
    b: Mat<'_, T>,
    add: bool,
    parallel: bool,
) {
    let (a, b) = (a.faer(), b.faer());
    assert_eq!(out.len(), a.nrows() * b.ncols(), "product's size");
    let dst = MatMut::from_row_major_slice_mut(out, a.nrows(), b.ncols());
    let flops = 2 * a.nrows() * a.ncols() * b.ncols();
    // Below this, waking another thread costs more than it saves.
    let par = if parallel && flops > 1 << 21 { Par::rayon(0) } else { Par::Seq };
    let accum = if add { Accum::Add } else { Accum::Replace };
    matmul(dst, accum, a, b, <T as Real>::real(1.0), par);
}
