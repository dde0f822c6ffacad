//! Latents on a grid: equal steps of the prior's distribution function along one or two directions
//! (arXiv 1312.6114, figure 4, does so with a 2-D latent).

use crate::{Error, Result};
use gan_statistics::normal_quantile;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::FRAC_PI_4;

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
    /// The sphere through `base` about 0, as far as the grid reaches in two directions: a value of
    /// the grid is an angle, ±1 being 45°, and the middle is `base` itself. A plane through 0 would
    /// show latents that the prior never draws: of many dimensions, all its draws are about as
    /// long as `base`. Values beyond a uniform prior's range are cut off.
    Sphere {
        /// The latent in the middle.
        base: Vec<f32>,
        /// Two directions; what they have along `base`, or the second along the first, is left out.
        directions: [Vec<f32>; 2],
    },
}

/// The `count` values that cut the prior into pieces of equal probability, at the pieces' middles:
/// `F⁻¹((i + ½)/count)`.
pub fn values(prior: Prior, count: usize) -> Result<Vec<f64>> {
    let at = |i: usize| {
        let p = (i as f64 + 0.5) / count as f64;
        match prior {
            Prior::Normal => Ok(normal_quantile(p)?),
            Prior::Uniform => Ok(2.0 * p - 1.0),
        }
    };
    (0..count).map(at).collect()
}

/// Two random directions in `width` dimensions.
pub fn random_directions(width: usize, seed: u64) -> [Vec<f32>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    [(); 2].map(|()| (0..width).map(|_| rng.sample(StandardNormal)).collect())
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
    let steps = values(prior, side)?;
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
        Plane::Sphere { base, directions: [u, v] } => {
            let [base, u, v] = right_angled([base, u, v])?;
            let length = dot(&base.1, &base.1).sqrt();
            for down in steps.iter().rev() {
                for across in &steps {
                    let far = across.hypot(*down);
                    let (sin, cos) = (far * FRAC_PI_4).sin_cos();
                    let share = if far > 0.0 { sin * length / far } else { 0.0 };
                    let at = |i: usize| {
                        let along = across * u.0[i] + down * v.0[i];
                        let x = cos * base.1[i] + share * along;
                        match prior {
                            Prior::Normal => x as f32,
                            // The prior has nothing beyond.
                            Prior::Uniform => x.clamp(-1.0, 1.0) as f32,
                        }
                    };
                    all.push((0..base.1.len()).map(at).collect());
                }
            }
        }
    }
    Ok(all)
}

/// Each vector at right angles to those before it: of length 1, and as it came.
fn right_angled(vectors: [&Vec<f32>; 3]) -> Result<[(Vec<f64>, Vec<f64>); 3]> {
    let width = vectors[0].len();
    let mut done: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for vector in vectors {
        let came: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
        let mut left = came.clone();
        if came.len() == width {
            for (unit, _) in &done {
                let along = dot(unit, &left);
                left.iter_mut().zip(unit).for_each(|(l, u)| *l -= along * u);
            }
        }
        let length = dot(&left, &left).sqrt();
        if came.len() != width || length < 1e-9 * dot(&came, &came).sqrt().max(1e-9) {
            return Err(Error::argument(format!(
                "a latent of {width} dimensions and a direction of {}: expected as many, three at \
                 least, and none along the others",
                came.len()
            )));
        }
        left.iter_mut().for_each(|l| *l /= length);
        done.push((left, came));
    }
    done.try_into().map_err(|_| Error::argument("three vectors"))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_equal_probability_between_them() {
        let steps = values(Prior::Normal, 9).unwrap();
        for (i, x) in steps.iter().enumerate() {
            assert!((gan_statistics::normal_cdf(*x) - (i as f64 + 0.5) / 9.0).abs() < 1e-12);
        }
        assert!(steps[4].abs() < 1e-12);
        assert_eq!(values(Prior::Uniform, 4).unwrap(), [-0.75, -0.25, 0.25, 0.75]);
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
    fn a_sphere_keeps_the_length_and_has_its_middle_at_the_base() {
        let base: Vec<f32> = random_directions(100, 1)[0].clone();
        let directions = random_directions(100, 7);
        let dot =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let length = dot(&base, &base).sqrt();
        let plane = Plane::Sphere { base: base.clone(), directions };
        let grid = latents(Prior::Normal, 9, &plane).unwrap();
        assert!(grid.iter().all(|z| (dot(z, z).sqrt() / length - 1.0).abs() < 1e-5));
        assert!(grid[40].iter().zip(&base).all(|(a, b)| (a - b).abs() < 1e-5));
        // A value is an angle of 45° a unit, both ways alike.
        let value = values(Prior::Normal, 9).unwrap()[6];
        for place in [42, 38, 40 - 18, 40 + 18] {
            let angle = (dot(&grid[place], &base) / length.powi(2)).acos();
            assert!((angle - value * FRAC_PI_4).abs() < 1e-5, "{place}: {angle}");
        }
        let cut = latents(Prior::Uniform, 9, &plane).unwrap();
        assert!(cut.iter().flatten().all(|v| v.abs() <= 1.0));
        let along = [base.clone(), base.clone()];
        assert!(latents(Prior::Normal, 3, &Plane::Sphere { base, directions: along }).is_err());
    }
}
