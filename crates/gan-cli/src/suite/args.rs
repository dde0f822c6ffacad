//! The options of `gan suite`.

use crate::compute::ComputeArgs;
use crate::values::one_or_more;
use clap::Args;
use std::path::PathBuf;

/// `gan suite`.
#[derive(Debug, Args)]
#[command(after_help = "\
The protocol is that of VEEGAN (arXiv 1705.07761) and PacGAN (arXiv 1712.04086): 2,500 samples; one
within three standard deviations of the nearest mode is of high quality; a mode with one such sample
counts. `ring` has 8 modes, `grid` 25. Networks are small and the same for all contestants.
`stacked` has three digits as the colours of one image: 26,000 samples are read by this program's
classifier of digits, a number that it reads once counts as one of 1,000 modes, and KL is that of the
numbers' shares from all being alike. Training is scaled down to minutes.

A contestant is a model of `gan list`, with settings of its own after plus signs.

Examples:
  gan suite ring
  gan suite grid vanilla wgan-gp --seeds 10
  gan suite ring vanilla vanilla+techniques.packing=4 --steps 5000
  gan suite ring 'vanilla+techniques.loss=hinge+techniques.spectral_norm=true' --json")]
pub struct SuiteArgs {
    /// The suite: ring, grid or stacked.
    pub suite: String,
    /// Who takes part; the suite's own list unless given.
    #[arg(value_name = "CONTESTANT")]
    pub contestants: Vec<String>,
    /// Seeds a contestant, 0 to N − 1; the mean and its standard error are over them.
    #[arg(long, value_name = "N", default_value = "5", value_parser = one_or_more)]
    pub seeds: u64,
    /// Steps a run; the suite's own number unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: Option<u64>,
    /// Samples that are judged; the protocol's own number unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub samples: Option<u64>,
    /// The folder of the table and the picture, new or empty; the first free runs/suite-NAME-N
    /// unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}
