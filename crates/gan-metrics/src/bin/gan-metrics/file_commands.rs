//! `gan-metrics features`, `stats` and `merge`: what goes into files.

use crate::args::{FeaturesArgs, MergeArgs, NetworkArgs, RunArgs, StatsArgs};
use crate::failure::usage;
use crate::output::refuse_existing;
use crate::output::warn;
use crate::score_command::done;
use crate::{threads, watched};
use anyhow::{Context, Result};
use gan_metrics::statistics::{Statistics, merge, missing_shards};
use gan_metrics::{FeatureFile, Keep, Metrics, Protocol, ScoreOptions, ScoredSet, SetOptions};
use serde_json::json;
use std::path::Path;

/// Runs `gan-metrics features`.
pub fn features(args: &FeaturesArgs) -> Result<()> {
    refuse_existing(&args.out, args.force)?;
    let ending = args.out.extension().map(|e| e.to_string_lossy().to_lowercase());
    if !matches!(ending.as_deref(), Some("npy" | "npz" | "safetensors")) {
        return Err(usage(format!(
            "--out {}: expected a name that ends in .npy, .npz or .safetensors",
            args.out.display()
        )));
    }
    let logits = ending.as_deref() != Some("npy");
    let options = SetOptions {
        keep: Keep::Features,
        logits,
        lenient: logits,
        ..options(&args.network, args.protocol)
    };
    let set = one(&args.a, &options, &args.run)?;
    let features = set.pool.features.clone().with_context(|| {
        format!("{}: statistics, from which no features can be had", args.a.display())
    })?;
    let (n, width) = (features.rows(), features.width());
    let file = FeatureFile { features, logits: set.logits, receipt: Some(set.receipt.clone()) };
    file.write(&args.out)?;
    let out = args.out.display();
    let object =
        json!({ "out": args.out, "n": n, "width": width, "receipt": set.receipt.to_json() });
    done(&args.run, &format!("{n} rows of {width} features: {out}"), &object)
}

/// Runs `gan-metrics stats`.
pub fn stats(args: &StatsArgs) -> Result<()> {
    refuse_existing(&args.out, args.force)?;
    check_ending(&args.out)?;
    let options = SetOptions {
        shard: args.shard,
        spatial: args.sfid,
        fid: true,
        ..options(&args.network, args.protocol)
    };
    let set = one(&args.a, &options, &args.run)?;
    let statistics = set.statistics()?;
    statistics.write(&args.out)?;
    told(&args.run, &args.out, &statistics)
}

/// Runs `gan-metrics merge`.
pub fn run_merge(args: &MergeArgs) -> Result<()> {
    refuse_existing(&args.out, args.force)?;
    check_ending(&args.out)?;
    let parts: Vec<Statistics> =
        args.parts.iter().map(|path| Statistics::read(path)).collect::<Result<_, _>>()?;
    let merged = merge(&parts, args.force)?;
    let missing = missing_shards(&parts);
    if !missing.is_empty() && !args.run.quiet {
        warn(&format!("not the whole: part {} missing", missing.join(", ")));
    }
    merged.write(&args.out)?;
    told(&args.run, &args.out, &merged)
}

fn told(run: &RunArgs, out: &Path, statistics: &Statistics) -> Result<()> {
    let n = statistics.n.unwrap_or_default();
    let receipt = statistics.receipt.as_ref().map(|receipt| receipt.to_json());
    let object = json!({ "out": out, "n": n, "width": statistics.width(), "receipt": receipt });
    let images = if n == 1 { "image" } else { "images" };
    let text = format!("statistics of {n} {images}: {}", out.display());
    done(run, &text, &object)
}

fn check_ending(out: &Path) -> Result<()> {
    if out.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz")) {
        return Ok(());
    }
    Err(usage(format!("--out {}: expected a name that ends in .npz", out.display())))
}

/// What no score needs yet: moments.
fn options(args: &NetworkArgs, protocol: Protocol) -> SetOptions {
    watched::options(args, &ScoreOptions::new(Metrics::default(), protocol))
}

/// The one set of one input.
fn one(path: &Path, options: &SetOptions, run: &RunArgs) -> Result<ScoredSet> {
    threads::start(run)?;
    let sets = watched::sets(&[path], options, run)?;
    sets.into_iter().flatten().next().with_context(|| format!("{}: nothing there", path.display()))
}
