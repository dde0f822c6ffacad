//! From a configuration to a game that can train or sample.

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use gan_data::{Dataset, Kind};
use gan_models::{Entry, Setup};
use gan_train::{Game, RunConfig, Trainer};
use std::sync::Arc;

/// Samples that a model may look at while it is built.
const EXAMPLES: usize = 1000;
/// Fewer where each is a file to decode.
const EXAMPLE_FILES: usize = 128;
/// Most values of examples, whatever their size.
const EXAMPLE_VALUES: usize = 1 << 24;

/// A game with its data and its trainer at step 0.
pub struct Session {
    /// The data.
    pub dataset: Arc<dyn Dataset>,
    /// The model.
    pub game: Box<dyn Game>,
    /// Optimisers, averages and counters.
    pub trainer: Trainer,
}

impl Session {
    /// Opens the data and builds the model; writes nothing anywhere.
    pub fn open(entry: &Entry, config: &RunConfig, device: &Device) -> Result<Self> {
        let dataset = gan_data::open(&config.data.spec, &config.data.options()?)?;
        let info = dataset.info();
        tracing::debug!(?info, "data opened");
        let setup = Setup {
            shape: info.shape.clone(),
            classes: info.classes,
            batch: config.train.batch,
            seed: config.train.seed,
            dtype: DType::F32,
            device: device.clone(),
            examples: Some(examples(dataset.as_ref(), device)?),
        };
        let game = (entry.build)(&config.model, &setup)?;
        let trainer = Trainer::new(game.as_ref(), &config.train)?;
        tracing::debug!(entry = entry.name, "model built");
        Ok(Self { dataset, game, trainer })
    }
}

/// The data's first samples, `(n, …shape)`.
fn examples(dataset: &dyn Dataset, device: &Device) -> Result<Tensor> {
    let info = dataset.info();
    let size = info.shape.iter().product::<usize>().max(1);
    let most = match info.kind {
        Kind::Folder | Kind::Zip => EXAMPLE_FILES,
        _ => EXAMPLES,
    };
    let count = info.len.min(most).min(EXAMPLE_VALUES / size).max(1);
    let mut values = vec![0.0; count * size];
    for (index, out) in values.chunks_exact_mut(size).enumerate() {
        dataset.read(index, out)?;
    }
    Ok(Tensor::from_vec(values, [&[count], info.shape.as_slice()].concat(), device)?)
}
