//! The options of `gan study disturbances`.

use crate::compute::ComputeArgs;
use crate::data::args::LoadArgs;
use crate::eval::args::NetworkArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan study disturbances`.
#[derive(Debug, Args)]
#[command(after_help = "\
The data are cut into two halves that share no image. One is the reference; the other is disturbed by
the six of arXiv 1706.08500 (appendix A1) at rising strength, then robbed of one class after the other,
then made smaller, and scored each time. FID should rise with every disturbance; a score's bias shows
where it moves with the number of samples alone (arXiv 1711.10337). Lengths are the paper's in
proportion to the images' side. Contamination is by --foreign, or by stripes where none is given.
The study writes study.json, disturbances.png, classes.png and sizes.png.

Examples:
  gan study disturbances
  gan study disturbances --count 5000 --strengths 5 --out study
  gan study disturbances --data photos/ --size 64 --weights fid-inception.safetensors --json")]
pub struct DisturbancesArgs {
    /// The data: a name or a path, as for `gan train`.
    #[arg(long, value_name = "SPEC", default_value = "mnist")]
    pub data: String,
    /// How it is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Images a side; half of the data at most.
    #[arg(long, short = 'n', value_name = "N", default_value = "2000", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// Strengths of each disturbance, up to the paper's strongest.
    #[arg(long, value_name = "N", default_value = "3", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub strengths: u64,
    /// Data whose images contaminate.
    #[arg(long, value_name = "SPEC")]
    pub foreign: Option<String>,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The folder of results, new or empty; the first free runs/study-disturbances-N unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub seed: u64,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}
