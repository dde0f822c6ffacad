//! How far the k-th nearest sample is: what estimates of entropy from samples are made of.

use rayon::prelude::*;

use crate::checks;
use crate::error::{Result, StatisticsError};

/// For each sample the distance to its k-th nearest other one, the largest difference in any
/// coordinate (Chebyshev's). Samples are `dim` numbers each; time O(n² dim), on all threads.
///
/// ```
/// # fn main() -> Result<(), gan_statistics::StatisticsError> {
/// let line = [0.0, 1.0, 3.0];
/// assert_eq!(gan_statistics::kth_distances_within(&line, 1, 1)?, [1.0, 1.0, 2.0]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If a number is not finite, the length is no multiple of `dim`, or `k` is not in 1..n.
pub fn kth_distances_within(samples: &[f64], dim: usize, k: usize) -> Result<Vec<f64>> {
    let n = checks::samples("samples", samples, dim, 2)?;
    check_k(k, n - 1)?;
    let of = |(i, query)| kth(query, samples.chunks_exact(dim).enumerate(), Some(i), k);
    Ok(samples.par_chunks_exact(dim).enumerate().map(of).collect())
}

/// For each of `queries` the distance to its k-th nearest of `samples`, as
/// [`kth_distances_within`]; a sample at the query's own place counts.
///
/// # Errors
///
/// If a number is not finite, a length is no multiple of `dim`, or `k` is not in 1..=n.
pub fn kth_distances(queries: &[f64], samples: &[f64], dim: usize, k: usize) -> Result<Vec<f64>> {
    checks::samples("queries", queries, dim, 1)?;
    let n = checks::samples("samples", samples, dim, 1)?;
    check_k(k, n)?;
    let of = |query| kth(query, samples.chunks_exact(dim).enumerate(), None, k);
    Ok(queries.par_chunks_exact(dim).map(of).collect())
}

fn check_k(k: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&k) {
        return Ok(());
    }
    let expected = "at least 1 and at most the number of other samples";
    Err(StatisticsError::Parameter { what: "k", expected, found: k as f64 })
}

/// The k-th smallest distance, all but that of sample number `own`.
fn kth<'a>(
    query: &[f64],
    samples: impl Iterator<Item = (usize, &'a [f64])>,
    own: Option<usize>,
    k: usize,
) -> f64 {
    let chebyshev =
        |other: &[f64]| query.iter().zip(other).fold(0.0, |d: f64, (a, b)| d.max((a - b).abs()));
    let others = samples.filter(|(j, _)| Some(*j) != own);
    let mut distances: Vec<f64> = others.map(|(_, other)| chebyshev(other)).collect();
    *distances.select_nth_unstable_by(k - 1, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_in_the_plane() {
        let square = [0.0, 0.0, 3.0, 1.0, 0.0, 5.0];
        assert_eq!(kth_distances_within(&square, 2, 1).unwrap(), [3.0, 3.0, 4.0]);
        assert_eq!(kth_distances_within(&square, 2, 2).unwrap(), [5.0, 4.0, 5.0]);
        let found = kth_distances(&[0.0, 0.0, 4.0, 4.0], &square, 2, 1).unwrap();
        assert_eq!(found, [0.0, 3.0]);
        assert_eq!(kth_distances(&[0.0, 0.0], &square, 2, 3).unwrap(), [5.0]);
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(kth_distances_within(&[1.0, 2.0], 1, 2).is_err());
        assert!(kth_distances_within(&[1.0], 1, 1).is_err());
        assert!(kth_distances_within(&[1.0, f64::NAN], 1, 1).is_err());
        assert!(kth_distances(&[1.0], &[1.0, 2.0], 1, 3).is_err());
        assert!(kth_distances(&[1.0], &[1.0, 2.0], 1, 0).is_err());
    }
}
