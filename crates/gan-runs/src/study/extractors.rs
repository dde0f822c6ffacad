//! The Inception score under classifiers of digits that differ in their seed alone.

use super::score_list::{PROTOCOL, seen};
use crate::digit_classifier::{self, BATCH};
use crate::error::{Context, Result, refused};
use gan_data::{Dataset, LoadOptions, Split, held_out_part};
use gan_images::Image;
use gan_metrics::digits::Digits;
use gan_metrics::{Metrics, ScoreOptions, score};
use std::ops::Range;
use std::sync::Arc;

/// Held-out images that are worth scoring.
const FEWEST: usize = 50;

/// Gray images of 28×28 in ten classes: those to train classifiers on, and those that are held out.
pub struct LabeledDigits {
    train: Arc<dyn Dataset>,
    held_out: Arc<dyn Dataset>,
}

/// Images with a name, and what each network makes of them.
pub struct Subject {
    /// `held-out digits` or `samples`.
    pub name: &'static str,
    /// The images.
    pub images: Vec<Image>,
    /// One a network.
    pub rows: Vec<Row>,
}

/// One network's scores of one subject.
pub struct Row {
    /// The Inception score.
    pub inception: f64,
    /// Its deviation over splits.
    pub over_splits: f64,
    /// FID against the held-out digits; these have none.
    pub fid: Option<f64>,
}

/// What a study has found.
pub struct Found {
    /// The held-out digits, and the samples where there are some.
    pub subjects: Vec<Subject>,
    /// The share of held-out digits that each network tells right.
    pub accuracies: Vec<f64>,
}

impl LabeledDigits {
    /// Opens the data and their part that is held out.
    ///
    /// # Errors
    /// Images of another shape or number of classes, or too few of them.
    pub fn open(spec: &str) -> Result<Self> {
        let part = |split| LoadOptions { split, ..LoadOptions::default() };
        let train = gan_data::open(spec, &part(Split::Train))?;
        digit_classifier::check(train.info())?;
        let apart = held_out_part(spec, &part(Split::Test)).map_or(0, |part| part.samples);
        if train.info().len < BATCH || apart < FEWEST {
            return Err(refused(format!(
                "{spec}: {} images to train on and {apart} held out; expected {BATCH} and {FEWEST} at \
                 least",
                train.info().len
            )));
        }
        Ok(Self { train, held_out: gan_data::open(spec, &part(Split::Test))? })
    }
}

/// Trains a classifier of digits under each of the `seeds`, for `steps` batches of 60, and scores
/// the held-out digits and the `samples` by each. `told` hears of each seed, the share that its network
/// tells right, and the subjects so far.
///
/// # Errors
/// Images that cannot be read, and what training and scores report.
pub fn extractors(
    LabeledDigits { train, held_out }: &LabeledDigits,
    samples: Option<Vec<Image>>,
    steps: u64,
    seeds: Range<u64>,
    told: &mut dyn FnMut(u64, f64, &[Subject]),
) -> Result<Found> {
    let images = read(held_out.as_ref())?;
    let mut subjects = vec![Subject { name: "held-out digits", images, rows: Vec::new() }];
    subjects.extend(samples.map(|images| Subject { name: "samples", images, rows: Vec::new() }));
    let mut accuracies = Vec::new();
    for seed in seeds {
        let network = digit_classifier::train(train.clone(), steps, seed, &mut |_| {})?;
        let accuracy = digit_classifier::accuracy(&network, held_out.as_ref())?;
        judge(&network, &mut subjects)?;
        told(seed, accuracy, &subjects);
        accuracies.push(accuracy);
    }
    Ok(Found { subjects, accuracies })
}

/// All images of a data set.
fn read(data: &dyn Dataset) -> Result<Vec<Image>> {
    let mut values = vec![0.0; 784];
    let mut image = |index| -> Result<Image> {
        data.labeled(index, &mut values)?;
        Ok(Image::from_planes(&values, [1, 28, 28])?)
    };
    (0..data.info().len).map(&mut image).collect()
}

/// Scores all subjects by a network.
fn judge(network: &Digits, subjects: &mut [Subject]) -> Result<()> {
    let mut sets = Vec::new();
    for subject in subjects.iter() {
        let images = &subject.images;
        sets.push(seen(network, images.len(), &mut |k| Ok(images[k].clone()), subject.name)?);
    }
    let metrics = Metrics { fid: true, inception: true, ..Metrics::default() };
    let options = ScoreOptions { lenient: true, ..ScoreOptions::new(metrics, PROTOCOL) };
    for (index, (set, subject)) in sets.iter().zip(subjects.iter_mut()).enumerate() {
        let reference = (index > 0).then(|| &sets[0]);
        let scores = score(set, reference, &options)?;
        let inception = scores.inception.context("no Inception score")?;
        let fid = scores.fid.map(|f| f.value);
        subject.rows.push(Row { inception: inception.mean, over_splits: inception.std, fid });
    }
    Ok(())
}
