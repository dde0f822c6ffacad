//! What a batch of samples looks like beside real ones: the numbers that a diagnosis needs.
//!
//! They are taken where a sample picture is drawn, of fakes that follow from the seed alone, of the
//! run's first real samples, which are a random subset of the data, and, for copies, of all that the
//! run has trained on, so that a resumed run logs the same. Images are averaged down to at most
//! 16×16 first: what is asked is whether pictures differ, not whether they are sharp.

mod rows;
mod seen;

use crate::{Batch, Fields, Game, Result, Sample, SampleRequest, Trainer};
use gan_layers::StepRng;
use rows::{Rows, distances, rows, squared};
use seen::Seen;
use std::fmt;

/// Generated images that are looked at.
const IMAGES: usize = 128;
/// Generated points that are looked at: they cost nothing.
const POINTS: usize = 256;
/// Samples drawn at once, which bounds memory.
const CHUNK: usize = 32;
/// Fewer real samples than this say nothing about diversity.
const FEWEST: usize = 16;
/// Neighbors that make a real sample's ball (arXiv 2002.09797, section 3.2).
const NEIGHBOURS: usize = 5;

/// Something that counts the modes of samples, or says anything else about them: names and values
/// for the log.
pub struct Judge(Box<Judging>);

type Judging = dyn Fn(&[Sample]) -> Result<Vec<(&'static str, f64)>> + Send + Sync;

impl Judge {
    /// A judge; it must give the same answer for the same samples.
    pub fn new(
        judge: impl Fn(&[Sample]) -> Result<Vec<(&'static str, f64)>> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(judge))
    }

    /// What it says of samples.
    ///
    /// # Errors
    /// Its own.
    pub fn judge(&self, samples: &[Sample]) -> Result<Vec<(&'static str, f64)>> {
        (self.0)(samples)
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

/// The real samples that fakes are compared with.
#[derive(Debug)]
pub(crate) struct Look {
    seen: Seen,
    /// As many fakes as there are real samples beside them.
    count: usize,
}

impl Look {
    /// A look that has seen nothing yet.
    pub fn new() -> Self {
        Self { seen: Seen::new(), count: IMAGES }
    }

    /// Takes a batch that is trained on, and keeps what it needs of it.
    pub fn take(&mut self, n: u64, batch: &Batch) -> Result<()> {
        if n == 0 && batch.real()?.rank() == 2 {
            self.count = POINTS;
        }
        self.seen.take(n, batch)
    }

    /// What the model's samples look like: `spread`, `nearest`, `coverage`, `copies` with
    /// `copies_among`, for a conditional model `label_effect`, and what the judge says. Nothing
    /// where there are too few real samples to compare with.
    ///
    /// `feed` gives batches that were trained on before this process began, or that are needed for
    /// as many real samples as there are fakes.
    pub fn at(
        &mut self,
        trainer: &Trainer,
        game: &dyn Game,
        seed: u64,
        judge: Option<&Judge>,
        feed: &mut dyn FnMut(u64) -> Result<Batch>,
    ) -> Result<Vec<(&'static str, f64)>> {
        while let Some(n) = self.seen.wants()
            && (n < trainer.draws || self.seen.rows.len() < self.count)
        {
            self.take(n, &feed(n)?)?;
        }
        let count = self.count.min(self.seen.rows.len());
        if count < FEWEST {
            return Ok(Vec::new());
        }
        let classes = game.classes().filter(|c| *c > 1);
        // The labels of the real samples beside them: in the shares of the data.
        let label =
            |k: usize, c: usize| self.seen.labels.get(k).map_or(k % c, |label| *label as usize);
        let given = |from: usize, count: usize, shift: usize| -> Result<Fields> {
            let Some(c) = classes else { return Ok(Fields::none()) };
            let all: Vec<u32> =
                (from..from + count).map(|k| ((label(k, c) + shift) % c) as u32).collect();
            Ok(Fields::of_classes(&all, game.params().device())?)
        };
        let draw = |shift: usize| -> Result<Vec<Sample>> {
            let mut all = Vec::new();
            for (chunk, from) in (0..count).step_by(CHUNK).enumerate() {
                let count = CHUNK.min(count - from);
                let request = SampleRequest { count, given: given(from, count, shift)? };
                // Streams of steps that no training run reaches, beside that of the pictures.
                let mut rng = StepRng::new(seed, u64::MAX - 1 - chunk as u64);
                all.push(trainer.drawn(game, |g| g.sample(&request, &mut rng))?);
            }
            Ok(all)
        };
        let samples = draw(0)?;
        let fake = all_rows(&samples)?;
        let mut numbers = Vec::new();
        if fake.width == self.seen.rows.width && fake.len() > 1 {
            numbers = compare(&fake, &self.seen, count)?;
            if classes.is_some() {
                let other = all_rows(&draw(1)?)?;
                numbers.push(("label_effect", label_effect(&fake, &other)));
            }
        }
        if let Some(judge) = judge {
            numbers.extend(judge.judge(&samples)?);
        }
        numbers.retain(|(_, value)| value.is_finite());
        Ok(numbers)
    }
}

fn all_rows(samples: &[Sample]) -> Result<Rows> {
    let mut all = Rows { values: Vec::new(), width: 0 };
    for sample in samples {
        let rows = rows(sample.tensor())?;
        all.width = rows.width;
        all.values.extend(rows.values);
    }
    Ok(all)
}

/// Fakes beside the first `count` of the real samples and, for copies, beside all of them.
fn compare(fake: &Rows, seen: &Seen, count: usize) -> Result<Vec<(&'static str, f64)>> {
    let width = seen.rows.width;
    let some = Rows { values: seen.rows.values[..count * width].to_vec(), width };
    let mut covered = 0;
    for index in 0..some.len() {
        let mut near: Vec<f64> = distances(some.row(index), &some).collect();
        near.swap_remove(index);
        near.sort_by(f64::total_cmp);
        let radius = near[NEIGHBOURS.min(near.len()) - 1];
        covered += usize::from(distances(some.row(index), fake).any(|d| d < radius));
    }
    let within = |rows: &Rows| mean((0..rows.len()).map(|i| nearest(rows.row(i), rows, i)));
    let to_real = median(seen.nearest(fake, false)?);
    let among_real = median(seen.nearest(&some, true)?);
    Ok(vec![
        ("spread", variance(fake) / variance(&some)),
        ("nearest", within(fake) / within(&some)),
        ("coverage", covered as f64 / some.len() as f64),
        ("copies", to_real / among_real),
        ("copies_among", seen.rows.len() as f64),
    ])
}

/// `E‖G(z, y) − G(z, y')‖² / E‖G(z, y) − G(z', y'')‖²`: 0 where labels change nothing.
fn label_effect(fake: &Rows, other: &Rows) -> f64 {
    let moved = mean(fake.each().zip(other.each()).map(|(a, b)| squared(a, b)));
    // The expected squared distance of two independent samples is twice the total variance.
    moved / (2.0 * variance(fake))
}

/// Total variance: the sum over all coordinates.
fn variance(rows: &Rows) -> f64 {
    let n = rows.len() as f64;
    let column = |k: usize| {
        let mean = mean(rows.each().map(|r| f64::from(r[k])));
        rows.each().map(|r| (f64::from(r[k]) - mean).powi(2)).sum::<f64>() / n
    };
    (0..rows.width).map(column).sum()
}

/// The distance to the nearest row, leaving one out.
fn nearest(from: &[f32], to: &Rows, but: usize) -> f64 {
    let all = distances(from, to).enumerate().filter(|(i, _)| *i != but);
    all.map(|(_, d)| d).fold(f64::INFINITY, f64::min)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    sum / n
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Tensor};

    fn normal(n: usize, width: usize, seed: u64) -> Rows {
        let shape = [n, width];
        let mut rng = StepRng::new(seed, 1);
        rows(&rng.normal("test", &shape, DType::F32, &Device::Cpu).unwrap()).unwrap()
    }

    /// A run that has trained on these samples, as images of one row.
    fn seen(rows: &Rows) -> Seen {
        let mut seen = Seen::new();
        let real = Tensor::from_slice(&rows.values, (rows.len(), 1, 1, rows.width), &Device::Cpu);
        seen.take(0, &Batch::of(real.unwrap())).unwrap();
        seen
    }

    fn number(all: &[(&str, f64)], name: &str) -> f64 {
        all.iter().find(|(n, _)| *n == name).unwrap().1
    }

    #[test]
    fn a_perfect_generator_looks_like_the_data() {
        let all = compare(&normal(256, 2, 1), &seen(&normal(512, 2, 2)), 256).unwrap();
        assert!((number(&all, "spread") - 1.0).abs() < 0.25, "{all:?}");
        assert!((number(&all, "nearest") - 1.0).abs() < 0.25, "{all:?}");
        // 1 − 2^−5 in expectation (arXiv 2002.09797, lemma 2).
        assert!((number(&all, "coverage") - 0.969).abs() < 0.04, "{all:?}");
        assert!((number(&all, "copies") - 1.0).abs() < 0.35, "{all:?}");
        assert_eq!(number(&all, "copies_among"), 512.0);
    }

    #[test]
    fn collapse_and_copies_show() {
        let real = normal(512, 2, 2);
        let point = Rows { values: real.row(0).repeat(256), width: 2 };
        let all = compare(&point, &seen(&real), 256).unwrap();
        assert!(number(&all, "spread") < 1e-6 && number(&all, "nearest") < 1e-6, "{all:?}");
        assert!(number(&all, "coverage") < 0.1, "{all:?}");
        let copies = Rows { values: real.values[..512].to_vec(), width: 2 };
        let all = compare(&copies, &seen(&real), 256).unwrap();
        assert!(number(&all, "copies") == 0.0 && number(&all, "coverage") > 0.99, "{all:?}");
    }

    /// The first samples alone would not show it: they are 512 of 6,000 here.
    #[test]
    fn copies_of_any_training_sample_show() {
        let real = normal(6000, 16, 3);
        let copies = Rows { values: real.values[5000 * 16..5128 * 16].to_vec(), width: 16 };
        let all = compare(&copies, &seen(&real), 128).unwrap();
        assert_eq!((number(&all, "copies"), number(&all, "copies_among")), (0.0, 6000.0));
        let first = Rows { values: real.values[..512 * 16].to_vec(), width: 16 };
        let few = compare(&copies, &seen(&first), 128).unwrap();
        assert!(number(&few, "copies") > 0.9, "{few:?}");
        let other = compare(&normal(128, 16, 4), &seen(&real), 128).unwrap();
        assert!((number(&other, "copies") - 1.0).abs() < 0.1, "{other:?}");
    }

    #[test]
    fn labels_that_change_nothing() {
        let (a, b) = (normal(256, 3, 1), normal(256, 3, 2));
        assert_eq!(label_effect(&a, &a), 0.0);
        assert!((label_effect(&a, &b) - 1.0).abs() < 0.2);
    }
}
