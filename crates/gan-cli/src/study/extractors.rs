//! `gan study extractors`: the Inception score under classifiers that differ in their seed alone.

use super::panels::{COLORS, line};
use crate::compute::ComputeArgs;
use crate::failure::usage;
use crate::format::{number, table};
use crate::inspect::samples_of;
use crate::output::{self, note};
use crate::values::{one_or_more, zero_or_more};
use anyhow::Result;
use clap::Args;
use gan_images::{Figure, Image, draw};
use gan_runs::run_folder;
use gan_runs::study::extractors::{Found, LabeledDigits, Row, Subject, extractors};
use gan_statistics::{mean_and_deviation, quantile};
use serde_json::{Value, json};
use std::path::PathBuf;

/// `gan study extractors`.
#[derive(Debug, Args)]
#[command(after_help = "\
The classifier of digits is trained again under several seeds, on the training part of --data; all of
these networks are about equally good. The held-out part, and the samples of a run where one is
named, are then scored by each: how far the Inception score and FID move though nothing but the
classifier's seed has changed (arXiv 1801.01973, section 4.1). Compare the spread over networks with
the one over splits, which is what is usually told. The study writes study.json and scores.png.

Examples:
  gan study extractors
  gan study extractors runs/dcgan-1 --networks 8 --steps 2000
  gan study extractors runs/dcgan-1 --count 5000 --json")]
pub struct ExtractorsArgs {
    /// A run whose samples are scored too.
    pub run: Option<PathBuf>,
    /// Networks that are trained.
    #[arg(long, value_name = "N", default_value = "4", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub networks: u64,
    /// Batches of 60 that each is trained for.
    #[arg(long, value_name = "N", default_value = "500", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub steps: u64,
    /// Labeled gray images of 28×28.
    #[arg(long, value_name = "SPEC", default_value = "mnist")]
    pub data: String,
    /// Samples of the run that are scored.
    #[arg(long, short = 'n', value_name = "N", default_value = "2000", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// The first network's seed.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub seed: u64,
    /// The folder of results, new or empty; the first free runs/study-extractors-N unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &ExtractorsArgs) -> Result<u8> {
    if args.networks < 2 {
        return Err(usage("--networks 1: expected two at least, or nothing could move"));
    }
    let digits = LabeledDigits::open(&args.data)?;
    let count = usize::try_from(args.count)?;
    let samples = match &args.run {
        None => None,
        Some(run) => {
            let images = samples_of(run, args.compute.start()?, count)?;
            if images.first().is_some_and(|i| (i.width, i.height, i.channels) != (28, 28, 1)) {
                return Err(usage(format!(
                    "{}: its images are not gray ones of 28×28, which this classifier takes",
                    run.display()
                )));
            }
            Some(images)
        }
    };
    let dir = run_folder::for_results(args.out.as_deref(), "study-extractors")?;
    let seeds = args.seed..args.seed + args.networks;
    let Found { subjects, accuracies } =
        extractors(&digits, samples, args.steps, seeds, &mut |seed, accuracy, subjects| {
            let told: Vec<String> = subjects
                .iter()
                .map(|s| format!("{} IS {:.3}", s.name, s.rows[s.rows.len() - 1].inception))
                .collect();
            note(&format!("seed {seed}: {:.2} % right · {}", 100.0 * accuracy, told.join(" · ")));
        })?;
    let object = object(args, &subjects, &accuracies);
    super::write(&dir, &object, &[("scores.png", picture(&subjects)?)])?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&text(&subjects, &accuracies))?;
        note(&format!("{0}/study.json and {0}/scores.png", dir.display()));
    }
    Ok(0)
}

fn object(args: &ExtractorsArgs, subjects: &[Subject], accuracies: &[f64]) -> Value {
    let subjects: Vec<Value> = subjects
        .iter()
        .map(|subject| {
            let all: Vec<f64> = subject.rows.iter().map(|r| r.inception).collect();
            let splits: Vec<f64> = subject.rows.iter().map(|r| r.over_splits).collect();
            let fids: Vec<f64> = subject.rows.iter().filter_map(|r| r.fid).collect();
            let (mean, deviation) = mean_and_deviation(&all);
            json!({
                "name": subject.name, "images": subject.images.len(),
                "inception": {
                    "each": all, "mean": mean, "deviation_over_networks": deviation,
                    "deviation_over_splits": mean_and_deviation(&splits).0,
                },
                "fid": if fids.is_empty() { Value::Null } else {
                    let (mean, deviation) = mean_and_deviation(&fids);
                    json!({ "each": fids, "mean": mean, "deviation_over_networks": deviation })
                },
            })
        })
        .collect();
    json!({
        "study": "extractors",
        "version": env!("CARGO_PKG_VERSION"),
        "data": args.data,
        "run": args.run,
        "networks": args.networks,
        "steps": args.steps,
        "first_seed": args.seed,
        "accuracies": accuracies,
        "subjects": subjects,
    })
}

fn text(subjects: &[Subject], accuracies: &[f64]) -> String {
    let heads = ["", "least", "median", "most", "± over networks", "± over splits"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut row = |name: String, all: &[f64], splits: f64| {
        let mut cells = vec![name];
        cells.extend([0.0, 0.5, 1.0].map(|p| number(quantile(all, p))));
        cells.push(number(mean_and_deviation(all).1));
        cells.push(if splits.is_nan() { String::new() } else { number(splits) });
        rows.push(cells);
    };
    for subject in subjects {
        let all: Vec<f64> = subject.rows.iter().map(|r| r.inception).collect();
        let splits: Vec<f64> = subject.rows.iter().map(|r| r.over_splits).collect();
        row(format!("IS of {}", subject.name), &all, mean_and_deviation(&splits).0);
        let fids: Vec<f64> = subject.rows.iter().filter_map(|r| r.fid).collect();
        if !fids.is_empty() {
            row(format!("FID of {}", subject.name), &fids, f64::NAN);
        }
    }
    let percent: Vec<f64> = accuracies.iter().map(|a| 100.0 * a).collect();
    row("accuracy %".into(), &percent, f64::NAN);
    format!("{}over {} networks that differ in their seed alone", table(&rows), accuracies.len())
}

/// The scores by network, with the deviation over splits.
fn picture(subjects: &[Subject]) -> Result<Image> {
    let mut figure = Figure {
        title: "Inception score by network".into(),
        x_label: "network; thin: ± over splits".into(),
        ..Figure::default()
    };
    for (subject, color) in subjects.iter().zip(COLORS) {
        for sign in [-1.0, 1.0] {
            let faint = color.map(|c| 255 - (255 - c) / 3);
            let edge = |(i, r): (usize, &Row)| (i as f64 + 1.0, r.inception + sign * r.over_splits);
            let points = subject.rows.iter().enumerate().map(edge).collect();
            figure.series.extend(line("", faint, points).into_iter().take(1));
        }
        let points =
            subject.rows.iter().enumerate().map(|(i, r)| (i as f64 + 1.0, r.inception)).collect();
        figure.series.extend(line(subject.name, color, points));
    }
    Ok(draw(&figure, 640, 420)?)
}
