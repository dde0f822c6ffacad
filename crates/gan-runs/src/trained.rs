//! A run that is opened to be looked at: its model as it was trained, and parts of its data.

use crate::configuration;
use crate::dealt::{Dealt, dealt, labels};
use crate::draw::{Plan, each};
use crate::error::{Context, Result, refused};
use crate::evaluator::{Evaluation, Evaluator};
use crate::networks::Scoring;
use crate::parts::{self, Part};
use crate::session::Session;
use candle_core::{DType, Device, Tensor};
use gan_data::{Dataset, Split, random_subset};
use gan_layers::StepRng;
use gan_metrics::FeatureMatrix;
use gan_train::{BuiltFrom, Game, Run, RunConfig};
use std::path::{Path, PathBuf};

/// Samples that are encoded together; changes nothing of a code.
const ENCODED: usize = 250;

/// A run with its model loaded.
pub struct Trained {
    /// The run.
    pub run: Run,
    /// Its configuration; the data are those asked for.
    pub config: RunConfig,
    /// Data, model and trainer.
    pub session: Session,
    /// The file that was loaded.
    pub checkpoint: PathBuf,
}

/// Samples with their labels.
pub struct Samples {
    /// `(n, …shape)`, images in `[-1, 1]`.
    pub x: Tensor,
    /// One a sample, where the data have labels.
    pub labels: Option<Vec<u32>>,
}

impl Trained {
    /// Opens the run's newest checkpoint, or that of `step`; `data` says where its data are now.
    pub fn open(
        dir: &Path,
        data: Option<&str>,
        step: Option<u64>,
        device: &Device,
    ) -> Result<Self> {
        Self::of(Run::open(dir)?, data, step, device, |_| {})
    }

    /// The same of a run that is open already. `change` may ask for another part of the data; the
    /// run's own file stays as it is.
    pub fn of(
        run: Run,
        data: Option<&str>,
        step: Option<u64>,
        device: &Device,
        change: impl FnOnce(&mut RunConfig),
    ) -> Result<Self> {
        let mut config = run.config.clone();
        if let Some(spec) = data {
            spec.clone_into(&mut config.data.spec);
        }
        change(&mut config);
        let entry = configuration::entry(&config.entry)?;
        // Of its own data it needs no more than it keeps; other data, or another part, are opened.
        let own = config.data == run.config.data;
        let kept = if own { BuiltFrom::read(&run.dir, device)? } else { None };
        let session = match kept {
            Some(kept) => Session::alone(entry, &config, kept, device),
            None => Session::open(entry, &config, device),
        };
        let mut session = session.with_context(|| {
            let dir = run.dir.display();
            format!("{dir}: cannot rebuild the model (if its data have moved, --data SPEC says where to)")
        })?;
        let checkpoint = run.load(session.game.as_ref(), &mut session.trainer, step)?;
        let checkpoint = checkpoint.with_context(|| {
            let dir = run.dir.display();
            format!("{dir}: no checkpoint yet; `gan train --resume {dir}` makes one")
        })?;
        Ok(Self { run, config, session, checkpoint })
    }

    /// Samples of the run's model, `(count, …shape)`.
    ///
    /// # Errors
    /// Where the plan does not fit the model.
    pub fn samples(&self, plan: &Plan) -> Result<Tensor> {
        self.samples_watched(plan, &mut |_, _| {})
    }

    /// The same; `watch` is told how many are drawn, and of how many.
    ///
    /// # Errors
    /// As [`Trained::samples`].
    pub fn samples_watched(
        &self,
        plan: &Plan,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<Tensor> {
        let (mut all, mut done) = (Vec::new(), 0);
        let (trainer, game) = (&self.session.trainer, self.session.game.as_ref());
        each(trainer, game, plan, &mut |sample| -> Result<()> {
            all.push(sample.tensor().clone());
            done += sample.tensor().dim(0)?;
            watch(done, plan.count);
            Ok(())
        })?;
        Ok(Tensor::cat(&all, 0)?)
    }

    /// The codes of samples `x`, `(n, …shape)`, without noise, a row each; nothing where the model has
    /// no encoder.
    ///
    /// # Errors
    /// Where the samples do not fit the model.
    pub fn encoded(&self, x: &Tensor) -> Result<Option<FeatureMatrix>> {
        self.drawn(|game| -> Result<_> {
            let Some(encoder) = game.inside().encoder else { return Ok(None) };
            let (count, mut width, mut all) = (x.dim(0)?, 0, Vec::new());
            for start in (0..count).step_by(ENCODED) {
                let chunk = x.narrow(0, start, ENCODED.min(count - start))?;
                let codes = encoder.encode(&chunk, None)?.detach().flatten_from(1)?;
                width = codes.dim(1)?;
                all.extend(codes.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
            }
            Ok(Some(FeatureMatrix::from_f32(width, all)?))
        })
    }

    /// Scores as many samples of the run's model as `count`, against what was held out of its
    /// training or else what it was trained on.
    ///
    /// # Errors
    /// As [`Evaluator::open`] and [`Evaluator::evaluate`].
    pub fn evaluate(&self, scoring: &Scoring, count: Option<u64>) -> Result<Evaluation> {
        let (seed, silent) = (self.config.train.seed, &mut |_, _| {});
        let evaluator = Evaluator::open(scoring, self.part(None)?, count, seed, silent)?;
        evaluator.evaluate(&self.session.trainer, self.session.game.as_ref(), silent)
    }

    /// Runs `work` on the model that samples are drawn from.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn drawn<T, E: From<gan_train::Error>>(
        &self,
        work: impl FnOnce(&dyn Game) -> Result<T, E>,
    ) -> Result<T, E> {
        self.session.drawn(work)
    }

    /// The part of the run's data that was `asked` for; what is held out unless one was.
    pub fn part(&self, asked: Option<Split>) -> Result<Part> {
        parts::part(&self.config.data, &self.session.dataset, asked)
    }

    /// The classes that samples are asked for which are compared with these data.
    pub fn dealt(&self, data: &dyn Dataset, seed: u64) -> Result<Dealt> {
        let game = self.session.game.as_ref();
        let labels = if game.classes().is_some() { labels(data)? } else { None };
        Ok(dealt(game, labels.as_deref(), seed))
    }
}

/// The stream of measurements: that of a step that neither training nor sampling reaches.
pub fn measuring_rng(seed: u64) -> StepRng {
    StepRng::new(seed, u64::MAX >> 1)
}

/// The samples of a part, or `most` of them at random: the first ones would be of one class where
/// the data are sorted, as folders are.
pub fn read(dataset: &dyn Dataset, most: usize, device: &Device) -> Result<Samples> {
    let len = dataset.info().len;
    match most < len {
        true => read_at(dataset, &random_subset(len, most, 0, "measured"), device),
        false => read_at(dataset, &(0..len).collect::<Vec<_>>(), device),
    }
}

/// The samples of these indices.
pub fn read_at(dataset: &dyn Dataset, indices: &[usize], device: &Device) -> Result<Samples> {
    let info = dataset.info();
    let (count, size) = (indices.len(), info.shape().iter().product::<usize>().max(1));
    if count == 0 {
        return Err(refused(format!("{}: no samples to measure on", info.spec)));
    }
    let (mut values, mut labels) = (vec![0.0; count * size], Some(Vec::with_capacity(count)));
    for (index, out) in indices.iter().zip(values.chunks_exact_mut(size)) {
        match (dataset.labeled(*index, out)?, &mut labels) {
            (Some(label), Some(all)) => all.push(label),
            _ => labels = None,
        }
    }
    let shape = [&[count], info.shape()].concat();
    Ok(Samples { x: Tensor::from_vec(values, shape, device)?, labels })
}

/// What distances are measured in: pixels in `[0, 1]`, points as they are; one row a sample, as
/// `(values, numbers a row)`.
pub fn rows(x: &Tensor) -> Result<(Vec<f64>, usize)> {
    let mut values = gan_kernels::read::values(x)?;
    if x.rank() == 4 {
        values.iter_mut().for_each(|v| *v = 0.5 * *v + 0.5);
    }
    Ok((values, x.dims()[1..].iter().product()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_a_part_are_of_all_of_it() {
        let data = gan_data::open("toy:ring", &gan_data::LoadOptions::default()).unwrap();
        let all = read(data.as_ref(), usize::MAX, &Device::Cpu).unwrap();
        let some = read(data.as_ref(), 64, &Device::Cpu).unwrap();
        let rows = |s: &Samples| s.x.to_vec2::<f32>().unwrap();
        let (all, some) = (rows(&all), rows(&some));
        let place = |row: &Vec<f32>| all.iter().position(|other| other == row).unwrap();
        let places: Vec<usize> = some.iter().map(place).collect();
        assert_eq!(some.len(), 64);
        let late = places.iter().filter(|place| **place >= all.len() / 2).count();
        assert!((16..=48).contains(&late), "{late} of 64 are of the second half");
    }
}
