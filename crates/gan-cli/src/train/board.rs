//! TensorBoard's event file of a run while it trains: scalars, sample pictures, weights.

use anyhow::Result;
use candle_core::DType;
use gan_report::{EventWriter, Histogram};
use gan_train::{Run, Tick};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Steps of a run whose scalars are written, but for the first ones: curves need no more.
const POINTS: u64 = 2000;
/// The first steps are all written.
const FIRST: u64 = 100;

/// Writes events.
pub struct Board {
    dir: PathBuf,
    next: u64,
    every: u64,
    /// Nothing before the first event: a run that has nothing to say leaves no file.
    writer: Option<EventWriter>,
}

impl Board {
    /// A new file beside the run's log, for the steps after `from`.
    pub fn new(run: &Run, from: u64) -> Self {
        let every = run.config.train.steps.div_ceil(POINTS).max(1);
        Self { dir: run.dir.clone(), next: from + 1, every, writer: None }
    }

    fn writer(&mut self) -> Result<&mut EventWriter> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(EventWriter::create(&self.dir, self.next)?)),
        }
    }

    /// Takes a step.
    pub fn step(&mut self, tick: &Tick<'_>) -> Result<()> {
        let report = tick.report;
        let step = report.step;
        let drawn = tick.picture.is_some();
        if step <= FIRST || step.is_multiple_of(self.every) || drawn {
            let mut all = vec![("seconds_per_step".to_owned(), tick.seconds)];
            for player in &report.players {
                let mut add =
                    |name: &str, value| all.push((format!("{name}/{}", player.name), value));
                add("loss", player.loss);
                add("grad_norm", player.grad_norm);
                add("learning_rate", player.lr);
                for (name, value) in &player.terms {
                    add(name, *value);
                }
            }
            all.extend(report.samples.iter().map(|(name, v)| (format!("samples/{name}"), *v)));
            self.writer()?.scalars(step, all.iter().map(|(tag, value)| (tag.as_str(), *value)))?;
        }
        if let Some(picture) = &tick.picture {
            self.writer()?.image(step, "samples", &fs::read(picture)?)?;
            for (name, param) in tick.game.params().owned(&[""]) {
                let tensor = param.var().as_detached_tensor();
                let values = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
                if let Some(histogram) = Histogram::of(&values) {
                    self.writer()?.histogram(step, &format!("weights/{name}"), &histogram)?;
                }
            }
            self.writer()?.flush()?;
        }
        Ok(())
    }

    /// Takes an evaluation: every number of the line but the counts.
    pub fn scores(&mut self, step: u64, line: &Value) -> Result<()> {
        let told = |key: &str| !["step", "seconds", "sample_seed"].contains(&key);
        let all: Vec<(String, f64)> = line
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, value)| told(key) && value.is_f64())
            .filter_map(|(key, value)| Some((format!("scores/{key}"), value.as_f64()?)))
            .collect();
        self.writer()?.scalars(step, all.iter().map(|(tag, value)| (tag.as_str(), *value)))?;
        Ok(self.writer()?.flush()?)
    }
}
