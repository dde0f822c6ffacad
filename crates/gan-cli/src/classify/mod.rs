//! `gan classify`: what a linear classifier makes of a run's features, beside raw pixels.

pub mod args;

use crate::classify::args::ClassifyArgs;
use crate::failure::usage;
use crate::format::table;
use crate::output::{self, note};
use anyhow::{Context, Result};
use candle_core::Tensor;
use gan_data::Split;
use gan_runs::trained::{Trained, read, rows};
use gan_statistics::{LogisticOptions, LogisticRegression};
use gan_train::Run;
use serde_json::{Value, json};
use std::time::Instant;

/// Ends the fit: no accuracy changes below.
const TOLERANCE: f64 = 1e-6;
/// Newton steps; where classes can be told apart without error, weights grow for long.
const STEPS: usize = 1000;

/// One regression.
struct Score {
    name: &'static str,
    width: usize,
    c: f64,
    train: f64,
    test: f64,
    /// Mean cross-entropy of the training part, in nats.
    loss: f64,
    seconds: f64,
}

/// Samples as rows of numbers with their labels.
struct Rows {
    values: Vec<f64>,
    width: usize,
    labels: Vec<u32>,
}

/// Runs the command.
pub fn run(args: &ClassifyArgs) -> Result<u8> {
    for (name, c) in [("--c", args.c), ("--pixels-c", args.pixels_c)] {
        if !(c > 0.0 && c.is_finite()) {
            return Err(usage(format!("{name}: expected a number above 0, found {c}")));
        }
    }
    let device = args.compute.start()?;
    let trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let info = trained.session.dataset.info().clone();
    let Some(classes) = info.classes().filter(|n| *n > 1) else {
        return Err(usage(format!(
            "{}: classes are to be told apart, and these data have no labels",
            info.spec
        )));
    };
    let (mut pixels, mut features, mut held_out) = (Vec::new(), Vec::new(), false);
    for split in [Split::Train, Split::Test] {
        let part = trained.part(Some(split)).with_context(|| {
            format!("{}: expected data with a training part and a test part", info.spec)
        })?;
        held_out = part.held_out;
        if split == Split::Test {
            part.note().iter().for_each(|text| note(text));
        }
        let part = read(part.data.as_ref(), usize::try_from(args.count)?, &device)?;
        let labels = part.labels.context("a sample without a label")?;
        let (values, width) = rows(&part.x)?;
        features.push(encoded(&trained, &part.x, &labels)?);
        pixels.push(Rows { values, width, labels });
    }
    let scores = [
        score("features", &features, classes, args.c)?,
        score("pixels", &pixels, classes, args.pixels_c)?,
    ];
    let mut object = json!({
        "kind": "classify",
        "step": trained.session.trainer.step,
        "data": info.spec,
        "held_out": held_out,
        "classes": classes,
        "class_names": info.class_names(),
        "train": pixels[0].labels.len(),
        "test": pixels[1].labels.len(),
    });
    for score in &scores {
        object[score.name] = score_object(score);
    }
    if !args.no_log {
        Run::append(&trained.run.dir, &object)?;
    }
    if args.json {
        object["run"] = json!(trained.run.dir);
        object["checkpoint"] = json!(trained.checkpoint);
        return output::json(&object).map(|()| 0);
    }
    let head = ["", "width", "C", "train", "test"].map(str::to_owned).to_vec();
    let row = |s: &Score| {
        let share = |v: f64| format!("{v:.4}");
        vec![s.name.into(), s.width.to_string(), s.c.to_string(), share(s.train), share(s.test)]
    };
    let all: Vec<Vec<String>> = std::iter::once(head).chain(scores.iter().map(row)).collect();
    output::result(&format!(
        "step {}, {} samples of {} to fit and {} to score; accuracy\n{}",
        trained.session.trainer.step,
        pixels[0].labels.len(),
        info.spec,
        pixels[1].labels.len(),
        table(&all)
    ))?;
    Ok(0)
}

/// What the model's encoder makes of samples.
fn encoded(trained: &Trained, x: &Tensor, labels: &[u32]) -> Result<Rows> {
    let codes = trained.encoded(x)?.ok_or_else(|| {
        usage(format!(
            "{} has no encoder, so it has no features of data; `rbm` is one that has",
            trained.config.entry
        ))
    })?;
    Ok(Rows { width: codes.width(), values: codes.to_f64(), labels: labels.to_vec() })
}

/// Fits to the first of two parts and scores both.
fn score(name: &'static str, parts: &[Rows], classes: usize, c: f64) -> Result<Score> {
    let [train, test] = parts else { anyhow::bail!("{name}: expected two parts") };
    let start = Instant::now();
    let options = LogisticOptions { inverse_l2: c, tolerance: TOLERANCE, steps: STEPS };
    let fit = LogisticRegression::fit(&train.values, &train.labels, train.width, classes, &options)
        .with_context(|| format!("the regression on {name}"))?;
    Ok(Score {
        name,
        width: train.width,
        c,
        train: fit.accuracy(&train.values, &train.labels)?,
        test: fit.accuracy(&test.values, &test.labels)?,
        loss: fit.loss,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn score_object(score: &Score) -> Value {
    json!({
        "width": score.width,
        "c": score.c,
        "train_accuracy": score.train,
        "test_accuracy": score.test,
        "train_cross_entropy": score.loss,
        "seconds": score.seconds,
    })
}
