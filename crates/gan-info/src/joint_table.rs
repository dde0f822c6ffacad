//! A joint distribution of two discrete variables as a table.

use gan_statistics::checks;

use crate::error::{InfoError, Result};

/// The joint distribution p(x, y): X indexes the rows, Y the columns.
///
/// The masses are checked once, here, so that whatever takes a table need not check again.
#[derive(Debug, Clone, PartialEq)]
pub struct JointTable {
    rows: usize,
    columns: usize,
    mass: Vec<f64>,
}

impl JointTable {
    /// A table from its masses, row by row.
    ///
    /// # Errors
    ///
    /// If `mass` has not `rows · columns` entries, one is negative or not finite, or they do not
    /// sum to one within [`crate::SUM_TOLERANCE`].
    pub fn new(rows: usize, columns: usize, mass: Vec<f64>) -> Result<Self> {
        let expected = rows.saturating_mul(columns);
        checks::same_length("joint table", expected, mass.len())?;
        crate::checks::distribution("joint table", &mass)?;
        Ok(Self { rows, columns, mass })
    }

    /// The product distribution p(x) q(y): the table of two independent variables.
    ///
    /// # Errors
    ///
    /// If `p` or `q` is no distribution.
    pub fn independent(p: &[f64], q: &[f64]) -> Result<Self> {
        crate::checks::distribution("p", p)?;
        crate::checks::distribution("q", q)?;
        let mass = p.iter().flat_map(|px| q.iter().map(move |qy| px * qy)).collect();
        Ok(Self { rows: p.len(), columns: q.len(), mass })
    }

    /// The relative frequencies of pairs: mass(x, y) = #{i : xᵢ = x, yᵢ = y} / n.
    ///
    /// The table has as many rows as the largest x needs, and as many columns as the largest y.
    ///
    /// # Errors
    ///
    /// If there are no pairs, the slices differ in length, or the table would have more than 2²⁷
    /// cells (1 GB): labels are meant to be small, so re-number sparse ones first.
    pub fn from_pairs(x: &[usize], y: &[usize]) -> Result<Self> {
        checks::same_length("y", x.len(), y.len())?;
        let (Some(x_max), Some(y_max)) = (x.iter().max(), y.iter().max()) else {
            return Err(InfoError::Length {
                what: "pairs",
                expected: "at least one pair".into(),
                found: 0,
            });
        };
        let cells = x_max
            .checked_add(1)
            .zip(y_max.checked_add(1))
            .and_then(|(r, c)| Some((r, c, r.checked_mul(c)?)))
            .filter(|(_, _, cells)| *cells <= 1 << 27);
        let Some((rows, columns, cells)) = cells else {
            return Err(InfoError::Parameter {
                what: "largest labels",
                expected: "a table of at most 2^27 cells",
                found: (*x_max as f64 + 1.0) * (*y_max as f64 + 1.0),
            });
        };
        let mut mass = vec![0.0; cells];
        for (x, y) in x.iter().zip(y) {
            mass[x * columns + y] += 1.0;
        }
        let n = x.len() as f64;
        mass.iter_mut().for_each(|m| *m /= n);
        Ok(Self { rows, columns, mass })
    }

    /// How many values X has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many values Y has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The masses, row by row.
    #[must_use]
    pub fn mass(&self) -> &[f64] {
        &self.mass
    }

    /// The marginal p(x) = Σ_y p(x, y).
    #[must_use]
    pub fn row_marginal(&self) -> Vec<f64> {
        self.mass.chunks_exact(self.columns).map(|row| row.iter().sum()).collect()
    }

    /// The marginal p(y) = Σ_x p(x, y).
    #[must_use]
    pub fn column_marginal(&self) -> Vec<f64> {
        let mut marginal = vec![0.0; self.columns];
        for row in self.mass.chunks_exact(self.columns) {
            for (total, mass) in marginal.iter_mut().zip(row) {
                *total += mass;
            }
        }
        marginal
    }

    /// The same distribution with X and Y exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mass = (0..self.columns)
            .flat_map(|y| (0..self.rows).map(move |x| self.mass[x * self.columns + y]))
            .collect();
        Self { rows: self.columns, columns: self.rows, mass }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marginals_and_transposition_agree() {
        let table = JointTable::new(2, 3, vec![0.1, 0.2, 0.0, 0.3, 0.15, 0.25]).unwrap();
        let turned = table.transposed();
        assert_eq!((turned.rows(), turned.columns()), (3, 2));
        assert_eq!(turned.mass(), [0.1, 0.3, 0.2, 0.15, 0.0, 0.25]);
        assert_eq!(table.row_marginal(), turned.column_marginal());
        assert_eq!(table.column_marginal(), [0.4, 0.35, 0.25]);
    }

    #[test]
    fn pairs_become_frequencies() {
        let table = JointTable::from_pairs(&[0, 0, 1, 1], &[2, 2, 0, 2]).unwrap();
        assert_eq!(table.mass(), [0.0, 0.0, 0.5, 0.25, 0.0, 0.25]);
    }

    #[test]
    fn wrong_tables_are_refused() {
        assert!(JointTable::new(0, 0, vec![]).is_err());
        assert!(JointTable::new(2, 2, vec![1.0]).is_err());
        assert!(JointTable::new(1, 2, vec![0.5, 0.6]).is_err());
        assert!(JointTable::from_pairs(&[], &[]).is_err());
        assert!(JointTable::from_pairs(&[0], &[0, 1]).is_err());
        assert!(JointTable::from_pairs(&[usize::MAX], &[3]).is_err());
    }
}
