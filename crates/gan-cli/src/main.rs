//! The `gan` command: train, sample, score and look at the models of the zoo. Argument parsing and glue.

#[cfg(test)]
mod agreement;
mod args;
mod bench;
mod check;
mod classify;
mod codes;
mod completions;
mod compute;
mod data;
mod distance;
mod draws;
mod duration;
mod eval;
mod explain;
mod failure;
mod fitted;
mod format;
mod info;
mod inspect;
mod likelihood;
mod list;
mod output;
mod program;
mod report;
mod sample;
mod stop;
mod study;
mod suite;
mod train;
mod values;

use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and usage errors; a closed pipe has nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if let Ok(filter) = EnvFilter::try_from_env("GAN_LOG") {
        let stderr = std::io::stderr;
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(stderr().is_terminal())
            .with_writer(stderr)
            .init();
    }
    let ranks = match gan_runs::ranks::start() {
        Ok(ranks) => ranks,
        Err(error) => return failure::report(&error.into()),
    };
    let Some(_ranks) = ranks else {
        return start(cli.command).map_or_else(|error| failure::report(&error), ExitCode::from);
    };
    // One of several processes, which would wait for one that ended alone.
    let found = match cli.command {
        args::Command::Train(_) => start(cli.command),
        _ => {
            Err(failure::usage("only `gan train` runs on several ranks; start this without mpirun"))
        }
    };
    match found {
        Ok(code) => ExitCode::from(code),
        Err(error) => gan_runs::ranks::abort(failure::report_rank(&error).into()),
    }
}

/// Runs a command that computes on one of the threads that compute, where parallel work starts
/// without a hand-over.
fn start(command: args::Command) -> anyhow::Result<u8> {
    match command.compute() {
        Some(compute) => {
            compute.start_threads()?;
            gan_kernels::start::inside(|| run(command))
        }
        None => run(command),
    }
}

fn run(command: args::Command) -> anyhow::Result<u8> {
    match command {
        args::Command::List(args) => list::run(&args),
        args::Command::Train(args) => train::run(&args),
        args::Command::Sample(args) => sample::run(&args),
        args::Command::Eval(args) => eval::run(&args),
        args::Command::Inspect(command) => inspect::run(&command),
        args::Command::Likelihood(args) => likelihood::run(&args),
        args::Command::Classify(args) => classify::run(&args),
        args::Command::Explain(args) => explain::run(&args),
        args::Command::Report(args) => report::run(&args),
        args::Command::Distance(args) => distance::run(&args),
        args::Command::Info(command) => info::run(&command),
        args::Command::Codes(args) => codes::run(&args),
        args::Command::Data(data::args::DataCommand::Check(args)) => data::run(&args),
        args::Command::Bench(args) => bench::run(&args),
        args::Command::Check(args) => check::run(&args),
        args::Command::Suite(args) => suite::run(&args),
        args::Command::Study(command) => study::run(&command),
        args::Command::Completions(args) => completions::run(&args),
    }
}
