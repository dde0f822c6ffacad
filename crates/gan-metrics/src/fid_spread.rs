//! How sure a FID is, and what it would be with endless images.
//!
//! FID falls with the number of images for one and the same generator: its bias is about c/N. Both
//! functions draw from the samples of one side and leave the other as it is.

use crate::feature_matrix::count;
use crate::fid::{FidOptions, FidSide, fid};
use crate::{Error, FeatureMatrix, Result};
use gan_statistics::{quantile, stream};
use rand::Rng;
use rand::seq::index::sample;

/// The fewest images of a bootstrap interval.
///
/// A replicate of n images is one image n times with probability n^(1 − n), and there are
/// (2n − 1)! / (n! (n − 1)!) different ones. Below five the first, at up to a half, reaches into a
/// tail of 2.5 %, or there are fewer than the 40 of which such a tail is one.
const LEAST_IMAGES: usize = 5;

/// A FID with an interval around it.
#[derive(Debug, Clone, PartialEq)]
pub struct FidInterval {
    /// FID of the samples as they are.
    pub value: f64,
    /// The interval's ends.
    pub low: f64,
    /// The interval's ends.
    pub high: f64,
    /// How far the mean of the replicates lies above the value: about the value's own bias.
    pub bias: f64,
    /// FID of each replicate, rising.
    pub replicates: Vec<f64>,
}

/// A bootstrap interval of FID over the draw of the images in `features`.
///
/// Each replicate draws as many rows, with replacement. A replicate has fewer different images and
/// so a higher FID; the interval is that of its quantiles, moved down by the mean excess: it says
/// how far another set of the *same size* might have been, not where FID is with endless images
/// ([`fid_infinity`] does).
///
/// # Errors
/// Fewer than two replicates, a level outside (0, 1), fewer than five images, or what [`fid`]
/// refuses.
pub fn fid_interval(
    features: &FeatureMatrix,
    other: FidSide<'_>,
    options: FidOptions,
    replicates: usize,
    level: f64,
    seed: u64,
) -> Result<FidInterval> {
    if replicates < 2 || !(level > 0.0 && level < 1.0) {
        return Err(Error::argument(format!(
            "{replicates} replicates at level {level} (expected at least 2, and a level between 0 and 1)"
        )));
    }
    features.check_rows("FID's bootstrap interval", LEAST_IMAGES)?;
    let value = fid(FidSide::Features(features), other, options)?.value;
    let n = features.rows();
    let mut values = Vec::with_capacity(replicates);
    for replicate in 0..replicates {
        let mut random = stream(seed, "bootstrap", replicate as u64);
        let rows: Vec<usize> = (0..n).map(|_| random.random_range(0..n)).collect();
        values.push(fid(FidSide::Features(&features.select(&rows)?), other, options)?.value);
    }
    values.sort_by(f64::total_cmp);
    let bias = values.iter().sum::<f64>() / replicates as f64 - value;
    let tail = 0.5 * (1.0 - level);
    let [low, high] = [tail, 1.0 - tail].map(|part| (quantile(&values, part) - bias).max(0.0));
    Ok(FidInterval { value, low, high, bias, replicates: values })
}

/// FID of endless images, by extrapolation.
#[derive(Debug, Clone, PartialEq)]
pub struct FidInfinity {
    /// FID∞: where the line meets 1/N = 0. May lie below 0 for a perfect generator.
    pub value: f64,
    /// The line's slope: FID_N ≈ FID∞ + slope / N.
    pub slope: f64,
    /// Pairs of N and the FID of so many images.
    pub points: Vec<(usize, f64)>,
}

/// Extrapolates FID to N → ∞ (arXiv 1911.07023, section 3.2): a line through FID over 1/N, for
/// `points` sizes evenly from half of the images to all, each a random part of them.
///
/// The other side's own bias stays: it should be large, and the same for all that is compared.
///
/// # Errors
/// Fewer than three points, fewer images than twice the points, or what [`fid`] refuses.
pub fn fid_infinity(
    features: &FeatureMatrix,
    other: FidSide<'_>,
    options: FidOptions,
    points: usize,
    seed: u64,
) -> Result<FidInfinity> {
    let n = features.rows();
    if points < 3 || n < 2 * points {
        return Err(Error::argument(format!(
            "{} for {points} points to extrapolate FID through (expected at least 3 points, and 2 \
             images a point: {})",
            count(n),
            2 * points.max(3)
        )));
    }
    let mut found = Vec::with_capacity(points);
    for point in 0..points {
        let size = n / 2 + (n - n / 2) * point / (points - 1);
        let mut random = stream(seed, "extrapolation", point as u64);
        let rows = sample(&mut random, n, size).into_vec();
        let value = fid(FidSide::Features(&features.select(&rows)?), other, options)?.value;
        found.push((size, value));
    }
    let line: Vec<(f64, f64)> = found.iter().map(|(n, v)| (1.0 / *n as f64, *v)).collect();
    let [mean_x, mean_y] = [
        line.iter().map(|p| p.0).sum::<f64>() / points as f64,
        line.iter().map(|p| p.1).sum::<f64>() / points as f64,
    ];
    let products: f64 = line.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let squares: f64 = line.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    let slope = products / squares;
    Ok(FidInfinity { value: mean_y - slope * mean_x, slope, points: found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Moments, Statistics};

    /// Draws of N(shift, 1) in `width` dimensions: sums of twelve uniform numbers less six.
    fn normal(rows: usize, width: usize, shift: f64, seed: u64) -> FeatureMatrix {
        let mut random = stream(seed, "test", 0);
        let one = |_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0 + shift;
        FeatureMatrix::from_f64(width, (0..rows * width).map(one).collect()).unwrap()
    }

    fn standard(width: usize) -> Statistics {
        let identity = (0..width * width).map(|i| f64::from(i % (width + 1) == 0)).collect();
        let moments = Moments { mean: vec![0.0; width], covariance: identity };
        Statistics { moments, single_mean: None, spatial: None, n: None, receipt: None }
    }

    #[test]
    fn the_interval_holds_what_other_draws_give() {
        let (law, options) = (standard(4), FidOptions::default());
        let other = FidSide::Statistics(&law);
        // What sets of 200 give on average.
        let value = |seed| {
            fid(FidSide::Features(&normal(200, 4, 0.3, seed)), other, options).unwrap().value
        };
        let expected = (1000..1100).map(value).sum::<f64>() / 100.0;
        let held = (0..40)
            .filter(|seed| {
                let features = normal(200, 4, 0.3, *seed);
                let i = fid_interval(&features, other, options, 100, 0.9, *seed).unwrap();
                assert!(i.low < i.value && i.value < i.high && i.bias > 0.0);
                i.low <= expected && expected <= i.high
            })
            .count();
        // Of 40 intervals at 0.9, 36 should; fewer than 29 would be a chance of 1 in 500.
        assert!(held >= 29, "{held} of 40");
    }

    #[test]
    fn extrapolation_takes_the_bias_away() {
        let (law, options) = (standard(16), FidOptions::default());
        let other = FidSide::Statistics(&law);
        let exact = 16.0 * 0.3 * 0.3;
        let (mut plain, mut endless, mut slope) = (0.0, 0.0, 0.0);
        for seed in 0..40 {
            let features = normal(300, 16, 0.3, seed);
            plain += fid(FidSide::Features(&features), other, options).unwrap().value / 40.0;
            let found = fid_infinity(&features, other, options, 10, seed).unwrap();
            assert_eq!((found.points[0].0, found.points[9].0), (150, 300));
            endless += found.value / 40.0;
            slope += found.slope / 40.0;
        }
        assert!(plain - exact > 0.2 && slope > 0.0, "bias {}, slope {slope}", plain - exact);
        // The mean of 40 extrapolations spreads by about 0.03.
        assert!((endless - exact).abs() < 0.1, "{endless} against {exact}");
    }

    #[test]
    fn nonsense_is_refused() {
        let law = standard(4);
        let (features, other) = (normal(20, 4, 0.0, 1), FidSide::Statistics(&law));
        let options = FidOptions::default();
        assert!(fid_interval(&features, other, options, 1, 0.9, 0).is_err());
        assert!(fid_interval(&features, other, options, 10, 1.0, 0).is_err());
        assert!(fid_infinity(&features, other, options, 2, 0).is_err());
        let text = fid_infinity(&features, other, options, 11, 0).unwrap_err().to_string();
        assert!(text.contains("20 images for 11 points") && text.contains(": 22)"), "{text}");
        let few = features.select(&[0, 1, 2, 3]).unwrap();
        let text = fid_interval(&few, other, options, 10, 0.9, 0).unwrap_err().to_string();
        assert!(
            text.contains("4 images for FID's bootstrap interval (expected at least 5)"),
            "{text}"
        );
    }
}
