//! The options of `gan info`.

use super::distance_args::{EmdArgs, FrechetArgs, MmdArgs};
use super::input_args::InputArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::ops::Range;
use std::path::PathBuf;

/// What is asked of samples or tables.
#[derive(Debug, Subcommand)]
pub enum InfoCommand {
    /// The entropy of a table, or of the law of samples.
    Entropy(EntropyArgs),
    /// The Kullback-Leibler divergence KL(A || B).
    Kl(KlArgs),
    /// The Jensen-Shannon divergence, from 0 to log 2.
    Jsd(JsdArgs),
    /// The total variation distance, from 0 to 1.
    Tv(TvArgs),
    /// The earth mover's (Wasserstein) distance, exact.
    Emd(EmdArgs),
    /// The squared maximum mean discrepancy of two samples.
    Mmd(MmdArgs),
    /// The mutual information of two variables: a joint table, columns, or two files.
    Mi(MiArgs),
    /// The Frechet distance of the normals fitted to two samples, FID's formula.
    Frechet(FrechetArgs),
}

/// The unit of information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unit {
    /// Natural logarithms.
    Nats,
    /// Logarithms to base 2.
    Bits,
}

/// An estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The formula of tables, on relative frequencies of cells.
    PlugIn,
    /// Distances to the k-th nearest neighbor.
    Neighbors,
}

/// How samples are cut into cells.
#[derive(Debug, Args)]
pub struct CutArgs {
    /// Bins a column for plug-in estimates; 2 n^(1/(columns + 2)) unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub bins: Option<u32>,
    /// Samples are labels: every distinct row is a cell of its own.
    #[arg(long, conflicts_with = "bins")]
    pub labels: bool,
}

/// By which estimator.
#[derive(Debug, Args)]
pub struct ByArgs {
    /// The estimator of samples; neighbors unless --bins or --labels is given.
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// Which neighbor: more of them vary less and blur more.
    #[arg(long, short, value_name = "N", default_value = "3")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub k: u32,
    /// How samples are cut.
    #[command(flatten)]
    pub cut: CutArgs,
}

/// `gan info entropy`.
#[derive(Debug, Args)]
#[command(after_help = "\
A is a .npy, .npz or CSV file (numbers with commas between, a first line of names if you like): a
sample a row, or one row or column of masses. Of samples of a density the differential entropy is
estimated; of labels (--labels) the entropy of the law they were drawn from.

Examples:
  gan info entropy dice.csv --unit bits
  gan info entropy latents.npy -k 5
  gan info entropy labels.csv --labels --json")]
pub struct EntropyArgs {
    /// The file.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The unit.
    #[arg(long, value_enum, default_value = "nats")]
    pub unit: Unit,
    /// By which estimator.
    #[command(flatten)]
    pub by: ByArgs,
    /// How the file is read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// `gan info kl`.
#[derive(Debug, Args)]
#[command(after_help = "\
A and B are .npy, .npz or CSV files: samples with the same columns, or tables of the same length.
KL is infinite where A has mass and B has none.

Examples:
  gan info kl data.csv model.csv
  gan info kl real.npy fake.npy --by neighbors -k 5 --unit bits
  gan info kl real.npy fake.npy --bins 20")]
pub struct KlArgs {
    /// The law that the mean is taken of.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// The unit.
    #[arg(long, value_enum, default_value = "nats")]
    pub unit: Unit,
    /// By which estimator.
    #[command(flatten)]
    pub by: ByArgs,
    /// How the files are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// `gan info jsd`.
#[derive(Debug, Args)]
#[command(after_help = "\
Samples are cut into cells that both share (--bins, --labels).

Examples:
  gan info jsd data.csv model.csv --unit bits
  gan info jsd real.npy fake.npy --bins 20 --json")]
pub struct JsdArgs {
    /// One law.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// The unit.
    #[arg(long, value_enum, default_value = "nats")]
    pub unit: Unit,
    /// How samples are cut.
    #[command(flatten)]
    pub cut: CutArgs,
    /// How the files are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// `gan info tv`.
#[derive(Debug, Args)]
#[command(after_help = "\
Samples are cut into cells that both share (--bins, --labels).

Examples:
  gan info tv data.csv model.csv
  gan info tv labels-a.npy labels-b.npy --labels")]
pub struct TvArgs {
    /// One law.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// How samples are cut.
    #[command(flatten)]
    pub cut: CutArgs,
    /// How the files are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// `gan info mi`.
#[derive(Debug, Args)]
#[command(after_help = "\
One file is a joint table (two rows and columns or more that sum to 1), or samples whose columns --x
and --y are the two variables: `3` is column 3, counted from 0, and `0..3` are columns 0, 1 and 2. Of
two files each row of A belongs to the same row of B.

Examples:
  gan info mi channel.csv --unit bits
  gan info mi samples.npy --x 0..3 --y 3
  gan info mi guesses.csv classes.csv --labels")]
pub struct MiArgs {
    /// A joint table, samples of both variables, or those of the first.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Samples of the second variable.
    #[arg(value_name = "B", conflicts_with_all = ["x", "y"])]
    pub b: Option<PathBuf>,
    /// The columns of the first variable.
    #[arg(long, value_name = "COLUMNS", value_parser = columns, requires = "y")]
    pub x: Option<Range<usize>>,
    /// The columns of the second.
    #[arg(long, value_name = "COLUMNS", value_parser = columns, requires = "x")]
    pub y: Option<Range<usize>>,
    /// The unit.
    #[arg(long, value_enum, default_value = "nats")]
    pub unit: Unit,
    /// By which estimator.
    #[command(flatten)]
    pub by: ByArgs,
    /// How the files are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Reads `3` or `0..3`.
fn columns(text: &str) -> Result<Range<usize>, String> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let range = match text.split_once("..") {
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| from..to),
        None => number(text).and_then(|at| Some(at..at.checked_add(1)?)),
    };
    range
        .filter(|range| !range.is_empty())
        .ok_or_else(|| "expected a column such as 3, or columns such as 0..3".to_owned())
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_are_one_or_a_range() {
        assert_eq!(columns("3").unwrap(), 3..4);
        assert_eq!(columns("0..3").unwrap(), 0..3);
        for wrong in ["", "x", "3..3", "4..2", "-1", "1..", "18446744073709551615"] {
            assert!(columns(wrong).is_err(), "{wrong}");
        }
    }
}
