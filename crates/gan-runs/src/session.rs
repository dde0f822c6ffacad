//! From a configuration to a game that can train or sample.

use crate::error::Result;
use candle_core::{DType, Device, Tensor};
use gan_data::{Dataset, Deferred, Kind, random_subset};
use gan_models::{Entry, Setup};
use gan_train::{BuiltFrom, Game, RunConfig, Trainer};
use std::sync::Arc;

/// Samples that a model may look at while it is built.
const EXAMPLES: usize = 1000;
/// Fewer where each is a file to decode.
const EXAMPLE_FILES: usize = 128;
/// Most values of examples, whatever their size.
const EXAMPLE_VALUES: usize = 1 << 24;

/// A game with its data and its trainer at step 0.
pub struct Session {
    /// The data; those of a run that stands alone are opened when a sample is read.
    pub dataset: Arc<dyn Dataset>,
    /// What the model was built from.
    pub built_from: BuiltFrom,
    /// The model.
    pub game: Box<dyn Game>,
    /// Optimizers, averages and counters.
    pub trainer: Trainer,
}

impl Session {
    /// Opens the data and builds the model; writes nothing anywhere.
    pub fn open(entry: &Entry, config: &RunConfig, device: &Device) -> Result<Self> {
        let dataset = gan_data::open(&config.data.spec, &config.data.options()?)?;
        entry.check_fields(dataset.info(), &config.model)?;
        let examples = examples(dataset.as_ref(), config.train.seed, device)?;
        let built_from = BuiltFrom { info: dataset.info().clone(), examples };
        Self::build(entry, config, dataset, built_from, device)
    }

    /// The same to go on with a run, whose model is built from what it was `kept` to be built from.
    pub fn resumed(
        entry: &Entry,
        config: &RunConfig,
        kept: Option<&BuiltFrom>,
        device: &Device,
    ) -> Result<Self> {
        let Some(kept) = kept else { return Self::open(entry, config, device) };
        let dataset = gan_data::open(&config.data.spec, &config.data.options()?)?;
        let built_from = BuiltFrom { info: dataset.info().clone(), ..kept.clone() };
        Self::build(entry, config, dataset, built_from, device)
    }

    /// Builds the model of a run from what it was built from; the data are not opened.
    pub fn alone(
        entry: &Entry,
        config: &RunConfig,
        built_from: BuiltFrom,
        device: &Device,
    ) -> Result<Self> {
        let dataset = Deferred::new(built_from.info.clone(), config.data.options()?);
        Self::build(entry, config, Arc::new(dataset), built_from, device)
    }

    /// Does `work` with the model that samples are drawn from: the moving average where there is one.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn drawn<T, E: From<gan_train::Error>>(
        &self,
        work: impl FnOnce(&dyn Game) -> Result<T, E>,
    ) -> Result<T, E> {
        self.trainer.drawn(self.game.as_ref(), |game| Ok(work(game)))?
    }

    fn build(
        entry: &Entry,
        config: &RunConfig,
        dataset: Arc<dyn Dataset>,
        built_from: BuiltFrom,
        device: &Device,
    ) -> Result<Self> {
        let info = dataset.info();
        tracing::debug!(?info, "data known");
        let setup = Setup {
            fields: info.all_fields().cloned().collect(),
            batch: config.train.batch / config.train.accumulate.max(1),
            seed: config.train.seed,
            dtype: DType::F32,
            device: device.clone(),
            examples: Some(built_from.examples.clone()),
        };
        let game = (entry.build)(&config.model, &setup)?;
        let trainer = Trainer::new(game.as_ref(), &config.train)?;
        tracing::debug!(entry = entry.name, "model built");
        Ok(Self { dataset, built_from, game, trainer })
    }
}

/// Samples of the data drawn at random under `seed`, `(n, …shape)`, in random order. The first ones
/// would be of one class where the data are sorted, as folders are; arXiv 1606.03498, section 3.5
/// chooses the reference batch once, at the start, from all of them.
fn examples(dataset: &dyn Dataset, seed: u64, device: &Device) -> Result<Tensor> {
    let info = dataset.info();
    let size = info.shape().iter().product::<usize>().max(1);
    let most = match info.kind {
        Kind::Folder | Kind::Zip => EXAMPLE_FILES,
        _ => EXAMPLES,
    };
    let count = info.len.min(most).min(EXAMPLE_VALUES / size).max(1);
    let chosen = random_subset(info.len, count, seed, "examples");
    let mut values = vec![0.0; chosen.len() * size];
    for (index, out) in chosen.iter().zip(values.chunks_exact_mut(size)) {
        dataset.labeled(*index, out)?;
    }
    Ok(Tensor::from_vec(values, [&[chosen.len()], info.shape()].concat(), device)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::{DataInfo, LoadOptions, Result as DataResult, Slot};

    /// Data in the order of a folder: all of one class, then all of the other.
    struct Sorted(DataInfo);

    impl Dataset for Sorted {
        fn info(&self) -> &DataInfo {
            &self.0
        }

        fn read(&self, index: usize, out: &mut [Slot<'_>]) -> DataResult<()> {
            let bright = index >= self.0.len / 2;
            if let Some(Slot::Reals(values)) = out.first_mut() {
                values.fill(if bright { 1.0 } else { -1.0 });
            }
            Ok(())
        }
    }

    #[test]
    fn examples_are_of_all_the_data_and_not_of_what_comes_first() {
        let digits = gan_data::open("mnist", &LoadOptions::default()).unwrap();
        for kind in [Kind::Folder, Kind::Idx] {
            let info = DataInfo { len: 4000, kind, ..digits.info().clone() };
            let data = Sorted(info);
            let draw = |seed| examples(&data, seed, &Device::Cpu).unwrap();
            let bright = |from: usize, count: usize| {
                let some = draw(0).narrow(0, from, count).unwrap();
                let means = some.mean((1, 2, 3)).unwrap().to_vec1::<f32>().unwrap();
                means.iter().filter(|mean| **mean > 0.0).count() as f64 / count as f64
            };
            let count = draw(0).dim(0).unwrap();
            assert_eq!(count, if kind == Kind::Folder { 128 } else { 1000 });
            assert!((bright(0, count) - 0.5).abs() < 0.15, "{kind:?}: {}", bright(0, count));
            // Consumers take what comes first of them.
            assert!((bright(0, 64) - 0.5).abs() < 0.2, "{kind:?}: {}", bright(0, 64));
            let values = |seed| draw(seed).flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert!(values(0) == values(0) && values(0) != values(1));
        }
    }

    #[test]
    fn few_data_are_all_examples() {
        let digits = gan_data::open("mnist", &LoadOptions::default()).unwrap();
        let data = Sorted(DataInfo { len: 10, ..digits.info().clone() });
        let all = examples(&data, 0, &Device::Cpu).unwrap();
        assert_eq!(all.dims(), [10, 1, 28, 28]);
        let mean = all.mean_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(mean.abs() < 1e-6, "five of each: {mean}");
    }
}
