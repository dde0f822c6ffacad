//! The program `gan-metrics`: arguments and printing, no mathematics.

mod fetch;
mod weights;

use clap::{Parser, Subcommand};

/// Scores of generators that agree with the reference programs.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Convert, fetch and check weight files.
    Weights(weights::WeightsArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Weights(args) => weights::run(&args),
    }
}
