//! The options of `gan explain`.

use crate::compute::ComputeArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What there is to explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// D gets too good: G's gradient under the minimax and the non-saturating loss.
    Saturation,
    /// G makes a part of the data only, and what cures it.
    Collapse,
    /// Training circles its equilibrium: the Dirac-GAN's eigenvalues.
    Dirac,
    /// Why the earth mover's distance has a gradient where other divergences have none.
    ParallelLines,
    /// Which divergence covers the modes of the data, and which picks one.
    TwoModes,
    /// What the best D answers, and what the game is then worth.
    OptimalDiscriminator,
    /// Why players mix, and that neither gains by moving alone.
    MatrixGame,
    /// A game solved to its end: minimax, and how much of it need not be looked at.
    NoughtsAndCrosses,
}

impl Topic {
    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saturation => "saturation",
            Self::Collapse => "collapse",
            Self::Dirac => "dirac",
            Self::ParallelLines => "parallel-lines",
            Self::TwoModes => "two-modes",
            Self::OptimalDiscriminator => "optimal-discriminator",
            Self::MatrixGame => "matrix-game",
            Self::NoughtsAndCrosses => "noughts-and-crosses",
        }
    }

    /// Whether it takes steps; the others are computed at once.
    pub fn has_steps(self) -> bool {
        matches!(self, Self::Saturation | Self::Collapse | Self::Dirac)
    }
}

/// `gan explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each is a small experiment that runs here and now, says in words what came out, and draws it.
`gan train` and `gan report` find the failures (saturation, collapse) in runs of your own.

Examples:
  gan explain dirac
  gan explain parallel-lines
  gan explain two-modes --json
  gan explain saturation --out saturation.png
  gan explain collapse --steps 4000 --seed 1 --json")]
pub struct ExplainArgs {
    /// What to explain.
    #[arg(value_enum)]
    pub topic: Topic,
    /// The picture; explain-TOPIC.png here unless given.
    #[arg(long, short, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Replace the picture that is there.
    #[arg(long)]
    pub force: bool,
    /// Steps of saturation, collapse and dirac; the experiment's own number unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: Option<u64>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value = "0")]
    #[arg(value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: u64,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
