//! Exact optimal transport between finite distributions, for any cost, by the transportation simplex.
//!
//! A basis is a spanning tree of the bipartite graph rows–columns, stored with parent links. Two
//! things make the method finite on degenerate problems, which are the usual ones (uniform masses):
//! masses are integers (multiples of 2⁻⁶⁰ of the total), so a zero flow is exactly zero, and every
//! tree is *strongly feasible* (each arc without flow points to the root), which Cunningham's choice
//! of the leaving arc preserves ("A network simplex method", 1976); then no basis ever returns.

use crate::checks;
use crate::error::{InfoError, Result};

/// An optimal transport plan with its proof of optimality.
///
/// For every cell cost ≥ `row_potentials[i] + column_potentials[j]`, with equality where the plan
/// moves mass; so cost = Σ supply · row potential + Σ demand · column potential (strong duality).
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    /// The least total cost Σ plan · cost, in the unit of the costs times that of the masses.
    pub cost: f64,
    /// How much goes from row i to column j, row by row.
    pub plan: Vec<f64>,
    /// The dual variable of each supply (up to a constant added here and taken from the columns).
    pub row_potentials: Vec<f64>,
    /// The dual variable of each demand.
    pub column_potentials: Vec<f64>,
}

/// The cheapest way to turn `supply` into `demand`: min Σᵢⱼ πᵢⱼ cᵢⱼ with the given marginals.
///
/// With masses that sum to one and a metric as cost this is the earth mover's distance, the
/// infimum in arXiv 1701.07875, equation 1. `cost` has a row per supply and a column per demand,
/// row by row, and may be negative. Exact up to the rounding of f64: masses are rounded to 2⁻⁶⁰ of
/// the total and the plan is optimal for them to within 10⁻¹² of the largest cost. A 200 × 200
/// problem takes milliseconds; memory is that of the plan.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// let cost = [0.0, 1.0, 2.0,
///             1.0, 0.0, 1.0];
/// let best = gan_info::optimal_transport(&[0.5, 0.5], &[0.25, 0.25, 0.5], &cost)?;
/// assert_eq!(best.cost, 0.75);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If a mass is negative or not finite, a side has no mass, the two totals differ by more than
/// 10⁻⁹ of themselves, `cost` has not supplies · demands entries, or one is not finite.
pub fn optimal_transport(supply: &[f64], demand: &[f64], cost: &[f64]) -> Result<Transport> {
    let total = checks::masses("supply", supply)?;
    let asked = checks::masses("demand", demand)?;
    if (total - asked).abs() > checks::SUM_TOLERANCE * total {
        return Err(InfoError::Sum { what: "demand", expected: total, found: asked });
    }
    let (rows, columns) = (supply.len(), demand.len());
    let cells = rows.checked_mul(columns).unwrap_or(usize::MAX);
    checks::same_length("cost", cells, cost.len())?;
    checks::finite("cost", cost)?;

    let (row_mass, active_rows) = quantized(supply, total);
    let (column_mass, active_columns) = quantized(demand, asked);
    let active_cost: Vec<f64> = active_rows
        .iter()
        .flat_map(|i| active_columns.iter().map(move |j| cost[i * columns + j]))
        .collect();
    let mut tree = SpanningTree::north_west_corner(&row_mass, &column_mass, &active_cost);
    tree.optimize()?;

    let mut plan = vec![0.0; cells];
    for (i, j, flow) in tree.flows() {
        plan[active_rows[i] * columns + active_columns[j]] = flow as f64 / UNITS as f64 * total;
    }
    let mut row_potentials = vec![f64::NAN; rows];
    let mut column_potentials = vec![f64::NAN; columns];
    for (i, row) in active_rows.iter().enumerate() {
        row_potentials[*row] = tree.potential[i];
    }
    for (j, column) in active_columns.iter().enumerate() {
        column_potentials[*column] = tree.potential[tree.rows + j];
    }
    // What carries no mass took no part; give it the largest potential that stays feasible.
    for i in (0..rows).filter(|i| is_inactive(&active_rows, *i)) {
        row_potentials[i] = active_columns
            .iter()
            .map(|j| cost[i * columns + j] - column_potentials[*j])
            .fold(f64::INFINITY, f64::min);
    }
    for j in (0..columns).filter(|j| is_inactive(&active_columns, *j)) {
        column_potentials[j] = (0..rows)
            .map(|i| cost[i * columns + j] - row_potentials[i])
            .fold(f64::INFINITY, f64::min);
    }
    let cost = plan.iter().zip(cost).map(|(flow, cost)| flow * cost).sum();
    Ok(Transport { cost, plan, row_potentials, column_potentials })
}

/// The total mass in integer units.
const UNITS: i64 = 1 << 60;

/// Whether a row or column carries no mass; `active` is sorted.
fn is_inactive(active: &[usize], index: usize) -> bool {
    active.binary_search(&index).is_err()
}

/// Masses in units that sum to [`UNITS`] exactly, without the zeros; and where they came from.
fn quantized(masses: &[f64], total: f64) -> (Vec<i64>, Vec<usize>) {
    let mut units: Vec<i64> =
        masses.iter().map(|m| (m / total * UNITS as f64).round() as i64).collect();
    let missing = UNITS - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += missing;
    }
    let active: Vec<usize> = (0..units.len()).filter(|i| units[*i] > 0).collect();
    (active.iter().map(|i| units[*i]).collect(), active)
}

/// A spanning tree of rows (nodes `0..rows`) and columns (the nodes after), rooted at row 0.
struct SpanningTree<'a> {
    rows: usize,
    columns: usize,
    cost: &'a [f64],
    parent: Vec<usize>,
    children: Vec<Vec<usize>>,
    depth: Vec<usize>,
    /// The flow on the arc between a node and its parent.
    flow: Vec<i64>,
    /// cost = potential(row) + potential(column) on every arc of the tree.
    potential: Vec<f64>,
}

/// Where an arc may leave the tree.
struct Leaving {
    node: usize,
    flow: i64,
    on_column_side: bool,
}

const NO_PARENT: usize = usize::MAX;

impl<'a> SpanningTree<'a> {
    /// The staircase start. When a row and a column run out together the row advances, so that
    /// the arc without flow goes up from the new row: the tree is strongly feasible. (The last
    /// row never runs out early, because the integer masses sum to the same.)
    fn north_west_corner(row_mass: &[i64], column_mass: &[i64], cost: &'a [f64]) -> Self {
        let (rows, columns) = (row_mass.len(), column_mass.len());
        let nodes = rows + columns;
        let mut tree = Self {
            rows,
            columns,
            cost,
            parent: vec![NO_PARENT; nodes],
            children: vec![Vec::new(); nodes],
            depth: vec![0; nodes],
            flow: vec![0; nodes],
            potential: vec![0.0; nodes],
        };
        let (mut i, mut j) = (0, 0);
        let (mut left_row, mut left_column) = (row_mass[0], column_mass[0]);
        let mut new_node = rows; // column 0 hangs below row 0
        loop {
            let moved = left_row.min(left_column);
            left_row -= moved;
            left_column -= moved;
            let above = if new_node < rows { rows + j } else { i };
            tree.attach(new_node, above, moved);
            if left_row == 0 && i + 1 < rows {
                i += 1;
                left_row = row_mass[i];
                new_node = i;
            } else if j + 1 < columns {
                j += 1;
                left_column = column_mass[j];
                new_node = rows + j;
            } else {
                break;
            }
        }
        tree.refresh_below(0);
        tree
    }

    fn attach(&mut self, node: usize, parent: usize, flow: i64) {
        self.parent[node] = parent;
        self.children[parent].push(node);
        self.flow[node] = flow;
    }

    fn detach(&mut self, node: usize) {
        let siblings = &mut self.children[self.parent[node]];
        if let Some(place) = siblings.iter().position(|s| *s == node) {
            siblings.swap_remove(place);
        }
    }

    fn arc_cost(&self, a: usize, b: usize) -> f64 {
        let (row, column) = (a.min(b), a.max(b) - self.rows);
        self.cost[row * self.columns + column]
    }

    /// Depths and potentials of a subtree from its parent's; computing them afresh keeps the
    /// rounding error that of one path, however many pivots there were.
    fn refresh_below(&mut self, top: usize) {
        let mut pending = vec![top];
        while let Some(node) = pending.pop() {
            let parent = self.parent[node];
            if parent != NO_PARENT {
                self.depth[node] = self.depth[parent] + 1;
                self.potential[node] = self.arc_cost(node, parent) - self.potential[parent];
            }
            pending.extend_from_slice(&self.children[node]);
        }
    }

    /// Pivots until no cell's reduced cost is negative.
    fn optimize(&mut self) -> Result<()> {
        let largest = self.cost.iter().fold(0.0, |a: f64, c| a.max(c.abs()));
        let tolerance = 1e-13 * largest;
        let nodes = self.rows + self.columns;
        // Never needed in theory with exact costs; a guard against the rounding of potentials.
        let limit = 1000 + 100 * nodes * (nodes.ilog2() as usize + 1) + 10 * self.cost.len();
        let mut row = 0;
        for _ in 0..limit {
            let Some(cell) = self.entering(&mut row, tolerance) else {
                return Ok(());
            };
            self.pivot(cell.0, self.rows + cell.1);
        }
        Err(InfoError::Unfinished { what: "transportation simplex", limit })
    }

    /// The cell of most negative reduced cost in the first few rows that have any, in turn.
    fn entering(&self, row: &mut usize, tolerance: f64) -> Option<(usize, usize)> {
        let rows_at_once = 1 + 256 / self.columns;
        let mut best = (-tolerance, None);
        for seen in 1..=self.rows {
            let i = *row;
            *row = (i + 1) % self.rows;
            let costs = &self.cost[i * self.columns..(i + 1) * self.columns];
            for (j, cost) in costs.iter().enumerate() {
                let reduced = cost - self.potential[i] - self.potential[self.rows + j];
                if reduced < best.0 {
                    best = (reduced, Some((i, j)));
                }
            }
            if best.1.is_some() && seen % rows_at_once == 0 {
                break;
            }
        }
        best.1
    }

    /// Sends as much as possible round the cycle that the arc row → column closes, and swaps that
    /// arc for the last blocking one of the cycle, counted from its top in the arc's direction.
    fn pivot(&mut self, row: usize, column: usize) {
        let top = self.common_ancestor(row, column);
        // On the row's side flow falls on arcs above rows, on the column's side above columns.
        let mut leaving: Option<Leaving> = None;
        let mut node = row;
        while node != top {
            if node < self.rows && leaving.as_ref().is_none_or(|l| self.flow[node] < l.flow) {
                leaving = Some(Leaving { node, flow: self.flow[node], on_column_side: false });
            }
            node = self.parent[node];
        }
        node = column;
        while node != top {
            // <= here, < above: the last blocking arc in the cycle's direction.
            if node >= self.rows && leaving.as_ref().is_none_or(|l| self.flow[node] <= l.flow) {
                leaving = Some(Leaving { node, flow: self.flow[node], on_column_side: true });
            }
            node = self.parent[node];
        }
        // A row and a column that are not joined yet have an arc that falls between them.
        let Some(leaving) = leaving else { return };
        self.shift(row, top, leaving.flow);
        self.shift(column, top, leaving.flow);
        let (end, other) = if leaving.on_column_side { (column, row) } else { (row, column) };
        self.rehang(end, other, leaving.flow, leaving.node);
    }

    fn common_ancestor(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if self.depth[a] >= self.depth[b] {
                a = self.parent[a];
            } else {
                b = self.parent[b];
            }
        }
        a
    }

    /// Changes the flow on the path from one end of the entering arc up to the top of the cycle:
    /// arcs above nodes of the end's own kind lose, the others gain.
    fn shift(&mut self, end: usize, top: usize, amount: i64) {
        let end_is_row = end < self.rows;
        let mut node = end;
        while node != top {
            if (node < self.rows) == end_is_row {
                self.flow[node] -= amount;
            } else {
                self.flow[node] += amount;
            }
            node = self.parent[node];
        }
    }

    /// Hangs the part of the tree below `cut` under `new_parent`, by its node `end`.
    fn rehang(&mut self, end: usize, new_parent: usize, new_flow: i64, cut: usize) {
        let (mut node, mut above, mut flow) = (end, new_parent, new_flow);
        loop {
            let (old_parent, old_flow) = (self.parent[node], self.flow[node]);
            self.detach(node);
            self.attach(node, above, flow);
            if node == cut {
                break;
            }
            (node, above, flow) = (old_parent, node, old_flow);
        }
        self.refresh_below(end);
    }

    /// The arcs that carry mass, as (row, column, units).
    fn flows(&self) -> impl Iterator<Item = (usize, usize, i64)> + '_ {
        (0..self.parent.len())
            .filter(|node| self.parent[*node] != NO_PARENT && self.flow[*node] > 0)
            .map(|node| {
                let parent = self.parent[node];
                let (row, column) = (node.min(parent), node.max(parent) - self.rows);
                (row, column, self.flow[node])
            })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Marginals hold, the potentials are feasible, and both objectives agree.
    fn assert_optimal(supply: &[f64], demand: &[f64], cost: &[f64], best: &Transport) {
        let scale = cost.iter().fold(0.0, |a: f64, c| a.max(c.abs()));
        let total: f64 = supply.iter().sum();
        let columns = demand.len();
        for (i, row) in best.plan.chunks_exact(columns).enumerate() {
            assert!((row.iter().sum::<f64>() - supply[i]).abs() <= 1e-14 * total);
        }
        for (j, asked) in demand.iter().enumerate() {
            let given: f64 = best.plan.iter().skip(j).step_by(columns).sum();
            assert!((given - asked).abs() <= 1e-14 * total);
        }
        for (cell, cost) in cost.iter().enumerate() {
            let (i, j) = (cell / columns, cell % columns);
            let bound = best.row_potentials[i] + best.column_potentials[j];
            assert!(bound <= cost + 1e-12 * scale, "cell {i} {j}");
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let dual = dot(supply, &best.row_potentials) + dot(demand, &best.column_potentials);
        assert!((dual - best.cost).abs() <= 1e-11 * scale * total, "{dual} {}", best.cost);
    }

    #[test]
    fn two_hundred_by_two_hundred_is_proved_optimal() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let n = 200;
        let random = |rng: &mut ChaCha8Rng, n: usize| -> Vec<f64> {
            (0..n).map(|_| rng.random::<f64>()).collect()
        };
        let uniform = vec![1.0 / n as f64; n];
        let p = crate::normalized(&random(&mut rng, n)).unwrap();
        let q = crate::normalized(&random(&mut rng, n)).unwrap();
        let any = random(&mut rng, n * n);
        // Few distinct costs and equal masses: as degenerate as it gets.
        let ties: Vec<f64> = any.iter().map(|c| (c * 3.0).floor()).collect();
        for (p, q, cost) in [
            (&uniform, &uniform, &any),
            (&p, &q, &any),
            (&uniform, &uniform, &ties),
            (&p, &uniform, &ties),
        ] {
            let start = std::time::Instant::now();
            let best = optimal_transport(p, q, cost).unwrap();
            assert!(start.elapsed().as_secs_f64() < 5.0);
            assert_optimal(p, q, cost, &best);
        }
    }

    #[test]
    fn assignment_by_brute_force() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for _ in 0..200 {
            let cost: Vec<f64> = (0..9).map(|_| rng.random_range(-4..5) as f64).collect();
            let best = optimal_transport(&[1.0; 3], &[1.0; 3], &cost).unwrap();
            let brute = orders
                .iter()
                .map(|o| (0..3).map(|i| cost[i * 3 + o[i]]).sum::<f64>())
                .fold(f64::INFINITY, f64::min);
            assert!((best.cost - brute).abs() < 1e-12);
            assert_optimal(&[1.0; 3], &[1.0; 3], &cost, &best);
        }
    }

    #[test]
    fn points_without_mass_get_feasible_potentials() {
        let (p, q) = ([0.0, 0.5, 0.5, 0.0], [0.0, 1.0, 0.0]);
        let cost = [-9.0, 3.0, -2.0, 5.0, 1.0, -7.0, 0.0, 2.0, 4.0, -1.0, -8.0, 6.0];
        let best = optimal_transport(&p, &q, &cost).unwrap();
        assert_eq!(best.cost, 1.5);
        assert_optimal(&p, &q, &cost, &best);
    }

    #[test]
    fn one_by_one_and_any_total() {
        let best = optimal_transport(&[7.0], &[7.0], &[-2.0]).unwrap();
        assert_eq!((best.cost, best.plan), (-14.0, vec![7.0]));
    }

    #[test]
    fn bad_input_is_an_error() {
        let refused = |p: &[f64], q: &[f64], c: &[f64]| optimal_transport(p, q, c).is_err();
        assert!(refused(&[], &[1.0], &[]));
        assert!(refused(&[0.0], &[0.0], &[1.0]));
        assert!(refused(&[1.0], &[0.5], &[1.0]));
        assert!(refused(&[1.0], &[1.0], &[1.0, 2.0]));
        assert!(refused(&[1.0], &[1.0], &[f64::INFINITY]));
        assert!(refused(&[2.0, -1.0], &[1.0], &[0.0, 0.0]));
    }
}
