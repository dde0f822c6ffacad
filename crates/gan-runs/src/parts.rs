//! Which part of a run's data a command looks at: one rule for all of them.
//!
//! What a model was trained on it may have learned by heart, so what is held out is taken unless
//! somebody asks for another part; where nothing is held out, that is said.

use crate::error::{Context, Result};
use gan_data::{Dataset, LoadOptions, Split, held_out_part};
use gan_train::DataConfig;
use std::sync::Arc;

/// A part of a run's data.
pub struct Part {
    /// Which.
    pub split: Split,
    /// Its samples.
    pub data: Arc<dyn Dataset>,
    /// Whether the model was trained on none of them.
    pub held_out: bool,
    /// Why nothing is held out, where that is why this part was taken.
    absence: Option<String>,
}

/// The part that was `asked` for, loaded as it was for training; unless one was, what is held out, or
/// else what the run was `trained_on`.
///
/// # Errors
/// A part that was asked for and is not there.
pub fn part(
    config: &DataConfig,
    trained_on: &Arc<dyn Dataset>,
    asked: Option<Split>,
) -> Result<Part> {
    let own: Split = config.options()?.split;
    if let Some(split) = asked {
        let data = open(config, split, None)?;
        let held_out = is_held_out(config, trained_on.info().own_parts, split)?;
        return Ok(Part { split, data, held_out, absence: None });
    }
    let other = if own == Split::Test { Split::Train } else { Split::Test };
    if is_held_out(config, trained_on.info().own_parts, other)? {
        let data = open(config, other, None)?;
        return Ok(Part { split: other, data, held_out: true, absence: None });
    }
    let why = match config.why_none_is_held_out()? {
        Some(why) => why,
        None => format!("the model was trained with --split {own}"),
    };
    let options = config.options()?;
    let data = match options.scaled && trained_on.info().kind.is_files() {
        true => open(config, own, options.limit)?,
        false => trained_on.clone(),
    };
    Ok(Part { split: own, data, held_out: false, absence: Some(why) })
}

/// What is to be said at the start of a run that holds nothing out because it cannot.
pub fn absence(config: &DataConfig) -> Result<Option<String>> {
    if config.options()?.split != Split::All {
        return Ok(None);
    }
    let why = config.why_none_is_held_out()?;
    Ok(why.map(|why| format!("no part is held out: {why}; scores compare with the training data")))
}

/// A part as scores see it: with the pixels that a full decode gives.
fn open(config: &DataConfig, split: Split, limit: Option<usize>) -> Result<Arc<dyn Dataset>> {
    let options = LoadOptions { split, limit, scaled: false, ..config.options()? };
    gan_data::open(&config.spec, &options).with_context(|| format!("the data's part {split}"))
}

/// Whether nothing of a part was trained on.
fn is_held_out(config: &DataConfig, own_parts: bool, split: Split) -> Result<bool> {
    let options = config.options()?;
    let apart = match (options.split, split) {
        (Split::Train, Split::Test) | (Split::Test, Split::Train) => true,
        (Split::Train, Split::Val) => own_parts,
        // Data with parts of their own have that to train on as `all`.
        (Split::All, Split::Test | Split::Val) => own_parts,
        _ => false,
    };
    Ok(apart && held_out_part(&config.spec, &options).is_some())
}

impl Part {
    /// Such as `1000 samples of mnist (part test, held out)`.
    pub fn words(&self) -> String {
        let (info, split) = (self.data.info(), self.split);
        let seen = if self.held_out { "held out" } else { "trained on" };
        format!("{} samples of {} (part {split}, {seen})", info.len, info.spec)
    }

    /// What somebody who reads a number should know of the part, if anything.
    pub fn note(&self) -> Option<String> {
        let split = self.split;
        match &self.absence {
            _ if self.held_out => None,
            Some(why) => Some(format!(
                "no part is held out: {why}; numbers are of samples that the model was trained on"
            )),
            None => Some(format!(
                "split {split}: the model was trained on these samples, or on some of them"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_images::Image;

    /// The part for a run on `spec` with `split`, 300 samples of it.
    fn of(spec: &str, split: &str, asked: Option<Split>) -> Part {
        let limit = 300;
        let config = DataConfig { split: split.to_owned(), limit, ..DataConfig::new(spec) };
        let trained_on = gan_data::open(spec, &config.options().unwrap()).unwrap();
        part(&config, &trained_on, asked).unwrap()
    }

    fn told(part: &Part) -> (Split, usize, bool) {
        (part.split, part.data.info().len, part.held_out)
    }

    #[test]
    fn what_is_held_out_comes_first() {
        assert_eq!(told(&of("mnist", "train", None)), (Split::Test, 1000, true));
        assert_eq!(told(&of("mnist", "test", None)), (Split::Train, 9000, true));
        assert_eq!(told(&of("toy:ring?n=400", "train", None)), (Split::Test, 400, true));
        // Toys draw others for the part test, whatever was trained on.
        assert_eq!(told(&of("toy:ring?n=400", "all", None)), (Split::Test, 400, true));
        assert_eq!(of("mnist", "train", None).note(), None);
        let words = of("mnist", "train", None).words();
        assert_eq!(words, "1000 samples of mnist (part test, held out)");
    }

    #[test]
    fn where_nothing_is_held_out_that_is_said() {
        let found = of("mnist", "all", None);
        assert_eq!(told(&found), (Split::All, 300, false));
        assert!(found.note().unwrap().contains("trained with --split all"));
        let folder = tempfile::tempdir().unwrap();
        for k in 0..20 {
            let path = folder.path().join(format!("{k}.png"));
            std::fs::write(path, Image::filled(2, 2, &[7]).unwrap().to_png().unwrap()).unwrap();
        }
        let spec = folder.path().to_str().unwrap();
        let found = of(spec, "all", None);
        assert_eq!(told(&found), (Split::All, 20, false));
        assert!(found.note().unwrap().contains("no part is held out: the data are too few (2"));
        // Nobody is kept from holding out two.
        assert_eq!(told(&of(spec, "train", None)), (Split::Test, 2, true));
    }

    /// A gray JPEG of 96 by 64 pixels: 12 by 8 blocks of two bits each.
    fn jpeg() -> Vec<u8> {
        let mut bytes = [&[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0][..], &[16; 64]].concat();
        bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 64, 0, 96, 1, 1, 0x11, 0]);
        for class in [0x00, 0x10] {
            bytes.extend([&[0xff, 0xc4, 0, 20, class, 1][..], &[0; 16]].concat());
        }
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
        [bytes, vec![0; 24], vec![0xff, 0xd9]].concat()
    }

    #[test]
    fn scores_see_whole_pictures_where_training_saw_smaller_ones() {
        let folder = tempfile::tempdir().unwrap();
        (0..3)
            .for_each(|k| std::fs::write(folder.path().join(format!("{k}.jpg")), jpeg()).unwrap());
        let spec = folder.path().to_str().unwrap();
        let all = Split::All.to_string();
        let config = DataConfig { size: 8, limit: 2, split: all, ..DataConfig::new(spec) };
        let trained_on = gan_data::open(spec, &config.options().unwrap()).unwrap();
        let smaller = |data: &Arc<dyn Dataset>| data.info().notes.iter().any(|n| n.contains("1/4"));
        assert!(smaller(&trained_on), "{:?}", trained_on.info().notes);
        for asked in [None, Some(Split::All)] {
            assert!(!smaller(&part(&config, &trained_on, asked).unwrap().data), "{asked:?}");
        }
        assert_eq!(part(&config, &trained_on, None).unwrap().data.info().len, 2);
    }

    #[test]
    fn a_part_that_is_asked_for_is_taken_and_told_for_what_it_is() {
        assert_eq!(told(&of("mnist", "train", Some(Split::Train))), (Split::Train, 9000, false));
        assert_eq!(told(&of("mnist", "train", Some(Split::Test))), (Split::Test, 1000, true));
        let found = of("mnist", "all", Some(Split::Test));
        assert_eq!(told(&found), (Split::Test, 1000, false));
        assert!(found.note().unwrap().contains("trained on these samples, or on some of them"));
        let config = DataConfig::new("mnist");
        let trained_on = gan_data::open("mnist", &config.options().unwrap()).unwrap();
        assert!(part(&config, &trained_on, Some(Split::Val)).is_err());
    }
}
