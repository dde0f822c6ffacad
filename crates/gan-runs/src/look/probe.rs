//! How good a discriminator's features are for a linear classifier: Radford et al. 2016 (arXiv
//! 1511.06434), section 5.1.

use crate::error::{Error, Result, refused};
use crate::parts;
use crate::session::Session;
use candle_core::{DType, Device, Tensor};
use gan_data::Dataset;
use gan_inspect::guided::Tap;
use gan_inspect::linear_classifier::{Cost, FitOptions, LinearClassifier};
use gan_inspect::pooled;
use gan_train::{Fields, Game, RunConfig};
use std::ops::Range;
use std::sync::Arc;

/// Values of C that are tried on a part of the training images.
const TRIED: [f64; 3] = [1.0, 10.0, 100.0];
/// Images that go through D together.
const BATCH: usize = 64;
/// Training images that C is chosen with, at most.
const CHOICE: usize = 2000;
/// Evaluations of a fit's whole cost: accuracy does not change any more long before.
const EVALUATIONS: usize = 100;

/// Labeled images as rows of numbers.
#[derive(Debug, Default)]
pub struct Rows {
    /// `(n, channels · height · width)`, in `[-1, 1]`.
    pub pixels: Vec<f32>,
    /// `(n, width)`: D's hidden layers, each max-pooled to 4×4.
    pub features: Vec<f32>,
    /// The class of each.
    pub labels: Vec<u32>,
}

/// Training rows and held-out ones.
#[derive(Debug)]
pub struct Split {
    /// What classifiers are fitted to.
    pub train: Rows,
    /// What they are judged by.
    pub held_out: Rows,
    /// Whether D was trained on the held-out images, without their labels.
    pub seen: bool,
    /// How many classes there are.
    pub classes: usize,
}

/// Accuracies of one classifier on one kind of rows, with more and more labels.
#[derive(Debug)]
pub struct Curve {
    /// Values of a row.
    pub width: usize,
    /// The weight of errors against that of the weights.
    pub c: f64,
    /// Labeled images, and the share of held-out ones whose class was found, 0 to 1.
    pub accuracy: Vec<(usize, f64)>,
}

/// Reads images and D's features of them. What is held out is the part that the run held out, else
/// the last tenth of the data; `limit` bounds the training images.
///
/// # Errors
/// Data without two classes, or too few images for them.
pub fn split(
    session: &Session,
    config: &RunConfig,
    limit: Option<usize>,
    device: &Device,
) -> Result<Split> {
    let info = session.dataset.info();
    let classes = info
        .classes()
        .filter(|n| *n > 1)
        .ok_or_else(|| refused(format!("{}: a probe needs labeled data", info.spec)))?;
    let (held_out, held_range, train_range, seen) = parts(session, config)?;
    let train_range = 0..train_range.end.min(limit.unwrap_or(usize::MAX));
    if train_range.len() < 2 * classes || held_range.is_empty() {
        return Err(refused(format!(
            "{} training and {} held-out images: too few for {classes} classes",
            train_range.len(),
            held_range.len()
        )));
    }
    session.drawn(|game| {
        let train = rows(game, session.dataset.as_ref(), train_range, device)?;
        let held_out = rows(game, held_out.as_ref(), held_range, device)?;
        Ok(Split { train, held_out, seen, classes })
    })
}

/// Held-out data and their range, the range of training images, and whether D has seen the former.
type Parts = (Arc<dyn Dataset>, Range<usize>, Range<usize>, bool);

fn parts(session: &Session, config: &RunConfig) -> Result<Parts> {
    let data = &session.dataset;
    let all = data.info().len;
    let part = parts::part(&config.data, data, None)?;
    if part.held_out {
        let len = part.data.info().len;
        return Ok((part.data, 0..len, 0..all, false));
    }
    let train = all - all / 10;
    Ok((data.clone(), train..all, 0..train, true))
}

fn rows(game: &dyn Game, data: &dyn Dataset, range: Range<usize>, device: &Device) -> Result<Rows> {
    let info = data.info();
    let [channels, height, width]: [usize; 3] = info
        .shape()
        .try_into()
        .map_err(|_| refused(format!("{}: points; a probe needs images", info.spec)))?;
    let size = channels * height * width;
    let mut rows = Rows::default();
    for start in range.clone().step_by(BATCH) {
        let count = BATCH.min(range.end - start);
        let mut values = vec![0.0; count * size];
        for (k, out) in values.chunks_exact_mut(size).enumerate() {
            rows.labels.push(data.labeled(start + k, out)?.unwrap_or_default());
        }
        rows.pixels.extend_from_slice(&values);
        let x = Tensor::from_vec(values, (count, channels, height, width), device)?;
        // A conditional D is told nothing that the classifier should find out.
        let told = match game.classes() {
            Some(_) => Fields::of_classes(&vec![0; count], device)?,
            None => Fields::none(),
        };
        let discriminator = game.inside().discriminator()?;
        let network = |x: &Tensor, tap: &mut Tap<'_>| {
            discriminator.judge(x, &told, tap).map_err(gan_inspect::Error::source)
        };
        let found = pooled::features(&network, &x)?;
        rows.features.extend(found.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(rows)
}

impl Split {
    /// Fits a classifier to 100, 300, 1,000, 3,000 and all rows of the kind that `of` chooses, and
    /// tells `progress` each accuracy. Where `c` is not given, the best of 1, 10 and 100 on a tenth
    /// of the training rows is taken.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn curve(
        &self,
        of: fn(&Rows) -> &[f32],
        cost: Cost,
        c: Option<f64>,
        progress: &mut dyn FnMut(usize, f64),
    ) -> Result<Curve> {
        let (features, labels) = (of(&self.train), &self.train.labels);
        let width = features.len() / labels.len().max(1);
        let fit = |n: usize, c: f64| -> Result<LinearClassifier> {
            let options = FitOptions { cost, c, evaluations: EVALUATIONS, ..FitOptions::default() };
            let (features, labels) = (&features[..n * width], &labels[..n]);
            LinearClassifier::fit(features, labels, self.classes, &options).map_err(Error::from)
        };
        let chosen = || -> Result<f64> {
            let all = labels.len().min(CHOICE);
            let part = all - all / 10;
            let (rest, answers) = (&features[part * width..all * width], &labels[part..all]);
            let mut best = (f64::NEG_INFINITY, TRIED[0]);
            for c in TRIED {
                let accuracy = fit(part, c)?.accuracy(rest, answers)?;
                // Of equals the one that holds weights back more.
                if accuracy > best.0 {
                    best = (accuracy, c);
                }
            }
            Ok(best.1)
        };
        let c = c.map_or_else(chosen, Ok)?;
        let mut curve = Curve { width, c, accuracy: Vec::new() };
        let counts = [100, 300, 1000, 3000].into_iter().filter(|n| 4 * n < 3 * labels.len());
        for n in counts.chain([labels.len()]) {
            let accuracy = fit(n, c)?.accuracy(of(&self.held_out), &self.held_out.labels)?;
            progress(n, accuracy);
            curve.accuracy.push((n, accuracy));
        }
        Ok(curve)
    }
}
