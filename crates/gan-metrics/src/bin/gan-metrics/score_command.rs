//! `gan-metrics fid`, `kid`, `is`, `prdc` and `all`: from paths to scores.

use crate::args::{Root, RunArgs, ScoreArgs};
use crate::failure::usage;
use crate::output::{self, warn};
use crate::score_text::{joined, text};
use crate::{threads, watched};
use anyhow::Result;
use gan_metrics::{
    Comparison, FeatureFile, KidOptions, Metrics, PrdcOptions, PrdcSides, Protocol, ScoreOptions,
    ScoredSet, SetOptions, SquareRoot,
};
use serde_json::Value;
use std::path::Path;

/// Which command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// `fid`.
    Fid,
    /// `kid`.
    Kid,
    /// `is`.
    Is,
    /// `prdc`.
    Prdc,
    /// `all`.
    All,
}

/// Runs the command.
pub fn run(which: Which, args: &ScoreArgs) -> Result<()> {
    let protocols = protocols(&args.protocol)?;
    let metrics = metrics(which, args);
    check(which, args)?;
    threads::start(&args.run)?;
    let scoring = |protocol| options(metrics, protocol, which, args);
    let first = scoring(protocols.first().copied().unwrap_or(Protocol::PytorchFid));
    let wish = SetOptions {
        spatial: args.sfid || which == Which::All,
        in_order: metrics.inception && !protocols.iter().all(|p| p.shuffles_splits()),
        protocols: protocols.clone(),
        ..watched::options(&args.network, &first)
    };
    let mut paths: Vec<&Path> = vec![&args.a];
    paths.extend(args.b.as_deref());
    let all = watched::sets(&paths, &wish, &args.run)?;
    let mut objects = Vec::new();
    for (protocol, mut sets) in protocols.iter().zip(all) {
        if which == Which::Is && args.from_features {
            sets.iter_mut().for_each(features_are_logits);
        }
        let mut sets = sets.into_iter();
        let Some(a) = sets.next() else { continue };
        let b = sets.next();
        let found = Comparison::of(&a, b.as_ref(), &scoring(*protocol), Vec::new())?;
        if found.scores.is_empty() {
            let why = found.scores.notes.join("; ");
            return Err(anyhow::anyhow!("{}: no score can be had: {why}", args.a.display()));
        }
        if !args.run.quiet {
            if args.from_features && metrics.fid {
                [Some(&a), b.as_ref()].into_iter().flatten().for_each(tell_of_few);
            }
            found.remarks.iter().for_each(|text| warn(text));
        }
        objects.push((*protocol, found, a, b));
    }
    if args.run.json {
        let all = objects.iter().map(|(protocol, found, ..)| (*protocol, &found.object));
        return output::json(&joined(all.collect()));
    }
    let several = objects.len() > 1;
    for (protocol, found, a, b) in &objects {
        if several {
            output::result(&format!("{protocol}:"))?;
        }
        output::result(&text(&found.object, &found.scores, a, b.as_ref()))?;
    }
    Ok(())
}

/// Reads `--protocol`: names, or `all`.
fn protocols(names: &[String]) -> Result<Vec<Protocol>> {
    if names.iter().any(|name| name == "all") {
        return Ok(Protocol::ALL.to_vec());
    }
    let mut all: Vec<Protocol> = Vec::new();
    for name in names {
        let protocol =
            name.parse().map_err(|e: gan_metrics::Error| usage(format!("--protocol: {e}")))?;
        if !all.contains(&protocol) {
            all.push(protocol);
        }
    }
    Ok(all)
}

fn metrics(which: Which, args: &ScoreArgs) -> Metrics {
    let all = which == Which::All;
    Metrics {
        fid: all || which == Which::Fid,
        kid: all || which == Which::Kid,
        mmd: args.mmd,
        inception: all || which == Which::Is,
        prdc: all || which == Which::Prdc,
        memorization: args.memorization,
        by_class: args.by_class,
    }
}

fn check(which: Which, args: &ScoreArgs) -> Result<()> {
    let name = match which {
        Which::Fid => "fid",
        Which::Kid => "kid",
        Which::Prdc => "prdc",
        Which::Is | Which::All => "",
    };
    if args.b.is_none() && !name.is_empty() {
        return Err(usage(format!(
            "`gan-metrics {name}` needs two sets: the samples and the reference that they are \
             scored against"
        )));
    }
    if args.bootstrap == 1 {
        return Err(usage("--bootstrap 1: expected at least 2 replicates, better 100"));
    }
    for path in [Some(&args.a), args.b.as_ref()].into_iter().flatten() {
        if args.from_features && !FeatureFile::may_be(path) {
            return Err(usage(format!(
                "--from-features: {}: expected a .npy, .npz or .safetensors of features",
                path.display()
            )));
        }
        if args.from_features
            && let Ok(header) = gan_images::read_npy_header(path)
        {
            let shape = header.shape;
            if shape.len() != 2 {
                return Err(usage(format!(
                    "--from-features: {}: shape {shape:?} (expected features of shape (images, \
                     width); without this option an array of 3 or 4 dimensions is images)",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

fn options(metrics: Metrics, protocol: Protocol, which: Which, args: &ScoreArgs) -> ScoreOptions {
    let usual = ScoreOptions::new(metrics, protocol);
    let (subsets, subset_size) = (args.kid_subsets, args.kid_subset_size);
    ScoreOptions {
        lenient: which == Which::All,
        kid: KidOptions { subsets, subset_size, seed: args.seed },
        splits: args.splits,
        prdc: PrdcOptions {
            k: args.k.unwrap_or(usual.prdc.k),
            closed: args.closed || usual.prdc.closed,
        },
        prdc_sides: if args.equal_sides { PrdcSides::Equal } else { PrdcSides::All },
        root: match args.square_root {
            Root::Accurate => SquareRoot::Accurate,
            Root::Eigenvalues => SquareRoot::Eigenvalues,
        },
        bootstrap: args.bootstrap,
        infinity: args.infinity,
        force: args.force,
        ..usual
    }
}

/// `is --from-features`: the file holds logits, unless it has some beside its features.
fn features_are_logits(set: &mut ScoredSet) {
    if set.logits.is_none() {
        set.logits.clone_from(&set.pool.features);
    }
}

/// A file of features is not looked at before the work, as images are.
fn tell_of_few(set: &ScoredSet) {
    let Some(features) = &set.pool.features else { return };
    let (rows, width) = (features.rows(), features.width());
    if rows < width {
        warn(&format!(
            "{}: {rows} images, fewer than the {width} features: FID is far above its value for \
             endless images",
            set.receipt.source
        ));
    }
}

/// Prints one line, or one object.
pub fn done(run: &RunArgs, text: &str, object: &Value) -> Result<()> {
    if run.json { output::json(object) } else { output::result(text) }
}
