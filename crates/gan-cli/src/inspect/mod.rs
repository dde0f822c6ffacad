//! The commands that look inside a run's model: `gan interpolate` and its relatives.

mod arithmetic;
mod dedup;
mod eyes;
mod forget;
mod interpolate;
mod latents;
mod look;
mod manifold;
mod neighbors;
mod probe;
mod saliency;
mod sheet;
mod turing;

use crate::compute::ComputeArgs;
use anyhow::Result;
use candle_core::Device;
use clap::Subcommand;
use gan_images::Image;
use std::path::Path;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum InspectCommand {
    /// Walk between samples in latent space, straight and spherically, and say how evenly.
    Interpolate(interpolate::InterpolateArgs),
    /// Add and subtract averaged latents of chosen samples.
    Arithmetic(arithmetic::ArithmeticArgs),
    /// Draw a plane of the latent space at equal steps of the prior's distribution function.
    Manifold(manifold::ManifoldArgs),
    /// Find the training images that are nearest to samples, in pixels and in features.
    #[command(alias = "neighbours")]
    Neighbors(neighbors::NeighborsArgs),
    /// Show which pixels speak for the discriminator's answer, by guided backpropagation.
    Saliency(saliency::SaliencyArgs),
    /// Measure how good the discriminator's features are for a linear classifier.
    Probe(probe::ProbeArgs),
    /// Find near-duplicates in data by an autoencoder's binary codes.
    Dedup(dedup::DedupArgs),
    /// Drop the feature maps of the generator that draw a class.
    Forget(forget::ForgetArgs),
    /// Play: real or generated?
    Turing(turing::TuringArgs),
}

impl InspectCommand {
    /// How the command computes.
    pub fn compute(&self) -> &ComputeArgs {
        match self {
            Self::Interpolate(args) => &args.look.compute,
            Self::Arithmetic(args) => &args.look.compute,
            Self::Manifold(args) => &args.look.compute,
            Self::Neighbors(args) => &args.look.compute,
            Self::Saliency(args) => &args.look.compute,
            Self::Probe(args) => &args.look.compute,
            Self::Dedup(args) => &args.compute,
            Self::Forget(args) => &args.look.compute,
            Self::Turing(args) => &args.look.compute,
        }
    }
}

/// The first samples of a run's newest checkpoint, as `gan sample` draws them.
pub fn samples_of(run: &Path, device: Device, count: usize) -> Result<Vec<Image>> {
    Ok(neighbors::drawn(&look::open(run, None, None, device)?, count)?.1)
}

/// Runs a command.
pub fn run(command: &InspectCommand) -> Result<u8> {
    match command {
        InspectCommand::Interpolate(args) => interpolate::run(args),
        InspectCommand::Arithmetic(args) => arithmetic::run(args),
        InspectCommand::Manifold(args) => manifold::run(args),
        InspectCommand::Neighbors(args) => neighbors::run(args),
        InspectCommand::Saliency(args) => saliency::run(args),
        InspectCommand::Probe(args) => probe::run(args),
        InspectCommand::Dedup(args) => dedup::run(args),
        InspectCommand::Forget(args) => forget::run(args),
        InspectCommand::Turing(args) => turing::run(args),
    }
}
