//! Zero-sum matrix games: mixed strategies from which neither player wants to move.

use gan_statistics::checks;

use crate::error::{InfoError, Result};

/// A Nash equilibrium of a zero-sum matrix game.
#[derive(Debug, Clone, PartialEq)]
pub struct Equilibrium {
    /// How often the row player, who wants the payoff large, plays each row.
    pub row_strategy: Vec<f64>,
    /// How often the column player, who wants it small, plays each column.
    pub column_strategy: Vec<f64>,
    /// The payoff both can force, in the unit of the payoffs.
    pub value: f64,
}

/// How far from the saddle, relative to the spread of payoffs, a solution may be.
const SADDLE_TOLERANCE: f64 = 1e-9;

/// The expected payoff pᵀ A q, in the unit of the payoffs, for `payoff` A row by row.
///
/// # Errors
///
/// If a strategy is no distribution, `payoff` has not rows · columns entries, or one is not finite.
pub fn expected_payoff(payoff: &[f64], p: &[f64], q: &[f64]) -> Result<f64> {
    crate::checks::distribution("row strategy", p)?;
    crate::checks::distribution("column strategy", q)?;
    let cells = p.len().saturating_mul(q.len());
    checks::same_length("payoff", cells, payoff.len())?;
    checks::finite("payoff", payoff)?;
    Ok(payoff.chunks_exact(q.len()).zip(p).map(|(row, p)| p * dot(row, q)).sum())
}

/// A Nash equilibrium of the game with payoffs A, row by row, to the row player:
/// max over p of min over q of pᵀ A q = min over q of max over p of pᵀ A q.
///
/// von Neumann's minimax theorem (1928), by the linear program max Σ y subject to A′ y ≤ 1, y ≥ 0
/// (Dantzig 1951), whose dual solution is the row player's; A′ is A moved and scaled into [1, 2].
/// Exact to rounding: the saddle inequalities (p′)ᵀ A q ≤ value ≤ pᵀ A q′ are checked to 10⁻⁹ of
/// the spread of payoffs before anything is returned. Games may have many equilibria; this is one.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// let rock_paper_scissors = [0.0, -1.0, 1.0,
///                            1.0, 0.0, -1.0,
///                            -1.0, 1.0, 0.0];
/// let game = gan_info::solve_matrix_game(&rock_paper_scissors, 3, 3)?;
/// assert!(game.value.abs() < 1e-15);
/// assert!(game.row_strategy.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-15));
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If there is no cell, the length is not rows · columns, a payoff is not finite, or rounding kept
/// the simplex method from the optimum.
pub fn solve_matrix_game(payoff: &[f64], rows: usize, columns: usize) -> Result<Equilibrium> {
    let cells = rows.saturating_mul(columns);
    checks::same_length("payoff", cells, payoff.len())?;
    checks::finite("payoff", payoff)?;
    let low = payoff.iter().copied().fold(f64::INFINITY, f64::min);
    let high = payoff.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let spread = high - low;
    checks::finite("spread of payoffs", &[spread])?;
    if spread == 0.0 {
        return Ok(Equilibrium {
            row_strategy: vec![1.0 / rows as f64; rows],
            column_strategy: vec![1.0 / columns as f64; columns],
            value: low,
        });
    }
    let scaled = payoff.iter().map(|a| 1.0 + (a - low) / spread);
    let mut tableau = Tableau::new(scaled, rows, columns);
    tableau.optimize()?;
    let (p, q) = tableau.strategies();
    // Of the two guarantees, which agree to rounding, the middle.
    let worst_for_rows = (0..columns)
        .map(|j| (0..rows).map(|i| p[i] * payoff[i * columns + j]).sum())
        .fold(f64::INFINITY, f64::min);
    let worst_for_columns =
        payoff.chunks_exact(columns).map(|row| dot(row, &q)).fold(f64::NEG_INFINITY, f64::max);
    let gap = (worst_for_columns - worst_for_rows).abs();
    if gap.is_nan() || gap > SADDLE_TOLERANCE * spread {
        return Err(InfoError::Parameter {
            what: "gap between the players' guarantees",
            expected: "at most 1e-9 of the spread of payoffs",
            found: gap,
        });
    }
    Ok(Equilibrium {
        value: 0.5 * (worst_for_rows + worst_for_columns),
        row_strategy: p,
        column_strategy: q,
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The simplex tableau of max Σ y, A y + s = 1; the last row holds the reduced costs, the last
/// column the right-hand side.
struct Tableau {
    rows: usize,
    columns: usize,
    width: usize,
    cells: Vec<f64>,
    /// Which variable each row stands for: y below `columns`, slacks from there on.
    basis: Vec<usize>,
}

impl Tableau {
    fn new(payoff: impl Iterator<Item = f64>, rows: usize, columns: usize) -> Self {
        let width = columns + rows + 1;
        let mut cells = vec![0.0; (rows + 1) * width];
        for (cell, a) in payoff.enumerate() {
            cells[cell / columns * width + cell % columns] = a;
        }
        for i in 0..rows {
            cells[i * width + columns + i] = 1.0;
            cells[i * width + width - 1] = 1.0;
        }
        cells[rows * width..rows * width + columns].fill(-1.0);
        Self { rows, columns, width, cells, basis: (columns..columns + rows).collect() }
    }

    fn optimize(&mut self) -> Result<()> {
        let size = self.rows + self.columns;
        let limit = 1000 + 50 * size * size;
        let mut stalled = 0;
        for _ in 0..limit {
            // Dantzig's rule is fast but may cycle; Bland's cannot, so it ends every stall.
            let Some(entering) = self.entering(stalled > size) else {
                return Ok(());
            };
            let Some(leaving) = self.leaving(entering) else {
                break; // unbounded: impossible with payoffs of at least one
            };
            let last = self.width - 1;
            let gain = self.cells[leaving * self.width + last];
            stalled = if gain > 1e-14 { 0 } else { stalled + 1 };
            self.pivot(leaving, entering);
        }
        Err(InfoError::Unfinished { what: "simplex method of the matrix game", limit })
    }

    fn entering(&self, bland: bool) -> Option<usize> {
        let costs = &self.cells[self.rows * self.width..][..self.width - 1];
        let candidates = || costs.iter().enumerate().filter(|(_, c)| **c < -1e-13);
        if bland { candidates().next() } else { candidates().min_by(|a, b| a.1.total_cmp(b.1)) }
            .map(|(column, _)| column)
    }

    /// The row of least ratio; of equal ones that of the least variable, as Bland's rule asks.
    fn leaving(&self, entering: usize) -> Option<usize> {
        let at = |i: usize, j: usize| self.cells[i * self.width + j];
        (0..self.rows)
            .filter(|i| at(*i, entering) > 1e-12)
            .map(|i| (at(i, self.width - 1) / at(i, entering), self.basis[i], i))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, _, row)| row)
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let width = self.width;
        let divisor = self.cells[row * width + column];
        let pivot_row: Vec<f64> =
            self.cells[row * width..(row + 1) * width].iter().map(|c| c / divisor).collect();
        for (i, line) in self.cells.chunks_exact_mut(width).enumerate() {
            if i == row {
                line.copy_from_slice(&pivot_row);
                continue;
            }
            let factor = line[column];
            if factor != 0.0 {
                for (cell, pivot) in line.iter_mut().zip(&pivot_row) {
                    *cell -= factor * pivot;
                }
                line[column] = 0.0;
            }
        }
        self.basis[row] = column;
    }

    /// Primal (columns) and dual (rows) solution, each scaled to sum to one.
    fn strategies(&self) -> (Vec<f64>, Vec<f64>) {
        let scaled = |mut weights: Vec<f64>| {
            weights.iter_mut().for_each(|w| *w = w.max(0.0));
            let total: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= total);
            weights
        };
        let mut y = vec![0.0; self.columns];
        for (i, variable) in self.basis.iter().enumerate() {
            if let Some(y) = y.get_mut(*variable) {
                *y = self.cells[i * self.width + self.width - 1];
            }
        }
        let start = self.rows * self.width + self.columns;
        let x = self.cells[start..start + self.rows].to_vec();
        (scaled(x), scaled(y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_closed_form() {
        // Without a saddle point: p = (d − c)/(a + d − b − c), value = (ad − bc)/(a + d − b − c).
        let (a, b, c, d) = (3.0, -1.0, -2.0, 4.0);
        let game = solve_matrix_game(&[a, b, c, d], 2, 2).unwrap();
        assert!((game.row_strategy[0] - 0.6).abs() < 1e-14);
        assert!((game.column_strategy[0] - 0.5).abs() < 1e-14);
        assert!((game.value - 1.0).abs() < 1e-14);
        let payoff = expected_payoff(&[a, b, c, d], &game.row_strategy, &game.column_strategy);
        assert!((payoff.unwrap() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_saddle_point_is_played_purely() {
        let game = solve_matrix_game(&[5.0, 3.0, 6.0, 2.0, 1.0, 9.0], 2, 3).unwrap();
        assert_eq!(game.row_strategy, [1.0, 0.0]);
        assert_eq!(game.column_strategy, [0.0, 1.0, 0.0]);
        assert_eq!(game.value, 3.0);
    }

    #[test]
    fn colonel_blotto_is_degenerate_and_solved() {
        // Six soldiers on three fields: all splits; +1, 0 or −1 by fields won. Value 0 by symmetry.
        let splits: Vec<[i32; 3]> =
            (0..=6).flat_map(|a| (0..=6 - a).map(move |b| [a, b, 6 - a - b])).collect();
        let n = splits.len();
        let payoff: Vec<f64> = splits
            .iter()
            .flat_map(|x| splits.iter().map(move |y| (x, y)))
            .map(|(x, y)| {
                let fields: i32 = (0..3).map(|i| (x[i] - y[i]).signum()).sum();
                f64::from(fields.signum())
            })
            .collect();
        let game = solve_matrix_game(&payoff, n, n).unwrap();
        assert!(game.value.abs() < 1e-12);
    }

    #[test]
    fn constant_and_one_cell_games() {
        let same = solve_matrix_game(&[7.0; 6], 2, 3).unwrap();
        assert_eq!((same.value, same.row_strategy), (7.0, vec![0.5; 2]));
        assert_eq!(solve_matrix_game(&[-3.0], 1, 1).unwrap().value, -3.0);
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(solve_matrix_game(&[], 0, 0).is_err());
        assert!(solve_matrix_game(&[1.0], 1, 2).is_err());
        assert!(solve_matrix_game(&[1.0, f64::NAN], 1, 2).is_err());
        assert!(solve_matrix_game(&[f64::MAX, f64::MIN], 1, 2).is_err());
        assert!(expected_payoff(&[1.0], &[0.5], &[1.0]).is_err());
        assert!(expected_payoff(&[1.0, 2.0], &[1.0], &[1.0]).is_err());
    }
}
