//! The options of `gan sample`.

use crate::compute::ComputeArgs;
use crate::sample::files::Format;
use crate::sample::given::{self, Given};
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use std::path::PathBuf;

/// `gan sample`.
#[derive(Debug, Args)]
#[command(after_help = "\
The format follows from --out: .png is a grid, .npz NumPy's arrays (arr_0: bytes, count × height ×
width × channels; arr_1: labels of a conditional model), .csv points one a line, anything else a
folder of PNGs. Sample number k does not depend on --count; the run's own seed is the default, so
that the first samples are those of the run's pictures. A grid of classes with names, 100 at most, has
rows for each class with its name before them.

Examples:
  gan sample runs/dcgan-1
  gan sample runs/dcgan-1 --count 10000 --out fakes.npz
  gan sample runs/dcgan-1 --count 500 --out fakes/ --seed 7
  gan sample runs/cgan-1 --given class=7 --out sevens.png
  gan sample runs/cgan-1 --labels 0,1,2,3,4,5,6,7,8,9 --count 100 --out digits.png
  gan sample runs/dcgan-1 --nearest --count 20 --out nearest.png")]
pub struct SampleArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// How many samples.
    #[arg(long, short = 'n', value_name = "N", default_value = "64")]
    #[arg(value_parser = one_or_more, allow_negative_numbers = true)]
    pub count: u64,
    /// Where they go; the first free RUN/samples/sample-N.png unless given.
    #[arg(long, short, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// In which form; follows from --out unless given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The seed of the latents; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// What samples are to be like, by what the model takes (`gan list`): class=3, class=dog, a
    /// vector's numbers as place=0.5,-1. Several values are dealt out in turn.
    #[arg(long, value_name = "NAME=VALUE", value_parser = given::parse)]
    pub given: Vec<Given>,
    /// Short for --given class=A,B,…: classes, dealt out in turn.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Short for --given class=CLASS: one class for all samples.
    #[arg(long, value_name = "CLASS", conflicts_with = "labels")]
    pub label: Option<String>,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// Show beside each sample the training image that is nearest to it.
    #[arg(long)]
    pub nearest: bool,
    /// The run's data, where they have moved.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Replace what is at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
