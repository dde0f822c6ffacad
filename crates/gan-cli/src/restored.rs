//! A run's model as a checkpoint left it, for commands that look at it.

use crate::session::Session;
use crate::{config_layers, program};
use anyhow::{Context, Result};
use candle_core::Device;
use gan_train::{Run, RunConfig};
use std::path::{Path, PathBuf};

/// A run with its model and data.
pub struct Restored {
    /// The run, open for reading.
    pub run: Run,
    /// Its configuration, with the data that were named instead.
    pub config: RunConfig,
    /// The model, its trainer and data.
    pub session: Session,
    /// The checkpoint that was loaded.
    pub checkpoint: PathBuf,
}

impl Restored {
    /// Opens the run in `dir` at the newest checkpoint, or at that of `step`. `change` may put other
    /// data, or another part of them, in the configuration; the run's own file stays as it is.
    pub fn open(
        dir: &Path,
        step: Option<u64>,
        device: &Device,
        change: impl FnOnce(&mut RunConfig),
    ) -> Result<Self> {
        let run = Run::open(dir)?;
        let mut config = run.config.clone();
        change(&mut config);
        let entry = config_layers::entry(&config.entry)?;
        let mut session = Session::open(entry, &config, device).with_context(|| {
            let dir = run.dir.display();
            format!("{dir}: cannot rebuild the model (its data tell its shape; if they have moved, --data SPEC says where to)")
        })?;
        let checkpoint = run.load(session.game.as_ref(), &mut session.trainer, step)?;
        let checkpoint = checkpoint.with_context(|| {
            let (dir, gan) = (run.dir.display(), program::name());
            format!("{dir}: no checkpoint yet; `{gan} train --resume {dir}` makes one")
        })?;
        Ok(Self { run, config, session, checkpoint })
    }
}
