//! The Inception score under classifiers of digits that differ in their seed alone.

use super::score_list::{PROTOCOL, seen};
use crate::error::{Context, Result, refused};
use gan_data::{Dataset, LoadOptions};
use gan_images::Image;
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, Metrics, ScoreOptions, score};
use std::ops::Range;
use std::sync::Arc;

/// Share of the data that classifiers are trained on; the rest is scored.
const TRAINED: f64 = 0.9;

/// Gray images of 28×28 in ten classes, the first nine tenths to train classifiers on.
pub struct LabeledDigits {
    data: Arc<dyn Dataset>,
    train: usize,
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
    /// Opens the data.
    ///
    /// # Errors
    /// Images of another shape or number of classes, or too few of them.
    pub fn open(spec: &str) -> Result<Self> {
        let data = gan_data::open(spec, &LoadOptions::default())?;
        let info = data.info();
        if info.shape() != [1, 28, 28] || info.classes() != Some(10) {
            return Err(refused(format!(
                "--data {}: images of {:?} in {} classes; the classifier of digits takes 1×28×28 in 10",
                info.spec,
                info.shape(),
                info.classes().unwrap_or(0)
            )));
        }
        let train = (info.len as f64 * TRAINED) as usize;
        if train < 60 || info.len - train < 50 {
            return Err(refused(format!("{}: {} images are too few", info.spec, info.len)));
        }
        Ok(Self { data, train })
    }
}

/// Trains a classifier of digits under each of the `seeds`, for `steps` batches of 60, and scores
/// the held-out digits and the `samples` by each. `told` hears of each seed, the share that its network
/// tells right, and the subjects so far.
///
/// # Errors
/// Images that cannot be read, and what training and scores report.
pub fn extractors(
    digits: &LabeledDigits,
    samples: Option<Vec<Image>>,
    steps: usize,
    seeds: Range<u64>,
    told: &mut dyn FnMut(u64, f64, &[Subject]),
) -> Result<Found> {
    let LabeledDigits { data, train } = digits;
    let (pixels, labels, _) = read(data.as_ref(), 0..*train)?;
    let (_, held_labels, held_out) = read(data.as_ref(), *train..data.info().len)?;
    let mut subjects =
        vec![Subject { name: "held-out digits", images: held_out, rows: Vec::new() }];
    subjects.extend(samples.map(|images| Subject { name: "samples", images, rows: Vec::new() }));
    let mut accuracies = Vec::new();
    for seed in seeds {
        let network = Digits::trained(&pixels, &labels, steps, seed, &mut |_| {})?;
        let accuracy = judge(&network, &mut subjects, &held_labels)?;
        told(seed, accuracy, &subjects);
        accuracies.push(accuracy);
    }
    Ok(Found { subjects, accuracies })
}

/// Bytes, labels and images.
fn read(data: &dyn Dataset, range: Range<usize>) -> Result<(Vec<u8>, Vec<u8>, Vec<Image>)> {
    let mut values = vec![0.0; 784];
    let (mut pixels, mut labels, mut images) = (Vec::new(), Vec::new(), Vec::new());
    for index in range {
        let label = data.labeled(index, &mut values)?.unwrap_or_default();
        let image = Image::from_planes(&values, [1, 28, 28])?;
        pixels.extend_from_slice(&image.pixels);
        labels.push(u8::try_from(label).context("a label above 9")?);
        images.push(image);
    }
    Ok((pixels, labels, images))
}

/// Scores all subjects by a network; returns its accuracy on the first.
fn judge(network: &Digits, subjects: &mut [Subject], labels: &[u8]) -> Result<f64> {
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
    let logits = sets[0].logits.as_ref().and_then(|l| l.as_f32()).unwrap_or_default();
    let classes = network.classes();
    let right = logits
        .chunks_exact(classes)
        .zip(labels)
        .filter(|(row, label)| {
            let wanted = row[usize::from(**label)];
            row.iter().all(|v| *v <= wanted)
        })
        .count();
    Ok(right as f64 / labels.len().max(1) as f64)
}
