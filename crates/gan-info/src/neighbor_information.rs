//! Mutual information of continuous samples from distances to nearest neighbors.

use gan_statistics::{checks, digamma};

use crate::error::{InfoError, Result};

/// Which of the two estimators of cond-mat/0305641.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KsgEstimator {
    /// Equation 8, from cubes: less variance, more bias.
    First,
    /// Equation 9, from rectangles: less bias in high dimensions, more variance.
    Second,
}

/// The largest difference of two points in any coordinate.
fn chebyshev(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |d, (a, b)| d.max((a - b).abs()))
}

/// Mutual information of paired continuous samples after Kraskov, Stögbauer and Grassberger, in
/// nats (cond-mat/0305641, equations 8 and 9).
///
/// With ε/2 the distance from point i to its k-th neighbor in the joint space (the larger of the
/// Chebyshev distances in x and in y):
/// first estimator, I = ψ(k) + ψ(n) − ⟨ψ(nₓ + 1) + ψ(n_y + 1)⟩, where nₓ counts the points with a
/// distance in x strictly below ε/2;
/// second, I = ψ(k) − 1/k + ψ(n) − ⟨ψ(nₓ) + ψ(n_y)⟩, where nₓ counts the points within the x-side
/// of the smallest rectangle that holds the k neighbors.
///
/// `x` holds n samples of `x_dim` numbers, one after another; `y` the n partners. The estimate can
/// be slightly negative for independent data. Rescaling one variable by itself changes neither the
/// truth nor, much, the estimate; scale both alike all the same. Samples with many equal values
/// break the method's assumption of a density: use [`crate::mutual_information_of_pairs`] for
/// those. k from 2 to 4 is the paper's advice. Time O(n²), memory O(n).
///
/// # Errors
///
/// If the samples are empty, not finite or of different number, a dimension is zero, or `k` is
/// not in 1..n.
pub fn mutual_information_of_samples(
    x: &[f64],
    x_dim: usize,
    y: &[f64],
    y_dim: usize,
    k: usize,
    estimator: KsgEstimator,
) -> Result<f64> {
    let n = checks::samples("x", x, x_dim, 2)?;
    let partners = checks::samples("y", y, y_dim, 2)?;
    if n != partners {
        return Err(InfoError::Length {
            what: "y",
            expected: format!("{n} samples of {y_dim} numbers"),
            found: y.len(),
        });
    }
    if k == 0 || k >= n {
        return Err(InfoError::Parameter {
            what: "k",
            expected: "at least 1 and less than the number of samples",
            found: k as f64,
        });
    }
    let mut distances = vec![(0.0, 0.0); n];
    let mut joint: Vec<(f64, usize)> = Vec::with_capacity(n);
    let mut sum = 0.0;
    for i in 0..n {
        let xi = &x[i * x_dim..(i + 1) * x_dim];
        let yi = &y[i * y_dim..(i + 1) * y_dim];
        let pairs = x.chunks_exact(x_dim).zip(y.chunks_exact(y_dim));
        joint.clear();
        for (j, (distance, (xj, yj))) in distances.iter_mut().zip(pairs).enumerate() {
            let (dx, dy) = (chebyshev(xi, xj), chebyshev(yi, yj));
            *distance = (dx, dy);
            if j != i {
                joint.push((dx.max(dy), j));
            }
        }
        // The index decides between equal distances, so that the result is reproducible.
        let (nearer, last, _) =
            joint.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let others = || distances.iter().enumerate().filter(|(j, _)| *j != i);
        sum += match estimator {
            KsgEstimator::First => {
                let radius = last.0;
                let near_x = others().filter(|(_, d)| d.0 < radius).count();
                let near_y = others().filter(|(_, d)| d.1 < radius).count();
                digamma(near_x as f64 + 1.0) + digamma(near_y as f64 + 1.0)
            }
            KsgEstimator::Second => {
                let (mut side_x, mut side_y) = distances[last.1];
                for (_, j) in nearer.iter() {
                    side_x = side_x.max(distances[*j].0);
                    side_y = side_y.max(distances[*j].1);
                }
                let near_x = others().filter(|(_, d)| d.0 <= side_x).count();
                let near_y = others().filter(|(_, d)| d.1 <= side_y).count();
                digamma(near_x as f64) + digamma(near_y as f64)
            }
        };
    }
    let k = k as f64;
    let offset = match estimator {
        KsgEstimator::First => digamma(k),
        KsgEstimator::Second => digamma(k) - 1.0 / k,
    };
    Ok(offset + digamma(n as f64) - sum / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Pairs of normal variables with the given correlation, by Box and Muller.
    fn normals(n: usize, correlation: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|_| {
                let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
                let (b, a) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
                let (a, b) = (radius * a, radius * b);
                let rest = (1.0 - correlation * correlation).sqrt();
                (a, correlation * a + rest * b)
            })
            .unzip()
    }

    #[test]
    fn both_estimators_find_the_information_of_normals() {
        for correlation in [0.0, 0.6, 0.9] {
            let (x, y) = normals(1500, correlation, 7);
            let truth = -0.5 * (1.0f64 - correlation * correlation).ln();
            for estimator in [KsgEstimator::First, KsgEstimator::Second] {
                let found = mutual_information_of_samples(&x, 1, &y, 1, 4, estimator).unwrap();
                // The paper's figure 3 has a standard deviation of about 0.02 at this size.
                assert!((found - truth).abs() < 0.06, "{correlation} {found} {truth}");
            }
        }
    }

    #[test]
    fn independent_coordinates_add() {
        let (x1, y1) = normals(800, 0.8, 1);
        let (x2, y2) = normals(800, 0.5, 2);
        let zip = |a: &[f64], b: &[f64]| -> Vec<f64> {
            a.iter().zip(b).flat_map(|(a, b)| [*a, *b]).collect()
        };
        let (x, y) = (zip(&x1, &x2), zip(&y1, &y2));
        let truth = -0.5 * ((1.0f64 - 0.64).ln() + (1.0f64 - 0.25).ln());
        let first = KsgEstimator::First;
        let found = mutual_information_of_samples(&x, 2, &y, 2, 3, first).unwrap();
        assert!((found - truth).abs() < 0.12, "{found} {truth}");
    }

    #[test]
    fn bad_input_is_an_error() {
        let mi = |x: &[f64], dx, y: &[f64], dy, k| {
            mutual_information_of_samples(x, dx, y, dy, k, KsgEstimator::First)
        };
        let four = [1.0, 2.0, 3.0, 4.0];
        assert!(mi(&four, 1, &four, 1, 3).is_ok());
        assert!(mi(&four, 1, &four, 1, 4).is_err());
        assert!(mi(&four, 1, &four, 1, 0).is_err());
        assert!(mi(&four, 2, &four, 1, 1).is_err());
        assert!(mi(&four, 0, &four, 1, 1).is_err());
        assert!(mi(&four, 3, &four, 1, 1).is_err());
        assert!(mi(&[], 1, &[], 1, 1).is_err());
        assert!(mi(&[1.0, f64::NAN], 1, &[1.0, 2.0], 1, 1).is_err());
    }
}
