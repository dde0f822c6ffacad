//! The options of `gan bench`.

use crate::compute::ComputeArgs;
use crate::values::one_or_more;
use clap::Args;

/// `gan bench`.
#[derive(Debug, Args)]
#[command(after_help = "\
Cases: dcgan64, dcgan28, fc28, ring, or all. Data are made up once; a step is one update of every
player on one batch. The first few steps, at least 2 and a sixth of --steps, do not count.
Peak memory is the whole process's so far, on Linux; elsewhere it is not known.

Examples:
  gan bench all
  gan bench dcgan28 --threads 1
  gan bench dcgan64 --steps 12 --json
  gan bench dcgan64 --size 128 --batch 16")]
pub struct BenchArgs {
    /// The case, or `all`.
    pub case: String,
    /// Steps that count; each case has its own number unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: Option<u64>,
    /// Samples a batch; that of the case unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub batch: Option<u64>,
    /// Side of the images in pixels, for the dcgan cases; that of the case unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub size: Option<u64>,
    /// The seed of weights and data.
    #[arg(long, value_name = "N", default_value = "0", value_parser = crate::values::zero_or_more)]
    pub seed: u64,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object a case, each on its line as soon as it is done.
    #[arg(long)]
    pub json: bool,
}
