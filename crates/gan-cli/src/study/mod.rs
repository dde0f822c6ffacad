//! `gan study`: what scores are worth, on data and models at hand.

mod disturbances;
mod extractors;
mod panels;
mod seeds;

use crate::compute::ComputeArgs;
use anyhow::{Context, Result};
use clap::Subcommand;
use gan_images::{Image, write_atomically};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

/// The studies.
#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// What every score makes of disturbed images, dropped classes and few samples.
    Disturbances(disturbances::args::DisturbancesArgs),
    /// The distribution of a model's scores over seeds.
    Seeds(Box<seeds::SeedsArgs>),
    /// How far the Inception score moves when its network is trained again.
    Extractors(extractors::ExtractorsArgs),
}

impl StudyCommand {
    /// How the command computes.
    pub fn compute(&self) -> &ComputeArgs {
        match self {
            Self::Disturbances(args) => &args.compute,
            Self::Seeds(args) => &args.compute,
            Self::Extractors(args) => &args.compute,
        }
    }
}

/// Runs a study.
pub fn run(command: &StudyCommand) -> Result<u8> {
    match command {
        StudyCommand::Disturbances(args) => disturbances::run(args),
        StudyCommand::Seeds(args) => seeds::run(args),
        StudyCommand::Extractors(args) => extractors::run(args),
    }
}

/// Writes a study's object and pictures into its folder.
fn write(dir: &Path, object: &Value, pictures: &[(&str, Image)]) -> Result<()> {
    let text = serde_json::to_vec_pretty(object).context("study.json")?;
    write_atomically(&dir.join("study.json"), |file| file.write_all(&text))?;
    for (name, picture) in pictures {
        picture.write_png(&dir.join(name))?;
    }
    Ok(())
}
