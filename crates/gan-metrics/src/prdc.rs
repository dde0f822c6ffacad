//! Precision, recall, density and coverage: are samples within the real manifold, and cover it?
//!
//! A manifold is the union of balls around its points, each out to the point's k-th neighbor.
//! Precision and recall: arXiv 1904.06991, equations 1 and 2; density and coverage: arXiv
//! 2002.09797, equations 4 and 7. Counts are exact and memory is bounded by the features
//! themselves: distances exist a tile at a time only.

use crate::distances::{by_row_blocks, rounded, within};
use crate::{FeatureMatrix, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What counts as inside a ball.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrdcOptions {
    /// Balls reach to the k-th neighbor, the point itself not counted.
    pub k: usize,
    /// Whether the boundary is inside.
    pub closed: bool,
}

impl PrdcOptions {
    /// As the program prdc: k = 5, distance < radius.
    pub const PRDC: Self = Self { k: 5, closed: false };
    /// As torch-fidelity and StyleGAN: k = 3, distance ≤ radius.
    pub const TORCH_FIDELITY: Self = Self { k: 3, closed: true };
}

/// The four scores, with the counts that they are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prdc {
    /// The part of the samples in some real point's ball.
    pub precision: f64,
    /// The part of the real points in some sample's ball.
    pub recall: f64,
    /// Real balls a sample lies in, over k: may exceed 1.
    pub density: f64,
    /// The part of the real points whose ball holds a sample.
    pub coverage: f64,
    /// Samples in some real ball.
    pub precise: u64,
    /// Real points in some sample's ball.
    pub recalled: u64,
    /// Pairs of a sample and a real ball that it lies in.
    pub pairs: u64,
    /// Real points whose ball holds a sample.
    pub covered: u64,
    /// Real points that were compared.
    pub real: u64,
    /// Samples that were compared.
    pub samples: u64,
}

/// The four scores of `fake` features against `real` ones.
///
/// # Errors
/// Unequal widths, or not more than k rows on a side.
pub fn prdc(real: &FeatureMatrix, fake: &FeatureMatrix, options: PrdcOptions) -> Result<Prdc> {
    real.check_width(fake)?;
    let radii = Radii { real: radii(real, options.k)?, fake: radii(fake, options.k)? };
    // One copy of the inner loop for each precision and boundary.
    let single = |squared: f64| f64::from((squared as f32).sqrt());
    let (open, closed) = (|d: f64, r: f64| d < r, |d: f64, r: f64| d <= r);
    Ok(match (real.is_single() && fake.is_single(), options.closed) {
        (true, false) => count(real, fake, options.k, &radii, single, open),
        (true, true) => count(real, fake, options.k, &radii, single, closed),
        (false, false) => count(real, fake, options.k, &radii, f64::sqrt, open),
        (false, true) => count(real, fake, options.k, &radii, f64::sqrt, closed),
    })
}

struct Radii {
    real: Vec<f64>,
    fake: Vec<f64>,
}

fn count(
    real: &FeatureMatrix,
    fake: &FeatureMatrix,
    k: usize,
    radii: &Radii,
    distance: impl Fn(f64) -> f64 + Sync,
    inside: impl Fn(f64, f64) -> bool + Sync,
) -> Prdc {
    // Of each sample: how many real balls it lies in. Whole numbers, so that any order will do.
    let within_real: Vec<AtomicU64> = (0..fake.rows()).map(|_| AtomicU64::new(0)).collect();
    let counts = by_row_blocks(
        real,
        fake,
        |rows| vec![(f64::INFINITY, false); rows.len()], // nearest sample; whether recalled
        |state, tile| {
            let mut balls = vec![0u32; tile.columns.len()];
            let fake_radii = &radii.fake[tile.columns.clone()];
            for ((i, line), (nearest, recalled)) in tile.lines().zip(state.iter_mut()) {
                let radius = radii.real[i];
                let mut any = false;
                for ((squared, balls), fake_radius) in line.iter().zip(&mut balls).zip(fake_radii) {
                    let d = distance(*squared);
                    *balls += u32::from(inside(d, radius));
                    any |= inside(d, *fake_radius);
                }
                *recalled |= any;
                *nearest = nearest.min(distance(least(line)));
            }
            for (count, more) in within_real[tile.columns.clone()].iter().zip(balls) {
                count.fetch_add(more.into(), Ordering::Relaxed);
            }
        },
    );
    let counts = counts.concat();
    let recalled = counts.iter().filter(|(_, recalled)| *recalled).count() as u64;
    let covered =
        counts.iter().zip(&radii.real).filter(|((d, _), r)| inside(*d, **r)).count() as u64;
    let balls: Vec<u64> = within_real.into_iter().map(AtomicU64::into_inner).collect();
    let precise = balls.iter().filter(|n| **n > 0).count() as u64;
    let pairs = balls.iter().sum::<u64>();
    let (n, m) = (real.rows() as f64, fake.rows() as f64);
    Prdc {
        precision: precise as f64 / m,
        recall: recalled as f64 / n,
        density: pairs as f64 / (k as f64 * m),
        coverage: covered as f64 / n,
        precise,
        recalled,
        pairs,
        covered,
        real: real.rows() as u64,
        samples: fake.rows() as u64,
    }
}

/// The least of some distances: eight minima side by side, which the processor finds at once.
fn least(line: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let wide = line.chunks_exact(8);
    let rest = wide.remainder().iter().copied().fold(f64::INFINITY, f64::min);
    for chunk in wide {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if value < lane { *value } else { *lane };
        }
    }
    lanes.into_iter().fold(rest, f64::min)
}

/// The distance of every row to its k-th nearest other row, as the reference programs round it.
///
/// # Errors
/// k = 0, or not more than k rows.
pub fn radii(matrix: &FeatureMatrix, k: usize) -> Result<Vec<f64>> {
    matrix.check_rows(&format!("neighbors number {k}"), k.max(1) + 1)?;
    if k == 0 {
        return Err(crate::Error::argument("k = 0 neighbors (expected at least 1)"));
    }
    // Of each row the k least so far, rising. Which thread adds them does not matter.
    let least: Vec<Mutex<Vec<f64>>> =
        (0..matrix.rows()).map(|_| Mutex::new(vec![f64::INFINITY; k])).collect();
    let add = |row: usize, candidates: &mut dyn Iterator<Item = f64>| {
        let mut least = least[row].lock().unwrap_or_else(PoisonError::into_inner);
        for value in candidates {
            if value < least[k - 1] {
                let at = least.partition_point(|v| *v <= value);
                least.pop();
                least.insert(at, value);
            }
        }
    };
    within(matrix, |tile| {
        let (width, diagonal) = (tile.columns.len(), tile.rows == tile.columns);
        for (i, line) in tile.lines() {
            let others = line.iter().zip(tile.columns.clone()).filter(|(_, j)| *j != i);
            add(i, &mut others.map(|(squared, _)| *squared));
        }
        if !diagonal {
            for (at, j) in tile.columns.clone().enumerate() {
                add(j, &mut tile.squared.iter().skip(at).step_by(width).copied());
            }
        }
    });
    let distance = rounded(matrix.is_single());
    let kth = |least: Mutex<Vec<f64>>| {
        distance(least.into_inner().unwrap_or_else(PoisonError::into_inner)[k - 1])
    };
    Ok(least.into_iter().map(kth).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[f32]) -> FeatureMatrix {
        FeatureMatrix::from_f32(1, points.to_vec()).unwrap()
    }

    #[test]
    fn by_hand_on_a_line() {
        // Radii to the nearest: real 1, 1, 1, 8; fake 2, 2, 4.
        let (real, fake) = (line(&[0.0, 1.0, 2.0, 10.0]), line(&[1.5, 3.5, 7.5]));
        assert_eq!(radii(&real, 1).unwrap(), [1.0, 1.0, 1.0, 8.0]);
        assert_eq!(radii(&real, 2).unwrap(), [2.0, 1.0, 2.0, 9.0]);
        let open = prdc(&real, &fake, PrdcOptions { k: 1, closed: false }).unwrap();
        // 1.5 is within 1 of 1 and 2 (½ each), and within 8 of 10 (8.5 is not): 2 balls.
        // 3.5: 10 (6.5); 7.5: 10 (2.5).
        assert_eq!((open.precise, open.pairs), (3, 4));
        // 0 within 2 of 1.5; 1, 2 too; 10 within 4 of 7.5.
        assert_eq!(open.recalled, 4);
        // Nearest samples: 1.5 away from 0, ½, ½, 2.5 from 10.
        assert_eq!(open.covered, 3);
        assert_eq!((open.precision, open.density, open.coverage), (1.0, 4.0 / 3.0, 0.75));
    }

    #[test]
    fn the_boundary_is_inside_only_if_closed() {
        let (real, fake) = (line(&[0.0, 1.0]), line(&[2.0, 3.0]));
        let open = prdc(&real, &fake, PrdcOptions { k: 1, closed: false }).unwrap();
        let closed = prdc(&real, &fake, PrdcOptions { k: 1, closed: true }).unwrap();
        assert_eq!((open.precise, open.recalled, open.covered), (0, 0, 0));
        assert_eq!((closed.precise, closed.recalled, closed.covered), (1, 1, 1));
    }

    #[test]
    fn too_few_points_are_refused() {
        let text = prdc(&line(&[0.0; 6]), &line(&[0.0; 5]), PrdcOptions::PRDC).unwrap_err();
        assert!(text.to_string().contains("5 images for neighbors number 5"), "{text}");
        assert!(radii(&line(&[1.0, 2.0]), 0).is_err());
        let wide = FeatureMatrix::from_f32(2, vec![0.0; 20]).unwrap();
        assert!(prdc(&wide, &line(&[0.0; 9]), PrdcOptions::PRDC).is_err());
    }
}
