//! Do two sequences rise and fall together? Spearman's rank correlation.

use crate::checks;
use crate::error::{Result, StatisticsError};

/// Spearman's ρ: Pearson's correlation of the ranks, in [−1, 1]; equal values share the mean of
/// their ranks.
///
/// ```
/// # fn main() -> Result<(), gan_statistics::StatisticsError> {
/// // Any rising curve has 1.
/// assert_eq!(gan_statistics::rank_correlation(&[1.0, 2.0, 4.0], &[0.1, 0.2, 9.0])?, 1.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If there are fewer than two pairs, the lengths differ, a number is not finite, or all values of
/// a side are equal: nothing rises or falls then.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> Result<f64> {
    checks::samples("x", x, 1, 2)?;
    checks::samples("y", y, 1, 2)?;
    checks::same_length("y", x.len(), y.len())?;
    let (a, b) = (ranks(x), ranks(y));
    let middle = (x.len() as f64 + 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum()
    };
    for (what, ranks) in [("x", &a), ("y", &b)] {
        if sum(ranks, ranks) == 0.0 {
            let expected = "values that differ";
            return Err(StatisticsError::Parameter { what, expected, found: x[0] });
        }
    }
    Ok(sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt())
}

/// Ranks from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let value = values[order[first]];
        let after = order[first..].iter().take_while(|i| values[**i] == value).count() + first;
        let shared = (first + 1 + after) as f64 / 2.0;
        order[first..after].iter().for_each(|i| ranks[*i] = shared);
        first = after;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let x = [86.0, 97.0, 99.0, 100.0, 101.0, 103.0, 106.0, 110.0, 112.0, 113.0];
        let y = [2.0, 20.0, 28.0, 27.0, 50.0, 29.0, 7.0, 17.0, 6.0, 12.0];
        // 1 − 6 Σd²/(n(n² − 1)) with Σd² = 194: a textbook's hours of television.
        let found = rank_correlation(&x, &y).unwrap();
        assert!((found - (1.0 - 6.0 * 194.0 / 990.0)).abs() < 1e-12, "{found}");
        let falling: Vec<f64> = x.iter().map(|v| -v).collect();
        assert_eq!(rank_correlation(&x, &falling).unwrap(), -1.0);
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0]), [3.5, 2.0, 3.5, 1.0]);
        assert!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]).is_err());
        assert!(rank_correlation(&[1.0], &[1.0]).is_err());
        assert!(rank_correlation(&[1.0, 2.0], &[1.0, 2.0, 3.0]).is_err());
    }
}
