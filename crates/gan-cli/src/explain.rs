//! `gan explain`: a small experiment for each failure, in words, numbers and a picture.

use crate::explain_args::{ExplainArgs, Topic};
use crate::output::{self, note};
use crate::own_threads::on_own_threads;
use crate::sample_files::{Format, refuse_existing};
use crate::stop::Stop;
use crate::{explain_collapse, explain_dirac, explain_saturation};
use anyhow::Result;
use candle_core::{DType, Device};
use gan_images::Image;
use gan_models::Entry;
use gan_runs::session::Session;
use gan_train::{Feed, RunConfig, Tick, fit};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What an experiment came to.
pub struct Explained {
    /// In words, with its numbers.
    pub text: String,
    /// The numbers alone.
    pub object: Value,
    /// Drawn.
    pub picture: Image,
}

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<u8> {
    let usual = || PathBuf::from(format!("explain-{}.png", args.topic.name()));
    let out = args.out.clone().unwrap_or_else(usual);
    refuse_existing(&out, Format::Grid, args.force)?;
    let device = args.compute.start()?;
    Stop::listen()?;
    let explained = match args.topic {
        Topic::Saturation => explain_saturation::run(args, &device)?,
        Topic::Collapse => explain_collapse::run(args, &device)?,
        Topic::Dirac => explain_dirac::run(args)?,
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

/// Trains an entry without a run directory, on threads of its own.
pub fn trained(
    entry: &Entry,
    config: &RunConfig,
    device: &Device,
    on_step: &mut (dyn FnMut(&Tick<'_>) -> Result<()> + Send),
) -> Result<()> {
    let work = || -> Result<()> {
        let mut session = Session::open(entry, config, device)?;
        let train = &config.train;
        let data = session.dataset.clone();
        let mut feed = Feed::new(data, config.batch_size(), train.seed, DType::F32, device)?;
        let mut failed = None;
        fit(
            session.game.as_mut(),
            &mut session.trainer,
            train,
            &mut |n| feed.batch(n),
            None,
            &mut |tick| {
                failed = on_step(tick).err();
                if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )?;
        failed.map_or(Ok(()), Err)
    };
    on_own_threads(work)
}
