//! What a model's codes know of classes: of held-out samples, and of samples made of chosen codes.

use crate::digit_likeness::Likeness;
use crate::draw::Plan;
use crate::error::{Context, Result, refused};
use crate::parts;
use crate::trained::{Samples, Trained, read};
use candle_core::{Device, Tensor};
use gan_data::Split;
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, FeatureMatrix, Wanted, nearest};
use gan_statistics::{principal_components, purity};
use gan_train::{DataConfig, Run, Sheet, sheet};
use std::path::PathBuf;

/// Images that go through the classifier of digits together.
const CHUNK: usize = 250;

/// What is known of a model's codes.
pub struct Codes {
    /// Numbers a code.
    pub width: usize,
    /// Held-out samples.
    pub held_out: usize,
    /// Whether the model was trained on none of them.
    pub unseen: bool,
    /// Shares in `[0, 1]` and, of `information` and `entropy`, nats, by name.
    pub numbers: Vec<(&'static str, f64)>,
    /// What somebody who reads them should know.
    pub notes: Vec<String>,
}

/// A run whose model is built on what is held out, so that sheets that start from data show
/// reconstructions of that; the arguments are those of [`Trained::open`].
///
/// # Errors
/// As [`Trained::of`].
pub fn open(run: Run, data: Option<&str>, step: Option<u64>, device: &Device) -> Result<Trained> {
    Trained::of(run, data, step, device, |config| config.data.split = Split::Test.to_string())
}

/// How often the nearest training sample of a held-out one has its class, by codes, by principal
/// components of pixels, as many, and by pixels. For a model that reads its first code back, also
/// the purity of that code on held-out samples and, of `count` samples made of each of its values in
/// turn, purity (of digits alone) and a bound on what samples tell of the code. `trained` is as
/// [`open`] gives it; `watch` is told how many samples are drawn, and of how many.
///
/// # Errors
/// A model without an encoder; data that cannot be read.
pub fn codes(
    trained: &Trained,
    count: usize,
    seed: u64,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<Codes> {
    let session = &trained.session;
    let device = session.game.params().device();
    let held_out = read(session.dataset.as_ref(), usize::MAX, device)?;
    let codes = trained.encoded(&held_out.x)?.ok_or_else(|| {
        let entry = &trained.config.entry;
        refused(format!(
            "codes: {entry} has no encoder; `infogan`, `bigan`, `vae` and `aae` have one"
        ))
    })?;
    let guesses = session.game.inside().encoder.map_or(0, |encoder| encoder.guesses());
    let DataConfig { spec, .. } = &trained.config.data;
    let config = DataConfig { spec: spec.clone(), ..trained.run.config.data.clone() };
    let trained_on = gan_data::open(spec, &config.options()?)?;
    let unseen = parts::part(&config, &trained_on, Some(Split::Test))?.held_out;
    let (mut numbers, mut notes) = (Vec::new(), Vec::new());
    if !unseen {
        let split = &config.split;
        notes.push(format!("trained with --split {split}: the encoder has seen what is held out"));
    }
    if let Some(labels) = &held_out.labels {
        // What it was trained on, where that shares nothing with what is held out.
        let train = match unseen {
            true => trained_on,
            false => parts::part(&config, &trained_on, Some(Split::Train))?.data,
        };
        let train = read(train.as_ref(), usize::MAX, device)?;
        numbers.extend(neighbors(trained, &train, (&held_out, &codes), labels)?);
    }
    if guesses > 0 {
        if let Some(labels) = &held_out.labels {
            numbers.push(("purity_held_out", purity(&groups(&codes, guesses), labels)?));
        }
        let samples = Chosen { values: guesses, count, seed };
        numbers.extend(of_samples(trained, &samples, &mut notes, watch)?);
    }
    Ok(Codes { width: codes.width(), held_out: codes.rows(), unseen, numbers, notes })
}

/// The model's own sheets, written to the run's folder of samples.
///
/// # Errors
/// Sheets that cannot be drawn or written.
pub fn sheets(trained: &Trained, seed: u64) -> Result<Vec<PathBuf>> {
    let sheets = trained.drawn(|game| -> Result<_> {
        let drawings = game.inside().drawings;
        let mut rng = StepRng::new(seed, u64::MAX);
        Ok(drawings.map_or(Ok(Vec::new()), |drawings| drawings.sheets(&mut rng))?)
    })?;
    let step = trained.session.trainer.step;
    let write =
        |s: &Sheet| Ok(trained.run.picture(&format!("codes-{}", s.name), step, &sheet(s)?)?);
    sheets.iter().map(write).collect()
}

/// How often the nearest training sample has the class of a held-out one.
fn neighbors(
    trained: &Trained,
    train: &Samples,
    (held_out, codes): (&Samples, &FeatureMatrix),
    labels: &[u32],
) -> Result<[(&'static str, f64); 3]> {
    let classes = train.labels.as_deref().context("the training part has no classes")?;
    let accuracy = |queries: &FeatureMatrix, all: &FeatureMatrix| -> Result<f64> {
        let found = nearest(queries, all)?;
        let right = found.iter().zip(labels).filter(|(n, label)| classes[n.index] == **label);
        Ok(right.count() as f64 / labels.len() as f64)
    };
    let own = trained.encoded(&train.x)?.context("the encoder is gone")?;
    let pixels = values(&train.x)?;
    let size = pixels.len() / classes.len();
    let width = codes.width().min(size);
    let axes = principal_components(&pixels, size, width)?;
    let projected = |values: &[f64]| -> Result<FeatureMatrix> {
        Ok(FeatureMatrix::from_f64(width, axes.project(values)?)?)
    };
    let raw = |x: &Tensor| -> Result<FeatureMatrix> {
        Ok(FeatureMatrix::from_f32(size, x.flatten_all()?.to_vec1::<f32>()?)?)
    };
    let held_out_pixels = values(&held_out.x)?;
    Ok([
        ("neighbour_accuracy_codes", accuracy(codes, &own)?),
        (
            "neighbour_accuracy_principal_components",
            accuracy(&projected(&held_out_pixels)?, &projected(&pixels)?)?,
        ),
        ("neighbour_accuracy_pixels", accuracy(&raw(&held_out.x)?, &raw(&train.x)?)?),
    ])
}

/// The likeliest value of the first code, for each row.
fn groups(codes: &FeatureMatrix, values: usize) -> Vec<u32> {
    let largest = |row: &[f64]| {
        (1..values).fold(0, |best, j| if row[j] > row[best] { j } else { best }) as u32
    };
    codes.to_f64().chunks_exact(codes.width()).map(largest).collect()
}

/// Samples whose first code, of so many values, is dealt out in turn.
struct Chosen {
    values: usize,
    count: usize,
    seed: u64,
}

/// The information bound and, of digits, the purity of samples made of chosen codes.
fn of_samples(
    trained: &Trained,
    asked: &Chosen,
    notes: &mut Vec<String>,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<Vec<(&'static str, f64)>> {
    let Chosen { values, count, seed } = *asked;
    let labels = Some((0..u32::try_from(values).unwrap_or(u32::MAX)).collect());
    let plan = Plan { seed, labels, ..Plan::of(count) };
    let samples = trained.samples_watched(&plan, watch)?;
    let chosen = plan.labels_of(0..count).unwrap_or_default();
    let read = trained.encoded(&samples)?.context("the encoder is gone")?;
    let (numbers, width) = (read.to_f64(), read.width());
    let logs = numbers.chunks_exact(width).zip(&chosen).map(|(row, c)| {
        // A probability that was rounded to zero is still not impossible.
        row[*c as usize].max(f64::from(f32::MIN_POSITIVE)).ln()
    });
    let bound = logs.sum::<f64>() / count as f64 + (values as f64).ln();
    let mut rows = vec![("information", bound), ("entropy", (values as f64).ln())];
    if samples.dims()[1..] == [1, 28, 28] {
        let likeness = Likeness::of(trained.session.dataset.as_ref())?;
        match likeness.is_digits() {
            true => rows.push(("purity_samples", purity(&chosen, &digits(&samples)?)?)),
            false => notes.push(format!("no purity of samples: the data {}", likeness.words())),
        }
    }
    Ok(rows)
}

/// The digit that each image, `(n, 1, 28, 28)` in `[-1, 1]`, shows, by the classifier that the program
/// carries.
fn digits(images: &Tensor) -> Result<Vec<u32>> {
    let network = Digits::embedded()?;
    let wanted = Wanted { logits: true, ..Wanted::features(network.taps()[0]) };
    // On the host: that is where the classifier is.
    let images = images.to_device(&Device::Cpu)?;
    let (count, mut all) = (images.dim(0)?, Vec::new());
    for start in (0..count).step_by(CHUNK) {
        let chunk = images.narrow(0, start, CHUNK.min(count - start))?;
        let scaled = ((chunk + 1.0)? / 2.0)?;
        let logits = network.extract(&scaled, &wanted)?.logits.context("digits: no logits")?;
        all.extend(logits.argmax(1)?.to_vec1::<u32>()?);
    }
    Ok(all)
}
