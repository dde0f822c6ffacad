//! The transportation simplex: a spanning tree that pivots until its plan is optimal.
//!
//! A basis is a spanning tree of the bipartite graph rows–columns, stored with parent links. Two
//! things make the method finite on degenerate problems, which are the usual ones (uniform masses):
//! flows are integers, so a zero flow is exactly zero, and every tree is *strongly feasible* (each
//! arc without flow points to the root), which Cunningham's choice of the leaving arc preserves
//! ("A network simplex method", 1976); then no basis ever returns.

use crate::error::{InfoError, Result};

/// A spanning tree of rows (nodes `0..rows`) and columns (the nodes after), rooted at row 0.
pub(crate) struct SpanningTree<'a> {
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
    /// The staircase start, of positive masses with equal sums. When a row and a column run out together the row advances, so that
    /// the arc without flow goes up from the new row: the tree is strongly feasible. (The last
    /// row never runs out early, because the integer masses sum to the same.)
    pub(crate) fn north_west_corner(
        row_mass: &[i64],
        column_mass: &[i64],
        cost: &'a [f64],
    ) -> Self {
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
    pub(crate) fn optimize(&mut self) -> Result<()> {
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

    /// The dual variable of a row.
    pub(crate) fn row_potential(&self, row: usize) -> f64 {
        self.potential[row]
    }

    /// The dual variable of a column.
    pub(crate) fn column_potential(&self, column: usize) -> f64 {
        self.potential[self.rows + column]
    }

    /// The arcs that carry mass, as (row, column, units).
    pub(crate) fn flows(&self) -> impl Iterator<Item = (usize, usize, i64)> + '_ {
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
mod tests {
    use super::*;

    #[test]
    fn every_tree_on_the_way_is_strongly_feasible() {
        // Equal masses and three distinct costs: nearly every pivot moves nothing.
        let n = 30;
        let cost: Vec<f64> = (0..n * n).map(|c| (c * c % 101 % 3) as f64).collect();
        let mass = vec![1i64; n];
        let mut tree = SpanningTree::north_west_corner(&mass, &mass, &cost);
        let (mut row, mut pivots) = (0, 0);
        loop {
            let arcs = || (1..2 * n).map(|node| (node, tree.flow[node]));
            // An arc goes from a row to a column; upwards if the row is the child.
            assert!(arcs().all(|(node, flow)| flow > 0 || flow == 0 && node < n), "{pivots}");
            assert_eq!(tree.flows().map(|f| f.2).sum::<i64>(), n as i64);
            let Some((i, j)) = tree.entering(&mut row, 1e-12) else { break };
            tree.pivot(i, n + j);
            pivots += 1;
        }
        assert!(pivots > 20, "{pivots}");
    }
}
