//! `gan-metrics weights`: converting, fetching and checking weight files.

use crate::fetch::{self, FetchArgs};
use crate::output::refuse_existing;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use gan_metrics::inception::Layout;
use gan_metrics::weights::{self, About, State};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Convert, fetch and check the weights of extractors.
#[derive(Debug, Args)]
pub struct WeightsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Convert weights to a safetensors file that says where they are from.
    ///
    /// Pickles are read without executing anything.
    Convert {
        /// A `.pth` of PyTorch's, a `.safetensors`, or the folder of a TensorFlow.js model such as
        /// that of the npm package nsfwjs.
        input: PathBuf,
        /// The file to write.
        output: PathBuf,
        /// Which Inception-v3 it is, where the file does not tell: fid-inception,
        /// torchvision-inception or keras-inception.
        #[arg(long)]
        layout: Option<Layout>,
        /// Write over a file that exists.
        #[arg(long)]
        force: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Download the weights that FID is defined on, check their hash and store them in the cache.
    ///
    /// A download that was interrupted goes on where it stopped.
    Fetch(FetchArgs),
    /// Check that a file holds the whole of a network, and say where it is from.
    Verify {
        /// Any file that `convert` reads.
        file: PathBuf,
        /// Which Inception-v3 it is, where the file does not tell.
        #[arg(long)]
        layout: Option<Layout>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Runs `gan-metrics weights`.
///
/// # Errors
/// Whatever is wrong with the files, named; nothing has been written then.
pub fn run(args: &WeightsArgs) -> Result<()> {
    match &args.command {
        Command::Convert { input, output, layout, force, json } => {
            refuse_existing(output, *force)?;
            let state = weights::convert(input, output, *layout)?;
            let (_, about) = weights::read_with_origin(output, None)?;
            tell(&Told { verb: "wrote", file: output, state: &state, about: about.as_ref() }, *json)
        }
        Command::Fetch(args) => {
            let (file, fetched) = fetch::run(args)?;
            let (state, about) = weights::read_with_origin(&file, None)?;
            let verb = if fetched { "stored" } else { "already there:" };
            tell(&Told { verb, file: &file, state: &state, about: about.as_ref() }, args.json)
        }
        Command::Verify { file, layout, json } => {
            let (state, mut about) = weights::read_with_origin(file, *layout)?;
            if about.is_none() && file.is_file() {
                about = Some(About {
                    layout: state.layout().to_string(),
                    source: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    source_sha256: weights::file_sha256(file)?,
                    weights_sha256: state.hash(),
                });
            }
            tell(&Told { verb: "whole:", file, state: &state, about: about.as_ref() }, *json)
        }
    }
}

/// What is said about a file of weights.
struct Told<'a> {
    verb: &'a str,
    file: &'a Path,
    state: &'a State,
    about: Option<&'a About>,
}

fn tell(told: &Told<'_>, as_json: bool) -> Result<()> {
    let published = told.about.is_some_and(|a| a.source_sha256 == weights::PUBLISHED_SHA256);
    let classes = told.state.head().last().copied().unwrap_or(0);
    let text = if as_json {
        json!({
            "file": told.file.display().to_string(),
            "layout": told.state.layout().name(),
            "classes": classes,
            "weights_sha256": told.state.hash(),
            "source": told.about.map_or(Value::Null, |a| a.source.as_str().into()),
            "source_sha256": told.about.map_or(Value::Null, |a| a.source_sha256.as_str().into()),
            "published": published,
        })
        .to_string()
    } else {
        let origin = told.about.map_or(String::new(), |a| {
            format!("\n  from     {} (SHA-256 {})", a.source, a.source_sha256)
        });
        let verdict = if published {
            "the published weights of FID: scores compare with papers"
        } else {
            "not the published weights of FID: scores compare only with scores of the same weights"
        };
        format!(
            "{} {}\n  layout   {}, {classes} classes\n  weights  SHA-256 {}{origin}\n  {verdict}",
            told.verb,
            told.file.display(),
            told.state.layout(),
            told.state.hash(),
        )
    };
    writeln!(std::io::stdout(), "{text}").context("stdout: cannot write")
}
