//! Digits' classifiers trained anew, for studies of how far scores depend on the network.

use super::network::CLASSES;
use super::train::fit_seeded;
use super::warp::SIDE;
use super::{Digits, LAYOUT, arrays_of};
use crate::weights::fingerprint;
use crate::{Error, Result};

impl Digits {
    /// A classifier of the same architecture, trained for `steps` batches of 60 on `pixels` (28×28
    /// bytes an image, one after the other) under a seed of its own. Its scores compare with those
    /// of no other network: that is what it is for (arXiv 1801.01973, section 4.1).
    ///
    /// # Errors
    /// Fewer than 60 images, pixels that are no images of 28×28 for each label, a label above 9, no
    /// steps.
    pub fn trained(
        pixels: &[u8],
        labels: &[u8],
        steps: usize,
        seed: u64,
        note: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let fits = labels.len() >= 60 && pixels.len() == labels.len() * SIDE * SIDE && steps > 0;
        if !fits || labels.iter().any(|label| usize::from(*label) >= CLASSES) {
            return Err(Error::argument(format!(
                "{} bytes, {} labels and {steps} steps to train a classifier of digits: expected at \
                 least 60 images of 28×28 bytes, labels from 0 to 9 and a step or more",
                pixels.len(),
                labels.len()
            )));
        }
        let layers = fit_seeded(seed, pixels, labels, steps, note)?;
        let arrays = arrays_of(&layers)?;
        Ok(Self { layers, hash: fingerprint(LAYOUT, &arrays) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Extractor;

    #[test]
    fn another_seed_is_another_network() {
        let pixels: Vec<u8> = (0..60 * 784).map(|i| (i % 251) as u8).collect();
        let labels: Vec<u8> = (0..60).map(|i| i % 10).collect();
        let hash = |seed| {
            let digits = Digits::trained(&pixels, &labels, 2, seed, &mut |_| {}).unwrap();
            digits.hash().to_owned()
        };
        let one = hash(1);
        assert_eq!(one, hash(1));
        assert_ne!(one, hash(2));
        assert_eq!(one.len(), 64);
        let refused = |pixels: &[u8], labels: &[u8], steps| {
            Digits::trained(pixels, labels, steps, 0, &mut |_| {}).err().unwrap().to_string()
        };
        assert!(refused(&pixels, &labels[..59], 1).contains("at least 60 images"));
        assert!(refused(&pixels, &[10; 60], 1).contains("labels from 0 to 9"));
        assert!(refused(&pixels, &labels, 0).contains("a step or more"));
    }
}
