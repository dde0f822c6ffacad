//! `gan probe`: how good the discriminator's features are for a linear classifier.

use super::look::{LookArgs, Opened, fields};
use crate::failure::usage;
use crate::format::table;
use crate::output::note;
use crate::values::one_or_more;
use anyhow::Result;
use candle_core::{DType, Tensor};
use clap::{Args, ValueEnum};
use gan_data::Dataset;
use gan_images::{Figure, Series, Style, draw};
use gan_inspect::guided::Tap;
use gan_inspect::linear_classifier::{Cost, FitOptions, LinearClassifier};
use gan_inspect::pooled;
use gan_runs::parts;
use gan_train::Fields;
use serde_json::json;
use std::sync::Arc;

/// Values of C that are tried on a part of the training images.
const TRIED: [f64; 3] = [1.0, 10.0, 100.0];
/// Images that go through D together.
const BATCH: usize = 64;
/// Training images that C is chosen with, at most.
const CHOICE: usize = 2000;
/// Evaluations of a fit's whole cost: accuracy does not change any more long before.
const EVALUATIONS: usize = 100;

/// `gan probe`.
#[derive(Debug, Args)]
#[command(after_help = "\
Section 5.1 of arXiv 1511.06434: the discriminator's hidden layers, each max-pooled to 4×4, are the
features of a regularised linear L2-SVM (or of logistic regression), one class against the rest. The
same classifier on raw pixels is what they are compared with. The picture shows accuracy on held-out
images by the number of labelled ones; C is chosen on a tenth of these. The data's test
part is held out where the run was trained on its train part, else the last tenth, which D then has seen
without labels.

Examples:
  gan probe runs/dcgan-1
  gan probe runs/dcgan-1 --classifier logistic --limit 3000
  gan probe runs/dcgan-1 --c 10 --out probe.png --json")]
pub struct ProbeArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// The classifier.
    #[arg(long, value_enum, default_value = "svm")]
    pub classifier: Classifier,
    /// C of the classifier; the best of 1, 10 and 100 on a part that is held out unless given.
    #[arg(long, value_name = "C")]
    pub c: Option<f64>,
    /// Use only so many training images.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub limit: Option<u64>,
}

/// Which classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Classifier {
    /// The L2-regularised L2-SVM.
    Svm,
    /// Logistic regression.
    Logistic,
}

/// Labeled images as rows.
struct Rows {
    pixels: Vec<f32>,
    features: Vec<f32>,
    labels: Vec<u32>,
}

/// One kind of rows, and how it went with so many labels.
struct Curve {
    name: &'static str,
    width: usize,
    c: f64,
    accuracy: Vec<(usize, f64)>,
}

/// Runs the command.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    if args.c.is_some_and(|c| !(c > 0.0 && c.is_finite())) {
        return Err(usage("--c: expected a number above 0"));
    }
    let opened = args.look.open("probe")?;
    opened.shape()?;
    let dataset = opened.session.dataset.clone();
    let classes = dataset
        .info()
        .classes()
        .filter(|n| *n > 1)
        .ok_or_else(|| usage(format!("{}: a probe needs labeled data", dataset.info().spec)))?;
    let (held_out, held_range, train_range, seen) = parts(&opened)?;
    let limit = args.limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let train_range = 0..train_range.end.min(limit);
    if train_range.len() < 2 * classes || held_range.is_empty() {
        return Err(usage(format!(
            "{} training and {} held-out images: too few for {classes} classes",
            train_range.len(),
            held_range.len()
        )));
    }
    let train = rows(&opened, dataset.as_ref(), train_range)?;
    let test = rows(&opened, held_out.as_ref(), held_range)?;

    let mut curves = Vec::new();
    for (name, of) in KINDS {
        let curve =
            curve(args, name, (of(&train), &train.labels), (of(&test), &test.labels), classes)?;
        curves.push(curve);
    }
    let held = test.labels.len();
    let mut lines = vec![vec![
        "rows".to_owned(),
        "width".into(),
        "C".into(),
        "labels".into(),
        "accuracy %".into(),
    ]];
    for curve in &curves {
        for (labels, accuracy) in &curve.accuracy {
            lines.push(vec![
                curve.name.to_owned(),
                curve.width.to_string(),
                format!("{}", curve.c),
                labels.to_string(),
                format!("{:.2}", 100.0 * accuracy),
            ]);
        }
    }
    let mut text = table(&lines);
    text.push_str(&format!("\nof {held} held-out images"));
    if seen {
        text.push_str(", which D has seen in training, without their labels");
    }
    let told: Vec<_> = curves
        .iter()
        .map(|curve| {
            let points: Vec<_> =
                curve.accuracy.iter().map(|(n, a)| json!({ "labels": n, "accuracy": a })).collect();
            json!({ "rows": curve.name, "width": curve.width, "c": curve.c, "curve": points })
        })
        .collect();
    let classifier = match args.classifier {
        Classifier::Svm => "svm",
        Classifier::Logistic => "logistic",
    };
    let extra = json!({
        "classifier": classifier, "train": train.labels.len(), "held_out": held,
        "held_out_seen": seen, "results": told,
    });
    args.look.finish(&opened, &picture(&curves)?, fields(extra), &text)
}

/// What is compared.
type Kind = (&'static str, fn(&Rows) -> &[f32]);
const KINDS: [Kind; 2] = [("D's features", |r| &r.features), ("pixels", |r| &r.pixels)];

/// Held-out data and their range, the range of training images, and whether D has seen the former.
type Parts = (Arc<dyn Dataset>, std::ops::Range<usize>, std::ops::Range<usize>, bool);

fn parts(opened: &Opened) -> Result<Parts> {
    let data = &opened.session.dataset;
    let all = data.info().len;
    let part = parts::part(&opened.config.data, data, None)?;
    if part.held_out {
        let len = part.data.info().len;
        return Ok((part.data, 0..len, 0..all, false));
    }
    let train = all - all / 10;
    Ok((data.clone(), train..all, 0..train, true))
}

/// Pixels, D's features and labels of images.
fn rows(opened: &Opened, data: &dyn Dataset, range: std::ops::Range<usize>) -> Result<Rows> {
    let [channels, height, width] = opened.shape()?;
    let size = channels * height * width;
    let mut rows = Rows { pixels: Vec::new(), features: Vec::new(), labels: Vec::new() };
    opened.with(|game| {
        let mut start = range.start;
        while start < range.end {
            let count = BATCH.min(range.end - start);
            let mut values = vec![0.0; count * size];
            let mut labels = Vec::with_capacity(count);
            for (k, out) in values.chunks_exact_mut(size).enumerate() {
                labels.push(data.labeled(start + k, out)?.unwrap_or_default());
            }
            rows.pixels.extend_from_slice(&values);
            let x = Tensor::from_vec(values, (count, channels, height, width), &opened.device)?;
            // A conditional D is told nothing that the classifier should find out.
            let told = match game.classes() {
                Some(_) => Fields::of_classes(&vec![0; count], &opened.device)?,
                None => Fields::none(),
            };
            let discriminator = game.inside().discriminator()?;
            let network = |x: &Tensor, tap: &mut Tap<'_>| {
                discriminator.judge(x, &told, tap).map_err(gan_inspect::Error::source)
            };
            let found = pooled::features(&network, &x)?;
            rows.features.extend(found.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
            rows.labels.extend(labels);
            start += count;
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Accuracies with more and more labels.
fn curve(
    args: &ProbeArgs,
    name: &'static str,
    train: (&[f32], &[u32]),
    test: (&[f32], &[u32]),
    classes: usize,
) -> Result<Curve> {
    let cost = match args.classifier {
        Classifier::Svm => Cost::SquaredHinge,
        Classifier::Logistic => Cost::Logistic,
    };
    let (features, labels) = train;
    let width = features.len() / labels.len();
    let first = |n: usize| (&features[..n * width], &labels[..n]);
    let fit = |n: usize, c: f64| {
        let (features, labels) = first(n);
        let options = FitOptions { cost, c, evaluations: EVALUATIONS, ..FitOptions::default() };
        LinearClassifier::fit(features, labels, classes, &options)
    };
    let c = match args.c {
        Some(c) => c,
        None => {
            let all = labels.len().min(CHOICE);
            let part = all - all / 10;
            let rest = (&features[part * width..all * width], &labels[part..all]);
            let mut best = (f64::NEG_INFINITY, TRIED[0]);
            for c in TRIED {
                let accuracy = fit(part, c)?.accuracy(rest.0, rest.1)?;
                // Of equals the one that holds weights back more.
                if accuracy > best.0 {
                    best = (accuracy, c);
                }
            }
            best.1
        }
    };
    let mut accuracy = Vec::new();
    let counts = [100, 300, 1000, 3000].into_iter().filter(|n| 4 * n < 3 * labels.len());
    for n in counts.chain([labels.len()]) {
        accuracy.push((n, fit(n, c)?.accuracy(test.0, test.1)?));
        note(&format!("{name}, {n} labels: {:.2} %", 100.0 * accuracy[accuracy.len() - 1].1));
    }
    Ok(Curve { name, width, c, accuracy })
}

fn picture(curves: &[Curve]) -> Result<gan_images::Image> {
    const COLORS: [[u8; 3]; 2] = [[31, 119, 180], [214, 39, 40]];
    let mut series = Vec::new();
    for (curve, color) in curves.iter().zip(COLORS) {
        let points: Vec<(f64, f64)> =
            curve.accuracy.iter().map(|(n, a)| ((*n as f64).log10(), 100.0 * a)).collect();
        let dots =
            Series { name: String::new(), color, style: Style::Points, points: points.clone() };
        series.push(Series { name: curve.name.into(), color, style: Style::Line, points });
        series.push(dots);
    }
    let figure = Figure {
        title: "a linear classifier on held-out images".into(),
        x_label: "labeled images, power of ten".into(),
        y_label: "accuracy %".into(),
        series,
        ..Figure::default()
    };
    Ok(draw(&figure, 640, 420)?)
}
