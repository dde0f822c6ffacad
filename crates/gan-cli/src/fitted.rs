//! A model that is trained without a run's folder: for commands that keep only what they measure.

use crate::stop::Stop;
use anyhow::Result;
use candle_core::{DType, Device};
use gan_models::Entry;
use gan_runs::session::Session;
use gan_train::{Feed, RunConfig, fit};
use std::ops::ControlFlow;

/// Trains to the configuration's last step; `None` where a signal asked to stop. Call it on a
/// thread of its own where another model was trained before: whether gradients of gradients are
/// kept is settled once a thread.
pub fn fitted(
    entry: &Entry,
    config: &RunConfig,
    device: &Device,
    stop: &Stop,
) -> Result<Option<Session>> {
    let mut session = Session::open(entry, config, device)?;
    let (size, seed) = (config.batch_size(), config.train.seed);
    let mut feed = Feed::new(session.dataset.clone(), size, seed, DType::F32, device)?;
    let mut stopped = false;
    fit(
        session.game.as_mut(),
        &mut session.trainer,
        &config.train,
        &mut |n| feed.batch(n),
        None,
        &mut |_| {
            stopped = stop.reason().is_some();
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    Ok((!stopped).then_some(session))
}
