//! From paths to sets, with warnings and progress on stderr.

use crate::args::{Carried, NetworkArgs, RunArgs};
use crate::output::warn;
use crate::progress::Progress;
use anyhow::Result;
use gan_images::{ArrayOptions, OpenOptions};
use gan_metrics::{
    FeatureCache, NetworkChoice, ScoreOptions, ScoredSet, SetOptions, SourceOptions, Told,
};
use std::path::Path;

/// What scores with these options need, as the command line says it.
pub fn options(args: &NetworkArgs, score: &ScoreOptions) -> SetOptions {
    let arrays = ArrayOptions { range: args.range };
    let open = OpenOptions { split: args.split, arrays, ..OpenOptions::default() };
    SetOptions {
        network: match (&args.extractor, &args.weights) {
            (Some(Carried::Digits), _) => NetworkChoice::Digits,
            (None, Some(path)) => NetworkChoice::Weights(path.clone()),
            (None, None) => NetworkChoice::Stored,
        },
        tap: args.tap,
        source: SourceOptions { open, max_pixels: args.max_pixels },
        cache: if args.no_cache { FeatureCache::off() } else { FeatureCache::user() },
        batch: args.batch,
        skip_bad: args.skip_bad,
        ..SetOptions::of(score)
    }
}

/// The sets of all paths, for each protocol.
pub fn sets(paths: &[&Path], options: &SetOptions, run: &RunArgs) -> Result<Vec<Vec<ScoredSet>>> {
    let mut bar: Option<(String, Progress)> = None;
    let mut told = |told: Told<'_>| match told {
        Told::Warning(_) if run.quiet => {}
        Told::Warning(text) => {
            bar = None;
            warn(text);
        }
        Told::Progress { what, done, total } => {
            if bar.as_ref().is_none_or(|(name, _)| name != what) {
                // The old bar goes before the new one comes.
                drop(bar.take());
                bar = Some((what.to_owned(), Progress::new(run.quiet, what, total)));
            }
            if let Some((_, bar)) = &bar {
                bar.at(done);
            }
        }
    };
    Ok(gan_metrics::sets(paths, options, &mut told)?)
}
