//! The options of `gan codes`.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan codes`.
#[derive(Debug, Args)]
#[command(after_help = "\
For a model with an encoder: the class of each held-out sample is guessed to be that of the training
sample whose code is nearest. Beside it stand the same guess by principal components of the pixels,
as many as the code has numbers, and by the pixels themselves. A run that was trained with --split all
has seen what is held out, and that is said.

For a model that reads a code back, as InfoGAN: purity, the share of samples that belong to the most
frequent class of their code's value, of samples made of chosen codes (by the classifier of digits
that this program carries, of data that are digits) and of held-out images by their labels; and
E[ln q(c|x)] + H(c) on new samples, a bound on what samples tell of the code, in nats.

The model's own sheets, of held-out samples where they start from data, go to RUN/samples.

Examples:
  gan codes runs/infogan-1
  gan codes runs/bigan-1 --count 1000 --json")]
pub struct CodesArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Samples that the model makes for purity and the bound.
    #[arg(long, short = 'n', value_name = "N", default_value = "2000")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: u64,
    /// The seed of the latents; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// The run's data, where they have moved.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
