//! The command line: what there is to say, and the examples that its help shows.

use crate::bench_args::BenchArgs;
use crate::classify_args::ClassifyArgs;
use crate::codes_args::CodesArgs;
use crate::compute::ComputeArgs;
use crate::distance_args::DistanceArgs;
use crate::eval_args::EvalArgs;
use crate::explain::args::ExplainArgs;
use crate::info::args::InfoCommand;
use crate::inspect::InspectCommand;
use crate::likelihood_args::LikelihoodArgs;
use crate::report_args::ReportArgs;
use crate::sample_args::SampleArgs;
use crate::study::StudyCommand;
use crate::suite_args::SuiteArgs;
use crate::train_args::TrainArgs;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Train generative adversarial networks, sample from them, and look at data.
#[derive(Debug, Parser)]
#[command(name = "gan", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  gan list                          the models there are
  gan train dcgan                   a DCGAN on MNIST digits that are part of this program
  gan train dcgan --data photos/ --size 64 --channels 3
  gan sample runs/dcgan-1           a picture of what it has learnt
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

/// Commands about data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Say what is there, and name every bad file.
    Check(DataCheckArgs),
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

/// How data is loaded; shared by training and checking.
#[derive(Debug, Default, Args)]
pub struct LoadArgs {
    /// Side in pixels of the square that images are brought to.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub size: Option<u64>,
    /// How an image becomes a square: cut the middle out, distort, or fill up with white.
    #[arg(long, value_name = "HOW", value_parser = ["crop", "resize", "pad"])]
    pub fit: Option<String>,
    /// Grey (1) or colour (3).
    #[arg(long, value_name = "N", value_parser = ["1", "3"])]
    pub channels: Option<String>,
    /// Which part of the data: where sub-folders are named train, val and test (or files are), those
    /// are the parts, and `all` takes the one to train on; elsewhere a seeded tenth is held out as test. Training
    /// takes train unless told, or all where fewer than 100 samples would be held out.
    #[arg(long, value_name = "PART", value_parser = ["train", "val", "test", "all"])]
    pub split: Option<String>,
    /// Leave out files that cannot be read, instead of stopping.
    #[arg(long)]
    pub skip_bad: bool,
    /// Use only the first N samples.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub limit: Option<u64>,
    /// Refuse image files of more pixels (134217728 unless given). A JPEG that is too large is read
    /// at a part of its size where --size leaves room for that.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub max_pixels: Option<u64>,
    /// The values that become black and white, such as 0..4095: of image files with 16 bits a
    /// sample, and of arrays.
    #[arg(long, value_name = "LO..HI", value_parser = range, allow_hyphen_values = true)]
    pub range: Option<[f64; 2]>,
    /// Take for --range what the image files with 16 bits a sample use, all together.
    #[arg(long, conflicts_with = "range")]
    pub stretch: bool,
}

/// `gan data check`.
#[derive(Debug, Args)]
#[command(after_help = "\
SPEC is mnist, stacked-mnist, fashion-mnist, toy:gaussian, toy:mixture, toy:ring, toy:grid,
toy:swiss-roll (with parameters as in 'toy:ring?modes=8&std=0.02'), texture:honeycomb, texture:PATH
(crops of one image, --size pixels each), or a path to a folder of image files (PNG, JPEG,
WebP, BMP, TIFF, GIF, PNM), a folder of IDX or CIFAR-10 files, or one .npz, .npy, .zip, IDX or
CIFAR-10 file. Sub-folders become classes, unless they are named train, val and test.

Nothing is written unless --sheet or --out asks for it. Exit code 1 when files are bad, unless
--skip-bad.

Examples:
  gan data check mnist
  gan data check photos/ --size 64
  gan data check photos.zip --sheet sheet.png
  gan data check photos/ --out checked/
  gan data check 'toy:ring?modes=12' --json")]
pub struct DataCheckArgs {
    /// The data: a name or a path.
    pub spec: String,
    /// How it is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Draw a contact sheet into this file.
    #[arg(long, value_name = "FILE.png", conflicts_with_all = ["no_sheet", "out"])]
    pub sheet: Option<PathBuf>,
    /// Write sheet.png and check.json, the JSON object, into this folder, new or empty.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Draw no contact sheet into --out.
    #[arg(long)]
    pub no_sheet: bool,
    /// Replace what is at --sheet, or in --out.
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
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

/// Reads a range such as `0..4095` or `-1..1`.
pub fn range(text: &str) -> Result<[f64; 2], String> {
    gan_images::parse_range(text).map_err(|error| error.to_string())
}

/// Reads a whole number from 1.
pub fn one_or_more(text: &str) -> Result<u64, String> {
    match zero_or_more(text) {
        Ok(0) | Err(_) => Err("expected a whole number, 1 or more".to_owned()),
        ok => ok,
    }
}

/// Reads a whole number from 0, as large as TOML can hold.
pub fn zero_or_more(text: &str) -> Result<u64, String> {
    match text.parse::<i64>().map(u64::try_from) {
        Ok(Ok(number)) => Ok(number),
        _ => Err(format!("expected a whole number, 0 to {}", i64::MAX)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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
