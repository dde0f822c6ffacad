//! Training of an experiment: without a run directory, each step looked at.

use anyhow::Result;
use candle_core::{DType, Device};
use gan_models::Entry;
use gan_runs::session::Session;
use gan_train::{Feed, RunConfig, Tick, fit};
use std::ops::ControlFlow;

/// Trains an entry without a run directory.
pub fn trained(
    entry: &Entry,
    config: &RunConfig,
    device: &Device,
    on_step: &mut dyn FnMut(&Tick<'_>) -> Result<()>,
) -> Result<()> {
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
}
