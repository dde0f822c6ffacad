//! Files with 16 bits a sample: what they use of it, and what to say where that is little.

use super::Collection;
use crate::Decoding;
use crate::decode::used_range;

/// Files that are looked at, unless all are.
const LOOKED_AT: usize = 64;
/// Brighter than this is bright enough: half of what 16 bits hold.
const DARK: u16 = 1 << 15;

/// What the files with 16 bits a sample use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeepSamples {
    /// How many files have 16 bits a sample.
    pub files: usize,
    /// Of how many files in all.
    pub of: usize,
    /// How many of them were looked at.
    pub looked_at: usize,
    /// The smallest and the largest sample of those.
    pub used: [u16; 2],
}

impl Collection {
    /// What the files at the places `deep` use, which have 16 bits a sample, `of` files in all. Up
    /// to 64 of them, evenly spread, are looked at, or `all`. Nothing where none can be decoded.
    pub fn deep_samples(
        &self,
        deep: &[usize],
        of: usize,
        all: bool,
        how: &Decoding,
    ) -> Option<DeepSamples> {
        let looked_at = if all { deep.len() } else { LOOKED_AT.min(deep.len()) };
        let of_one = |index: usize| {
            used_range(&self.bytes(index).ok()?, &self.display_path(index), how).ok()?
        };
        let both = |[a, b]: [u16; 2], [c, d]: [u16; 2]| [a.min(c), b.max(d)];
        let chosen = (0..looked_at).map(|at| deep[at * deep.len() / looked_at]);
        let used = chosen.filter_map(of_one).reduce(both)?;
        Some(DeepSamples { files: deep.len(), of, looked_at, used })
    }
}

impl DeepSamples {
    /// Which files these are, the subject of a sentence.
    pub fn subject(&self) -> String {
        format!("{} of {} images have samples of 16 bits", self.files, self.of)
    }

    /// A sentence where so little is used that the images look nearly black.
    pub fn dark(&self) -> Option<String> {
        let [low, high] = self.used;
        let bits = (u16::BITS - high.leading_zeros()).max(1);
        (high < DARK).then(|| {
            format!(
                "{}, which use {low} to {high} of 65535{}: they look nearly black; --range 0..{} \
                 takes them as {bits} bits",
                self.subject(),
                match self.looked_at < self.files {
                    true => format!(" ({} were looked at)", self.looked_at),
                    false => String::new(),
                },
                (1_u32 << bits) - 1
            )
        })
    }
}
