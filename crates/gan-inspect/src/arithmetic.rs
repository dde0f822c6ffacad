//! Sums and differences of averaged latents: "smiling woman − neutral woman + neutral man"
//! (arXiv 1511.06434, section 6.3.2).

use crate::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A group of latents whose mean is added or subtracted.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// +1 or −1, or any other weight.
    pub weight: f64,
    /// The group, `width` values each; several, since single latents gave unstable results there.
    pub latents: Vec<Vec<f32>>,
}

/// The mean of latents.
///
/// # Errors
/// No latents, or unlike widths.
pub fn mean(latents: &[Vec<f32>]) -> Result<Vec<f32>> {
    let width = latents.first().map_or(0, Vec::len);
    if width == 0 || latents.iter().any(|z| z.len() != width) {
        return Err(Error::argument(format!(
            "the mean of {} latents: expected at least one, all of one width above 0",
            latents.len()
        )));
    }
    let of = |i: usize| latents.iter().map(|z| f64::from(z[i])).sum::<f64>() / latents.len() as f64;
    Ok((0..width).map(|i| of(i) as f32).collect())
}

/// `Σ weight · mean(group)`.
///
/// # Errors
/// No terms, or as [`mean`].
pub fn combine(terms: &[Term]) -> Result<Vec<f32>> {
    let means = terms.iter().map(|t| mean(&t.latents)).collect::<Result<Vec<_>>>()?;
    let width = means.first().map_or(0, Vec::len);
    if means.iter().any(|m| m.len() != width) || width == 0 {
        return Err(Error::argument("latents of unlike widths, or no terms to add up"));
    }
    let of = |i: usize| terms.iter().zip(&means).map(|(t, m)| t.weight * f64::from(m[i])).sum();
    Ok((0..width)
        .map(|i| {
            let sum: f64 = of(i);
            sum as f32
        })
        .collect())
}

/// `count` latents around `z`: each value moved by U(−`scale`, `scale`), as the paper shows eight
/// such around each result with a scale of 0.25.
pub fn around(z: &[f32], count: usize, scale: f32, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut near =
        || z.iter().map(|v| v + scale * (2.0 * rng.random::<f32>() - 1.0)).collect::<Vec<_>>();
    (0..count).map(|_| near()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_added_and_subtracted() {
        let group = |weight, latents: &[[f32; 2]]| Term {
            weight,
            latents: latents.iter().map(|z| z.to_vec()).collect(),
        };
        let terms = [
            group(1.0, &[[1.0, 2.0], [3.0, 4.0]]),
            group(-1.0, &[[0.5, 0.5]]),
            group(1.0, &[[0.0, -1.0]]),
        ];
        assert_eq!(combine(&terms).unwrap(), [1.5, 1.5]);
        assert!(combine(&[]).is_err() && mean(&[]).is_err());
        assert!(mean(&[vec![1.0], vec![1.0, 2.0]]).is_err());
        assert!(
            combine(&[group(1.0, &[[1.0, 1.0]]), Term { weight: 1.0, latents: vec![vec![1.0]] }])
                .is_err()
        );
    }

    #[test]
    fn neighbours_lie_within_the_scale() {
        let near = around(&[1.0, -1.0], 50, 0.25, 3);
        assert_eq!(near, around(&[1.0, -1.0], 50, 0.25, 3));
        assert_ne!(near, around(&[1.0, -1.0], 50, 0.25, 4));
        assert!(near.iter().all(|z| (z[0] - 1.0).abs() <= 0.25 && (z[1] + 1.0).abs() <= 0.25));
        assert!(near.iter().any(|z| (z[0] - 1.0).abs() > 0.15));
    }
}
