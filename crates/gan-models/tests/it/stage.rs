//! Builds games on real data, small enough for tests.

use candle_core::{DType, Device, Tensor};
use gan_data::{Dataset, LoadOptions};
use gan_models::{Entry, Setup};
use gan_train::{Feed, Game, RunConfig, tensors};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// An entry's own data, and a game built for it.
pub struct Stage {
    pub config: RunConfig,
    pub setup: Setup,
    pub data: Arc<dyn Dataset>,
    pub entry: Entry,
}

/// Settings that keep networks small in tests, where the entry has them.
fn shrink(config: &mut RunConfig) {
    // One step a stage: a few steps pass through them all.
    let small =
        [("features", 8), ("width", 8), ("sample_steps", 3), ("stage", 1), ("pretraining", 1)];
    for (key, value) in small {
        if let Some(v) = config.model.get_mut(key) {
            *v = toml::Value::Integer(value);
        }
    }
    for key in ["generator_hidden", "discriminator_hidden", "encoder_hidden", "hidden"] {
        match config.model.get_mut(key) {
            Some(toml::Value::Array(widths)) => {
                widths.iter_mut().for_each(|w| *w = toml::Value::Integer(24));
            }
            Some(width) => *width = toml::Value::Integer(24),
            None => {}
        }
    }
}

/// Sets `model.path` to a TOML value.
pub fn set(config: &mut RunConfig, path: &str, value: &str) {
    let parsed: toml::Table = format!("v = {value}").parse().unwrap();
    let mut keys: Vec<&str> = path.split('.').collect();
    let last = keys.pop().unwrap();
    let mut table = &mut config.model;
    for key in keys {
        table = table.get_mut(key).unwrap().as_table_mut().unwrap();
    }
    table.insert(last.to_owned(), parsed["v"].clone());
}

/// Samples that a game may look at while it is built.
pub const EXAMPLES: usize = 256;

/// The data of a configuration, opened once for all tests: digits take long to unpack.
fn opened(config: &RunConfig) -> Arc<dyn Dataset> {
    static OPEN: LazyLock<Mutex<HashMap<String, Arc<dyn Dataset>>>> = LazyLock::new(Mutex::default);
    let options = LoadOptions { limit: Some(2000), ..config.data.options().unwrap() };
    let key = format!("{} {options:?}", config.data.spec);
    let open = || gan_data::open(&config.data.spec, &options).unwrap();
    let mut all = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(key).or_insert_with(open).clone()
}

impl Stage {
    pub fn new(entry: &Entry, changes: &[(&str, &str)]) -> Self {
        let mut config = (entry.defaults)().unwrap();
        shrink(&mut config);
        for (path, value) in changes {
            set(&mut config, path, value);
        }
        config.train.batch = 8;
        Self::with(entry, config)
    }

    pub fn with(entry: &Entry, config: RunConfig) -> Self {
        let data = opened(&config);
        let mut first = Vec::new();
        let shape = data.info().shape().to_vec();
        let size: usize = shape.iter().product();
        for i in 0..EXAMPLES {
            let mut row = vec![0.0; size];
            data.labeled(i, &mut row).unwrap();
            first.extend(row);
        }
        let mut all = vec![EXAMPLES];
        all.extend(&shape);
        let setup = Setup {
            fields: data.info().fields.clone(),
            batch: config.train.batch,
            seed: config.train.seed,
            dtype: DType::F32,
            device: Device::Cpu,
            examples: Some(Tensor::from_vec(first, all, &Device::Cpu).unwrap()),
        };
        Self { config, setup, data, entry: *entry }
    }

    pub fn game(&self) -> Box<dyn Game> {
        (self.entry.build)(&self.config.model, &self.setup).unwrap()
    }

    /// A whole number below `[model]`; 0 where there is none.
    pub fn setting(&self, path: &str) -> i64 {
        let mut keys = path.split('.');
        let first = keys.next().and_then(|key| self.config.model.get(key));
        let found = first.and_then(|value| keys.try_fold(value, |table, key| table.get(key)));
        found.and_then(toml::Value::as_integer).unwrap_or(0)
    }

    /// Why this game cannot be built.
    pub fn refused(&self) -> String {
        (self.entry.build)(&self.config.model, &self.setup).err().expect("refused").to_string()
    }

    pub fn feed(&self) -> Feed {
        let (batch, seed) = (self.config.train.batch, self.config.train.seed);
        Feed::new(self.data.clone(), batch, seed, DType::F32, &Device::Cpu).unwrap()
    }

    /// Batch 0, on its own.
    pub fn batch(&self) -> gan_train::Batch {
        let batches =
            gan_data::Batches::new(self.data.clone(), self.config.train.batch, 0).unwrap();
        tensors(batches.get(0).unwrap(), DType::F32, &Device::Cpu).unwrap()
    }
}
