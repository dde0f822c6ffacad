//! `gan report`: what there is to say.

use clap::Args;
use std::path::PathBuf;

/// `gan report`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file needs no network and no server: it holds the curves, the sample pictures, the scores with
their receipts, the settings and the diagnosis. `gan train` keeps RUN/report.html fresh by itself.

Examples:
  gan report runs/dcgan-1           writes runs/dcgan-1/report.html
  gan report runs/dcgan-1 --open    and shows it
  gan report runs/dcgan-1 runs/dcgan-2 -o both.html
  gan report runs/dcgan-1 --json    the diagnosis as one JSON object")]
pub struct ReportArgs {
    /// Run directories; several are drawn on the same axes.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The file; RUN/report.html for one run, comparison.html here for several, unless given.
    #[arg(short, long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
    /// Show it in the browser.
    #[arg(long)]
    pub open: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
