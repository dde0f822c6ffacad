//! Training: from a configuration to a run that is trained and saved.

use crate::error::Result;
use crate::session::Session;
use crate::{few_samples, judge, ranks, run_folder};
use candle_core::{DType, Device};
use gan_kernels::team::Exchange;
use gan_train::{Batch, Draw, Feed, Outcome, RunConfig, Tick, fit};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

/// A feed whose next batch was read ahead, so that unreadable data shows before a run exists.
pub struct FirstRead {
    feed: Feed,
    first: Option<(Draw, Batch)>,
}

impl FirstRead {
    /// Reads batch `n`.
    ///
    /// # Errors
    /// Where a sample of it cannot be read.
    pub fn new(mut feed: Feed, n: u64) -> Result<Self> {
        let draw = Draw::from(n);
        let first = Some((draw, feed.batch(draw)?));
        Ok(Self { feed, first })
    }

    /// The batch of a draw.
    ///
    /// # Errors
    /// As [`Feed::batch`].
    pub fn batch(&mut self, draw: Draw) -> gan_train::Result<Batch> {
        match self.first.take() {
            Some((at, batch)) if at == draw => Ok(batch),
            _ => self.feed.batch(draw),
        }
    }
}

/// A run that has no folder yet, and nothing that could still be refused.
pub struct Prepared {
    /// The configuration, settled: which part of the data, whether samples are repeated.
    pub config: RunConfig,
    /// Data, model and trainer.
    pub session: Session,
    /// Where batches come from.
    pub feed: FirstRead,
}

/// Opens the data, builds the model and reads the first batch; writes nothing anywhere. `settled`:
/// whether somebody has said how large a batch is ([`few_samples::is_settled`]); `team`: the ranks
/// that share its batches, where there are several.
///
/// # Errors
/// Data and settings that do not go together; data that cannot be read.
pub fn prepare(
    mut config: RunConfig,
    settled: bool,
    device: &Device,
    team: Option<&Rc<dyn Exchange>>,
) -> Result<Prepared> {
    config.data.settle()?;
    let (rank, ranks) = ranks::place(team);
    ranks::divide(&mut config, ranks)?;
    let entry = crate::configuration::entry(&config.entry)?;
    let mut session = Session::open(entry, &config, device)?;
    few_samples::settle(&mut config, settled, session.dataset.info())?;
    if let Some(team) = team {
        session.trainer.join(session.game.as_ref(), team.clone())?;
    }
    let (size, seed) = (config.batch_size(), config.train.seed);
    let feed = Feed::new(session.dataset.clone(), size, seed, DType::F32, device)?;
    let feed = FirstRead::new(feed.share(rank, ranks), 0)?;
    Ok(Prepared { config, session, feed })
}

/// Trains a new run in the folder `dir`, which must be new or empty, to its last step or until
/// `on_step` breaks off; what is there then is saved. Gives the last step and how it ended.
///
/// # Errors
/// As [`prepare`], before anything is written; as [`gan_train::fit`] later, when the last good
/// checkpoint stays.
pub fn train(
    config: RunConfig,
    dir: &Path,
    device: &Device,
    on_step: &mut dyn FnMut(&Tick<'_>) -> ControlFlow<()>,
) -> Result<(u64, Outcome)> {
    let Prepared { config, mut session, mut feed } = prepare(config, false, device, None)?;
    let mut run = run_folder::create(Some(dir), config)?;
    session.built_from.write(&run.dir)?;
    run.judge = judge::of(&run.config.data.spec, session.dataset.info())?;
    let train = run.config.train.clone();
    let outcome = fit(
        session.game.as_mut(),
        &mut session.trainer,
        &train,
        &mut |draw| feed.batch(draw),
        Some(&mut run),
        on_step,
    )?;
    Ok((session.trainer.step, outcome))
}
