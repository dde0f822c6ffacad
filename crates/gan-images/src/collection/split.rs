//! The parts of data: what is trained on, what is held out, and by which rule.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// The part of the data to use.
///
/// | data | `Train` | `Val` | `Test` | `All` |
/// | --- | --- | --- | --- | --- |
/// | folders or archives with sub-folders `train`, `val`, `test` | that sub-folder | that sub-folder | that sub-folder, or `val` where there is none | as `Train` |
/// | folders of IDX or CIFAR files | the training files | refused | the test files | as `Train` |
/// | anything else | nine tenths | refused | one tenth, by [`HeldOut`] | all of it |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// What models are trained on.
    Train,
    /// What settings are chosen by.
    Val,
    /// What is held out.
    Test,
    /// Everything that may be trained on.
    #[default]
    All,
}

impl Split {
    /// The part that a folder of this name holds: `train`, `training`, `val`, `valid`,
    /// `validation`, `dev`, `eval`, `test`, `testing` in any case, perhaps with a year behind it as
    /// in `train2017`.
    pub fn of_folder(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let year = name.len() - plain.len();
        if !matches!(year, 0 | 4) {
            return None;
        }
        match plain.trim_end_matches(['-', '_']) {
            "train" | "training" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" | "eval" => Some(Self::Val),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }
}

impl FromStr for Split {
    type Err = Error;

    /// # Errors
    ///
    /// Anything but `train`, `val`, `test` and `all` is refused.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "train" => Ok(Self::Train),
            "val" => Ok(Self::Val),
            "test" => Ok(Self::Test),
            "all" => Ok(Self::All),
            _ => Err(Error::argument(format!("split {text:?} (expected train, val, test or all)"))),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
            Self::All => "all",
        })
    }
}

/// The rule that sets a part aside where data have no parts of their own.
///
/// Each sample's rank is SHA-256 of the seed and its name (below the folder, or its number in an
/// array); those of the lowest ranks are held out. The rule depends on nothing else, so the same
/// data have the same parts on every machine, and a file that is added moves few others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// The share that is held out, more than 0 and less than 1.
    pub share: f64,
    /// Another seed holds out others.
    pub seed: u64,
}

impl Default for HeldOut {
    fn default() -> Self {
        Self { share: 0.1, seed: 0 }
    }
}

impl HeldOut {
    /// How many of `count` samples are held out: at least 1, and 1 is always left.
    pub fn count(&self, count: usize) -> usize {
        ((count as f64 * self.share).round() as usize).clamp(1, count.saturating_sub(1).max(1))
    }

    /// Whether each sample is held out.
    pub fn choose(&self, names: &[Vec<u8>]) -> Vec<bool> {
        let rank = |name: &Vec<u8>| -> [u8; 32] {
            let mut hash = Sha256::new();
            hash.update(b"held out\0");
            hash.update(self.seed.to_le_bytes());
            hash.update(name);
            hash.finalize().into()
        };
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_cached_key(|&index| rank(&names[index]));
        let mut held = vec![false; names.len()];
        for &index in order.iter().take(self.count(names.len())) {
            held[index] = true;
        }
        held
    }

    /// Refuses a share that leaves nothing on one side.
    pub(crate) fn check(&self) -> Result<()> {
        if self.share > 0.0 && self.share < 1.0 {
            return Ok(());
        }
        let found = self.share;
        Err(Error::argument(format!("a held-out share of {found} (expected between 0 and 1)")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_known_by_name() {
        for (name, split) in [
            ("train", Some(Split::Train)),
            ("Training", Some(Split::Train)),
            ("train2017", Some(Split::Train)),
            ("validation", Some(Split::Val)),
            ("VAL", Some(Split::Val)),
            ("test", Some(Split::Test)),
            ("trainA", None),
            ("test1", None),
            ("trains", None),
            ("cats", None),
            ("2017", None),
        ] {
            assert_eq!(Split::of_folder(name), split, "{name}");
        }
    }

    #[test]
    fn a_tenth_is_held_out_whatever_else_is_there() {
        let names = |n: usize| (0..n).map(|i| i.to_string().into_bytes()).collect::<Vec<_>>();
        let held = |n, seed| HeldOut { seed, ..HeldOut::default() }.choose(&names(n));
        let count = |held: &[bool]| held.iter().filter(|h| **h).count();
        for (n, expected) in [(2, 1), (10, 1), (15, 2), (1000, 100)] {
            assert_eq!(count(&held(n, 0)), expected, "{n}");
        }
        assert_ne!(held(1000, 0), held(1000, 1));
        // One more sample moves at most one other from one part to the other, and itself.
        let (before, after) = (held(1000, 0), held(1001, 0));
        assert!((0..1000).filter(|i| before[*i] != after[*i]).count() <= 1);
        assert!(HeldOut { share: 1.0, seed: 0 }.check().is_err());
        assert!(HeldOut { share: f64::NAN, seed: 0 }.check().is_err());
    }
}
