//! The options of `gan classify`.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan classify`.
#[derive(Debug, Args)]
#[command(after_help = "\
A logistic regression is fitted to what the run's encoder makes of the data's training part, and
another to the pixels themselves; both are scored on the held-out part. Features are those without
noise: p(h = 1 | x) of a Boltzmann machine, means of a variational autoencoder. Penalties are C, the
weight of the losses against ½‖W‖², as in scikit-learn; the defaults are those of its example of an
RBM's features. The result is one more line in the run's log.jsonl, of kind `classify`.

Examples:
  gan classify runs/rbm-1
  gan classify runs/vae-1 --c 100 --json")]
pub struct ClassifyArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// C of the regression on features.
    #[arg(long, value_name = "C", default_value_t = 6000.0, allow_negative_numbers = true)]
    pub c: f64,
    /// C of the regression on pixels.
    #[arg(long, value_name = "C", default_value_t = 100.0, allow_negative_numbers = true)]
    pub pixels_c: f64,
    /// Samples of each part at most, drawn at random where there are more.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: u64,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// The run's data, where they have moved.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Print the numbers and leave the run's log alone.
    #[arg(long)]
    pub no_log: bool,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
