//! The options of `gan info emd`, `mmd` and `frechet`.

use super::input_args::InputArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `gan info emd`.
#[derive(Debug, Args)]
#[command(after_help = "\
Samples of one column by sorting them, of more by an optimal transport plan for the Euclidean
distance. The masses of tables stand at the places 0, 1, 2 and so on.

Examples:
  gan info emd real.npy fake.npy
  gan info emd a.csv b.csv --as table --order 2")]
pub struct EmdArgs {
    /// One law.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// The order of the Wasserstein distance; 1 is the earth mover's.
    #[arg(long, value_name = "P", default_value = "1")]
    pub order: f64,
    /// How the files are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// An estimate of MMD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Estimate {
    /// Mean zero for equal laws, so often negative.
    Unbiased,
    /// The distance of the two samples themselves: never negative.
    Biased,
    /// Unbiased in linear time, with more variance; samples in random order, as many of each.
    Linear,
}

/// A kernel of MMD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KernelName {
    /// exp(-|a - b|^2 / (2 bandwidth^2)).
    Gaussian,
    /// (a b / columns + 1)^3, KID's.
    Cubic,
    /// a b: the squared distance of the means.
    Linear,
}

/// `gan info mmd`.
#[derive(Debug, Args)]
#[command(after_help = "\
A and B are samples with the same columns. With --kernel cubic on features it is KID of all of them.

Examples:
  gan info mmd real.npy fake.npy
  gan info mmd real.npy fake.npy --bandwidth 0.5 --estimate biased
  gan info mmd a.npz b.npz --array features --kernel cubic --json")]
pub struct MmdArgs {
    /// One sample.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// The estimate.
    #[arg(long, value_enum, default_value = "unbiased")]
    pub estimate: Estimate,
    /// The kernel.
    #[arg(long, value_enum, default_value = "gaussian")]
    pub kernel: KernelName,
    /// The Gaussian kernel's width; the median distance of all samples unless given.
    #[arg(long, value_name = "W")]
    pub bandwidth: Option<f64>,
    /// The array of this name, of .npz files with several.
    #[arg(long, value_name = "NAME")]
    pub array: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `gan info frechet`.
#[derive(Debug, Args)]
#[command(after_help = "\
A and B are samples with the same columns, such as the features of images: then the square is FID.

Examples:
  gan info frechet real.npy fake.npy
  gan info frechet a.npz b.npz --array features --diagonal --json")]
pub struct FrechetArgs {
    /// One sample.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Take the columns as independent: variances without covariances.
    #[arg(long)]
    pub diagonal: bool,
    /// The array of this name, of .npz files with several.
    #[arg(long, value_name = "NAME")]
    pub array: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
