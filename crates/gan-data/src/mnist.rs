//! The 10,000 MNIST digits embedded in the binary; `embedded/README.md` tells where they are from.

use std::path::Path;

use gan_images::{Split, parse_idx_images, parse_idx_labels};

use crate::arrays::Arrays;
use crate::{Kind, Result};

const IMAGES: &[u8] = include_bytes!("../embedded/images.idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../embedded/labels.idx1-ubyte.gz");
/// The first 9,000 are for training, the rest is held out, with each digit's share in both.
const TRAIN: usize = 9_000;

/// Unpacks the digits of `split`.
pub(crate) fn load(split: Split) -> Result<Arrays> {
    let images = parse_idx_images(IMAGES, Path::new("mnist (embedded images)"))?;
    let labels = parse_idx_labels(LABELS, Path::new("mnist (embedded labels)"))?;
    let count = images.count;
    let digits = Arrays {
        labels: Some(labels.into_iter().map(u32::from).collect()),
        class_names: (0..10).map(|digit| digit.to_string()).collect(),
        ..Arrays::new(Kind::Mnist, images)
    };
    match split {
        Split::Train => digits.part(0..TRAIN),
        Split::Test => digits.part(TRAIN..count),
        _ => Ok(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_embedded_files_are_those_of_the_readme() {
        let readme = include_str!("../embedded/README.md");
        for (bytes, name) in [(IMAGES, "images.idx3-ubyte.gz"), (LABELS, "labels.idx1-ubyte.gz")] {
            assert!(
                readme.contains(&format!("{}  {name}", sha256(bytes))),
                "{name}: {}",
                sha256(bytes)
            );
        }
    }

    #[test]
    fn both_parts_have_every_digit_in_its_share() {
        let count = |split| {
            let labels = load(split).unwrap().labels.unwrap();
            (0..10).map(|digit| labels.iter().filter(|l| **l == digit).count()).collect::<Vec<_>>()
        };
        let (all, train, test) = (count(Split::All), count(Split::Train), count(Split::Test));
        assert_eq!(all, [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
        assert_eq!(test, [100, 113, 99, 103, 98, 86, 102, 107, 94, 98]);
        assert!((0..10).all(|d| train[d] + test[d] == all[d]));
    }
}
