//! Binary codes of images and the pairs that lie close: semantic hashing (Salakhutdinov and Hinton,
//! International Journal of Approximate Reasoning 50, 2009).

use crate::{Error, Result};
use gan_statistics::quantile;
use rayon::prelude::*;

/// Pairs that are kept at most.
const MOST: usize = 2_000_000;

/// A code of so many bits for each of many images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryCodes {
    words: Vec<u64>,
    bits: usize,
    count: usize,
}

/// Two images with close codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Bits in which they differ.
    pub distance: u32,
    /// The first image.
    pub a: usize,
    /// The second, after the first.
    pub b: usize,
}

/// The median of each of `width` values: as a threshold it makes a bit that is 1 for half of the
/// images, which is all that a bit can tell.
///
/// # Errors
/// Values that are no rows of `width`, or none.
pub fn medians(values: &[f32], width: usize) -> Result<Vec<f32>> {
    if width == 0 || values.is_empty() || !values.len().is_multiple_of(width) {
        let found = values.len();
        return Err(Error::argument(format!("{found} values are no rows of {width}")));
    }
    let column =
        |i: usize| values.iter().skip(i).step_by(width).map(|v| f64::from(*v)).collect::<Vec<_>>();
    Ok((0..width).map(|i| quantile(&column(i), 0.5) as f32).collect())
}

impl BinaryCodes {
    /// Codes of rows of values: a bit is 1 where the value lies above its threshold.
    ///
    /// # Errors
    /// Values that are no rows of as many as there are thresholds.
    pub fn new(values: &[f32], thresholds: &[f32]) -> Result<Self> {
        let bits = thresholds.len();
        if bits == 0 || !values.len().is_multiple_of(bits) {
            let found = values.len();
            return Err(Error::argument(format!("{found} values are no rows of {bits}")));
        }
        let mut words = Vec::new();
        for row in values.chunks_exact(bits) {
            for (part, limits) in row.chunks(64).zip(thresholds.chunks(64)) {
                let bit = |(i, (v, t)): (usize, (&f32, &f32))| u64::from(v > t) << i;
                words.push(part.iter().zip(limits).enumerate().map(bit).sum());
            }
        }
        Ok(Self { words, bits, count: values.len() / bits })
    }

    /// Bits of a code.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn code(&self, k: usize) -> &[u64] {
        let words = self.bits.div_ceil(64);
        &self.words[k * words..(k + 1) * words]
    }
}

/// Bits in which two images differ where the second may have been moved: `forms` are codes of the
/// same images, as they are and moved in several ways, and the least distance from image `a` as it
/// is to any form of `b` counts. 0 without forms.
pub fn distance(forms: &[BinaryCodes], a: usize, b: usize) -> u32 {
    let Some(still) = forms.first() else { return 0 };
    let to = |form: &BinaryCodes| -> u32 {
        let pairs = still.code(a).iter().zip(form.code(b));
        pairs.map(|(a, b)| (a ^ b).count_ones()).sum()
    };
    forms.iter().map(to).min().unwrap_or(0)
}

/// All pairs whose [`distance`] is so many bits at most, the closest first; every pair is looked at.
///
/// # Errors
/// No forms, forms of unlike size, or more than two million pairs: the distance is then no longer one
/// of duplicates.
pub fn pairs_within(forms: &[BinaryCodes], most: u32) -> Result<Vec<Pair>> {
    let size = |codes: &BinaryCodes| (codes.bits, codes.count);
    let Some(still) = forms.first().filter(|f| forms.iter().all(|g| size(g) == size(f))) else {
        return Err(Error::argument("expected codes of the same images, in one form or more"));
    };
    let of = |a: usize| -> Vec<Pair> {
        let pair = |b| Pair { distance: distance(forms, a, b), a, b };
        (a + 1..still.count).map(pair).filter(|p| p.distance <= most).collect()
    };
    let mut all = Vec::new();
    // A stretch of rows at a time, so that what is too much shows before memory is full.
    for start in (0..still.count).step_by(256) {
        let end = (start + 256).min(still.count);
        let found: Vec<Vec<Pair>> = (start..end).into_par_iter().map(of).collect();
        all.extend(found.into_iter().flatten());
        if all.len() > MOST {
            return Err(Error::argument(format!(
                "more than {MOST} pairs differ in at most {most} of {} bits: choose fewer",
                still.bits
            )));
        }
    }
    all.sort();
    Ok(all)
}

/// Groups of images that pairs hold together, each in order, the largest first.
pub fn groups(count: usize, pairs: &[Pair]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..count).collect();
    fn root(parent: &mut [usize], mut k: usize) -> usize {
        while parent[k] != k {
            parent[k] = parent[parent[k]];
            k = parent[k];
        }
        k
    }
    for pair in pairs {
        let (a, b) = (root(&mut parent, pair.a), root(&mut parent, pair.b));
        parent[a.max(b)] = a.min(b);
    }
    let mut groups: std::collections::BTreeMap<usize, Vec<usize>> =
        std::collections::BTreeMap::new();
    for k in 0..count {
        groups.entry(root(&mut parent, k)).or_default().push(k);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|g| g.len() > 1).collect();
    groups.sort_by_key(|g| (std::cmp::Reverse(g.len()), g[0]));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn pairs_are_those_of_a_naive_search() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let width = 70;
        let mut values: Vec<f32> = (0..600 * width).map(|_| rng.random()).collect();
        // A copy and a near copy.
        values.copy_within(5 * width..6 * width, 500 * width);
        values.copy_within(7 * width..8 * width, 599 * width);
        values[599 * width] = 1.0 - values[599 * width].round();
        let codes = BinaryCodes::new(&values, &medians(&values, width).unwrap()).unwrap();
        assert_eq!((codes.bits(), codes.len(), codes.is_empty()), (70, 600, false));
        let pairs = pairs_within(std::slice::from_ref(&codes), 19).unwrap();
        assert_eq!(pairs[0], Pair { distance: 0, a: 5, b: 500 });
        assert!(pairs[1].distance <= 1 && (pairs[1].a, pairs[1].b) == (7, 599));
        let mut naive = Vec::new();
        let bit = |k: usize, i: usize| {
            let column: Vec<f64> = (0..600).map(|k| f64::from(values[k * width + i])).collect();
            f64::from(values[k * width + i]) > quantile(&column, 0.5)
        };
        let bits: Vec<Vec<bool>> = {
            let thresholds = medians(&values, width).unwrap();
            (0..600)
                .map(|k| (0..width).map(|i| values[k * width + i] > thresholds[i]).collect())
                .collect()
        };
        for (i, b) in bits[3].iter().enumerate() {
            assert_eq!(*b, bit(3, i), "bit {i}");
        }
        for a in 0..600 {
            for b in a + 1..600 {
                let distance = bits[a].iter().zip(&bits[b]).filter(|(x, y)| x != y).count() as u32;
                if distance <= 19 {
                    naive.push(Pair { distance, a, b });
                }
            }
        }
        naive.sort();
        assert_eq!(pairs, naive);
        // Half of the images have each bit.
        let ones = bits.iter().filter(|row| row[10]).count();
        assert!((299..=301).contains(&ones), "{ones}");
    }

    #[test]
    fn a_moved_image_is_near_in_its_best_form() {
        // Bits as values; image 1 is image 0 in its second form alone.
        let form = |rows: [[f32; 4]; 2]| BinaryCodes::new(&rows.concat(), &[0.5; 4]).unwrap();
        let still = form([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]]);
        let moved = form([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0]]);
        assert_eq!(distance(std::slice::from_ref(&still), 0, 1), 2);
        let forms = [still, moved];
        assert_eq!(distance(&forms, 0, 1), 1);
        assert_eq!(pairs_within(&forms, 1).unwrap(), [Pair { distance: 1, a: 0, b: 1 }]);
        let other = BinaryCodes::new(&[1.0; 12], &[0.5; 4]).unwrap();
        assert!(
            pairs_within(&[forms[0].clone(), other], 1).is_err() && pairs_within(&[], 1).is_err()
        );
    }

    #[test]
    fn pairs_make_groups() {
        let pair = |a, b| Pair { distance: 0, a, b };
        let found = groups(8, &[pair(6, 7), pair(1, 3), pair(3, 5), pair(1, 5)]);
        assert_eq!(found, [vec![1, 3, 5], vec![6, 7]]);
        assert!(groups(3, &[]).is_empty());
        assert!(medians(&[1.0], 0).is_err() && BinaryCodes::new(&[1.0; 3], &[0.5; 2]).is_err());
        let same = BinaryCodes::new(&[1.0; 2100], &[0.5]).unwrap();
        assert!(pairs_within(&[same], 0).unwrap_err().to_string().contains("choose fewer"));
    }
}
