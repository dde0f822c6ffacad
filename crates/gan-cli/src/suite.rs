//! `gan suite`: trains models on data with known modes, and counts those that they reach.

use crate::contestant::Contestant;
use crate::duration;
use crate::failure::usage;
use crate::format::table;
use crate::output::{self, note};
use crate::run_folder;
use crate::session::Session;
use crate::stop::{INTERRUPTED, Stop};
use crate::suite_args::SuiteArgs;
use anyhow::{Context, Result, anyhow};
use candle_core::{DType, Device};
use gan_data::Modes;
use gan_images::{Figure, Image, Series, Style, draw, grid, write_atomically};
use gan_info::{ModeCoverage, mean_and_standard_error, mode_coverage};
use gan_models::suite::{SUITES, Suite};
use gan_train::{Feed, SampleRequest, fit};
use serde_json::{Value, json};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Samples that are judged (arXiv 1705.07761 and 1712.04086).
const SAMPLES: usize = 2500;
/// Standard deviations within which a sample is of high quality.
const WITHIN: f64 = 3.0;
/// Side of a contestant's picture in pixels.
const SIDE: usize = 400;

/// What one run came to.
struct Outcome {
    coverage: ModeCoverage,
    seconds: f64,
    points: Vec<(f64, f64)>,
}

/// A contestant's runs.
struct Runs {
    contestant: Contestant,
    runs: Vec<Outcome>,
}

/// Runs the command.
pub fn run(args: &SuiteArgs) -> Result<u8> {
    let suite = SUITES.iter().find(|s| s.name == args.suite).ok_or_else(|| {
        let names: Vec<&str> = SUITES.iter().map(|s| s.name).collect();
        usage(format!("no suite is called {:?} (there are: {})", args.suite, names.join(", ")))
    })?;
    let modes = gan_data::toy_modes(suite.data)?
        .ok_or_else(|| anyhow!("{}: its modes are not known", suite.data))?;
    let named: Vec<&str> = match args.contestants.is_empty() {
        true => suite.contestants.to_vec(),
        false => args.contestants.iter().map(String::as_str).collect(),
    };
    let contestants = named
        .iter()
        .map(|name| Contestant::new(name, suite, args.steps))
        .collect::<Result<Vec<_>>>()?;
    let device = args.compute.start()?;
    Stop::listen()?;
    // Refuses what cannot be before the first of them is trained.
    for contestant in &contestants {
        Session::open(contestant.entry, &contestant.config, &device)
            .with_context(|| contestant.name.clone())?;
    }
    let dir = run_folder::for_results(args.out.as_deref(), &format!("suite-{}", suite.name))?;
    let stop = Stop::training(None, note);
    let mut results = Vec::new();
    for contestant in contestants {
        let mut runs = Vec::new();
        for seed in 0..args.seeds {
            let Some(outcome) = one(&contestant, seed, &modes, &device, &stop)
                .with_context(|| format!("{} with seed {seed}", contestant.name))?
            else {
                note("stopped before the end: nothing was written");
                let _ = std::fs::remove_dir(&dir);
                return Ok(INTERRUPTED);
            };
            note(&format!(
                "{} · seed {seed} · {} of {} modes · {:.1} % high quality · {}",
                contestant.name,
                outcome.coverage.modes,
                modes.centres.len(),
                100.0 * outcome.coverage.high_quality,
                duration::text(outcome.seconds)
            ));
            runs.push(outcome);
        }
        results.push(Runs { contestant, runs });
    }
    let object = object(suite, &modes, args, &results)?;
    let text = serde_json::to_vec_pretty(&object).context("suite.json")?;
    write_atomically(&dir.join("suite.json"), |file| file.write_all(&text))?;
    picture(&dir.join("samples.png"), &modes, &results)?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&rows(&modes, &results)?)?;
        note(&format!("{0}/suite.json and {0}/samples.png", dir.display()));
    }
    Ok(0)
}

/// Trains on a thread of its own: whether gradients of gradients are kept is settled once a
/// thread, and contestants differ in what they need.
fn one(
    contestant: &Contestant,
    seed: u64,
    modes: &Modes,
    device: &Device,
    stop: &Stop,
) -> Result<Option<Outcome>> {
    let work = || train(contestant, seed, modes, device, stop);
    std::thread::scope(|scope| {
        scope.spawn(work).join().map_err(|_| anyhow!("the training thread panicked"))?
    })
}

fn train(
    contestant: &Contestant,
    seed: u64,
    modes: &Modes,
    device: &Device,
    stop: &Stop,
) -> Result<Option<Outcome>> {
    let mut config = contestant.config.clone();
    config.train.seed = seed;
    let mut session = Session::open(contestant.entry, &config, device)?;
    let batch = config.train.batch;
    let mut feed = Feed::new(session.dataset.clone(), batch, seed, DType::F32, device)?;
    let start = Instant::now();
    let mut stopped = false;
    fit(
        session.game.as_mut(),
        &mut session.trainer,
        &config.train,
        &mut |n| feed.batch(n),
        None,
        &mut |_| {
            stopped = stop.reason().is_some();
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    if stopped {
        return Ok(None);
    }
    let seconds = start.elapsed().as_secs_f64();
    let request = SampleRequest { count: SAMPLES, labels: None };
    let sample = session.trainer.sample(session.game.as_ref(), &request, seed)?;
    let values = gan_kernels::read::values(sample.tensor())?;
    let centres: Vec<f64> = modes.centres.iter().flatten().copied().collect();
    let coverage = mode_coverage(&values, &centres, 2, WITHIN * modes.std)?;
    let points = values.chunks_exact(2).map(|p| (p[0], p[1])).collect();
    Ok(Some(Outcome { coverage, seconds, points }))
}

impl Runs {
    /// Mean and standard error over the seeds.
    fn over(&self, value: impl Fn(&Outcome) -> f64) -> Result<(f64, f64)> {
        let values: Vec<f64> = self.runs.iter().map(value).collect();
        Ok(mean_and_standard_error(&values)?)
    }
}

fn rows(modes: &Modes, results: &[Runs]) -> Result<String> {
    let of = format!("modes of {}", modes.centres.len());
    let mut rows = vec![vec!["contestant".to_owned(), of, "high quality %".into(), "s".into()]];
    for result in results {
        let show = |(mean, error): (f64, f64), digits: usize| match error.is_nan() {
            true => format!("{mean:.digits$}"),
            false => format!("{mean:.digits$} ± {error:.digits$}"),
        };
        rows.push(vec![
            result.contestant.name.clone(),
            show(result.over(|r| r.coverage.modes as f64)?, 1),
            show(result.over(|r| 100.0 * r.coverage.high_quality)?, 1),
            format!("{:.0}", result.over(|r| r.seconds)?.0),
        ]);
    }
    Ok(table(&rows))
}

fn object(suite: &Suite, modes: &Modes, args: &SuiteArgs, results: &[Runs]) -> Result<Value> {
    let mut all = Vec::new();
    for result in results {
        let each = |value: &dyn Fn(&Outcome) -> f64| -> Result<Value> {
            let (mean, error) = result.over(value)?;
            let values: Vec<f64> = result.runs.iter().map(value).collect();
            Ok(json!({ "mean": mean, "standard_error": error, "each": values }))
        };
        all.push(json!({
            "name": result.contestant.name,
            "modes": each(&|r| r.coverage.modes as f64)?,
            "high_quality": each(&|r| r.coverage.high_quality)?,
            "seconds": each(&|r| r.seconds)?,
            "train": serde_json::to_value(&result.contestant.config.train)?,
            "model": serde_json::to_value(&result.contestant.config.model)?,
        }));
    }
    Ok(json!({
        "suite": suite.name,
        "data": suite.data,
        "version": env!("CARGO_PKG_VERSION"),
        "modes": modes.centres.len(),
        "std": modes.std,
        "samples": SAMPLES,
        "within_std": WITHIN,
        "seeds": args.seeds,
        "contestants": all,
    }))
}

/// The samples of each contestant's first seed over the modes' centres.
fn picture(path: &Path, modes: &Modes, results: &[Runs]) -> Result<()> {
    let edge = modes.centres.iter().flatten().fold(0.0, |m: f64, v| m.max(v.abs()));
    let range = Some((-1.25 * edge, 1.25 * edge));
    let style = Style::Points;
    let image = |result: &Runs| -> Result<Image> {
        let centres = modes.centres.iter().map(|c| (c[0], c[1])).collect();
        let points = result.runs.first().map(|r| r.points.clone()).unwrap_or_default();
        let of = |name: &str, color, points| Series { name: name.into(), color, style, points };
        let figure = Figure {
            title: result.contestant.name.clone(),
            x_range: range,
            y_range: range,
            series: vec![
                of("generated", [31, 119, 180], points),
                of("modes", [214, 39, 40], centres),
            ],
            ..Figure::default()
        };
        Ok(draw(&figure, SIDE, SIDE)?)
    };
    let images = results.iter().map(image).collect::<Result<Vec<_>>>()?;
    let columns = images.len().min(3);
    Ok(grid(&images, columns, 4)?.write_png(path)?)
}
