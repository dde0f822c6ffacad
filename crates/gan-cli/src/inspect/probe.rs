//! `gan probe`: how good the discriminator's features are for a linear classifier.

use super::look::{LookArgs, fields};
use crate::failure::usage;
use crate::format::table;
use crate::output::note;
use crate::values::one_or_more;
use anyhow::Result;
use clap::{Args, ValueEnum};
use gan_images::{Figure, Series, Style, draw};
use gan_inspect::linear_classifier::Cost;
use gan_runs::look::probe::{self, Curve, Rows};
use serde_json::json;

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

/// Runs the command.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    if args.c.is_some_and(|c| !(c > 0.0 && c.is_finite())) {
        return Err(usage("--c: expected a number above 0"));
    }
    let opened = args.look.open("probe")?;
    opened.shape()?;
    let limit = args.limit.map(usize::try_from).transpose()?;
    let split = probe::split(&opened.session, &opened.config, limit, &opened.device)?;
    let cost = match args.classifier {
        Classifier::Svm => Cost::SquaredHinge,
        Classifier::Logistic => Cost::Logistic,
    };
    let mut curves = Vec::new();
    for (name, of) in KINDS {
        let curve = split.curve(of, cost, args.c, &mut |labels, accuracy| {
            note(&format!("{name}, {labels} labels: {:.2} %", 100.0 * accuracy));
        })?;
        curves.push((name, curve));
    }
    let held = split.held_out.labels.len();
    let mut lines = vec![vec![
        "rows".to_owned(),
        "width".into(),
        "C".into(),
        "labels".into(),
        "accuracy %".into(),
    ]];
    for (name, curve) in &curves {
        for (labels, accuracy) in &curve.accuracy {
            lines.push(vec![
                (*name).to_owned(),
                curve.width.to_string(),
                format!("{}", curve.c),
                labels.to_string(),
                format!("{:.2}", 100.0 * accuracy),
            ]);
        }
    }
    let mut text = table(&lines);
    text.push_str(&format!("\nof {held} held-out images"));
    if split.seen {
        text.push_str(", which D has seen in training, without their labels");
    }
    let told: Vec<_> = curves
        .iter()
        .map(|(name, curve)| {
            let points: Vec<_> =
                curve.accuracy.iter().map(|(n, a)| json!({ "labels": n, "accuracy": a })).collect();
            json!({ "rows": name, "width": curve.width, "c": curve.c, "curve": points })
        })
        .collect();
    let classifier = match args.classifier {
        Classifier::Svm => "svm",
        Classifier::Logistic => "logistic",
    };
    let extra = json!({
        "classifier": classifier, "train": split.train.labels.len(), "held_out": held,
        "held_out_seen": split.seen, "results": told,
    });
    args.look.finish(&opened, &picture(&curves)?, fields(extra), &text)
}

/// What is compared.
type Kind = (&'static str, fn(&Rows) -> &[f32]);
const KINDS: [Kind; 2] = [("D's features", |r| &r.features), ("pixels", |r| &r.pixels)];

fn picture(curves: &[(&str, Curve)]) -> Result<gan_images::Image> {
    const COLORS: [[u8; 3]; 2] = [[31, 119, 180], [214, 39, 40]];
    let mut series = Vec::new();
    for ((name, curve), color) in curves.iter().zip(COLORS) {
        let points: Vec<(f64, f64)> =
            curve.accuracy.iter().map(|(n, a)| ((*n as f64).log10(), 100.0 * a)).collect();
        let dots =
            Series { name: String::new(), color, style: Style::Points, points: points.clone() };
        series.push(Series { name: (*name).into(), color, style: Style::Line, points });
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
