//! The program `gan-metrics`: arguments and printing, no mathematics.

mod args;
mod failure;
mod fetch;
mod file_commands;
mod output;
mod progress;
mod score_command;
mod score_text;
mod threads;
mod watched;
mod weights;

use args::Command;
use clap::Parser;
use score_command::Which;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and usage errors; a closed pipe has nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Fid(args) => score_command::run(Which::Fid, args),
        Command::Kid(args) => score_command::run(Which::Kid, args),
        Command::Is(args) => score_command::run(Which::Is, args),
        Command::Prdc(args) => score_command::run(Which::Prdc, args),
        Command::All(args) => score_command::run(Which::All, args),
        Command::Features(args) => file_commands::features(args),
        Command::Stats(args) => file_commands::stats(args),
        Command::Merge(args) => file_commands::run_merge(args),
        Command::Weights(args) => weights::run(args),
    }
}
