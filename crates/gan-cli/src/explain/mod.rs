//! `gan explain`: a small experiment for each topic, in words, numbers and a picture.

pub mod args;
mod collapse;
pub mod dirac;
mod explained;
mod matrix_game;
mod noughts_and_crosses;
mod optimal_discriminator;
mod parallel_lines;
mod saturation;
mod training;
mod two_modes;

use crate::failure::usage;
use crate::output::{self, note};
use crate::sample::files::{Format, refuse_existing};
use crate::stop::Stop;
use anyhow::Result;
use args::{ExplainArgs, Topic};
use std::path::PathBuf;

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<u8> {
    let usual = || PathBuf::from(format!("explain-{}.png", args.topic.name()));
    let out = args.out.clone().unwrap_or_else(usual);
    refuse_existing(&out, Format::Grid, args.force)?;
    if args.steps.is_some() && !args.topic.has_steps() {
        let name = args.topic.name();
        return Err(usage(format!("--steps: {name} trains nothing; leave the option away")));
    }
    let device = args.compute.start()?;
    Stop::listen()?;
    let explained = match args.topic {
        Topic::Saturation => saturation::run(args, &device)?,
        Topic::Collapse => collapse::run(args, &device)?,
        Topic::Dirac => dirac::run(args)?,
        Topic::ParallelLines => parallel_lines::run()?,
        Topic::TwoModes => two_modes::run()?,
        Topic::OptimalDiscriminator => optimal_discriminator::run()?,
        Topic::MatrixGame => matrix_game::run()?,
        Topic::NoughtsAndCrosses => noughts_and_crosses::run()?,
    };
    explained.picture.write_png(&out)?;
    if args.json {
        let mut object = explained.object;
        object["topic"] = args.topic.name().into();
        object["picture"] = out.to_string_lossy().into();
        output::json(&object)?;
    } else {
        output::result(&explained.text)?;
        note(&out.display().to_string());
    }
    Ok(0)
}
