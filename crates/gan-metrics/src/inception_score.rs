//! The Inception score in the reference programs' three ways, its logarithm, and the mode score.
//!
//! IS = exp E KL(p(y|x) ‖ p(y)) (arXiv 1606.03498, section 4), p(y) the mean of p(y|x) over a split.
//! ln IS over all images at once is the mutual information I(y; x) in nats, between 0 and
//! ln(classes); it does not depend on the order of the images, as scores over splits do.

use crate::feature_matrix::count;
use crate::numpy_random::RandomState;
use crate::{Error, FeatureMatrix, Result};

/// How images are dealt into splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SplitRule {
    /// improved-gan's: in the given order, split i from `i·N/s` to `(i+1)·N/s`, std with ddof 0.
    /// Images that come sorted by class spoil it.
    InOrder,
    /// torch-fidelity's: shuffled by NumPy's `RandomState`, then as improved-gan's.
    Shuffled {
        /// Of the generator; torch-fidelity's is 2020.
        seed: u32,
    },
    /// torchmetrics': shuffled, splits of ⌈N/s⌉ (there may be fewer than s), std with ddof 1. Its
    /// own shuffle has no seed; here it is [`SplitRule::Shuffled`]'s.
    Chunks {
        /// Of the shuffle.
        seed: u32,
    },
}

/// The fewest images of a split.
///
/// improved-gan and torch-fidelity have no least: a split of one image scores 1 there, whatever it
/// shows, because its p(y) is its p(y|x), and an empty one is NaN. Two are the fewest whose score
/// depends on them. It is small all the same: a split of m images scores at most m.
pub const LEAST_SPLIT: usize = 2;

/// An Inception score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InceptionScore {
    /// The mean over splits, at least 1.
    pub mean: f64,
    /// Its standard deviation over splits; of one split it is NaN (ddof 1) or 0, as the programs
    /// have it: [`InceptionScore::spread`] is nothing then.
    pub std: f64,
    /// Splits that there were.
    pub splits: usize,
    /// ln IS of all images at once: I(y; x) in nats, from 0 to ln(classes), in any order.
    pub mutual_information: f64,
}

impl InceptionScore {
    /// The standard deviation over splits, where there are several.
    pub fn spread(&self) -> Option<f64> {
        (self.splits > 1).then_some(self.std)
    }
}

/// The score of class logits, one row an image: for the FID layout those *without* bias.
///
/// # Errors
/// Fewer than two images or classes, no split, or one of fewer than [`LEAST_SPLIT`] images:
/// [`usable_splits`] says how many there may be.
pub fn inception_score(
    logits: &FeatureMatrix,
    splits: usize,
    rule: SplitRule,
) -> Result<InceptionScore> {
    logits.check_rows("an Inception score", 2)?;
    if logits.width() < 2 || splits == 0 {
        return Err(Error::argument(format!(
            "{} classes in {splits} splits for an Inception score (expected at least 2 classes and 1 split)",
            logits.width()
        )));
    }
    let n = logits.rows();
    if smallest(n, splits, rule) < LEAST_SPLIT {
        return Err(Error::argument(format!(
            "{} in {splits} splits for an Inception score: a split of one image scores 1, whatever \
             it shows (expected at least {LEAST_SPLIT} images a split: {} or fewer)",
            count(n),
            match usable_splits(n, splits, rule) {
                1 => "1 split".to_owned(),
                usable => format!("{usable} splits"),
            }
        )));
    }
    let (order, ranges, ddof) = match rule {
        SplitRule::InOrder => ((0..n).collect(), even(n, splits), 0),
        SplitRule::Shuffled { seed } => (RandomState::new(seed).permutation(n), even(n, splits), 0),
        SplitRule::Chunks { seed } => {
            let size = n.div_ceil(splits);
            let ranges = (0..n).step_by(size).map(|i| (i, (i + size).min(n))).collect();
            (RandomState::new(seed).permutation(n), ranges, 1)
        }
    };
    let scores: Vec<f64> =
        ranges.iter().map(|(from, to)| information(logits, &order[*from..*to]).exp()).collect();
    let parts = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / parts;
    let squares: f64 = scores.iter().map(|s| (s - mean) * (s - mean)).sum();
    let all: Vec<usize> = (0..n).collect();
    Ok(InceptionScore {
        mean,
        std: (squares / (parts - f64::from(ddof))).sqrt(),
        splits: scores.len(),
        mutual_information: information(logits, &all),
    })
}

/// The most splits, `splits` or fewer, that `images` can be dealt into so that each holds
/// [`LEAST_SPLIT`] or more; 0 where there are fewer images than that.
pub fn usable_splits(images: usize, splits: usize, rule: SplitRule) -> usize {
    let good = |splits: &usize| smallest(images, *splits, rule) >= LEAST_SPLIT;
    (1..=splits.min(images)).rev().find(good).unwrap_or(0)
}

/// Images of the smallest split, of 1 split or more.
fn smallest(n: usize, splits: usize, rule: SplitRule) -> usize {
    match rule {
        SplitRule::InOrder | SplitRule::Shuffled { .. } => n / splits,
        SplitRule::Chunks { .. } => {
            let size = n.div_ceil(splits);
            // All splits have this size, but for what is left to the last.
            if n.is_multiple_of(size) { size } else { n % size }
        }
    }
}

fn even(n: usize, splits: usize) -> Vec<(usize, usize)> {
    (0..splits).map(|i| (i * n / splits, (i + 1) * n / splits)).collect()
}

/// The mode score: exp(E KL(p(y|x) ‖ p(y)) − KL(p(y) ‖ p*(y))) with p* the mean over `real` images
/// (arXiv 1612.02136, in the form of arXiv 1806.07755, section 2). At most the Inception score of
/// all images.
///
/// # Errors
/// Unequal numbers of classes, or fewer than two images on a side: one alone tells nothing of what
/// a generator makes.
pub fn mode_score(fake_logits: &FeatureMatrix, real_logits: &FeatureMatrix) -> Result<f64> {
    fake_logits.check_width(real_logits)?;
    fake_logits.check_rows("a mode score", 2)?;
    real_logits.check_rows("a mode score", 2)?;
    let all: Vec<usize> = (0..fake_logits.rows()).collect();
    let own = marginal(fake_logits, &all);
    let real = marginal(real_logits, &(0..real_logits.rows()).collect::<Vec<_>>());
    let divergence: f64 =
        own.iter().zip(&real).map(|(p, q)| if *p > 0.0 { p * (p / q).ln() } else { 0.0 }).sum();
    Ok((information(fake_logits, &all) - divergence).exp())
}

/// How much the order of the images tells about their classes: the rate at which neighbors are
/// predicted alike, and what it would be in random order. Far apart, splits in order are spoilt.
pub fn neighbor_agreement(logits: &FeatureMatrix) -> (f64, f64) {
    let mut counts = vec![0_u64; logits.width()];
    let (mut alike, mut last) = (0_u64, None);
    for i in 0..logits.rows() {
        let row = logits.block(i..i + 1);
        let best =
            row.iter().enumerate().fold(0, |best, (j, v)| if *v > row[best] { j } else { best });
        counts[best] += 1;
        alike += u64::from(last == Some(best));
        last = Some(best);
    }
    let n = logits.rows() as f64;
    let expected: f64 = counts.iter().map(|c| (*c as f64 / n).powi(2)).sum();
    (alike as f64 / (n - 1.0).max(1.0), expected)
}

/// E KL(p(y|x) ‖ p(y)) over some rows, in nats.
fn information(logits: &FeatureMatrix, rows: &[usize]) -> f64 {
    let mean = marginal(logits, rows);
    let mut sum = 0.0;
    for &row in rows {
        let logarithms = log_softmax(&logits.block(row..row + 1));
        let terms = logarithms.iter().zip(&mean).map(|(log_p, q)| {
            let p = log_p.exp();
            // p is a part of q, so that p > 0 means q > 0.
            if p > 0.0 { p * (log_p - q.ln()) } else { 0.0 }
        });
        sum += terms.sum::<f64>();
    }
    (sum / rows.len() as f64).max(0.0)
}

/// The mean of p(y|x) over some rows.
fn marginal(logits: &FeatureMatrix, rows: &[usize]) -> Vec<f64> {
    let mut mean = vec![0.0; logits.width()];
    for &row in rows {
        for (sum, log_p) in mean.iter_mut().zip(log_softmax(&logits.block(row..row + 1))) {
            *sum += log_p.exp();
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= rows.len() as f64);
    mean
}

fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = logits.iter().map(|v| (v - most).exp()).sum::<f64>().ln();
    logits.iter().map(|v| v - most - total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Image i is surely of class `classes[i]`, of `width`.
    fn sure(classes: &[usize], width: usize) -> FeatureMatrix {
        let values =
            classes.iter().flat_map(|c| (0..width).map(move |j| if j == *c { 900.0 } else { 0.0 }));
        FeatureMatrix::from_f64(width, values.collect()).unwrap()
    }

    #[test]
    fn the_extremes_are_one_and_the_number_of_classes() {
        let classes: Vec<usize> = (0..100).map(|i| i % 5).collect();
        for rule in [SplitRule::InOrder, SplitRule::Shuffled { seed: 1 }] {
            let best = inception_score(&sure(&classes, 5), 1, rule).unwrap();
            assert!((best.mean - 5.0).abs() < 1e-12 && best.std == 0.0, "{best:?}");
            assert!((best.mutual_information - 5f64.ln()).abs() < 1e-12);
        }
        let worst = inception_score(&sure(&[3; 40], 5), 10, SplitRule::InOrder).unwrap();
        assert_eq!((worst.mean, worst.std, worst.mutual_information), (1.0, 0.0, 0.0));
        let uniform = FeatureMatrix::from_f64(5, vec![0.1; 50]).unwrap();
        assert_eq!(inception_score(&uniform, 3, SplitRule::InOrder).unwrap().mean, 1.0);
    }

    #[test]
    fn sorted_images_spoil_splits_in_order_only() {
        let classes: Vec<usize> = (0..500).map(|i| i / 50).collect();
        let logits = sure(&classes, 10);
        let sorted = inception_score(&logits, 10, SplitRule::InOrder).unwrap();
        let shuffled = inception_score(&logits, 10, SplitRule::Shuffled { seed: 2020 }).unwrap();
        assert!(sorted.mean < 1.01 && shuffled.mean > 8.0);
        assert_eq!(sorted.mutual_information, shuffled.mutual_information);
        let (found, expected) = neighbor_agreement(&logits);
        assert!(found > 0.97 && (expected - 0.1).abs() < 1e-12);
    }

    #[test]
    fn splits_are_dealt_as_each_program_does() {
        assert_eq!(even(7, 3), [(0, 2), (2, 4), (4, 7)]);
        let logits = sure(&[0, 1, 0, 1, 0, 1, 0], 2);
        let chunks = SplitRule::Chunks { seed: 0 };
        let eight = sure(&[0, 1, 0, 1, 0, 1, 0, 1], 2);
        assert_eq!(inception_score(&eight, 5, chunks).unwrap().splits, 4); // of 2 each
        assert!(inception_score(&sure(&[0], 2), 1, SplitRule::InOrder).is_err());
        assert!(inception_score(&logits, 0, SplitRule::InOrder).is_err());
    }

    #[test]
    fn no_split_is_too_small_to_say_anything() {
        let logits = |n: usize| sure(&(0..n).map(|i| i % 2).collect::<Vec<_>>(), 2);
        let (order, chunks) = (SplitRule::InOrder, SplitRule::Chunks { seed: 0 });
        let error = |n: usize, splits: usize, rule: SplitRule| {
            inception_score(&logits(n), splits, rule).unwrap_err().to_string()
        };
        // Five images in ten splits once were 1.00000 ± 0.00000.
        let text = error(5, 10, order);
        for part in ["5 images in 10 splits", "scores 1, whatever it shows", ": 2 splits or fewer"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(error(19, 10, order).contains(": 9 splits or fewer"));
        assert!(error(7, 4, chunks).contains(": 2 splits or fewer")); // of 2, 2, 2 and 1
        assert!(error(41, 10, chunks).contains(": 8 splits or fewer")); // of 5 each, and 1
        assert!(error(3, 3, order).contains(": 1 split or fewer"));
        for n in 2..60 {
            for asked in 1..20 {
                for rule in [order, SplitRule::Shuffled { seed: 1 }, chunks] {
                    let usable = usable_splits(n, asked, rule);
                    assert!((1..=asked).contains(&usable), "{n} {asked} {rule:?}");
                    let found = inception_score(&logits(n), usable, rule).unwrap();
                    assert!(found.mean.is_finite() && found.splits <= usable);
                    assert_eq!(found.spread().is_some(), found.splits > 1);
                    let refused = inception_score(&logits(n), asked, rule).is_err();
                    assert_eq!(refused, usable < asked, "{n} {asked} {rule:?}");
                }
            }
        }
        assert_eq!([usable_splits(1, 10, order), usable_splits(0, 10, chunks)], [0, 0]);
        assert_eq!(inception_score(&logits(20), 10, order).unwrap().splits, 10);
    }

    #[test]
    fn the_mode_score_minds_the_real_classes() {
        let balanced = sure(&[0, 1, 2, 3], 4);
        let score = |fake: &FeatureMatrix| mode_score(fake, &balanced).unwrap();
        assert!((score(&balanced) - 4.0).abs() < 1e-12);
        // Two of four modes: ln 2 of information less KL((½, ½) ‖ (¼, ¼)) = ln 2.
        assert!((score(&sure(&[0, 1, 0, 1], 4)) - 1.0).abs() < 1e-12);
        // A class that no real image has is not forgiven.
        assert_eq!(mode_score(&sure(&[0, 1], 2), &sure(&[0, 0], 2)).unwrap(), 0.0);
        assert!(mode_score(&balanced, &sure(&[0, 1], 3)).is_err());
        let text = mode_score(&sure(&[0], 4), &balanced).unwrap_err().to_string();
        assert!(text.contains("1 image for a mode score (expected at least 2)"), "{text}");
        assert!(mode_score(&balanced, &sure(&[0], 4)).is_err());
    }
}
