//! Parzen windows: the log-likelihood of points under a cloud of samples, and why it misleads.
//!
//! It was the number by which the first GANs, GMMN and the adversarial autoencoder compared
//! themselves. Theis, van den Oord and Bethge (arXiv 1511.01844, sections 3.2 and 4) show that it
//! is far from the log-likelihood in many dimensions, however many samples there are, and ranks
//! models wrongly: centroids of the training data beat the true distribution's own samples.
//! `tests/it/parzen_misleads.rs` shows both.

use std::f64::consts::PI;

use gan_statistics::{LogSum, checks};
use rayon::prelude::*;

use crate::error::Result;
use crate::mmd_kernel::squared_distance;

/// log p(x) for each point x, p(x) = (1/n) Σᵢ N(x; sᵢ, σ² I), in nats.
///
/// Breuleux, Bengio and Vincent (2011), as used in arXiv 1406.2661, section 5. `samples` and
/// `points`: `dim` numbers each, one after another; `bandwidth`: σ, in their unit. Time
/// O(samples · points · dim), on all threads.
///
/// # Errors
///
/// If a sample is empty, not finite or no multiple of `dim`, or σ is not positive and finite.
pub fn parzen_log_likelihoods(
    samples: &[f64],
    points: &[f64],
    dim: usize,
    bandwidth: f64,
) -> Result<Vec<f64>> {
    let all = of_bandwidths(samples, points, dim, &[bandwidth])?;
    Ok(all.into_iter().flatten().collect())
}

/// The bandwidth among `candidates` that gives validation points the highest mean log-likelihood,
/// and that mean in nats. The first of equals wins.
///
/// # Errors
///
/// As [`parzen_log_likelihoods`], or if there are no candidates.
pub fn parzen_bandwidth(
    samples: &[f64],
    validation: &[f64],
    dim: usize,
    candidates: &[f64],
) -> Result<(f64, f64)> {
    checks::not_empty("bandwidths", candidates)?;
    let all = of_bandwidths(samples, validation, dim, candidates)?;
    let mut best = (candidates[0], f64::NEG_INFINITY);
    for (i, candidate) in candidates.iter().enumerate() {
        let mean = all.iter().map(|row| row[i]).sum::<f64>() / all.len() as f64;
        if mean > best.1 {
            best = (*candidate, mean);
        }
    }
    Ok(best)
}

/// For each point, its log-likelihood under each bandwidth.
fn of_bandwidths(
    samples: &[f64],
    points: &[f64],
    dim: usize,
    bandwidths: &[f64],
) -> Result<Vec<Vec<f64>>> {
    let count = checks::samples("samples", samples, dim, 1)? as f64;
    checks::samples("points", points, dim, 1)?;
    bandwidths.iter().try_for_each(|b| checks::positive("bandwidth", *b))?;
    let of_point = |point: &[f64]| {
        let distances: Vec<f64> =
            samples.chunks_exact(dim).map(|s| squared_distance(s, point)).collect();
        let of = |sigma: &f64| {
            let mut sum = LogSum::default();
            distances.iter().for_each(|d| sum.add(-0.5 * d / (sigma * sigma)));
            let scale = dim as f64 * (sigma.ln() + 0.5 * (2.0 * PI).ln());
            sum.value() - count.ln() - scale
        };
        bandwidths.iter().map(of).collect()
    };
    Ok(points.par_chunks_exact(dim).map(of_point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal_log_density;

    #[test]
    fn one_sample_is_one_gaussian_and_two_are_their_mean() {
        let points = [0.5, -1.0, 2.0, 0.0];
        let one = parzen_log_likelihoods(&[0.0, 1.0], &points, 2, 0.7).unwrap();
        let by_hand = |x: f64, y: f64, (a, b): (f64, f64)| {
            normal_log_density(x, a, 0.7) + normal_log_density(y, b, 0.7)
        };
        assert!((one[0] - by_hand(0.5, -1.0, (0.0, 1.0))).abs() < 1e-14);
        assert!((one[1] - by_hand(2.0, 0.0, (0.0, 1.0))).abs() < 1e-14);
        let two = parzen_log_likelihoods(&[0.0, 1.0, 3.0, 3.0], &points, 2, 0.7).unwrap();
        let mean = |x, y| {
            let (a, b) = (by_hand(x, y, (0.0, 1.0)), by_hand(x, y, (3.0, 3.0)));
            (0.5 * (a.exp() + b.exp())).ln()
        };
        assert!((two[1] - mean(2.0, 0.0)).abs() < 1e-13);
    }

    #[test]
    fn the_best_bandwidth_is_the_distance_that_validation_points_have() {
        // One sample at 0, points at ±1: the variance that fits is 1.
        let candidates = [0.5, 0.8, 1.0, 1.25, 2.0];
        let (sigma, mean) = parzen_bandwidth(&[0.0], &[1.0, -1.0], 1, &candidates).unwrap();
        assert_eq!(sigma, 1.0);
        assert!((mean - normal_log_density(1.0, 0.0, 1.0)).abs() < 1e-15);
    }

    #[test]
    fn far_points_do_not_underflow_and_bad_input_is_an_error() {
        let far = parzen_log_likelihoods(&[0.0], &[1e6], 1, 1e-3).unwrap();
        assert!(far[0].is_finite() && far[0] < -1e17);
        assert!(parzen_log_likelihoods(&[], &[1.0], 1, 1.0).is_err());
        assert!(parzen_log_likelihoods(&[1.0], &[1.0, 2.0, 3.0], 2, 1.0).is_err());
        assert!(parzen_log_likelihoods(&[1.0], &[1.0], 1, 0.0).is_err());
        assert!(parzen_bandwidth(&[1.0], &[1.0], 1, &[]).is_err());
    }
}
