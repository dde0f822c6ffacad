//! Checkpoints: one safetensors file with every tensor and a line of JSON about the rest.
//!
//! Nothing in it depends on time, machine or thread count: the same state gives the same bytes.

use crate::{Error, Game, Result, Trainer, forensics};
use candle_core::safetensors::Load;
use candle_core::{DType, Tensor, Var};
use gan_images::write_atomically;
use safetensors::SafeTensors;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The format's version; a reader refuses newer ones.
pub const FORMAT: u32 = 1;

/// The one metadata key: a map of several has no fixed order in safetensors.
const KEY: &str = "gan";

/// What a checkpoint says besides its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The format's version, [`FORMAT`].
    pub format: u32,
    /// The zoo's entry.
    pub entry: String,
    /// Steps done.
    pub step: u64,
    /// Batches drawn.
    pub draws: u64,
    /// Updates made by each player.
    pub updates: BTreeMap<String, u64>,
}

fn named<'a>(game: &'a dyn Game, trainer: &'a Trainer) -> Vec<(String, &'a Var)> {
    let mut all: Vec<(String, &Var)> =
        game.params().tensors().map(|(n, v)| (format!("model.{n}"), v)).collect();
    for (player, optimizer) in game.players().iter().zip(&trainer.optimizers) {
        let tensors = optimizer.tensors();
        all.extend(tensors.map(|(n, v)| (format!("optimizer.{}.{n}", player.name), v)));
    }
    if let Some(average) = &trainer.average {
        all.extend(average.tensors().map(|(n, v)| (format!("average.{n}"), v)));
    }
    all
}

/// Whose tensor this is, by the names of [`named`].
fn owner(game: &dyn Game, name: &str) -> String {
    let own = |p: &&crate::Player| match name.split_once('.') {
        Some(("optimizer", rest)) => rest.starts_with(&format!("{}.", p.name)),
        Some((_, rest)) => p.owns.iter().any(|prefix| rest.starts_with(prefix.as_str())),
        None => false,
    };
    game.players().iter().find(own).map_or("state".to_owned(), |p| p.name.clone())
}

impl Checkpoint {
    /// Writes the state to `path`: a temporary file, synced, renamed.
    pub(crate) fn save(path: &Path, entry: &str, game: &dyn Game, trainer: &Trainer) -> Result<()> {
        let names = game.players().iter().map(|p| p.name.clone());
        let about = Self {
            format: FORMAT,
            entry: entry.to_owned(),
            step: trainer.step,
            draws: trainer.draws,
            updates: names.zip(trainer.optimizers.iter().map(|o| o.updates)).collect(),
        };
        let text = serde_json::to_string(&about)
            .map_err(|e| bad(path, format!("its description has no JSON form: {e}")))?;
        let tensors = named(game, trainer);
        for (name, var) in &tensors {
            // The last update before a checkpoint may be what spoilt a parameter.
            if let Some(census) = forensics::census(&var.as_detached_tensor())? {
                let what = format!("{name} ({census}); no checkpoint was written of this step");
                let player = owner(game, name);
                return Err(Error::NonFinite { step: trainer.step, player, what });
            }
        }
        let views = tensors.iter().map(|(name, var)| (name, var.as_tensor()));
        let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), text)])))
            .map_err(|e| bad(path, format!("its tensors cannot be written: {e}")))?;
        write_atomically(path, |file| file.write_all(&bytes))?;
        Ok(())
    }

    /// Loads `path` into a freshly built game; on any error nothing has been changed.
    pub(crate) fn load(
        path: &Path,
        entry: &str,
        game: &dyn Game,
        trainer: &mut Trainer,
    ) -> Result<()> {
        let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
        let about = describe(path, &bytes)?;
        if about.entry != entry {
            let found = &about.entry;
            let what = format!("a checkpoint of {found}, expected one of {entry}");
            return Err(bad(path, what));
        }
        let file = SafeTensors::deserialize(&bytes).map_err(|e| unreadable(path, &e))?;
        let mut values: Vec<(Var, Tensor)> = Vec::new();
        let wanted = named(game, trainer);
        for (name, var) in &wanted {
            let view = file.tensor(name).map_err(|_| {
                let hint = "the run's configuration and its checkpoint do not belong together";
                bad(path, format!("tensor {name} is missing; {hint}"))
            })?;
            let fits = DType::try_from(view.dtype()).is_ok_and(|d| d == var.dtype());
            if !fits || view.shape() != var.dims() {
                let (dtype, dims) = (var.dtype(), var.dims());
                let (found, shape) = (view.dtype(), view.shape());
                let what = format!(
                    "tensor {name}: expected {dtype:?} {dims:?}, found {found:?} {shape:?}"
                );
                return Err(bad(path, what));
            }
            values.push(((*var).clone(), view.load(var.device())?));
        }
        let known: std::collections::BTreeSet<&str> =
            wanted.iter().map(|(n, _)| n.as_str()).collect();
        if let Some(extra) = file.names().into_iter().filter(|n| !known.contains(n)).min() {
            return Err(bad(path, format!("tensor {extra} is not part of this model")));
        }
        let counts: Vec<u64> = game
            .players()
            .iter()
            .map(|p| {
                let missing = || bad(path, format!("it does not count the updates of {}", p.name));
                about.updates.get(&p.name).copied().ok_or_else(missing)
            })
            .collect::<Result<_>>()?;
        for (var, tensor) in values {
            var.set(&tensor)?;
        }
        (trainer.step, trainer.draws) = (about.step, about.draws);
        for (optimizer, updates) in trainer.optimizers.iter_mut().zip(counts) {
            optimizer.updates = updates;
        }
        Ok(())
    }

    /// Reads what a checkpoint says of itself, without its tensors' values.
    ///
    /// # Errors
    /// Where it is cut short, is no checkpoint, or is of a newer format.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
        describe(path, &bytes)
    }
}

fn bad(path: &Path, what: impl Into<String>) -> Error {
    Error::Checkpoint { path: PathBuf::from(path), what: what.into() }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    bad(
        path,
        format!(
            "not a whole checkpoint ({error}); it was cut short or is another kind of file. \
             Remove it, and the run resumes from the one before it"
        ),
    )
}

fn describe(path: &Path, bytes: &[u8]) -> Result<Checkpoint> {
    let (_, metadata): (usize, Metadata) =
        SafeTensors::read_metadata(bytes).map_err(|e| unreadable(path, &e))?;
    // Refuses a file whose tensors were cut off, which the header alone does not show.
    SafeTensors::deserialize(bytes).map_err(|e| unreadable(path, &e))?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or_else(|| {
        bad(path, "a safetensors file, but not a checkpoint of this program (no `gan` metadata)")
    })?;
    /// The part that every version of the format has.
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let parse_error = |e: serde_json::Error| bad(path, format!("its description is broken: {e}"));
    let version: Version = serde_json::from_str(text).map_err(parse_error)?;
    if version.format > FORMAT {
        let what = format!(
            "format {} is newer than this program's {FORMAT}; use the program that wrote it",
            version.format
        );
        return Err(bad(path, what));
    }
    serde_json::from_str(text).map_err(parse_error)
}
