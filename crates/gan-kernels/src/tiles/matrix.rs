//! Matrix products on tiles.

use super::pack::{Operand, Source, Summed, pack};
use super::shared::Shared;
use super::{DEPTH, SIDE, Squares, Step, Unit};
use crate::kernel::Real;
use rayon::prelude::*;

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub data: &'a [T],
    pub rows: usize,
    pub cols: usize,
    pub transposed: bool,
}

impl<'a, T: Real> Matrix<'a, T> {
    fn source(&self) -> Source<'a, T> {
        let (outer, inner) = (self.rows, self.cols);
        Source { data: self.data, outer, inner, positions: 1, apart: inner }
    }
}

/// Multiply-adds from which threads pay.
const PARALLEL: usize = 1 << 21;

/// `a·b`, row-major.
pub(crate) fn product<U: Unit>(
    a: &Matrix<'_, U::Value>,
    b: &Matrix<'_, U::Value>,
) -> Vec<U::Value> {
    let m = if a.transposed { a.cols } else { a.rows };
    let n = if b.transposed { b.rows } else { b.cols };
    let a_summed = if a.transposed { Summed::Outer } else { Summed::Inner };
    let b_summed = if b.transposed { Summed::Inner } else { Summed::Outer };
    let left = pack::<U>(&a.source(), a_summed, Operand::Left);
    let right = pack::<U>(&b.source(), b_summed, Operand::Right);
    let mut product = Vec::with_capacity(m * n);
    let out = Shared::new(&mut product.spare_capacity_mut()[..m * n]);
    let empty: Squares<U::Value> = [[[U::Value::real(0.0); SIDE]; SIDE]; 4];
    let (lefts, rights) = (left.sides / 2, right.sides / 2);
    let work = |task: usize| {
        let (l, r) = (task % lefts * 2, task / lefts * 2);
        let step = |d| Step {
            left: left.two(0, d, l),
            right: right.two(0, d, r),
        };
        let steps: Vec<_> = (0..left.depth).map(step).collect();
        let mut sums = empty;
        U::multiply(&steps, &mut sums);
        for i in (0..2 * SIDE).take_while(|i| l * SIDE + i < m) {
            for half in 0..2 {
                let column = (r + half) * SIDE;
                let len = SIDE.min(n.saturating_sub(column));
                if len > 0 {
                    let values = &sums[i / SIDE * 2 + half][i % SIDE];
                    // SAFETY: a task alone writes its rows and columns.
                    #[allow(unsafe_code)]
                    unsafe {
                        out.fill((l * SIDE + i) * n + column, values, len)
                    };
                }
            }
        }
    };
    if lefts * rights * left.depth * 4 * SIDE * SIDE * DEPTH < PARALLEL {
        (0..lefts * rights).for_each(work);
    } else {
        (0..lefts * rights).into_par_iter().for_each(work);
    }
    // SAFETY: the tasks are all rows and columns.
    #[allow(unsafe_code)]
    unsafe {
        product.set_len(m * n)
    };
    product
}
