//! Starting up: threads, and the network that was asked for.

use crate::args::{Carried, NetworkArgs, RunArgs};
use crate::failure::usage;
use anyhow::{Context, Result};
use gan_metrics::digits::Digits;
use gan_metrics::inception::Inception;
use gan_metrics::{Extractor, FeatureCache, weights};

/// Most threads that can be asked for.
const MOST_THREADS: usize = 1024;

/// Starts the pool of threads. Call it once, before computing anything.
pub fn start(run: &RunArgs) -> Result<()> {
    let threads = match run.threads {
        Some(n) if n > MOST_THREADS => {
            return Err(usage(format!("--threads: expected 1 to {MOST_THREADS}, found {n}")));
        }
        Some(n) => n,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    gan_kernels::start::threads(threads).context("cannot start the threads")
}

/// Opens the network.
pub fn open(args: &NetworkArgs) -> Result<Box<dyn Extractor>> {
    if args.extractor == Some(Carried::Digits) {
        return Ok(Box::new(Digits::embedded()?));
    }
    if let Some(path) = &args.weights {
        return Ok(Box::new(Inception::open(path)?));
    }
    match weights::cached().filter(|path| path.is_file()) {
        Some(path) => Ok(Box::new(Inception::open(&path)?)),
        None => Err(usage(
            "which network? Give --weights W.safetensors, fetch the one that FID is defined on with \
             `gan-metrics weights fetch`, or score digits with --extractor digits",
        )),
    }
}

/// The width of the features that are asked for.
pub fn tap(args: &NetworkArgs, network: &dyn Extractor) -> Result<usize> {
    let taps = network.taps();
    match args.tap {
        None => taps.last().copied().context("the network has no features"),
        Some(tap) if taps.contains(&tap) => Ok(tap),
        Some(tap) => {
            let all: Vec<String> = taps.iter().map(usize::to_string).collect();
            let layout = network.layout();
            Err(usage(format!("--tap {tap}: {layout} has features of width {}", all.join(", "))))
        }
    }
}

/// The cache that is asked for.
pub fn cache(args: &NetworkArgs) -> FeatureCache {
    if args.no_cache { FeatureCache::off() } else { FeatureCache::user() }
}
