//! A run that is looked into: the options that all such commands share, and the model behind them.

use crate::compute::ComputeArgs;
use crate::failure::usage;
use crate::output;
use crate::values::zero_or_more;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use gan_images::Image;
use gan_runs::session::Session;
use gan_runs::trained::Trained;
use gan_train::{Game, Run, RunConfig};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// What every command that looks inside takes.
#[derive(Debug, Args)]
pub struct LookArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Where the picture goes; the first free RUN/samples/COMMAND-N.png unless given.
    #[arg(long, short, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// The seed of everything random; the run's own unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// The checkpoint's step; the newest unless given.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub step: Option<u64>,
    /// The run's data, where they have moved.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Replace the file at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A run's model, ready to be looked into.
pub struct Opened {
    /// The run.
    pub run: Run,
    /// Its configuration, with the data where they are now.
    pub config: RunConfig,
    /// Data, model and trainer, at the checkpoint.
    pub session: Session,
    /// The checkpoint.
    pub checkpoint: PathBuf,
    /// The seed.
    pub seed: u64,
    /// Where tensors live.
    pub device: Device,
    /// Where the picture goes, not there yet or to be replaced; empty where there is none.
    pub out: PathBuf,
}

impl LookArgs {
    /// Opens the run, and refuses a picture that is there already before anything is computed.
    pub fn open(&self, command: &str) -> Result<Opened> {
        let folder = self.run.join("samples");
        let out = self.out.clone().unwrap_or_else(|| free(&folder, command, "png"));
        refuse_existing("--out", &out, self.force)?;
        let mut opened = open(&self.run, self.data.as_deref(), self.step, self.compute.start()?)?;
        opened.seed = self.seed.unwrap_or(opened.seed);
        opened.out = out;
        Ok(opened)
    }

    /// Writes the picture and tells: as one object, or as lines.
    pub fn finish(
        &self,
        opened: &Opened,
        picture: &Image,
        extra: Map<String, Value>,
        text: &str,
    ) -> Result<u8> {
        write_picture(picture, &opened.out)?;
        if self.json {
            let mut object = opened.object();
            object.extend(extra);
            output::json(&Value::Object(object))?;
        } else {
            output::result(&format!("{text}\n{}", opened.out.display()))?;
        }
        Ok(0)
    }
}

impl Opened {
    /// What every object tells.
    pub fn object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("run".into(), self.run.dir.display().to_string().into());
        object.insert("step".into(), self.session.trainer.step.into());
        object.insert("checkpoint".into(), self.checkpoint.display().to_string().into());
        object.insert("seed".into(), self.seed.into());
        object.insert("out".into(), self.out.display().to_string().into());
        object
    }

    /// Does `work` with the model that samples are drawn from: the moving average where there is
    /// one.
    pub fn with<T>(&self, work: impl FnOnce(&dyn Game) -> Result<T>) -> Result<T> {
        self.session.drawn(work)
    }

    /// The shape of the run's images.
    pub fn shape(&self) -> Result<[usize; 3]> {
        let shape = self.session.dataset.info().shape();
        shape.try_into().map_err(|_| {
            usage(format!("{}: its data are points; this needs images", self.run.dir.display()))
        })
    }
}

/// Opens a run at a checkpoint, the newest unless told.
pub fn open(dir: &Path, data: Option<&str>, step: Option<u64>, device: Device) -> Result<Opened> {
    let Trained { run, config, session, checkpoint } = Trained::open(dir, data, step, &device)?;
    let seed = config.train.seed;
    Ok(Opened { run, config, session, checkpoint, seed, device, out: PathBuf::new() })
}

/// The first of `NAME.ending`, `NAME-2.ending`, … that is not there yet.
pub fn free(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let path = |n: usize| match n {
        1 => folder.join(format!("{name}.{ending}")),
        n => folder.join(format!("{name}-{n}.{ending}")),
    };
    (1..).map(path).find(|path| !path.exists()).unwrap_or_else(|| path(1))
}

/// Refuses to write over what is there.
pub fn refuse_existing(option: &str, path: &Path, force: bool) -> Result<()> {
    let refuse = |what: &str| Err(usage(format!("{option} {}: {what}", path.display())));
    match (path.is_dir(), path.exists(), force) {
        (true, ..) => refuse("expected a file, found a folder"),
        (_, true, false) => refuse("this file exists; choose another, or --force"),
        _ => Ok(()),
    }
}

/// Writes a picture, with the folder that it is in.
pub fn write_picture(picture: &Image, path: &Path) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    }
    Ok(picture.write_png(path)?)
}

/// An object's fields, from `json!({…})`.
pub fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = free(folder.path(), "probe", "png");
        assert!(first.ends_with("probe.png") && refuse_existing("--out", &first, false).is_ok());
        std::fs::write(&first, "x").unwrap();
        assert!(free(folder.path(), "probe", "png").ends_with("probe-2.png"));
        assert!(
            refuse_existing("--out", &first, false).unwrap_err().to_string().contains("exists")
        );
        assert!(refuse_existing("--out", &first, true).is_ok());
        assert!(refuse_existing("--out", folder.path(), true).is_err());
    }
}
