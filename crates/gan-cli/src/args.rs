//! The command line: what there is to say, and the examples that its help shows.

use crate::bench::args::BenchArgs;
use crate::check::args::CheckArgs;
use crate::classify::args::ClassifyArgs;
use crate::codes::args::CodesArgs;
use crate::compute::ComputeArgs;
use crate::data::args::DataCommand;
use crate::distance::args::DistanceArgs;
use crate::eval::args::EvalArgs;
use crate::explain::args::ExplainArgs;
use crate::info::args::InfoCommand;
use crate::inspect::InspectCommand;
use crate::likelihood::args::LikelihoodArgs;
use crate::report::args::ReportArgs;
use crate::sample::args::SampleArgs;
use crate::study::StudyCommand;
use crate::suite::args::SuiteArgs;
use crate::train::args::TrainArgs;
use clap::{Args, Parser, Subcommand};

/// Train generative adversarial networks, sample from them, and look at data.
#[derive(Debug, Parser)]
#[command(name = "gan", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  gan list                          the models there are
  gan train dcgan                   a DCGAN on MNIST digits that are part of this program
  gan train dcgan --data photos/ --size 64 --channels 3
  gan sample runs/dcgan-1           a picture of what it has learned
  gan eval runs/dcgan-1             how good that is: FID, KID, precision, recall
  gan likelihood runs/vae-1         how likely held-out data are under the model
  gan report runs/dcgan-1           how it went, as one HTML file
  gan data check photos/            what is in a folder, and what is broken

Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage,
130 stopped by Ctrl-C. GAN_LOG=debug shows what happens inside.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the models of the zoo.
    List(ListArgs),
    /// Train a model, or go on with a run.
    Train(Box<TrainArgs>),
    /// Draw samples from a run's model: a picture, a folder of PNGs, or a file of arrays.
    Sample(SampleArgs),
    /// Score a run's samples against its data: FID and the like, with a receipt.
    Eval(EvalArgs),
    /// Commands that look inside a run's model.
    #[command(flatten)]
    Inspect(InspectCommand),
    /// Say how likely held-out data are under a run's model: bounds, Parzen windows, AIS.
    Likelihood(LikelihoodArgs),
    /// Classify data by a run's features, beside raw pixels, with logistic regression.
    Classify(ClassifyArgs),
    /// Make one HTML file of a run, or of several: curves, pictures, scores, diagnosis.
    Report(ReportArgs),
    /// Show why GANs work and how they fail, each topic by a small experiment.
    Explain(ExplainArgs),
    /// Measure how far samples are from the data: earth mover's distance, MMD, spectrum.
    Distance(DistanceArgs),
    /// Entropies, divergences and distances of samples or tables in files.
    #[command(subcommand)]
    Info(InfoCommand),
    /// Look at a model's codes: what they know of classes, what they change.
    Codes(CodesArgs),
    /// Look at data.
    #[command(subcommand)]
    Data(DataCommand),
    /// Check that a device computes what the CPU does, in every operation and every model.
    Check(CheckArgs),
    /// Time training steps of a benchmark case.
    Bench(BenchArgs),
    /// Count the modes that models reach on toy data.
    Suite(SuiteArgs),
    /// Ask what scores are worth.
    #[command(subcommand)]
    Study(StudyCommand),
    /// Print the completion script of a shell.
    Completions(CompletionsArgs),
}

impl Command {
    /// How a command that computes does so.
    pub fn compute(&self) -> Option<&ComputeArgs> {
        match self {
            Self::Train(args) => Some(&args.compute),
            Self::Sample(args) => Some(&args.compute),
            Self::Bench(args) => Some(&args.compute),
            Self::Check(args) => Some(&args.compute),
            Self::Suite(args) => Some(&args.compute),
            Self::Eval(args) => Some(&args.compute),
            Self::Inspect(command) => Some(command.compute()),
            Self::Study(command) => Some(command.compute()),
            Self::Likelihood(args) => Some(&args.compute),
            Self::Classify(args) => Some(&args.compute),
            Self::Explain(args) => Some(&args.compute),
            Self::Distance(args) => Some(&args.compute),
            Self::Codes(args) => Some(&args.compute),
            Self::List(_)
            | Self::Report(_)
            | Self::Data(_)
            | Self::Info(_)
            | Self::Completions(_) => None,
        }
    }
}

/// `gan list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gan list
  gan list --json
  gan list --defaults               every default beside the paper's and its authors' code
  gan list --markdown               as README's table of models is made")]
pub struct ListArgs {
    /// Print one JSON object.
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print a Markdown table.
    #[arg(long)]
    pub markdown: bool,
    /// Print every model's defaults beside the paper's and its authors' code, as Markdown, or as
    /// JSON with --json.
    #[arg(long, conflicts_with = "markdown")]
    pub defaults: bool,
}

/// `gan completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gan completions bash > ~/.local/share/bash-completion/completions/gan
  gan completions zsh > ~/.zfunc/_gan
  gan completions fish > ~/.config/fish/completions/gan.fish")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_command_shows_examples() {
        Cli::command().debug_assert();
        let check = |command: &clap::Command| {
            let help = command.get_after_help().unwrap().to_string();
            assert!(help.contains("Examples:\n  gan "), "{}", command.get_name());
        };
        for command in Cli::command().get_subcommands() {
            match command.has_subcommands() {
                true => command.get_subcommands().for_each(check),
                false => check(command),
            }
        }
    }

    #[test]
    fn numbers_out_of_range_are_wrong_usage() {
        for line in ["--steps -5", "--steps=-5", "--batch 0", "--size x", "--budget 5"] {
            let words = ["gan", "train", "dcgan"].into_iter().chain(line.split(' '));
            let error = Cli::try_parse_from(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
            assert!(error.to_string().contains("expected a"), "{error}");
        }
    }
}
