//! The nearest of many: exact, with no more of them in memory than a tile.

use rayon::prelude::*;
use std::ops::Range;

/// Values of the many that are in memory at once.
const TILE: usize = 1 << 21;

/// One of the many, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its number.
    pub index: usize,
    /// Sum of squared differences of all values.
    pub distance: f64,
}

/// Reads rows number `range` of the many into a buffer, one after the other.
pub type ReadRows<'a, E> = dyn FnMut(Range<usize>, &mut [f32]) -> Result<(), E> + 'a;

/// How many rows of `width` values a tile has.
pub fn rows_of_a_tile(width: usize) -> usize {
    (TILE / width.max(1)).max(1)
}

/// For each of `queries`, rows of `width` values, the `k` nearest of `count` rows, the nearest
/// first and of equals the first; fewer where there are fewer. Rows are read once, in order.
///
/// # Errors
/// Those of `read`.
pub fn nearest<E>(
    queries: &[f32],
    width: usize,
    k: usize,
    count: usize,
    read: &mut ReadRows<'_, E>,
) -> Result<Vec<Vec<Neighbor>>, E> {
    let width = width.max(1);
    let tile = rows_of_a_tile(width).min(count.max(1));
    let mut best = vec![Vec::with_capacity(k + 1); queries.len() / width];
    let mut rows = vec![0.0; tile * width];
    for start in (0..count).step_by(tile) {
        let range = start..(start + tile).min(count);
        let rows = &mut rows[..range.len() * width];
        read(range, rows)?;
        let rows = &*rows;
        best.par_iter_mut().zip(queries.par_chunks_exact(width)).for_each(|(best, query)| {
            for (offset, row) in rows.chunks_exact(width).enumerate() {
                let worst = match best.get(k.wrapping_sub(1)) {
                    Some(Neighbor { distance, .. }) => *distance,
                    None => f64::INFINITY,
                };
                if let Some(distance) = closer(query, row, worst) {
                    let at = best.partition_point(|n: &Neighbor| n.distance <= distance);
                    best.insert(at, Neighbor { index: start + offset, distance });
                    best.truncate(k);
                }
            }
        });
    }
    Ok(best)
}

/// The squared distance, if it is below `than`; gives up as soon as it is not.
fn closer(a: &[f32], b: &[f32], than: f64) -> Option<f64> {
    let mut sum = 0.0;
    for (a, b) in a.chunks(256).zip(b.chunks(256)) {
        sum += f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>());
        if sum >= than {
            return None;
        }
    }
    (sum < than).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn rows(count: usize, width: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Coarse values, so that there are equals.
        (0..count * width).map(|_| (4.0 * rng.random::<f32>()).floor()).collect()
    }

    #[test]
    fn the_same_as_sorting_everything() {
        // More rows than a tile holds.
        let (width, count) = (700, 5000);
        assert!(rows_of_a_tile(width) < count);
        let (many, queries) = (rows(count, width, 1), rows(3, width, 2));
        let mut read = |range: Range<usize>, out: &mut [f32]| {
            out.copy_from_slice(&many[range.start * width..range.end * width]);
            Ok::<_, ()>(())
        };
        let found = nearest(&queries, width, 4, count, &mut read).unwrap();
        for (query, found) in queries.chunks(width).zip(&found) {
            let distance = |row: &[f32]| {
                row.iter().zip(query).map(|(a, b)| f64::from((a - b).powi(2))).sum::<f64>()
            };
            let mut all: Vec<(f64, usize)> =
                many.chunks(width).enumerate().map(|(i, row)| (distance(row), i)).collect();
            all.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let expected: Vec<(f64, usize)> = all[..4].to_vec();
            let found: Vec<(f64, usize)> = found.iter().map(|n| (n.distance, n.index)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn few_rows_and_no_neighbors() {
        let mut read = |_: Range<usize>, out: &mut [f32]| {
            out.copy_from_slice(&[1.0, 1.0, 0.0]);
            Ok::<_, ()>(())
        };
        let found = nearest(&[0.9], 1, 5, 3, &mut read).unwrap();
        assert_eq!(found[0].iter().map(|n| n.index).collect::<Vec<_>>(), [0, 1, 2]);
        let none = nearest(&[0.9], 1, 0, 3, &mut read).unwrap();
        assert!(none[0].is_empty());
        assert!(nearest(&[0.9], 1, 2, 0, &mut read).unwrap()[0].is_empty());
    }
}
