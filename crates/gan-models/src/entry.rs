//! What the table of the zoo says of a model, and what a model is built from.

use candle_core::{DType, Device, Tensor};
use gan_train::{DataConfig, Error, Game, Result, RunConfig, TrainConfig};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One model of the zoo.
#[derive(Clone, Copy)]
pub struct Entry {
    /// As the command line takes it.
    pub name: &'static str,
    /// A few words on what it is.
    pub title: &'static str,
    /// The paper's arXiv number, or a citation.
    pub paper: &'static str,
    /// What it can be trained on.
    pub takes: &'static str,
    /// The whole configuration with the paper's values.
    pub defaults: fn() -> Result<RunConfig>,
    /// Builds the game; refuses data or settings that do not fit.
    pub build: fn(&toml::Table, &Setup) -> Result<Box<dyn Game>>,
}

/// What the data and the command line tell a model that is being built.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Shape of one sample: `[channels, height, width]` or `[dims]`.
    pub shape: Vec<usize>,
    /// Number of classes, where the data has labels.
    pub classes: Option<usize>,
    /// Samples a batch while training.
    pub batch: usize,
    /// Seed of the initialisers.
    pub seed: u64,
    /// Element type.
    pub dtype: DType,
    /// Where tensors live.
    pub device: Device,
    /// A random subset of the data, up to 1,000 samples in random order, `(n, …shape)`, for figures
    /// and reference batches;
    /// a model that needs them refuses to be built without.
    pub examples: Option<Tensor>,
}

/// A run configuration for an entry with these model settings.
pub(crate) fn run_config<C: Serialize>(
    entry: &str,
    data: &str,
    train: TrainConfig,
    model: &C,
) -> Result<RunConfig> {
    let model = toml::Table::try_from(model)
        .map_err(|e| Error::Config(format!("{entry}: settings have no TOML form: {e}")))?;
    Ok(RunConfig {
        entry: entry.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: DataConfig::new(data),
        train,
        model,
    })
}

/// A variant's settings from the `[model]` table; an unknown key is an error that names it.
pub(crate) fn parse<C: DeserializeOwned>(entry: &str, model: &toml::Table) -> Result<C> {
    model.clone().try_into().map_err(|e| {
        let text = e.to_string();
        Error::Config(format!("{entry}: model settings: {}", text.trim().replace('\n', " ")))
    })
}
