//! `gan study seeds`: the distribution of a model's scores over seeds, never its best alone.

use super::panels::{COLORS, line, panels};
use crate::compute::ComputeArgs;
use crate::draws;
use crate::duration;
use crate::eval::args::NetworkArgs;
use crate::failure::usage;
use crate::fitted::fitted;
use crate::format::{number, table};
use crate::output::{self, note};
use crate::stop::{INTERRUPTED, Stop};
use crate::values::{one_or_more, zero_or_more};
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use gan_images::{Figure, Image};
use gan_models::Entry;
use gan_runs::configuration::Override;
use gan_runs::configuration::{self, Layers};
use gan_runs::evaluator::Evaluator;
use gan_runs::session::Session;
use gan_runs::study::score_list::{NAMES, values};
use gan_runs::{parts, run_folder};
use gan_statistics::{mean_and_deviation, quantile};
use gan_train::RunConfig;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Instant;
use toml::Value as Toml;

/// The quantiles that are told.
const QUANTILES: [f64; 7] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];

/// `gan study seeds`.
#[derive(Debug, Args)]
#[command(after_help = "\
The study trains the model once for each seed and scores every run against its data as `gan eval` does.
It prints quantiles, mean and standard deviation of each score over all runs: the best of several runs
says more about their number than about the model (arXiv 1711.10337). It keeps no run, and writes
study.json and scores.png, where each run is a point of the quantile function.

Examples:
  gan study seeds dcgan -n 10
  gan study seeds dcgan -n 5 --steps 300 --count 1000 --set techniques.loss=hinge
  gan study seeds vanilla -n 20 --data fashion-mnist --json")]
pub struct SeedsArgs {
    /// The model.
    pub entry: String,
    /// Runs; their seeds are --seed and those after it.
    #[arg(long, short = 'n', value_name = "N", default_value = "10", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub runs: u64,
    /// The first seed.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub seed: u64,
    /// The data: a name or a path.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Steps a run; the model's own number unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: Option<u64>,
    /// Samples a run that are scored; as many as there are real images, up to 10,000, unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: Option<u64>,
    /// Any setting, as for `gan train`; may be repeated.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub sets: Vec<String>,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The folder of results, new or empty; the first free runs/study-seeds-N unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// What one run came to.
struct Outcome {
    seed: u64,
    scores: [f64; 8],
    seconds: f64,
}

/// Runs the command.
pub fn run(args: &SeedsArgs) -> Result<u8> {
    if args.runs < 2 {
        return Err(usage("-n 1: a distribution needs two runs at least"));
    }
    let entry = configuration::entry(&args.entry)?;
    let config = config(args, entry)?;
    let device = args.compute.start()?;
    Stop::listen()?;
    // Refuses what cannot be before anything is trained.
    let session = Session::open(entry, &config, &device)?;
    let part = parts::part(&config.data, &session.dataset, None)?;
    part.note().iter().for_each(|text| note(text));
    let evaluator = Evaluator::open(
        &args.network.scoring(),
        part,
        args.count,
        config.train.seed,
        &mut draws::bar(),
    )?;
    drop(session);
    let dir = run_folder::for_results(args.out.as_deref(), "study-seeds")?;
    let stop = Stop::training(None, note);
    let mut outcomes = Vec::new();
    for seed in args.seed..args.seed + args.runs {
        let outcome = one(entry, &config, seed, &evaluator, &device, &stop)
            .with_context(|| format!("seed {seed}"))?;
        let Some(outcome) = outcome else {
            note("stopped before the end: nothing was written");
            let _ = std::fs::remove_dir(&dir);
            return Ok(INTERRUPTED);
        };
        note(&format!(
            "seed {seed} · FID {} · IS {} · {}",
            number(outcome.scores[0]),
            number(outcome.scores[2]),
            duration::text(outcome.seconds)
        ));
        outcomes.push(outcome);
    }
    let object = object(args, &config, &outcomes)?;
    super::write(&dir, &object, &[("scores.png", picture(&args.entry, &outcomes)?)])?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&text(&outcomes))?;
        note(&format!("{0}/study.json and {0}/scores.png", dir.display()));
    }
    Ok(0)
}

fn config(args: &SeedsArgs, entry: &Entry) -> Result<RunConfig> {
    let mut options = Vec::new();
    if let Some(spec) = &args.data {
        let value = Toml::String(spec.clone());
        options.push(Override { flag: "--data", path: "data.spec", value });
    }
    if let Some(steps) = args.steps {
        let value = Toml::Integer(i64::try_from(steps)?);
        options.push(Override { flag: "--steps", path: "train.steps", value });
    }
    let layers = Layers { options, sets: &args.sets, ..Layers::default() };
    let mut config = configuration::resolve(entry, layers)?;
    config.data.settle()?;
    Ok(config)
}

/// Trains and scores on threads of its own.
fn one(
    entry: &Entry,
    config: &RunConfig,
    seed: u64,
    evaluator: &Evaluator,
    device: &Device,
    stop: &Stop,
) -> Result<Option<Outcome>> {
    let mut config = config.clone();
    config.train.seed = seed;
    let start = Instant::now();
    let Some(session) = fitted(entry, &config, device, stop)? else { return Ok(None) };
    let seconds = start.elapsed().as_secs_f64();
    let scores = values(
        &evaluator.evaluate(&session.trainer, session.game.as_ref(), &mut draws::bar())?.scores,
    );
    Ok(Some(Outcome { seed, scores, seconds }))
}

fn object(args: &SeedsArgs, config: &RunConfig, outcomes: &[Outcome]) -> Result<Value> {
    let mut scores = Map::new();
    for (index, name) in NAMES.iter().enumerate() {
        let all = of(outcomes, index);
        let (mean, deviation) = mean_and_deviation(&all);
        let quantiles: Map<String, Value> =
            QUANTILES.iter().map(|p| (format!("{p}"), json!(quantile(&all, *p)))).collect();
        scores.insert(
            (*name).to_owned(),
            json!({
                "quantiles": quantiles, "mean": mean, "deviation": deviation, "each": all,
            }),
        );
    }
    Ok(json!({
        "study": "seeds",
        "version": env!("CARGO_PKG_VERSION"),
        "entry": config.entry,
        "data": config.data.spec,
        "runs": outcomes.len(),
        "seeds": outcomes.iter().map(|o| o.seed).collect::<Vec<_>>(),
        "samples": args.count,
        "scores": scores,
        "seconds": outcomes.iter().map(|o| o.seconds).collect::<Vec<_>>(),
        "train": serde_json::to_value(&config.train)?,
        "model": serde_json::to_value(&config.model)?,
    }))
}

fn of(outcomes: &[Outcome], index: usize) -> Vec<f64> {
    outcomes.iter().map(|o| o.scores[index]).collect()
}

fn text(outcomes: &[Outcome]) -> String {
    let heads =
        ["score", "least", "10 %", "25 %", "median", "75 %", "90 %", "most", "mean ± deviation"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for (index, name) in NAMES.iter().enumerate() {
        let all = of(outcomes, index);
        let (mean, deviation) = mean_and_deviation(&all);
        let mut row = vec![(*name).to_owned()];
        row.extend(QUANTILES.iter().map(|p| number(quantile(&all, *p))));
        row.push(format!("{} ± {}", number(mean), number(deviation)));
        rows.push(row);
    }
    format!("{}over {} runs", table(&rows), outcomes.len())
}

/// Each score's quantile function: a point a run.
fn picture(entry: &str, outcomes: &[Outcome]) -> Result<Image> {
    let figure = |index: usize| {
        let mut all = of(outcomes, index);
        all.sort_by(f64::total_cmp);
        let last = (all.len().max(2) - 1) as f64;
        let points = all.iter().enumerate().map(|(i, v)| (i as f64 / last, *v)).collect();
        let median = quantile(&all, 0.5);
        let mut figure = Figure {
            title: format!("{entry}: {}", NAMES[index]),
            x_label: "quantile; orange: median".into(),
            x_range: Some((-0.03, 1.03)),
            ..Figure::default()
        };
        let level = vec![(-0.03, median), (1.03, median)];
        figure.series.extend(line("", COLORS[1], level).into_iter().take(1));
        figure.series.extend(line("", COLORS[0], points));
        figure
    };
    panels(&(0..NAMES.len()).map(figure).collect::<Vec<_>>(), 4)
}
