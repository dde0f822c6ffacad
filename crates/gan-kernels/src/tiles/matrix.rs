//! Matrix products, by panels of columns.
//!
//! A batch of a hundred samples uses each weight a hundred times only, so packing both operands
//! into tiles would cost as much as the product. Here just a panel of [`WIDTH`] columns of the
//! right matrix is copied together; the left one is read where it lies.

use super::finish::Finish;
use super::shape::SIDE;
use super::shared::Shared;
use super::strip::{Panel, ROWS, Rows, Strip, WIDTH};
use super::unit::Unit;
use crate::isa::{prefetch, wide};
use crate::number::Number;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub data: &'a [T],
    pub rows: usize,
    pub cols: usize,
    pub transposed: bool,
}

impl<'a, T: Number> Matrix<'a, T> {
    /// Rows and columns as it is used.
    pub fn size(&self) -> (usize, usize) {
        if self.transposed { (self.cols, self.rows) } else { (self.rows, self.cols) }
    }

    /// Its transpose.
    pub fn t(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    fn strip(&self, first: usize, rows: usize) -> Strip<'a, T> {
        let (down, along) = if self.transposed { (1, self.cols) } else { (self.cols, 1) };
        Strip { data: &self.data[(first * down).min(self.data.len())..], rows, down, along }
    }

    /// The matrix itself, where it is a panel as it lies.
    fn as_panel(&self) -> Option<&'a Panel<T>> {
        let (rows, rest) = self.data.as_chunks::<WIDTH>();
        let fits = self.cols == WIDTH && rows.len() == self.rows && rest.is_empty();
        (fits && !self.transposed).then_some(rows)
    }

    /// Copies columns `first..first + WIDTH`; those beyond the matrix are zero.
    fn panel<U: Unit<Value = T>>(&self, first: usize, panel: &mut Vec<[T; WIDTH]>) {
        let zero = T::real(0.0);
        let (depth, columns) = self.size();
        let count = WIDTH.min(columns - first);
        panel.resize(depth, [zero; WIDTH]);
        if !self.transposed {
            let rows = self.data.chunks_exact(self.cols.max(1));
            if count == WIDTH {
                wide(|| {
                    for (to, row) in panel.iter_mut().zip(rows) {
                        let row = &row[first..first + WIDTH];
                        to.iter_mut().zip(row).for_each(|(to, v)| *to = *v);
                    }
                });
                return;
            }
            for (to, row) in panel.iter_mut().zip(rows) {
                *to = [zero; WIDTH];
                to[..count].copy_from_slice(&row[first..first + count]);
            }
            return;
        }
        for (index, rows) in panel.chunks_mut(SIDE).enumerate() {
            let start = index * SIDE;
            let depth = rows.len();
            for half in 0..2 {
                let left = first + half * SIDE;
                let row = |s: usize| &self.data[(left + s) * self.cols + start..][..depth];
                if let Ok(rows) = <&mut [[T; WIDTH]; SIDE]>::try_from(&mut *rows)
                    && left + SIDE <= columns
                {
                    U::turn(std::array::from_fn(row), half, rows);
                    continue;
                }
                for (k, to) in rows.iter_mut().enumerate() {
                    for (s, to) in to[half * SIDE..][..SIDE].iter_mut().enumerate() {
                        *to = if left + s < columns { row(s)[k] } else { zero };
                    }
                }
            }
        }
    }

    /// Asks for share `part` of `parts` of the panel at `first`, which is wanted soon: its rows
    /// lie far apart, and processors do not guess such a walk.
    fn announce(&self, first: usize, part: usize, parts: usize) {
        let (depth, columns) = self.size();
        let share = |count: usize| part * count / parts..(part + 1) * count / parts;
        if self.transposed {
            for column in share(WIDTH.min(columns.saturating_sub(first))) {
                let row = &self.data[(first + column) * self.cols..][..depth];
                row.iter().step_by(SIDE).for_each(prefetch);
            }
        } else if first < columns {
            for row in share(depth) {
                let row = &self.data[row * self.cols..][first..columns.min(first + WIDTH)];
                row.iter().step_by(SIDE).for_each(prefetch);
            }
        }
    }
}

/// Multiply-adds from which threads pay.
pub(crate) const PARALLEL: usize = 1 << 18;
/// Panels from which the rows of the result need not be shared out as well.
const PANELS: usize = 8;

/// `a·b`, row-major, finished column by column.
pub(crate) fn product<U: Unit>(
    a: &Matrix<'_, U::Value>,
    b: &Matrix<'_, U::Value>,
    finish: Finish<'_, U::Value>,
) -> Vec<U::Value> {
    let ((m, k), (_, n)) = (a.size(), b.size());
    let mut product: Vec<U::Value> = Vec::with_capacity(m * n);
    let out = Shared::new(&mut product.spare_capacity_mut()[..m * n]);
    write::<U>(a, b, m * k * n > PARALLEL, finish, &out);
    // SAFETY: all rows and columns are written.
    #[allow(unsafe_code)]
    unsafe {
        product.set_len(m * n)
    };
    product
}

/// Writes all of `a·b` to `out`, row-major, finished column by column.
pub(crate) fn write<U: Unit>(
    a: &Matrix<'_, U::Value>,
    b: &Matrix<'_, U::Value>,
    parallel: bool,
    finish: Finish<'_, U::Value>,
    out: &Shared<'_, MaybeUninit<U::Value>>,
) {
    let (_, n) = b.size();
    strips::<U>(a, b, parallel, |at, columns, sums| {
        wide(|| store(sums, at, (n, columns), finish, out));
    });
}

/// Calls `take((row, column), columns, rows)` with every part of `a·b`: some rows of it, of
/// which the first `columns` values count. Each part comes once, from any thread.
pub(crate) fn strips<U: Unit>(
    a: &Matrix<'_, U::Value>,
    b: &Matrix<'_, U::Value>,
    parallel: bool,
    take: impl Fn((usize, usize), usize, &mut [[U::Value; WIDTH]]) + Sync,
) {
    let ((m, _), (_, n)) = (a.size(), b.size());
    let panels = n.div_ceil(WIDTH);
    let few = parallel && panels < PANELS;
    let whole = b.as_panel();
    // Each share copies its panel; where there is nothing to copy they may be smaller.
    let wanted = if whole.is_some() { 2 * PANELS } else { PANELS };
    let shares = if few { wanted.div_ceil(panels.max(1)) } else { 1 };
    let share = m.div_ceil(shares).next_multiple_of(ROWS).max(ROWS);
    let work = |copied: &mut Vec<[U::Value; WIDTH]>, task: usize| {
        let (first, start) = (task % panels * WIDTH, task / panels * share);
        let columns = WIDTH.min(n - first);
        let panel = whole.unwrap_or_else(|| {
            b.panel::<U>(first, copied);
            copied.as_slice()
        });
        let strips = share / ROWS;
        let mut sums: Rows<U::Value> = [[U::Value::real(0.0); WIDTH]; ROWS];
        for (strip, row) in (start..m.min(start + share)).step_by(ROWS).enumerate() {
            if !(task + 1).is_multiple_of(panels) {
                b.announce(first + WIDTH, strip, strips);
            }
            let rows = ROWS.min(m - row).min(start + share - row);
            U::strip(&a.strip(row, rows), panel, columns, &mut sums);
            take((row, first), columns, &mut sums[..rows]);
        }
    };
    let tasks = panels * m.div_ceil(share);
    if parallel {
        (0..tasks).into_par_iter().for_each_init(Vec::new, work);
    } else {
        let mut panel = Vec::new();
        (0..tasks).for_each(|task| work(&mut panel, task));
    }
}

#[inline(always)]
fn store<T: Number>(
    sums: &mut [[T; WIDTH]],
    (row, first): (usize, usize),
    (n, columns): (usize, usize),
    finish: Finish<'_, T>,
    out: &Shared<'_, MaybeUninit<T>>,
) {
    for (at, values) in sums.iter_mut().enumerate() {
        // A whole row has a length that the compiler knows.
        match columns {
            WIDTH => finish.apply_row(first, values),
            _ => finish.apply_row(first, &mut values[..columns]),
        }
        // SAFETY: a task alone writes its rows of its panel.
        #[allow(unsafe_code)]
        unsafe {
            out.fill((row + at) * n + first, &values[..columns])
        };
    }
}
