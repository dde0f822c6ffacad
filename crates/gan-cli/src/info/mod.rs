//! `gan info`: entropies, divergences and distances of samples or tables in files.

mod answer;
pub mod args;
mod array;
mod csv_file;
mod distance_args;
mod distances;
mod information;
mod input_args;
mod mutual;
mod taken;

use crate::output;
use anyhow::Result;
use args::InfoCommand;

/// Runs the command.
pub fn run(command: &InfoCommand) -> Result<u8> {
    let (answer, json) = match command {
        InfoCommand::Entropy(args) => (information::entropy(args)?, args.input.json),
        InfoCommand::Kl(args) => (information::kl(args)?, args.input.json),
        InfoCommand::Jsd(args) => (information::jsd(args)?, args.input.json),
        InfoCommand::Tv(args) => (information::tv(args)?, args.input.json),
        InfoCommand::Mi(args) => (mutual::mi(args)?, args.input.json),
        InfoCommand::Emd(args) => (distances::emd(args)?, args.input.json),
        InfoCommand::Mmd(args) => (distances::mmd(args)?, args.json),
        InfoCommand::Frechet(args) => (distances::frechet(args)?, args.json),
    };
    if json {
        output::json(&answer.object())?;
    } else {
        output::result(&answer.text())?;
    }
    Ok(0)
}
