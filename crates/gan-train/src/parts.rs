//! Which part of the data a run is trained on where nobody says so.

use crate::config::AUTO;
use crate::{DataConfig, Result};
use gan_data::held_out_part;

/// The fewest samples that are worth holding out: a share measured on fewer is off by five hundredths
/// or more (the standard error of a half), and no score of images can be had of much fewer.
pub const LEAST_HELD_OUT: usize = 100;

impl DataConfig {
    /// Settles `split = "auto"`: `train` where the data have a part test of their own or the rule
    /// holds out [`LEAST_HELD_OUT`] samples or more, `all` elsewhere. Another split stays.
    ///
    /// # Errors
    /// As [`DataConfig::options`].
    pub fn settle(&mut self) -> Result<()> {
        if self.split == AUTO {
            let settled = if self.why_none_is_held_out()?.is_none() { "train" } else { "all" };
            settled.clone_into(&mut self.split);
        }
        Ok(())
    }

    /// Why no part of such data is held out unless somebody asks for it; nothing where one is.
    ///
    /// # Errors
    /// As [`DataConfig::options`].
    pub fn why_none_is_held_out(&self) -> Result<Option<String>> {
        let options = self.options()?;
        Ok(match held_out_part(&self.spec, &options) {
            Some(part) if part.own || part.samples >= LEAST_HELD_OUT => None,
            Some(part) => Some(format!(
                "the data are too few ({} would be held out, and {LEAST_HELD_OUT} are the fewest \
                 that are worth it)",
                part.samples
            )),
            None => Some("the data have no parts to train and to test on".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(spec: &str, split: &str) -> String {
        let mut config = DataConfig { split: split.to_owned(), ..DataConfig::new(spec) };
        config.settle().unwrap();
        config.split
    }

    #[test]
    fn the_training_part_is_the_default_and_what_somebody_asked_for_stays() {
        assert_eq!(DataConfig::new("mnist").split, AUTO);
        assert_eq!(settled("mnist", AUTO), "train");
        assert_eq!(settled("toy:ring", AUTO), "train");
        assert_eq!(settled("mnist", "all"), "all");
        assert_eq!(settled("mnist", "test"), "test");
        // Whatever it is that cannot be opened, its own error is for those who open it.
        assert_eq!(settled("nowhere", AUTO), "all");
    }

    #[test]
    fn of_few_samples_none_is_held_out() {
        let folder = tempfile::tempdir().unwrap();
        let put = |count: usize| {
            let stack = gan_images::ImageStack::new([count, 1, 1, 1], vec![0; count]).unwrap();
            let path = folder.path().join("images-idx3-ubyte");
            gan_images::write_idx_images(&path, &stack).unwrap();
            folder.path().to_str().unwrap().to_owned()
        };
        assert_eq!(settled(&put(995), AUTO), "train");
        let few = put(994);
        assert_eq!(settled(&few, AUTO), "all");
        let why = DataConfig::new(&few).why_none_is_held_out().unwrap().unwrap();
        assert!(why.contains("99 would be held out"), "{why}");
    }
}
