//! Entropy and KL divergence of continuous samples from distances to nearest neighbors.

use gan_statistics::{digamma, kth_distances, kth_distances_within};

use crate::error::{InfoError, Result};

/// The differential entropy of a sample after Kozachenko and Leonenko (1987), in nats:
/// H = ψ(n) − ψ(k) + (d/n) Σᵢ log(2 εᵢ) (cond-mat/0305641, equation 20), with εᵢ the Chebyshev
/// distance from sample i to its k-th nearest other, so that (2 εᵢ)^d is the cube that holds them.
///
/// Samples are `dim` numbers each, one after another. Consistent; for finite n too large by what the
/// density bends within a cube, about n^(−2/d), and its standard deviation is about √(Var log p / n).
/// Larger k vary less and bend more; 3 is usual. Time O(n²).
///
/// # Errors
///
/// If a number is not finite, the length is no multiple of `dim`, `k` is not in 1..n, or a sample has
/// k equal ones: there is no density then.
pub fn neighbor_entropy(samples: &[f64], dim: usize, k: usize) -> Result<f64> {
    let distances = apart("samples", kth_distances_within(samples, dim, k)?)?;
    let n = distances.len() as f64;
    let logs: f64 = distances.iter().map(|d| (2.0 * d).ln()).sum();
    Ok(digamma(n) - digamma(k as f64) + dim as f64 * logs / n)
}

/// KL(p ‖ q) of two samples after Wang, Kulkarni and Verdú, in nats:
/// D = (d/n) Σᵢ log(νᵢ/ρᵢ) + log(m/(n − 1)) (IEEE Trans. Inf. Theory 55 (2009) 2392, equation 5;
/// Pérez-Cruz, ISIT 2008, equation 14), with ρᵢ the Chebyshev distance from xᵢ to its k-th nearest other
/// x and νᵢ that to its k-th nearest y. n samples x of p, m samples y of q, `dim` numbers each.
///
/// Consistent for densities; may be slightly negative for equal laws. For laws far apart it is too
/// small: the tail of p where q is rare is what KL consists of, and no y stands there. Time O(n² + n m).
///
/// # Errors
///
/// If a number is not finite, a length is no multiple of `dim`, `k` is not in 1..n or above m, or a
/// sample of x has k equal ones in x or in y.
pub fn neighbor_kl(x: &[f64], y: &[f64], dim: usize, k: usize) -> Result<f64> {
    let own = apart("x", kth_distances_within(x, dim, k)?)?;
    let other = apart("x among y", kth_distances(x, y, dim, k)?)?;
    let (n, m) = (own.len() as f64, (y.len() / dim) as f64);
    let logs: f64 = own.iter().zip(&other).map(|(own, other)| other.ln() - own.ln()).sum();
    Ok(dim as f64 * logs / n + (m / (n - 1.0)).ln())
}

/// Distances that have a logarithm.
fn apart(what: &'static str, distances: Vec<f64>) -> Result<Vec<f64>> {
    match distances.iter().position(|d| *d == 0.0) {
        None => Ok(distances),
        Some(index) => {
            let expected = "a distance above 0 to the k-th neighbor (samples of a density)";
            Err(InfoError::Value { what, expected, found: 0.0, index })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kl_of_normals;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::f64::consts::{E, PI};

    fn normals(count: usize, mean: f64, sigma: f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut one = || gan_statistics::normal_quantile(rng.random::<f64>()).unwrap();
        (0..count).map(|_| mean + sigma * one()).collect()
    }

    #[test]
    fn the_entropy_of_normals() {
        // ½ log(2πe σ²) a dimension; the standard deviation is √(½ d/n).
        for (sigma, dim) in [(1.0, 1), (0.01, 1), (3.0, 2), (1.0, 3)] {
            let n = 2000;
            let samples = normals(n * dim, 5.0, sigma, 1);
            let truth = dim as f64 * 0.5 * (2.0 * PI * E * sigma * sigma).ln();
            for k in [1, 3, 5] {
                let found = neighbor_entropy(&samples, dim, k).unwrap();
                assert!((found - truth).abs() < 0.08, "{sigma} {dim} {k}: {found} {truth}");
            }
        }
    }

    #[test]
    fn the_entropy_of_a_cube_is_the_logarithm_of_its_volume() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let samples: Vec<f64> = (0..4000).map(|_| 0.2 * rng.random::<f64>()).collect();
        let found = neighbor_entropy(&samples, 2, 3).unwrap();
        assert!((found - 2.0 * 0.2f64.ln()).abs() < 0.06, "{found}");
    }

    #[test]
    fn the_divergence_of_normals() {
        for (mean, sigma) in [(0.0, 1.0), (1.0, 1.0), (0.5, 2.0)] {
            let (x, y) = (normals(2000, 0.0, 1.0, 1), normals(1500, mean, sigma, 2));
            let truth = kl_of_normals(0.0, 1.0, mean, sigma).unwrap();
            for k in [1, 3, 5] {
                let found = neighbor_kl(&x, &y, 1, k).unwrap();
                assert!((found - truth).abs() < 0.12, "{mean} {sigma} {k}: {found} {truth}");
            }
            // Independent coordinates add.
            let found = neighbor_kl(&x, &y[..1000], 2, 3).unwrap();
            assert!((found - 2.0 * truth).abs() < 0.25, "{mean} {sigma}: {found}");
        }
    }

    #[test]
    fn points_that_repeat_are_no_density() {
        let told = neighbor_entropy(&[1.0, 2.0, 2.0, 3.0], 1, 1).unwrap_err().to_string();
        assert!(told.contains("at index 1"), "{told}");
        assert!(neighbor_entropy(&[1.0, 2.0, 2.0, 3.0], 1, 2).is_ok());
        assert!(neighbor_kl(&[1.0, 2.0, 3.0], &[2.0, 4.0], 1, 1).is_err());
        assert!(neighbor_kl(&[1.0, 2.0], &[5.0], 1, 2).is_err());
    }
}
