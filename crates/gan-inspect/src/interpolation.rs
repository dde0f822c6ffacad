//! Paths between latents, straight and spherical, and how evenly the images change along them.

use crate::{Error, Result};

/// How a path runs from one latent to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// `(1 − t)·a + t·b`.
    Straight,
    /// Along the great circle, with the length in proportion: `sin((1−t)θ)/sin θ · a + sin(tθ)/sin θ
    /// · b`, θ the angle between them (White 2016, arXiv 1609.04468, section 2.1). Where a normal
    /// latent has many dimensions, nearly all its mass lies at one length, and a straight path
    /// leaves it.
    Spherical,
}

/// Latents at `t` = 0, 1/`steps`, …, 1 from `a` to `b`, one after the other: `steps + 1` rows.
///
/// # Errors
/// Latents of unlike or no width, or no steps.
pub fn path(a: &[f32], b: &[f32], steps: usize, course: Course) -> Result<Vec<f32>> {
    if a.len() != b.len() || a.is_empty() || steps == 0 {
        return Err(Error::argument(format!(
            "a path from a latent of {} dimensions to one of {} in {steps} steps: expected equal \
             widths and at least one step",
            a.len(),
            b.len()
        )));
    }
    Ok(stretch(a, b, [0.0, 1.0], steps, course))
}

/// Latents from one `t` to another.
fn stretch(a: &[f32], b: &[f32], [from, to]: [f64; 2], steps: usize, course: Course) -> Vec<f32> {
    let mut out = Vec::with_capacity((steps + 1) * a.len());
    for step in 0..=steps {
        let t = from + (to - from) * step as f64 / steps as f64;
        let (u, v) = weights(a, b, t, course);
        let at = |(a, b): (&f32, &f32)| (u * f64::from(*a) + v * f64::from(*b)) as f32;
        out.extend(a.iter().zip(b).map(at));
    }
    out
}

/// The weights of both ends at `t`.
fn weights(a: &[f32], b: &[f32], t: f64, course: Course) -> (f64, f64) {
    let dot = |x: &[f32], y: &[f32]| {
        x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    let angle = (dot(a, b) / lengths).clamp(-1.0, 1.0).acos();
    // Without an angle, or where every great circle leads there, the path is straight.
    if course == Course::Straight || !(1e-6..std::f64::consts::PI - 1e-6).contains(&angle) {
        return (1.0 - t, t);
    }
    (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
}

/// A generator as [`evenness`] calls it: rows of latents to rows of pixels.
pub type Generate<'a> = dyn FnMut(&[f32]) -> Result<Vec<f32>> + 'a;

/// Parts that a path's largest step is cut into.
pub const PARTS: usize = 16;

/// How evenly images change along a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evenness {
    /// The largest share of the whole change that falls into one step: `1/steps` at least.
    pub largest_share: f64,
    /// The same within that largest step, cut into [`PARTS`]: a smooth change is divided further,
    /// down to 1/16 where it is even, but no step divides a jump, which keeps it at 1. Jumps are
    /// what a generator makes that has stored images and looks them up.
    pub share_within: f64,
    /// The whole change, Euclidean distances summed up; 0 where nothing moves, and then both shares
    /// are NaN.
    pub length: f64,
}

/// The evenness of the path from latent `a` to `b` in `steps` steps.
///
/// # Errors
/// As [`path`], those of `generate`, and images that are no rows of one width.
pub fn evenness(
    generate: &mut Generate<'_>,
    a: &[f32],
    b: &[f32],
    steps: usize,
    course: Course,
) -> Result<Evenness> {
    let images = generate(&path(a, b, steps, course)?)?;
    let changes = changes(&images, steps + 1)?;
    let length: f64 = changes.iter().sum();
    if length <= 0.0 {
        return Ok(Evenness { largest_share: f64::NAN, share_within: f64::NAN, length: 0.0 });
    }
    let first = (0, f64::NEG_INFINITY);
    let (at, most) = changes
        .iter()
        .enumerate()
        .fold(first, |best, (i, c)| if *c > best.1 { (i, *c) } else { best });
    let ends = [at, at + 1].map(|i| i as f64 / steps as f64);
    let inside = self::changes(&generate(&stretch(a, b, ends, PARTS, course))?, PARTS + 1)?;
    let within = inside.iter().fold(0.0, |m: f64, c| m.max(*c)) / inside.iter().sum::<f64>();
    Ok(Evenness { largest_share: most / length, share_within: within, length })
}

/// The distances between neighbors of `count` rows.
fn changes(images: &[f32], count: usize) -> Result<Vec<f64>> {
    if images.is_empty() || !images.len().is_multiple_of(count) {
        let found = images.len();
        return Err(Error::argument(format!("{found} values for {count} images of a path")));
    }
    let rows: Vec<&[f32]> = images.chunks_exact(images.len() / count).collect();
    let distance = |pair: &[&[f32]]| {
        let squares = pair[0].iter().zip(pair[1]).map(|(a, b)| f64::from(a - b).powi(2));
        squares.sum::<f64>().sqrt()
    };
    Ok(rows.windows(2).map(distance).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    fn normal(count: usize, seed: u64) -> Vec<f32> {
        ChaCha8Rng::seed_from_u64(seed).sample_iter(StandardNormal).take(count).collect()
    }

    fn length(x: &[f32]) -> f64 {
        x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
    }

    proptest! {
        #[test]
        fn paths_begin_and_end_where_they_should(seed in 0u64..1000, steps in 1usize..20) {
            let (a, b) = (normal(7, seed), normal(7, seed + 5000));
            for course in [Course::Straight, Course::Spherical] {
                let path = path(&a, &b, steps, course).unwrap();
                prop_assert_eq!(path.len(), (steps + 1) * 7);
                for (found, wanted) in [(&path[..7], &a), (&path[steps * 7..], &b)] {
                    for (f, w) in found.iter().zip(wanted) {
                        prop_assert!((f - w).abs() < 1e-5);
                    }
                }
            }
        }
    }

    #[test]
    fn a_spherical_path_keeps_the_length_and_turns_evenly() {
        let a = [3.0, 0.0, 0.0];
        let b = [0.0, 3.0, 0.0];
        let points = path(&a, &b, 3, Course::Spherical).unwrap();
        for (i, point) in points.chunks(3).enumerate() {
            let angle = i as f64 * std::f64::consts::FRAC_PI_2 / 3.0;
            assert!((length(point) - 3.0).abs() < 1e-6);
            assert!((f64::from(point[0]) - 3.0 * angle.cos()).abs() < 1e-6, "{point:?}");
        }
        let middle = path(&a, &b, 2, Course::Straight).unwrap();
        assert_eq!(middle[3..6], [1.5, 1.5, 0.0]);
        // No angle is no reason for NaN.
        let opposite = path(&a, &[-3.0, 0.0, 0.0], 2, Course::Spherical).unwrap();
        assert!(opposite.iter().all(|v| v.is_finite()));
    }

    /// The check of S1: the same paths through a generator that looks stored images up, and
    /// through one that has learned a smooth map.
    #[test]
    fn the_evenness_tells_a_memorising_generator_from_a_smooth_one() {
        const WIDTH: usize = 16;
        const STEPS: usize = 64;
        let stored: Vec<Vec<f32>> = (0..200).map(|k| normal(WIDTH, 10_000 + k)).collect();
        let weight: Vec<Vec<f32>> = (0..40).map(|k| normal(WIDTH, 20_000 + k)).collect();
        let lookup = |z: &[f32]| -> Vec<f32> {
            let distance = |s: &[f32]| s.iter().zip(z).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let near =
                stored.iter().enumerate().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
            normal(40, 30_000 + near.unwrap().0 as u64)
        };
        let smooth = |z: &[f32]| -> Vec<f32> {
            let row = |w: &Vec<f32>| w.iter().zip(z).map(|(a, b)| a * b).sum::<f32>().tanh();
            weight.iter().map(row).collect()
        };
        let rows = |g: &dyn Fn(&[f32]) -> Vec<f32>, z: &[f32]| {
            Ok(z.chunks(WIDTH).flat_map(g).collect::<Vec<_>>())
        };
        // (largest share, share within)
        let mut smoothest = (1.0f64, 1.0f64);
        let mut worst = (0.0f64, 0.0f64);
        for pair in 0..20u64 {
            let (a, b) = (normal(WIDTH, 2 * pair), normal(WIDTH, 2 * pair + 1));
            for course in [Course::Straight, Course::Spherical] {
                let of = |g: &dyn Fn(&[f32]) -> Vec<f32>| {
                    evenness(&mut |z| rows(g, z), &a, &b, STEPS, course).unwrap()
                };
                let (s, l) = (of(&smooth), of(&lookup));
                worst = (worst.0.max(s.largest_share), worst.1.max(s.share_within));
                smoothest = (smoothest.0.min(l.largest_share), smoothest.1.min(l.share_within));
            }
        }
        assert!(worst.0 < 0.06 && worst.1 < 0.12, "a smooth generator: {worst:?}");
        assert!(smoothest.0 > 0.07 && smoothest.1 > 0.4, "one that looks up: {smoothest:?}");
    }

    #[test]
    fn evenness_of_known_paths() {
        let of = |g: fn(f32) -> f32| {
            let mut generate = |z: &[f32]| Ok(z.iter().map(|z| g(*z)).collect());
            evenness(&mut generate, &[0.0], &[1.0], 8, Course::Straight).unwrap()
        };
        let even = of(|z| 8.0 * z);
        assert_eq!((even.largest_share, even.share_within, even.length), (0.125, 0.0625, 8.0));
        let jump = of(|z| if z > 0.6 { 3.0 } else { 0.0 });
        assert_eq!((jump.largest_share, jump.share_within, jump.length), (1.0, 1.0, 3.0));
        let still = of(|_| 2.0);
        assert!(still.largest_share.is_nan() && still.share_within.is_nan());
        let mut wrong = |_: &[f32]| Ok(vec![1.0; 5]);
        assert!(evenness(&mut wrong, &[0.0], &[1.0], 8, Course::Straight).is_err());
        assert!(path(&[], &[], 3, Course::Straight).is_err());
        assert!(path(&[1.0], &[1.0, 2.0], 3, Course::Straight).is_err());
    }
}
