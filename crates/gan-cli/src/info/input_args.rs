//! The options that say how the files of `gan info` are read.

use clap::{Args, ValueEnum};

/// How a file is read.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// The array of this name, of an .npz file with several.
    #[arg(long, value_name = "NAME")]
    pub array: Option<String>,
    /// What the numbers are; unless given, non-negative ones that sum to 1 are a table.
    #[arg(long = "as", value_name = "WHAT", value_enum)]
    pub taken: Option<Taken>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What the numbers of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Taken {
    /// A sample a row.
    Samples,
    /// Masses of a distribution, divided by their sum.
    Table,
}
