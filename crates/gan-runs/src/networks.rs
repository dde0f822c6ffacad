//! Which network looks at images: the one that was asked for, or the one that knows such images.

use crate::digit_likeness::Likeness;
use crate::error::{Context, Result, refused};
use gan_data::Dataset;
use gan_metrics::Protocol;
use gan_metrics::digits::Digits;
use gan_metrics::inception::Inception;
use gan_metrics::{Extractor, weights};
use std::path::PathBuf;

/// What the classifier of digits takes.
const DIGITS: [usize; 3] = [1, 28, 28];

/// Which network looks at images, and how.
#[derive(Debug, Clone)]
pub struct Scoring {
    /// The weights of an Inception; those that `gan-metrics weights fetch` stored unless given.
    pub weights: Option<PathBuf>,
    /// The classifier of digits, whatever the images are.
    pub digits: bool,
    /// Whose way of resizing and scaling.
    pub protocol: Protocol,
    /// Whether features of data are taken from the cache and kept there.
    pub cache: bool,
}

impl Default for Scoring {
    /// The network that fits the data, as pytorch-fid scores, with the cache.
    fn default() -> Self {
        Self { weights: None, digits: false, protocol: Protocol::PytorchFid, cache: true }
    }
}

/// A network, and why it is this one.
pub struct Network {
    /// The network.
    pub extractor: Box<dyn Extractor>,
    /// Why it was taken, behind its name.
    pub why: String,
    /// What speaks against it.
    pub warning: Option<String>,
}

/// What is taken.
#[derive(Debug, PartialEq)]
enum Choice {
    Digits,
    Weights(PathBuf),
    Nothing,
}

/// The network that was asked for, or the one that fits the data.
///
/// The classifier of digits is taken of itself for digits alone; other images are for the Inception
/// that `gan-metrics weights fetch` stored.
///
/// # Errors
/// Points, weights that cannot be read, and data that no network at hand knows.
pub fn network(args: &Scoring, dataset: &dyn Dataset) -> Result<Network> {
    let info = dataset.info();
    let shape: [usize; 3] = info
        .shape()
        .try_into()
        .ok()
        .context(format!("{} are points; only images are looked at by a network", info.spec))?;
    let asked = args.digits;
    let look = asked || (args.weights.is_none() && shape == DIGITS);
    let likeness = if look { Some(Likeness::of(dataset)?) } else { None };
    let fetched = || weights::cached().filter(|path| path.is_file());
    let digits = likeness.is_some_and(Likeness::is_digits);
    let words = likeness.map(Likeness::words).unwrap_or_default();
    match chosen(asked, args.weights.clone(), digits, fetched) {
        Choice::Digits => Ok(Network {
            extractor: Box::new(Digits::embedded()?),
            why: match (asked, digits) {
                (false, _) => format!("the data {words}"),
                (true, true) => "as asked".to_owned(),
                (true, false) => format!("as asked, though the data {words}"),
            },
            warning: (!digits).then(|| {
                format!("scores by a network that was trained on digits; the data {words}")
            }),
        }),
        Choice::Weights(path) => Ok(Network {
            why: match (&args.weights, &likeness) {
                (Some(_), _) => "as asked".to_owned(),
                (None, Some(_)) => format!("the data {words}"),
                (None, None) => "the data are no gray images of 28×28".to_owned(),
            },
            extractor: Box::new(Inception::open(&path)?),
            warning: None,
        }),
        Choice::Nothing => {
            let because = match likeness {
                Some(_) => format!("the data {words}, so that classifier says nothing of them"),
                None => format!("images of {}×{}×{} need a network", shape[0], shape[1], shape[2]),
            };
            Err(refused(format!(
                "{}: {because}: give --weights W.safetensors, or fetch the network that FID is \
                 defined on with `gan-metrics weights fetch` (--extractor digits takes the \
                 classifier of digits all the same)",
                info.spec
            )))
        }
    }
}

/// What is taken where digits were `asked` for, or weights, or the data are digits.
fn chosen(
    asked: bool,
    weights: Option<PathBuf>,
    digits: bool,
    fetched: impl Fn() -> Option<PathBuf>,
) -> Choice {
    match (weights, asked || digits) {
        (Some(path), _) => Choice::Weights(path),
        (None, true) => Choice::Digits,
        (None, false) => fetched().map_or(Choice::Nothing, Choice::Weights),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::{LoadOptions, open};

    #[test]
    fn the_classifier_of_digits_is_for_digits_and_inception_for_all_else() {
        let (own, stored) = (|| PathBuf::from("own"), || Some(PathBuf::from("stored")));
        assert_eq!(chosen(false, None, true, stored), Choice::Digits);
        assert_eq!(chosen(false, None, false, stored), Choice::Weights("stored".into()));
        assert_eq!(chosen(false, None, false, || None), Choice::Nothing);
        assert_eq!(chosen(true, None, false, stored), Choice::Digits);
        assert_eq!(chosen(false, Some(own()), true, stored), Choice::Weights(own()));
    }

    #[test]
    fn the_choice_says_why_and_what_speaks_against_it() {
        let args = |digits| Scoring { digits, cache: false, ..Scoring::default() };
        let digits = open("mnist", &LoadOptions::default()).unwrap();
        let found = network(&args(false), digits.as_ref()).unwrap();
        assert_eq!((found.extractor.layout(), found.warning), ("digits", None));
        assert_eq!(found.why, "the data are the digits that this program carries");
        let gray = LoadOptions {
            size: Some(28),
            channels: Some(1),
            limit: Some(50),
            ..LoadOptions::default()
        };
        let texture = open("texture:honeycomb", &gray).unwrap();
        let asked = args(true);
        let found = network(&asked, texture.as_ref()).unwrap();
        assert!(found.why.contains("do not look like digits"), "{}", found.why);
        assert!(found.warning.unwrap().contains("trained on digits"));
        let points = open("toy:ring", &LoadOptions::default()).unwrap();
        assert!(network(&args(false), points.as_ref()).is_err());
    }
}
