//! `gan suite`: trains models on data with known modes, and counts those that they reach.

pub mod args;
pub mod report;

use crate::duration;
use crate::failure::usage;
use crate::fitted::fitted;
use crate::output::{self, note};
use crate::stop::{INTERRUPTED, Stop};
use crate::suite::args::SuiteArgs;
use crate::suite::report::{Runs, object, picture, rows};
use anyhow::{Context, Result};
use candle_core::Device;
use gan_images::write_atomically;
use gan_models::suite::SUITES;
use gan_runs::draw::Plan;
use gan_runs::run_folder;
use gan_runs::session::Session;
use gan_runs::suite::contestant::Contestant;
use gan_runs::suite::judge::{Heap, Judge, Verdict};
use std::io::Write;
use std::time::Instant;

/// What a run needs besides its contestant.
struct Stage<'a> {
    samples: usize,
    judge: &'a Judge,
    device: &'a Device,
    stop: &'a Stop,
}

/// Runs the command.
pub fn run(args: &SuiteArgs) -> Result<u8> {
    let suite = SUITES.iter().find(|s| s.name == args.suite).ok_or_else(|| {
        let names: Vec<&str> = SUITES.iter().map(|s| s.name).collect();
        usage(format!("no suite is called {:?} (there are: {})", args.suite, names.join(", ")))
    })?;
    let judge = Judge::new(suite)?;
    let named: Vec<&str> = match args.contestants.is_empty() {
        true => suite.contestants.to_vec(),
        false => args.contestants.iter().map(String::as_str).collect(),
    };
    let contestants = named
        .iter()
        .map(|name| Contestant::new(name, suite, args.steps))
        .collect::<gan_runs::Result<Vec<_>>>()?;
    let device = args.compute.start()?;
    Stop::listen()?;
    // Refuses what cannot be before the first of them is trained.
    for contestant in &contestants {
        Session::open(contestant.entry, &contestant.config, &device)
            .with_context(|| contestant.name.clone())?;
    }
    let dir = run_folder::for_results(args.out.as_deref(), &format!("suite-{}", suite.name))?;
    let stop = Stop::training(None, note);
    let samples = args.samples.map_or(Ok(suite.samples), usize::try_from)?;
    let stage = Stage { samples, judge: &judge, device: &device, stop: &stop };
    let mut results = Vec::new();
    for contestant in contestants {
        let mut runs = Vec::new();
        for seed in 0..args.seeds {
            let Some((verdict, seconds)) = train(&contestant, seed, &stage)
                .with_context(|| format!("{} with seed {seed}", contestant.name))?
            else {
                note("stopped before the end: nothing was written");
                let _ = std::fs::remove_dir(&dir);
                return Ok(INTERRUPTED);
            };
            let (_, second, factor) = judge.second();
            note(&format!(
                "{} · seed {seed} · {} of {} modes · {second} {:.3} · {}",
                contestant.name,
                verdict.modes,
                judge.modes(),
                factor * verdict.second,
                duration::text(seconds)
            ));
            runs.push((verdict, seconds));
        }
        results.push(Runs { contestant, runs });
    }
    let object = object(suite, &judge, (args.seeds, samples), &results)?;
    let text = serde_json::to_vec_pretty(&object).context("suite.json")?;
    write_atomically(&dir.join("suite.json"), |file| file.write_all(&text))?;
    picture(&dir.join("samples.png"), &judge, &results)?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&rows(&judge, &results)?)?;
        note(&format!("{0}/suite.json and {0}/samples.png", dir.display()));
    }
    Ok(0)
}

/// Trains and judges one contestant.
fn train(contestant: &Contestant, seed: u64, stage: &Stage<'_>) -> Result<Option<(Verdict, f64)>> {
    let mut config = contestant.config.clone();
    config.train.seed = seed;
    let start = Instant::now();
    let Some(session) = fitted(contestant.entry, &config, stage.device, stage.stop)? else {
        return Ok(None);
    };
    let seconds = start.elapsed().as_secs_f64();
    let plan = Plan { seed, ..Plan::of(stage.samples) };
    let mut heap = Heap::default();
    crate::draws::each(&session.trainer, session.game.as_ref(), &plan, &mut |sample| {
        Ok(stage.judge.take(&mut heap, sample)?)
    })?;
    Ok(Some((stage.judge.judge(heap)?, seconds)))
}
