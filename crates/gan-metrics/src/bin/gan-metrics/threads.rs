//! Starting up: threads.

use crate::args::RunArgs;
use crate::failure::usage;
use anyhow::{Context, Result};

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
