//! How many of each side precision, recall, density and coverage compare.
//!
//! The papers that define them take equal numbers (arXiv 1904.06991, section 3; 2002.09797,
//! section 4), and the scores depend on it: a ball reaches to the k-th of its own side, so that more
//! of that side make smaller balls. See [`expected_coverage`].

use crate::{FeatureMatrix, Result};
use gan_statistics::stream;
use rand::Rng;
use std::borrow::Cow;

/// Which rows of the two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrdcSides {
    /// All, as the program prdc takes them.
    #[default]
    All,
    /// As many of one side as of the other: a random subset of the larger one, drawn without
    /// replacement under the seed of [`ScoreOptions::kid`](crate::ScoreOptions).
    Equal,
}

impl PrdcSides {
    /// The name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Equal => "equal",
        }
    }

    /// What is compared of `a` and `b`.
    pub(crate) fn taken<'m>(
        self,
        a: &'m FeatureMatrix,
        b: &'m FeatureMatrix,
        seed: u64,
    ) -> Result<(Cow<'m, FeatureMatrix>, Cow<'m, FeatureMatrix>)> {
        let least = match self {
            Self::All => usize::MAX,
            Self::Equal => a.rows().min(b.rows()),
        };
        let part = |m: &'m FeatureMatrix| -> Result<Cow<'m, FeatureMatrix>> {
            if m.rows() <= least {
                return Ok(Cow::Borrowed(m));
            }
            Ok(Cow::Owned(m.select(&subset(m.rows(), least, seed))?))
        };
        Ok((part(a)?, part(b)?))
    }
}

/// `count` of the numbers below `of`, rising: the first draws of a Fisher–Yates shuffle.
fn subset(of: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut rng = stream(seed, "equal sides", of as u64);
    let mut all: Vec<usize> = (0..of).collect();
    for place in 0..count.min(of) {
        let other = rng.random_range(place as u64..of as u64) as usize;
        all.swap(place, other);
    }
    all.truncate(count);
    all.sort_unstable();
    all
}

/// The coverage that samples reach on average which follow the law of the real points themselves.
///
/// `E[coverage]` = 1 − Π_{i=1..k} (N − i) / (N + M − i), with N real points and M samples: a ball
/// stays empty where the k nearest of all the others are real. arXiv 2002.09797, lemma 2.
///
/// Lies in `[0, 1]`; 0 where `real` is not above `k`, which has no balls.
pub fn expected_coverage(real: usize, samples: usize, k: usize) -> f64 {
    if real <= k {
        return 0.0;
    }
    let (n, m) = (real as f64, samples as f64);
    1.0 - (1..=k).map(|i| (n - i as f64) / (n + m - i as f64)).product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_is_drawn_from_everywhere_without_repetition() {
        let found = subset(7000, 1000, 3);
        assert!(found.len() == 1000 && found.is_sorted_by(|a, b| a < b));
        // The mean of so many lies within four of its deviations (about 60) of the middle.
        let mean = found.iter().sum::<usize>() as f64 / 1000.0;
        assert!((mean - 3499.5).abs() < 240.0, "{mean}");
        assert_eq!(found, subset(7000, 1000, 3));
        assert_ne!(found, subset(7000, 1000, 4));
        assert_eq!(subset(3, 5, 0), [0, 1, 2]);
    }

    #[test]
    fn the_larger_side_is_cut_and_no_other() {
        let rows = |n: u16| FeatureMatrix::from_f32(1, (0..n).map(f32::from).collect()).unwrap();
        let (few, many) = (rows(4), rows(9));
        let (a, b) = PrdcSides::Equal.taken(&few, &many, 0).unwrap();
        assert_eq!((a.as_ref(), b.rows()), (&few, 4));
        let (a, b) = PrdcSides::Equal.taken(&many, &few, 0).unwrap();
        assert_eq!((a.rows(), b.as_ref()), (4, &few));
        let (a, b) = PrdcSides::All.taken(&few, &many, 0).unwrap();
        assert_eq!((a.as_ref(), b.as_ref()), (&few, &many));
    }

    #[test]
    fn what_coverage_can_reach_depends_on_the_numbers() {
        // Half of 4/5 · 3/4 · …: with k = 1, N = 2 and M = 1 one ball of two is empty.
        assert_eq!(expected_coverage(2, 1, 1), 0.5);
        assert!((expected_coverage(1000, 1000, 5) - 0.969).abs() < 1e-3);
        assert!((expected_coverage(7000, 1000, 5) - 0.487).abs() < 1e-3);
        assert_eq!(expected_coverage(5, 1000, 5), 0.0);
    }
}
