//! The options of `gan likelihood`.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan likelihood`.
#[derive(Debug, Args)]
#[command(after_help = "\
Three numbers, each where it can be had, in nats a sample, with standard errors over the samples:
the model's own log-likelihood or a lower bound on it (vae: the ELBO with its two terms; rbm: exact
but for log Z, by annealed importance sampling; dbn, dbm: a bound); the log-likelihood under Parzen
windows around the model's samples (for a model without a likelihood, or with --parzen), σ chosen on
one half of what is held out and the other half scored; how far codes of the data are from their prior (aae, vae): squared MMD,
with a Gaussian kernel as wide as the median distance within the prior.

Likelihoods of images are those of binary pixels, and compare only where pixels became binary in the
same way; where pixels are Gaussian (vae on colors) they are log-densities of pixels in [0, 1], which
may be above 0 and do not compare with the others. Parzen windows mislead in many dimensions (arXiv 1511.01844). The result is one more line
in the run's log.jsonl, of kind `likelihood`.

Examples:
  gan likelihood runs/vae-1
  gan likelihood runs/rbm-1 --chains 200 --temperatures 10000
  gan likelihood runs/dcgan-1 --parzen 10000 --json
  gan likelihood runs/aae-1 --parzen 0         only how far the codes are from the prior")]
pub struct LikelihoodArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Which part of the data; what is held out of training, where something is, unless given.
    #[arg(long, value_name = "PART", value_parser = ["train", "val", "test", "all"])]
    pub split: Option<String>,
    /// Samples of the data at most, drawn at random where there are more.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: u64,
    /// Chains of annealed importance sampling.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = two_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub chains: u64,
    /// Temperatures that each of them passes through.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = two_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub temperatures: u64,
    /// Draws of the hidden variables for each sample.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub draws: u64,
    /// Samples of the model that carry Parzen windows, 0 for none; 10,000 where the model has no
    /// likelihood of its own, none where it has, unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub parzen: Option<u64>,
    /// The width of the windows instead of the best one; pixels lie in [0, 1].
    #[arg(long, value_name = "WIDTH", allow_negative_numbers = true)]
    pub sigma: Option<f64>,
    /// The seed of all draws; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
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

fn two_or_more(text: &str) -> Result<u64, String> {
    match zero_or_more(text) {
        Ok(0 | 1) | Err(_) => Err("expected a whole number, 2 or more".to_owned()),
        ok => ok,
    }
}
