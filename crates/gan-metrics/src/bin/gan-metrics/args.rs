//! The command line: what there is to say, and the examples that its help shows.

use crate::weights::WeightsArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use gan_images::Split;
use gan_metrics::Protocol;
use std::path::PathBuf;

/// Scores of generators that agree with the reference programs, each with a receipt.
#[derive(Debug, Parser)]
#[command(name = "gan-metrics", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  gan-metrics weights fetch                       the network that FID is defined on, once
  gan-metrics fid fakes/ photos/                  samples against their reference
  gan-metrics all fakes.npz photos.zip --json     every score there is
  gan-metrics fid fakes.npz digits.idx3-ubyte --extractor digits
  gan-metrics fid --from-features fakes.npy photos.npy
  gan-metrics stats photos/ --out photos-stats.npz

A set is a folder (searched recursively for image files), a zip of them, an npz of images
(arr_0), an IDX file, features in a .npy, .npz or .safetensors, or statistics (mu, sigma) in an
.npz of this program, pytorch-fid, TTUR, clean-fid or ADM.

Results go to stdout, warnings and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.
Features are kept in $GAN_CACHE or the system's cache folder, by content; --no-cache does without.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fréchet inception distance: how far samples A are from the reference B.
    #[command(after_help = "\
Examples:
  gan-metrics fid fakes/ photos/ --weights fid-inception.safetensors
  gan-metrics fid fakes/ photos/ --protocol all          every program's FID in one pass
  gan-metrics fid fakes/ photos-stats.npz --tap 768 --bootstrap 100
  gan-metrics fid --from-features F.npy G.npy --json")]
    Fid(Box<ScoreArgs>),
    /// Kernel inception distance of A and B.
    #[command(after_help = "\
Examples:
  gan-metrics kid fakes/ photos/
  gan-metrics kid fakes/ photos/ --kid-subsets 50 --kid-subset-size 500 --mmd")]
    Kid(Box<ScoreArgs>),
    /// Inception score of A, and its mode score if there is a B.
    #[command(after_help = "\
ln_is is the score of all images at once: their mutual information with the classes in nats, from 0
to ln(classes). It does not depend on the order of the images; the score over splits does.

Examples:
  gan-metrics is fakes/
  gan-metrics is fakes.npz --extractor digits --splits 5
  gan-metrics is --from-features logits.npy")]
    Is(Box<ScoreArgs>),
    /// Precision, recall, density and coverage of samples A against the reference B.
    #[command(after_help = "\
Examples:
  gan-metrics prdc fakes/ photos/
  gan-metrics prdc fakes/ photos/ --k 3 --closed        torch-fidelity's and StyleGAN's convention
  gan-metrics prdc fakes/ photos/ --memorization        and how much is copied")]
    Prdc(Box<ScoreArgs>),
    /// Every score that the two sets and the network allow.
    #[command(after_help = "\
Examples:
  gan-metrics all fakes/ photos/ --json
  gan-metrics all fakes.npz mnist/ --extractor digits --by-class")]
    All(Box<ScoreArgs>),
    /// Write the features of a set to a file.
    #[command(after_help = "\
A .npy holds features alone (their receipt goes to NAME.npy.json); a .npz or .safetensors holds
class logits too.

Examples:
  gan-metrics features photos/ --weights fid-inception.safetensors --out photos.npy
  gan-metrics features fakes.npz --extractor digits --out fakes.safetensors")]
    Features(FeaturesArgs),
    /// Write mean and covariance of a set, or of one part of it, to a file.
    #[command(after_help = "\
Parts that several machines made are put together by `gan-metrics merge`.

Examples:
  gan-metrics stats photos/ --out photos-stats.npz
  gan-metrics stats photos/ --shard 3/8 --out part3.npz")]
    Stats(StatsArgs),
    /// Put the statistics of parts together.
    #[command(after_help = "\
Examples:
  gan-metrics merge part*.npz --out photos-stats.npz")]
    Merge(MergeArgs),
    /// Convert, fetch and check weight files.
    #[command(after_help = "\
Examples:
  gan-metrics weights fetch
  gan-metrics weights convert pt_inception-2015-12-05-6726825d.pth fid-inception.safetensors
  gan-metrics weights verify fid-inception.safetensors")]
    Weights(WeightsArgs),
}

/// Which network, and what it is given.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// The network's weights, as `gan-metrics weights convert` writes them; those that `weights
    /// fetch` stored unless given.
    #[arg(long, value_name = "W.safetensors", conflicts_with = "extractor")]
    pub weights: Option<PathBuf>,
    /// A network that this program carries: digits, for 28×28 gray digits; its scores compare with
    /// nothing else.
    #[arg(long, value_enum)]
    pub extractor: Option<Carried>,
    /// Width of the features; the widest there are unless given (Inception: 64, 192, 768, 2048).
    #[arg(long, value_name = "WIDTH")]
    pub tap: Option<usize>,
    /// Images a batch; changes no bit of the result.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = one_or_more)]
    pub batch: usize,
    /// Leave out images that cannot be read, instead of stopping.
    #[arg(long)]
    pub skip_bad: bool,
    /// The part of sets that have parts, as `gan --split` takes it: sub-folders named train, val and
    /// test, or a seeded tenth held out as test. `all` takes the part to train on where there is one.
    #[arg(long, value_name = "PART", default_value = "all", value_parser = split)]
    pub split: Split,
    /// Refuse image files of more pixels (134217728 unless given).
    #[arg(long, value_name = "N")]
    pub max_pixels: Option<u64>,
    /// The values that become black and white, such as 0..4095: of image files with 16 bits a
    /// sample, and of arrays of images.
    #[arg(long, value_name = "LO..HI", value_parser = range, allow_hyphen_values = true)]
    pub range: Option<[f64; 2]>,
    /// Neither take features from the cache nor keep them there.
    #[arg(long)]
    pub no_cache: bool,
}

fn split(text: &str) -> Result<Split, String> {
    text.parse().map_err(|_| "expected train, val, test or all".to_owned())
}

fn range(text: &str) -> Result<[f64; 2], String> {
    gan_images::parse_range(text).map_err(|error| error.to_string())
}

/// Networks within the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Carried {
    /// The classifier of digits.
    Digits,
}

/// How it is computed and told.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Threads to compute with; all cores unless given. Changes no bit of the result.
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    pub threads: Option<usize>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Show neither warnings nor progress.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Options of the scores.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The samples to score.
    pub a: PathBuf,
    /// The reference that they are scored against.
    pub b: Option<PathBuf>,
    /// A and B are files of features (for `is`: of logits).
    #[arg(long)]
    pub from_features: bool,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Whose numbers to meet: pytorch-fid, torch-fidelity, torchmetrics or clean-fid; several,
    /// separated by commas, or `all` in one pass.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "pytorch-fid")]
    pub protocol: Vec<String>,
    /// Seed of subsets, shuffles, intervals; that of torch-fidelity unless given.
    #[arg(long, value_name = "N", default_value_t = 2020)]
    pub seed: u32,
    /// Compare sets that were made in unlike ways.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub run: RunArgs,
    /// Replicates of a bootstrap interval of FID at 95 %; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "FID")]
    pub bootstrap: usize,
    /// Extrapolate FID to endless images.
    #[arg(long, help_heading = "FID")]
    pub infinity: bool,
    /// FID of spatial features too, where the network has them.
    #[arg(long, help_heading = "FID")]
    pub sfid: bool,
    /// FID of each class: the first folder, or the labels of an npz or IDX file.
    #[arg(long, help_heading = "FID")]
    pub by_class: bool,
    /// How the matrix root is found: accurate, or by eigenvalues as the reference programs do.
    #[arg(long, value_enum, default_value = "accurate", help_heading = "FID")]
    pub square_root: Root,
    /// Subsets of KID.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = one_or_more)]
    #[arg(help_heading = "KID")]
    pub kid_subsets: usize,
    /// Images in a subset.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = one_or_more)]
    #[arg(help_heading = "KID")]
    pub kid_subset_size: usize,
    /// The MMD² of all features under KID's kernel too.
    #[arg(long, help_heading = "KID")]
    pub mmd: bool,
    /// Splits of the Inception score.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = one_or_more)]
    #[arg(help_heading = "Inception score")]
    pub splits: usize,
    /// Balls reach to the K-th neighbor; 5, or 3 under torch-fidelity's protocol, unless given.
    #[arg(long, value_name = "K", value_parser = one_or_more, help_heading = "Precision and recall")]
    pub k: Option<usize>,
    /// A ball holds its boundary; so under torch-fidelity's protocol.
    #[arg(long, help_heading = "Precision and recall")]
    pub closed: bool,
    /// Compare equal numbers, as the scores are defined for: a random subset of the larger side.
    #[arg(long, help_heading = "Precision and recall")]
    pub equal_sides: bool,
    /// The share of samples that copy a reference image, and authenticity.
    #[arg(long, help_heading = "Precision and recall")]
    pub memorization: bool,
}

/// How FID's root is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Root {
    /// The nuclear norm of factors.
    Accurate,
    /// The eigenvalues of the product.
    Eigenvalues,
}

/// `gan-metrics features`.
#[derive(Debug, Args)]
pub struct FeaturesArgs {
    /// The images.
    pub a: PathBuf,
    /// Where features go: a .npy, .npz or .safetensors.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Whose way of resizing and scaling.
    #[arg(long, value_name = "NAME", default_value = "pytorch-fid")]
    pub protocol: Protocol,
    /// Replace the file at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `gan-metrics stats`.
#[derive(Debug, Args)]
pub struct StatsArgs {
    /// The images.
    pub a: PathBuf,
    /// Where statistics go: an .npz.
    #[arg(long, value_name = "FILE.npz")]
    pub out: PathBuf,
    /// Only part I of K, counted from 1.
    #[arg(long, value_name = "I/K", value_parser = gan_metrics::receipt::parse_shard)]
    pub shard: Option<[u64; 2]>,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Whose way of resizing and scaling.
    #[arg(long, value_name = "NAME", default_value = "pytorch-fid")]
    pub protocol: Protocol,
    /// Those of spatial features too, for sFID.
    #[arg(long)]
    pub sfid: bool,
    /// Replace the file at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `gan-metrics merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Files that `gan-metrics stats` wrote.
    #[arg(required = true, value_name = "PART.npz")]
    pub parts: Vec<PathBuf>,
    /// Where the whole goes.
    #[arg(long, value_name = "FILE.npz", default_value = "merged.npz")]
    pub out: PathBuf,
    /// Merge unlike parts, and replace the file at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is told.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Reads a whole number from 1.
fn one_or_more(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number, 1 or more".to_owned()),
        Ok(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_command_shows_examples() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().unwrap().to_string();
            assert!(help.contains("Examples:\n  gan-metrics "), "{}", command.get_name());
        }
    }

    #[test]
    fn wrong_numbers_are_wrong_usage() {
        for line in ["--batch 0", "--k 0", "--splits x", "--seed -1", "--protocol"] {
            let words = ["gan-metrics", "fid", "a", "b"].into_iter().chain(line.split(' '));
            assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
