//! The options of `gan distance`.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan distance`.
#[derive(Debug, Args)]
#[command(after_help = "\
For each checkpoint, between as many samples and real ones:
  emd      the earth mover's distance, exact: the cheapest way to move one set onto the other
  mmd2     the squared maximum mean discrepancy (biased), Gaussian kernels of 1/8, 1/4, 1/2 and 1
           times the median distance
  spectrum of images, decibels between the mean power spectra
Each stands beside its floor: the same between two sets of real ones of the same size, all of them held
out of training where something is. A conditional model is asked for the data's classes. Of a run that
logs what its critic takes the distance for, `critic` is the mean over the last --window steps before
the checkpoint, and the rank correlation (Spearman's) says whether it follows the exact distance.

Checkpoints are removed as newer ones come: train with --set train.keep_every=100, say.

Examples:
  gan distance runs/gmmn-1
  gan distance runs/wgan-1 --all --json
  gan distance runs/psgan-1 --patch 9")]
pub struct DistanceArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Samples a set; half the data at most.
    #[arg(long, short = 'n', value_name = "N", default_value = "500")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: u64,
    /// Which part of the data; what is held out of training, where something is, unless given.
    #[arg(long, value_name = "PART", value_parser = ["train", "val", "test", "all"])]
    pub split: Option<String>,
    /// Every checkpoint that is there, instead of the newest.
    #[arg(long, conflicts_with = "step")]
    pub all: bool,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// Compare squares of N pixels from the middle of images instead of whole ones, as for textures.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub patch: Option<u64>,
    /// Logged steps that a critic's mean is taken over.
    #[arg(long, value_name = "N", default_value = "50")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub window: u64,
    /// The seed of the latents; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
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
