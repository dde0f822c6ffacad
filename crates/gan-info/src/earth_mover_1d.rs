//! The earth mover's (Wasserstein) distance on the line, exact, from samples or weighted points.

use gan_statistics::checks;

use crate::error::{InfoError, Result};

fn check_order(order: f64) -> Result<()> {
    if order >= 1.0 && order.is_finite() {
        return Ok(());
    }
    Err(InfoError::Parameter { what: "order", expected: "a finite number >= 1", found: order })
}

/// |d|^order, by the cheap way for the two orders everybody uses.
fn power(distance: f64, order: f64) -> f64 {
    if order == 1.0 {
        distance.abs()
    } else if order == 2.0 {
        distance * distance
    } else {
        distance.abs().powf(order)
    }
}

fn root(sum: f64, order: f64) -> f64 {
    if order == 1.0 {
        sum
    } else if order == 2.0 {
        sum.sqrt()
    } else {
        sum.powf(1.0 / order)
    }
}

/// The Wasserstein distance of the given order between two samples on the line:
/// W = (∫₀¹ |F⁻¹(u) − G⁻¹(u)|^order du)^(1/order), in the unit of the samples.
///
/// F and G are the empirical distribution functions; the samples may differ in size and need no
/// order. Order 1 is the earth mover's distance of arXiv 1701.07875, equation 1. Exact: the
/// masses are counted in integers. Time O(n log n).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::wasserstein_1d;
/// assert_eq!(wasserstein_1d(&[0.0, 1.0], &[3.0], 1.0)?, 2.5);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If a sample is empty or holds a number that is not finite, or the order is below one.
pub fn wasserstein_1d(x: &[f64], y: &[f64], order: f64) -> Result<f64> {
    checks::finite("x", x)?;
    checks::finite("y", y)?;
    check_order(order)?;
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (x, y) = (sorted(x), sorted(y));
    // In units of 1/(n m) a point of x weighs m and a point of y weighs n.
    let (weight_x, weight_y) = (y.len(), x.len());
    let (mut i, mut j, mut left_x, mut left_y) = (0, 0, weight_x, weight_y);
    let mut sum = 0.0;
    while i < x.len() && j < y.len() {
        let moved = left_x.min(left_y);
        sum += moved as f64 * power(x[i] - y[j], order);
        left_x -= moved;
        left_y -= moved;
        if left_x == 0 {
            i += 1;
            left_x = weight_x;
        }
        if left_y == 0 {
            j += 1;
            left_y = weight_y;
        }
    }
    let total = x.len() as f64 * y.len() as f64;
    Ok(root(sum / total, order))
}

/// The Wasserstein distance of the given order between weighted points on the line, in their unit.
///
/// As [`wasserstein_1d`], with mass `p[i]` at `x[i]` and `q[j]` at `y[j]`. Points need no order
/// and may repeat; a point of mass zero counts nothing.
///
/// # Errors
///
/// If `p` or `q` is no distribution, has another length than its points, a point is not finite,
/// or the order is below one.
pub fn weighted_wasserstein_1d(
    x: &[f64],
    p: &[f64],
    y: &[f64],
    q: &[f64],
    order: f64,
) -> Result<f64> {
    checks::finite("x", x)?;
    checks::finite("y", y)?;
    crate::checks::distribution("p", p)?;
    crate::checks::distribution("q", q)?;
    checks::same_length("p", x.len(), p.len())?;
    checks::same_length("q", y.len(), q.len())?;
    check_order(order)?;
    // Every place where F or G jumps, as (quantile level, point), in rising order.
    let steps = |points: &[f64], masses: &[f64]| {
        let mut pairs: Vec<(f64, f64)> =
            points.iter().copied().zip(masses.iter().copied()).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut level = 0.0;
        for pair in &mut pairs {
            level += pair.1;
            pair.1 = level;
        }
        pairs
    };
    let (x, y) = (steps(x, p), steps(y, q));
    let (mut i, mut j, mut level, mut sum) = (0, 0, 0.0, 0.0);
    // Rounding lets one list end a hair below the other; that hair is all that is left out.
    while i < x.len() && j < y.len() {
        let next = x[i].1.min(y[j].1);
        sum += (next - level) * power(x[i].0 - y[j].0, order);
        level = next;
        let (advance_x, advance_y) = (x[i].1 <= next, y[j].1 <= next);
        i += usize::from(advance_x);
        j += usize::from(advance_y);
    }
    Ok(root(sum, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_equal_size_pair_in_order() {
        let w1 = wasserstein_1d(&[3.0, 1.0, 2.0], &[12.0, 11.0, 13.0], 1.0).unwrap();
        assert_eq!(w1, 10.0);
        let w2 = wasserstein_1d(&[0.0, 0.0], &[3.0, 4.0], 2.0).unwrap();
        assert!((w2 - 12.5f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn repeating_a_sample_changes_nothing() {
        let (x, y) = ([0.3, -1.0, 2.5], [0.1, 0.9]);
        let twice: Vec<f64> = x.iter().chain(&x).copied().collect();
        for order in [1.0, 2.0, 3.5] {
            let once = wasserstein_1d(&x, &y, order).unwrap();
            assert!((wasserstein_1d(&twice, &y, order).unwrap() - once).abs() < 1e-15);
        }
    }

    #[test]
    fn weights_equal_repetition() {
        let samples = wasserstein_1d(&[5.0, 1.0, 1.0, 1.0], &[2.0, 2.0, 0.0], 2.0).unwrap();
        let (q, y) = ([1.0 / 3.0, 0.0, 2.0 / 3.0], [0.0, 99.0, 2.0]);
        let weighted = weighted_wasserstein_1d(&[1.0, 5.0], &[0.75, 0.25], &y, &q, 2.0).unwrap();
        assert!((samples - weighted).abs() < 1e-14);
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(wasserstein_1d(&[], &[1.0], 1.0).is_err());
        assert!(wasserstein_1d(&[f64::NAN], &[1.0], 1.0).is_err());
        assert!(wasserstein_1d(&[0.0], &[1.0], 0.5).is_err());
        assert!(weighted_wasserstein_1d(&[0.0], &[0.5], &[1.0], &[1.0], 1.0).is_err());
        assert!(weighted_wasserstein_1d(&[0.0, 1.0], &[1.0], &[1.0], &[1.0], 1.0).is_err());
    }
}
