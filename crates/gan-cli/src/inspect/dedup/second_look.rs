//! A second look at pairs whose codes are close: how much of one picture the other does not explain.

use super::images::{Images, turned};
use crate::stop::Stop;
use anyhow::Result;
use gan_inspect::binary_codes::Pair;
use rayon::prelude::*;

/// Pairs that are read together.
const BATCH: usize = 4096;
/// Most that the second picture is turned by, in degrees.
const MOST_TURN: f64 = 5.0;

/// Where the second picture of a pair lies on the first.
#[derive(Debug, Clone, Copy)]
struct Place {
    degrees: f64,
    down: f64,
    right: f64,
}

/// A pair and the least share of the first picture's variance, 0 to 1, that the second does not
/// explain, wherever it is moved within `shift` + 1 pixels and turned within 5°, and whatever its
/// brightness and contrast.
pub fn looked_at(
    images: &Images<'_>,
    pairs: &[Pair],
    shift: usize,
    stop: &Stop,
) -> Result<Option<Vec<(Pair, f64)>>> {
    let size = images.shape.iter().product();
    let mut all = Vec::with_capacity(pairs.len());
    for part in pairs.chunks(BATCH) {
        if stop.reason().is_some() {
            return Ok(None);
        }
        let mut values = vec![0.0; 2 * part.len() * size];
        for (pair, both) in part.iter().zip(values.chunks_exact_mut(2 * size)) {
            let (a, b) = both.split_at_mut(size);
            images.read(pair.a, a)?;
            images.read(pair.b, b)?;
            soften(a, images.shape);
            soften(b, images.shape);
        }
        let apart: Vec<f64> = values
            .par_chunks_exact(2 * size)
            .map(|both| apart(&both[..size], &both[size..], images.shape, shift))
            .collect();
        all.extend(part.iter().copied().zip(apart));
    }
    Ok(Some(all))
}

/// Weighs each pixel with its neighbors, 1 2 1 both ways: a copy that was turned by a fraction of a
/// pixel is softer than its original, and that alone must not tell them apart.
fn soften(x: &mut [f32], [_, height, width]: [usize; 3]) {
    for plane in x.chunks_exact_mut(height * width) {
        for (lines, count, step, along) in [(height, width, 1, width), (width, height, width, 1)] {
            for line in 0..lines {
                let at = |k: usize| line * along + k * step;
                let mut before = plane[at(0)];
                for k in 0..count {
                    let (now, after) = (plane[at(k)], plane[at((k + 1).min(count - 1))]);
                    plane[at(k)] = 0.25 * before + 0.5 * now + 0.25 * after;
                    before = now;
                }
            }
        }
    }
}

/// The share of `a` that `b` leaves unexplained where it fits best: whole moves first, then ever
/// smaller steps along each of the three ways, as long as they help.
fn apart(a: &[f32], b: &[f32], shape: [usize; 3], shift: usize) -> f64 {
    let most = shift as f64 + 1.0;
    let at =
        |p: Place| unexplained(a, &turned(b, shape, p.degrees.to_radians(), (p.down, p.right)));
    let whole = || -(shift as i64)..=shift as i64;
    let places = whole().flat_map(|down| {
        whole().map(move |right| Place { degrees: 0.0, down: down as f64, right: right as f64 })
    });
    let mut best = places.map(|p| (at(p), p)).fold(
        (f64::INFINITY, Place { degrees: 0.0, down: 0.0, right: 0.0 }),
        |best, next| {
            if next.0 < best.0 { next } else { best }
        },
    );
    for step in [0.5, 0.25, 0.125] {
        // Each round at least improves, and few are needed: a bound keeps odd pictures cheap.
        for _ in 0..3 {
            let before = best.0;
            for (turn, down, right) in [(4.0 * step, 0.0, 0.0), (0.0, step, 0.0), (0.0, 0.0, step)]
            {
                for sign in [-1.0, 1.0] {
                    let p = best.1;
                    let next = Place {
                        degrees: p.degrees + sign * turn,
                        down: p.down + sign * down,
                        right: p.right + sign * right,
                    };
                    let far = next.down.abs().max(next.right.abs()) > most;
                    if far || next.degrees.abs() > MOST_TURN {
                        continue;
                    }
                    let found = at(next);
                    if found < best.0 {
                        best = (found, next);
                    }
                }
            }
            if best.0 >= before {
                break;
            }
        }
    }
    best.0
}

/// 1 − r², r the correlation of two pictures' pixels: 0 where one is the other in other brightness and
/// contrast, 1 where they have nothing in common or are each other's negatives.
fn unexplained(a: &[f32], b: &[f32]) -> f64 {
    let n = a.len() as f64;
    let mean = |x: &[f32]| x.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut own_a, mut own_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        both += a * b;
        own_a += a * a;
        own_b += b * b;
    }
    match own_a * own_b {
        // Blank pictures are alike.
        0.0 if own_a == own_b => 0.0,
        0.0 => 1.0,
        product => 1.0 - both.max(0.0).powi(2) / product,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A smooth blob with a tail, so that its turn can be seen.
    fn picture(low: f32, gain: f32) -> Vec<f32> {
        let at = |k: usize| ((k / 20) as f32 - 9.0, (k % 20) as f32 - 10.0);
        let value = |(y, x): (f32, f32)| {
            (-(y * y / 30.0 + x * x / 8.0)).exp()
                + (-((y - 4.0).powi(2) + (x - 4.0).powi(2)) / 6.0).exp()
        };
        (0..400).map(|k| low + gain * value(at(k))).collect()
    }

    #[test]
    fn a_moved_turned_and_dimmed_copy_is_explained_and_another_picture_is_not() {
        let (one, shape) = (picture(-1.0, 1.5), [1, 20, 20]);
        let copy = turned(&picture(-0.8, 0.9), shape, 2.5f64.to_radians(), (0.8, -0.6));
        let found = apart(&one, &copy, shape, 1);
        assert!(found < 0.01, "{found}");
        assert!(unexplained(&one, &copy) > 10.0 * found);
        let other: Vec<f32> = one.iter().rev().copied().collect();
        assert!(apart(&one, &other, shape, 1) > 0.1);
        let negative: Vec<f32> = one.iter().map(|v| -v).collect();
        assert_eq!(apart(&one, &negative, shape, 0), 1.0);
        assert!(unexplained(&one, &one) < 1e-12);
        assert_eq!((unexplained(&[1.0; 4], &[0.5; 4]), unexplained(&one, &[0.0; 400])), (0.0, 1.0));
    }
}
