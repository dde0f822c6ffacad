//! What the table of the zoo says of a model, and what a model is built from.

use candle_core::{DType, Device, Tensor};
use gan_data::{CLASS, DataInfo, Field, IMAGE, POINT};
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
    /// The fields that it needs of its data, that of which it makes samples first.
    pub takes: &'static [Ask],
    /// The whole configuration with the paper's values.
    pub defaults: fn() -> Result<RunConfig>,
    /// Builds the game; refuses data or settings that do not fit.
    pub build: fn(&toml::Table, &Setup) -> Result<Box<dyn Game>>,
}

/// A field that a model needs of its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Names of fields, any one of which will do.
    pub any: &'static [&'static str],
    /// Which of them, in words; empty for all.
    pub only: &'static str,
    /// What the model does with it.
    pub role: Role,
}

/// What a model does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It makes samples of it.
    Makes,
    /// Its samples can be asked for by it.
    Given,
    /// As [`Role::Given`], where a setting of the model says so.
    GivenIf(&'static str),
}

impl Ask {
    /// Images, of which the model makes others.
    pub const fn images(only: &'static str) -> Self {
        Self { any: &[IMAGE], only, role: Role::Makes }
    }

    /// Images or points, of which the model makes others.
    pub const SAMPLES: Self = Self { any: &[IMAGE, POINT], only: "", role: Role::Makes };
    /// Points in one dimension.
    pub const NUMBERS: Self = Self { any: &[POINT], only: "in one dimension", role: Role::Makes };
    /// Images whose side doubles from 4 or 7 pixels on.
    pub const DOUBLED: Self = Self::images("of 16, 28, 32, 56, 64, 112, 128 or 224 pixels");
    /// A class for each sample.
    pub const CLASS: Self = Self { any: &[CLASS], only: "", role: Role::Given };

    /// In words: `image or point`, `image of 33 pixels`, `class`.
    pub fn words(&self) -> String {
        let names = self.any.join(" or ");
        let only = if self.only.is_empty() { String::new() } else { format!(" {}", self.only) };
        let when = match self.role {
            Role::GivenIf(setting) => format!(" (where `{setting}` is set)"),
            _ => String::new(),
        };
        format!("{names}{only}{when}")
    }
}

impl Entry {
    /// What it takes, in words.
    pub fn takes_words(&self) -> String {
        self.takes.iter().map(Ask::words).collect::<Vec<_>>().join(", ")
    }

    /// What it makes, in words.
    pub fn makes_words(&self) -> String {
        let makes = self.takes.iter().filter(|ask| ask.role == Role::Makes);
        makes.map(|ask| ask.any.join(" or ")).collect::<Vec<_>>().join(", ")
    }

    /// Refuses data without a field that the model needs, before any sample is read.
    ///
    /// # Errors
    /// Where a field is missing: which one, what the data have, and how data that have it are laid
    /// out on disk.
    pub fn check_fields(&self, info: &DataInfo, model: &toml::Table) -> Result<()> {
        for ask in self.takes {
            let needed = match ask.role {
                Role::GivenIf(setting) => model.get(setting).and_then(toml::Value::as_bool),
                _ => Some(true),
            };
            let has = |name: &str| info.all_fields().any(|field| field.name == name);
            if needed != Some(true) || ask.any.iter().any(|name| has(name)) {
                continue;
            }
            let found: Vec<String> = info.all_fields().map(Field::words).collect();
            // Any data are taken by the model of fully connected networks.
            let other = ask.role != Role::Makes || has(POINT);
            let instead = if other { "; `vanilla` takes such data" } else { "" };
            let layouts: Vec<&str> = ask.any.iter().map(|name| gan_data::layout(name)).collect();
            return Err(Error::Config(format!(
                "{}: expected data with a field `{}`, found {} in {}{instead}; {}",
                self.name,
                ask.words(),
                found.join(", "),
                info.spec,
                layouts.join("; ")
            )));
        }
        Ok(())
    }
}

/// What the data and the command line tell a model that is being built.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The fields of the data; the first one is what samples are.
    pub fields: Vec<Field>,
    /// Samples a batch while training.
    pub batch: usize,
    /// Seed of the initializers.
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

impl Setup {
    /// Shape of one sample: `[channels, height, width]` or `[dims]`.
    pub fn shape(&self) -> &[usize] {
        gan_data::shape_of_first(&self.fields)
    }

    /// Number of classes, where the data has any.
    pub fn classes(&self) -> Option<usize> {
        gan_data::classes(&self.fields).map(|(count, _)| count)
    }

    /// A field of so many classes, with the names that the data give them if those are as many.
    pub(crate) fn class_field(&self, count: usize) -> Field {
        match gan_data::classes(&self.fields) {
            Some((found, names)) if found == count => Field::class(count, names.to_vec()),
            _ => Field::class(count, Vec::new()),
        }
    }
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
