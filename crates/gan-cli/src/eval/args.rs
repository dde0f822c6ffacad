//! The options of `gan eval`, and those of evaluation while training.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::{Args, ValueEnum};
use gan_metrics::Protocol;
use gan_runs::Scoring;
use std::path::PathBuf;

/// `gan eval`.
#[derive(Debug, Args)]
#[command(after_help = "\
Samples are scored against the part of the data that is held out of training, or against what was
trained on where none is; a conditional model is asked for that part's classes. The command prints FID,
KID, Inception score, precision, recall, density and coverage (these four of equal numbers), with a
receipt. Digits of 28×28 are scored by a classifier that this program carries, whose scores compare
with nothing else; all other images by the Inception that `gan-metrics weights fetch` stores. The
result is one more line in the run's log.jsonl, of kind `eval`. Sample number k is that of `gan sample`.

Examples:
  gan eval runs/dcgan-1
  gan eval runs/dcgan-1 --count 2000 --step 500 --json
  gan eval runs/faces-1 --weights fid-inception.safetensors --protocol clean-fid")]
pub struct EvalArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Which part of the data they are compared with; what is held out of training, where something
    /// is, unless given.
    #[arg(long, value_name = "PART", value_parser = ["train", "val", "test", "all"])]
    pub split: Option<String>,
    /// How many samples; as many as there are real images, up to 10,000, unless given.
    #[arg(long, short = 'n', value_name = "N")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: Option<u64>,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The seed of the latents; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// The run's data, where they have moved.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Print the scores and leave the run's log alone.
    #[arg(long)]
    pub no_log: bool,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The network that looks at samples and data, and what it is given.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// The weights of an Inception, as `gan-metrics weights convert` writes them; those that
    /// `gan-metrics weights fetch` stored unless given.
    #[arg(long, value_name = "W.safetensors", conflicts_with = "extractor")]
    pub weights: Option<PathBuf>,
    /// A network that this program carries: digits, for gray digits of 28×28.
    #[arg(long, value_enum)]
    pub extractor: Option<Carried>,
    /// Whose way of resizing and scaling: pytorch-fid, torch-fidelity, torchmetrics or clean-fid.
    #[arg(long, value_name = "NAME", default_value = "pytorch-fid")]
    pub protocol: Protocol,
    /// Neither take the data's features from the cache nor keep them there; in training, keep no
    /// decoded pictures either.
    #[arg(long)]
    pub no_cache: bool,
}

impl NetworkArgs {
    /// The same for the library.
    pub fn scoring(&self) -> Scoring {
        let (weights, digits) = (self.weights.clone(), self.extractor.is_some());
        Scoring { weights, digits, protocol: self.protocol, cache: !self.no_cache }
    }
}

/// Networks within the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Carried {
    /// The classifier of digits.
    Digits,
}

/// Evaluation while training.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evaluation")]
pub struct EvalEveryArgs {
    /// Steps between evaluations, as `gan eval` makes them; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub eval_every: u64,
    /// Samples an evaluation.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub eval_count: u64,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
}
