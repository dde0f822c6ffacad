//! The earth mover's (Wasserstein) distance of samples in any dimension, exact.

use gan_statistics::checks;

use crate::earth_mover_1d::wasserstein_1d;
use crate::error::{InfoError, Result};
use crate::transport::optimal_transport;

/// The Wasserstein distance of the given order between two samples of `dim` numbers each, one after
/// another, with the Euclidean distance: W = (min over plans of E ‖x − y‖^order)^(1/order), in the unit
/// of the samples.
///
/// Order 1 is the earth mover's distance of arXiv 1701.07875, equation 1. In one dimension
/// [`wasserstein_1d`]; in more the transportation problem of n times m cells, whose memory that is and
/// whose time grows faster. Of two samples of one law it is above zero, by about n^(−1/dim) for three
/// dimensions and more (Dudley 1969).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::wasserstein_of_samples;
/// let (x, y) = ([0.0, 0.0, 1.0, 0.0], [1.0, 3.0, 0.0, 3.0]);
/// assert_eq!(wasserstein_of_samples(&x, &y, 2, 1.0)?, 3.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If a sample is empty, a number is not finite, a length is no multiple of `dim`, or the order is below 1.
pub fn wasserstein_of_samples(x: &[f64], y: &[f64], dim: usize, order: f64) -> Result<f64> {
    let n = checks::samples("x", x, dim, 1)?;
    let m = checks::samples("y", y, dim, 1)?;
    if dim == 1 {
        return wasserstein_1d(x, y, order);
    }
    if !(order >= 1.0 && order.is_finite()) {
        let (what, expected) = ("order", "a finite number >= 1");
        return Err(InfoError::Parameter { what, expected, found: order });
    }
    let distance = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt().powf(order)
    };
    let cost: Vec<f64> = x
        .chunks_exact(dim)
        .flat_map(|a| y.chunks_exact(dim).map(move |b| distance(a, b)))
        .collect();
    let even = |count: usize| vec![1.0 / count as f64; count];
    Ok(optimal_transport(&even(n), &even(m), &cost)?.cost.powf(1.0 / order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_samples_are_as_far_as_they_were_moved() {
        let x: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 101) / 10.0).collect();
        let y: Vec<f64> = x.chunks(2).flat_map(|p| [p[0] + 3.0, p[1] - 4.0]).collect();
        for order in [1.0, 2.0, 3.0] {
            let found = wasserstein_of_samples(&x, &y, 2, order).unwrap();
            assert!((found - 5.0).abs() < 1e-9, "{order}: {found}");
            let zero = wasserstein_of_samples(&x, &x, 2, order).unwrap();
            assert!(zero.abs() < 1e-12, "{zero}");
        }
    }

    #[test]
    fn a_column_of_zeros_changes_nothing() {
        let (x, y) = ([0.0, 2.0, 5.0], [1.0, 1.5]);
        let wide = |v: &[f64]| v.iter().flat_map(|x| [*x, 0.0]).collect::<Vec<_>>();
        for order in [1.0, 2.0] {
            let line = wasserstein_of_samples(&x, &y, 1, order).unwrap();
            let plane = wasserstein_of_samples(&wide(&x), &wide(&y), 2, order).unwrap();
            assert!((line - plane).abs() < 1e-12, "{line} {plane}");
        }
        assert!(wasserstein_of_samples(&wide(&x), &wide(&y), 2, 0.5).is_err());
        assert!(wasserstein_of_samples(&x, &[], 1, 1.0).is_err());
    }
}
