//! The real image nearest to each sample, and how much of what was generated is copied.
//!
//! Not `gan-statistics`' `nearest`, which reads rows as a stream and adds up differences in order:
//! distances here come from the tiles that all scores of features share, rounded as the reference
//! programs round them.

use crate::distances::{by_row_blocks, rounded};
use crate::prdc::radii;
use crate::{FeatureMatrix, Result};

/// A sample's nearest real images, by distance of features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The row of the nearest real image; the first of equals.
    pub index: usize,
    /// How far it is.
    pub distance: f64,
    /// How far the second nearest is; infinite where there is but one.
    pub second: f64,
}

/// Finds the nearest rows of `real` for every row of `fake`.
///
/// # Errors
/// Unequal widths, or no row on a side.
pub fn nearest(fake: &FeatureMatrix, real: &FeatureMatrix) -> Result<Vec<Nearest>> {
    fake.check_width(real)?;
    fake.check_rows("nearest neighbors", 1)?;
    real.check_rows("nearest neighbors", 1)?;
    let distance = rounded(real.is_single() && fake.is_single());
    let none = Nearest { index: 0, distance: f64::INFINITY, second: f64::INFINITY };
    let mut found = by_row_blocks(
        fake,
        real,
        |rows| vec![none; rows.len()],
        |state, tile| {
            for ((_, line), best) in tile.lines().zip(state.iter_mut()) {
                for (squared, index) in line.iter().zip(tile.columns.clone()) {
                    if *squared < best.distance {
                        *best = Nearest { index, distance: *squared, second: best.distance };
                    } else if *squared < best.second {
                        best.second = *squared;
                    }
                }
            }
        },
    )
    .concat();
    for best in &mut found {
        best.distance = distance(best.distance);
        best.second = distance(best.second);
    }
    Ok(found)
}

/// How much nearer than the second a nearest image is that was copied (arXiv 2310.02664,
/// section 2, after Yoon et al. 2023).
pub const COPIED_RATIO: f64 = 1.0 / 3.0;

/// How much of a set of samples repeats the real images.
#[derive(Debug, Clone, PartialEq)]
pub struct Memorization {
    /// The part of the samples whose nearest real image is less than a third as far as the second
    /// nearest: copies. A generator that has learned the distribution has next to none.
    pub share: f64,
    /// The part of the samples that are farther from their nearest real image than that one is
    /// from its own nearest: authenticity (arXiv 2102.08921, section 3.3), about one half for fresh
    /// draws of the same distribution, less the more is copied.
    pub authenticity: f64,
    /// For each sample its nearest real image.
    pub nearest: Vec<Nearest>,
}

/// Compares every sample with its nearest real images.
///
/// # Errors
/// Unequal widths, no sample, or fewer than two real images.
pub fn memorization(fake: &FeatureMatrix, real: &FeatureMatrix) -> Result<Memorization> {
    let own = radii(real, 1)?;
    let nearest = nearest(fake, real)?;
    let n = nearest.len() as f64;
    let copied = nearest.iter().filter(|found| {
        // Of images that are there twice the first two distances are equal, and may be zero.
        found.distance == 0.0 || found.distance < COPIED_RATIO * found.second
    });
    let authentic = nearest.iter().filter(|found| found.distance > own[found.index]);
    let (share, authenticity) = (copied.count() as f64 / n, authentic.count() as f64 / n);
    Ok(Memorization { share, authenticity, nearest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn features(rows: usize, seed: u64) -> FeatureMatrix {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = (0..rows * 8).map(|_| rng.random::<f32>()).collect();
        FeatureMatrix::from_f32(8, values).unwrap()
    }

    #[test]
    fn nearest_is_the_least_and_the_first() {
        let line = |points: &[f32]| FeatureMatrix::from_f32(1, points.to_vec()).unwrap();
        let found = nearest(&line(&[5.0, 0.0]), &line(&[1.0, 4.0, 6.0, -2.0, -1.0])).unwrap();
        assert_eq!(found[0], Nearest { index: 1, distance: 1.0, second: 1.0 });
        assert_eq!(found[1], Nearest { index: 0, distance: 1.0, second: 1.0 });
        let found = nearest(&line(&[5.0]), &line(&[1.0])).unwrap();
        assert_eq!(found[0], Nearest { index: 0, distance: 4.0, second: f64::INFINITY });
        assert!(nearest(&line(&[]), &line(&[1.0])).is_err());
    }

    #[test]
    fn copies_are_found_and_fresh_draws_are_not() {
        let real = features(700, 1);
        let copies = real.select(&(0..100).collect::<Vec<_>>()).unwrap();
        let found = memorization(&copies, &real).unwrap();
        assert_eq!((found.share, found.authenticity), (1.0, 0.0));
        assert!(found.nearest.iter().enumerate().all(|(i, n)| n.index == i && n.distance == 0.0));
        let fresh = memorization(&features(700, 2), &real).unwrap();
        assert!(fresh.share < 0.02, "{}", fresh.share);
        assert!((0.4..0.75).contains(&fresh.authenticity), "{}", fresh.authenticity);
    }
}
