//! Latents on a grid: equal steps of the prior's distribution function along one or two directions
//! (arXiv 1312.6114, figure 4, does so with a 2-D latent).

use crate::{Error, Result, normal};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// What each dimension of a latent follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// N(0, 1).
    Normal,
    /// U(−1, 1).
    Uniform,
}

/// Which latents a grid shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Plane {
    /// Two dimensions of the latent take the grid's values, the others stay those of `base`.
    Axes {
        /// The dimension across and the one down, counted from 0.
        axes: [usize; 2],
        /// The latent that they are changed in.
        base: Vec<f32>,
    },
    /// A plane through 0 along these directions, of length 1 and at right angles; values are
    /// stretched by √(width/2), so that the grid's latents are as long as the prior's on average.
    Directions([Vec<f32>; 2]),
}

/// The `count` values that cut the prior into pieces of equal probability, at the pieces' middles:
/// `F⁻¹((i + ½)/count)`.
pub fn values(prior: Prior, count: usize) -> Vec<f64> {
    let at = |i: usize| {
        let p = (i as f64 + 0.5) / count as f64;
        match prior {
            Prior::Normal => normal::quantile(p),
            Prior::Uniform => 2.0 * p - 1.0,
        }
    };
    (0..count).map(at).collect()
}

/// Two random directions in `width` dimensions, of length 1 and at right angles.
///
/// # Errors
/// Fewer than two dimensions.
pub fn random_directions(width: usize, seed: u64) -> Result<[Vec<f32>; 2]> {
    if width < 2 {
        return Err(Error::argument(format!(
            "two directions at right angles in {width} dimension: expected two dimensions or more"
        )));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || (0..width).map(|_| rng.sample(StandardNormal)).collect::<Vec<f64>>();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let unit = |v: Vec<f64>| {
        let length = dot(&v, &v).sqrt();
        v.into_iter().map(|x| x / length).collect::<Vec<_>>()
    };
    let first = unit(draw());
    // Gram–Schmidt; a draw along the first direction has probability 0.
    let second = draw();
    let along = dot(&first, &second);
    let second = unit(second.iter().zip(&first).map(|(s, f)| s - along * f).collect());
    Ok([first, second].map(|v| v.into_iter().map(|x| x as f32).collect()))
}

/// The latents of a grid of `side × side`, row by row from the top: the first direction grows to
/// the right, the second upwards. A latent of one dimension gives one row.
///
/// # Errors
/// No places, an axis that the latent has not, or directions of unlike widths.
pub fn latents(prior: Prior, side: usize, plane: &Plane) -> Result<Vec<Vec<f32>>> {
    if side == 0 {
        return Err(Error::argument("a grid of 0 places: expected at least 1"));
    }
    let steps = values(prior, side);
    let mut all = Vec::new();
    match plane {
        Plane::Axes { axes, base } => {
            if let Some(wrong) = axes.iter().find(|a| **a >= base.len()) {
                return Err(Error::argument(format!(
                    "dimension {wrong} of a latent of {}: expected 0 to {}",
                    base.len(),
                    base.len().saturating_sub(1)
                )));
            }
            let rows: Vec<f64> = match axes[0] == axes[1] {
                true => vec![f64::NAN],
                false => steps.iter().rev().copied().collect(),
            };
            for down in rows {
                for across in &steps {
                    let mut z = base.clone();
                    if !down.is_nan() {
                        z[axes[1]] = down as f32;
                    }
                    z[axes[0]] = *across as f32;
                    all.push(z);
                }
            }
        }
        Plane::Directions([u, v]) => {
            if u.len() != v.len() || u.is_empty() {
                let what = format!("directions of {} and {} dimensions", u.len(), v.len());
                return Err(Error::argument(what));
            }
            let stretch = (u.len() as f64 / 2.0).sqrt();
            for down in steps.iter().rev() {
                for across in &steps {
                    let at = |(u, v): (&f32, &f32)| {
                        let x = stretch * (across * f64::from(*u) + down * f64::from(*v));
                        match prior {
                            Prior::Normal => x as f32,
                            // The prior has nothing beyond.
                            Prior::Uniform => x.clamp(-1.0, 1.0) as f32,
                        }
                    };
                    all.push(u.iter().zip(v).map(at).collect());
                }
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_have_equal_probability_between_them() {
        let steps = values(Prior::Normal, 9);
        for (i, x) in steps.iter().enumerate() {
            assert!((normal::cdf(*x) - (i as f64 + 0.5) / 9.0).abs() < 1e-12);
        }
        assert!(steps[4].abs() < 1e-12);
        assert_eq!(values(Prior::Uniform, 4), [-0.75, -0.25, 0.25, 0.75]);
    }

    #[test]
    fn a_grid_of_two_dimensions_grows_to_the_right_and_upwards() {
        let plane = Plane::Axes { axes: [0, 1], base: vec![9.0, 9.0, 5.0] };
        let grid = latents(Prior::Uniform, 2, &plane).unwrap();
        let expected = [[-0.5, 0.5], [0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]];
        assert_eq!(grid.len(), 4);
        for (z, e) in grid.iter().zip(expected) {
            assert_eq!(z[..], [e[0], e[1], 5.0]);
        }
        // One dimension: one row.
        let line = Plane::Axes { axes: [0, 0], base: vec![0.0] };
        assert_eq!(latents(Prior::Uniform, 2, &line).unwrap(), [[-0.5], [0.5]]);
        let wrong = Plane::Axes { axes: [0, 3], base: vec![0.0; 3] };
        let told = latents(Prior::Uniform, 2, &wrong).unwrap_err().to_string();
        assert!(told.contains("dimension 3 of a latent of 3"), "{told}");
        assert!(latents(Prior::Normal, 0, &line).is_err());
    }

    #[test]
    fn random_directions_stand_at_right_angles_and_latents_have_the_priors_length() {
        let [u, v] = random_directions(100, 7).unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        assert!((dot(&u, &u) - 1.0).abs() < 1e-5 && (dot(&v, &v) - 1.0).abs() < 1e-5);
        assert!(dot(&u, &v).abs() < 1e-5);
        assert!(random_directions(1, 7).is_err());
        let grid = latents(Prior::Normal, 40, &Plane::Directions([u, v])).unwrap();
        let mean = grid.iter().map(|z| f64::from(dot(z, z))).sum::<f64>() / grid.len() as f64;
        assert!((mean - 100.0).abs() < 5.0, "{mean}");
    }
}
