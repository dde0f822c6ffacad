//! `gan codes`: what a model's codes know of classes, and pictures of what they change.

pub mod args;

use crate::codes::args::CodesArgs;
use crate::failure::usage;
use crate::format::{number, table};
use crate::output::{self, note};
use anyhow::{Context, Result};
use candle_core::{DType, Tensor};
use gan_data::{Dataset, Split};
use gan_layers::StepRng;
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, FeatureMatrix, Wanted, nearest};
use gan_runs::digit_likeness::Likeness;
use gan_runs::draw::Plan;
use gan_runs::parts;
use gan_runs::trained::Trained;
use gan_statistics::{principal_components, purity};
use gan_train::{DataConfig, Game, Run, RunConfig, Sample, sheet};
use serde_json::{Map, Value, json};

/// Samples that are encoded together; changes nothing of a code.
const CHUNK: usize = 250;

/// Samples with their classes, as numbers.
struct Part {
    /// `(n, …shape)`, row by row.
    values: Vec<f32>,
    /// One a sample; nothing where the data have none.
    labels: Option<Vec<u32>>,
    shape: Vec<usize>,
}

/// Runs the command.
pub fn run(args: &CodesArgs) -> Result<u8> {
    let device = args.compute.start()?;
    // Built on what is held out: sheets that start from data then show reconstructions of that.
    let split = Split::Test;
    let part = |config: &mut RunConfig| config.data.split = split.to_string();
    let trained =
        Trained::of(Run::open(&args.run)?, args.data.as_deref(), args.step, &device, part)?;
    let session = &trained.session;
    let (game, trainer) = (session.game.as_ref(), &session.trainer);
    let held_out = Part::read(session.dataset.as_ref())?;
    let seed = args.seed.unwrap_or(trained.config.train.seed);
    let (codes, guesses) = trainer.drawn(game, |game| {
        let guesses = game.inside().encoder.map_or(0, |encoder| encoder.guesses());
        Ok((encode(game, &held_out)?, guesses))
    })?;
    let Some(codes) = codes else {
        let entry = &trained.config.entry;
        return Err(usage(format!(
            "codes: {entry} has no encoder; `infogan`, `bigan`, `vae` and `aae` have one"
        )));
    };
    let mut object = Map::new();
    object.insert("run".into(), json!(trained.run.dir));
    object.insert("checkpoint".into(), json!(trained.checkpoint));
    object.insert("step".into(), trainer.step.into());
    object.insert("width".into(), codes.width().into());
    object.insert("held_out".into(), codes.rows().into());
    let DataConfig { spec, .. } = &trained.config.data;
    let config = DataConfig { spec: spec.clone(), ..trained.run.config.data.clone() };
    let trained_on = gan_data::open(spec, &config.options()?)?;
    let unseen = parts::part(&config, &trained_on, Some(split))?.held_out;
    object.insert("held_out_unseen".into(), unseen.into());
    if !unseen {
        let split = &config.split;
        note(&format!("trained with --split {split}: the encoder has seen what is held out"));
    }
    let mut rows = Vec::new();
    if let Some(labels) = &held_out.labels {
        // What it was trained on, where that shares nothing with what is held out.
        let train = match unseen {
            true => trained_on,
            false => parts::part(&config, &trained_on, Some(Split::Train))?.data,
        };
        let train = Part::read(train.as_ref())?;
        for (name, value) in neighbours(&trained, &train, (&held_out, &codes), labels)? {
            rows.push((name, value));
        }
    }
    if guesses > 0 {
        if let Some(labels) = &held_out.labels {
            rows.push(("purity_held_out", purity(&groups(&codes, guesses), labels)?));
        }
        let count = usize::try_from(args.count)?;
        rows.extend(of_samples(&trained, guesses, count, seed)?);
    }
    let rounded = rows.iter().map(|(name, v)| vec![(*name).to_owned(), number(*v)]);
    let text = table(&rounded.collect::<Vec<_>>());
    object.extend(rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    let sheets = pictures(&trained, seed)?;
    object.insert("sheets".into(), json!(sheets));
    if args.json {
        output::json(&Value::Object(object))?;
    } else {
        output::result(&format!("step {}, codes of {}\n{text}", trainer.step, codes.width()))?;
        sheets.iter().for_each(|path| note(&path.display().to_string()));
    }
    Ok(0)
}

impl Part {
    fn read(dataset: &dyn Dataset) -> Result<Self> {
        let info = dataset.info();
        let size = info.shape().iter().product::<usize>().max(1);
        let mut values = vec![0.0; info.len * size];
        let mut labels = Vec::with_capacity(info.len);
        for (index, out) in values.chunks_exact_mut(size).enumerate() {
            labels.extend(dataset.labeled(index, out)?);
        }
        let labels = (labels.len() == info.len).then_some(labels);
        Ok(Self { values, labels, shape: info.shape().to_vec() })
    }

    fn size(&self) -> usize {
        self.shape.iter().product::<usize>().max(1)
    }

    fn as_f64(&self) -> Vec<f64> {
        self.values.iter().map(|v| f64::from(*v)).collect()
    }
}

/// The codes of all samples, without noise; nothing where the model has no encoder.
fn encode(game: &dyn Game, part: &Part) -> gan_train::Result<Option<FeatureMatrix>> {
    let device = game.params().device();
    let Some(encoder) = game.inside().encoder else { return Ok(None) };
    let (mut all, mut width) = (Vec::new(), 0);
    for chunk in part.values.chunks(CHUNK * part.size()) {
        let shape = [&[chunk.len() / part.size()], part.shape.as_slice()].concat();
        let codes = encoder.encode(&Tensor::from_slice(chunk, shape, device)?, None)?;
        let codes = codes.detach().flatten_from(1)?;
        width = codes.dim(1)?;
        all.extend(codes.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
    }
    let matrix = FeatureMatrix::from_f32(width, all);
    matrix.map(Some).map_err(|e| gan_train::Error::Config(format!("codes: {e}")))
}

/// How often the nearest training sample has the class of a held-out one.
fn neighbours(
    trained: &Trained,
    train: &Part,
    (held_out, codes): (&Part, &FeatureMatrix),
    labels: &[u32],
) -> Result<Vec<(&'static str, f64)>> {
    let classes = train.labels.as_deref().context("the training part has no classes")?;
    let accuracy = |queries: &FeatureMatrix, all: &FeatureMatrix| -> Result<f64> {
        let found = nearest(queries, all)?;
        let right = found.iter().zip(labels).filter(|(n, label)| classes[n.index] == **label);
        Ok(right.count() as f64 / labels.len() as f64)
    };
    let (game, trainer) = (trained.session.game.as_ref(), &trained.session.trainer);
    let own = trainer.drawn(game, |game| encode(game, train))?.context("the encoder is gone")?;
    let size = train.size();
    let pixels = train.as_f64();
    let width = codes.width().min(size);
    let axes = principal_components(&pixels, size, width)?;
    let projected = |values: &[f64]| -> Result<FeatureMatrix> {
        Ok(FeatureMatrix::from_f64(width, axes.project(values)?)?)
    };
    let raw = |part: &Part| FeatureMatrix::from_f32(size, part.values.clone());
    Ok(vec![
        ("neighbour_accuracy_codes", accuracy(codes, &own)?),
        (
            "neighbour_accuracy_principal_components",
            accuracy(&projected(&held_out.as_f64())?, &projected(&pixels)?)?,
        ),
        ("neighbour_accuracy_pixels", accuracy(&raw(held_out)?, &raw(train)?)?),
    ])
}

/// The likeliest value of the first code, for each row.
fn groups(codes: &FeatureMatrix, values: usize) -> Vec<u32> {
    let largest = |row: &[f64]| {
        (1..values).fold(0, |best, j| if row[j] > row[best] { j } else { best }) as u32
    };
    codes.to_f64().chunks_exact(codes.width()).map(largest).collect()
}

/// Purity and the information bound of samples whose first code is dealt out in turn.
fn of_samples(
    trained: &Trained,
    values: usize,
    count: usize,
    seed: u64,
) -> Result<Vec<(&'static str, f64)>> {
    let session = &trained.session;
    let (game, trainer) = (session.game.as_ref(), &session.trainer);
    let labels = Some((0..u32::try_from(values)?).collect());
    let plan = Plan { seed, labels, ..Plan::of(count) };
    let (mut images, mut shape) = (Vec::new(), Vec::new());
    crate::draws::each(trainer, game, &plan, &mut |sample| {
        let (Sample::Images(t) | Sample::Points(t)) = sample else {
            return Err(usage("codes: samples of an unknown kind"));
        };
        shape = t.dims()[1..].to_vec();
        images.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        Ok(())
    })?;
    let chosen = plan.labels_of(0..count).unwrap_or_default();
    let part = Part { values: images, labels: None, shape };
    let read = trainer.drawn(game, |game| encode(game, &part))?.context("the encoder is gone")?;
    let (numbers, width) = (read.to_f64(), read.width());
    let logs = numbers.chunks_exact(width).zip(&chosen).map(|(row, c)| {
        // A probability that was rounded to zero is still not impossible.
        row[*c as usize].max(f64::from(f32::MIN_POSITIVE)).ln()
    });
    let bound = logs.sum::<f64>() / count as f64 + (values as f64).ln();
    let mut rows = vec![("information", bound), ("entropy", (values as f64).ln())];
    if part.shape == [1, 28, 28] {
        let likeness = Likeness::of(session.dataset.as_ref())?;
        match likeness.is_digits() {
            true => rows.push(("purity_samples", purity(&chosen, &digits(&part)?)?)),
            false => note(&format!("no purity of samples: the data {}", likeness.words())),
        }
    }
    Ok(rows)
}

/// The digit that each image shows, by the classifier that the program carries.
fn digits(part: &Part) -> Result<Vec<u32>> {
    let network = Digits::embedded()?;
    let wanted = Wanted { logits: true, ..Wanted::features(network.taps()[0]) };
    let mut all = Vec::new();
    for chunk in part.values.chunks(CHUNK * part.size()) {
        let scaled: Vec<f32> = chunk.iter().map(|v| (v + 1.0) / 2.0).collect();
        let shape = [&[chunk.len() / part.size()], part.shape.as_slice()].concat();
        let images = Tensor::from_vec(scaled, shape, &candle_core::Device::Cpu)?;
        let logits = network.extract(&images, &wanted)?.logits.context("digits: no logits")?;
        all.extend(logits.argmax(1)?.to_vec1::<u32>()?);
    }
    Ok(all)
}

/// The model's sheets as files.
fn pictures(trained: &Trained, seed: u64) -> Result<Vec<std::path::PathBuf>> {
    let session = &trained.session;
    let game = session.game.as_ref();
    let sheets = session.trainer.drawn(game, |game| {
        let drawings = game.inside().drawings;
        drawings.map_or(Ok(Vec::new()), |d| d.sheets(&mut StepRng::new(seed, u64::MAX)))
    })?;
    let step = session.trainer.step;
    sheets
        .iter()
        .map(|s| Ok(trained.run.picture(&format!("codes-{}", s.name), step, &sheet(s)?)?))
        .collect()
}
