//! The options of `gan check`.

use crate::compute::ComputeArgs;
use crate::values::one_or_more;
use clap::Args;
use std::path::PathBuf;

/// `gan check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Of each operation: the largest difference of the result, of its gradients and of their gradients from
those in f64 on the CPU, over the largest value, and whether a second call gives the same bits.

Of each model: how far the losses of the first two steps are from those on the CPU, over the largest;
whether a second run of the same seed, and a run that was killed and resumed, end in the same bytes;
whether samples can be drawn and scored.

The exit code is 1 where an operation differs by more than 1e-4, a model by more than 1e-2, or
something did not work. What does not come to the same bytes is marked; it is no failure.

Examples:
  gan check --device cuda
  gan check --device cuda dcgan wgan-gp
  gan check --operations --json")]
pub struct CheckArgs {
    /// The models; all of `gan list` unless given.
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// Check the operations alone, and no model.
    #[arg(long, conflicts_with_all = ["models", "steps", "out"])]
    pub operations: bool,
    /// Steps that each model trains.
    #[arg(long, value_name = "N", default_value = "50")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: u64,
    /// Keep the runs in this new folder instead of removing them.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object a line, for each operation and each model.
    #[arg(long)]
    pub json: bool,
}
