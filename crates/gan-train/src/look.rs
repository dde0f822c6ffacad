//! What a batch of samples looks like beside real ones: the numbers that a diagnosis needs.
//!
//! They are taken where a sample picture is drawn, of fakes that follow from the seed alone and of
//! the run's first real samples, so that a resumed run logs the same. Images are averaged down to
//! at most 16×16 first: what is asked is whether pictures differ, not whether they are sharp.

use crate::{Batch, Game, Result, Sample, SampleRequest, Trainer};
use candle_core::{DType, Tensor};
use gan_layers::StepRng;
use std::fmt;

/// Generated images that are looked at.
const IMAGES: usize = 128;
/// Generated points that are looked at: they cost nothing.
const POINTS: usize = 256;
/// Real samples that a copy is looked for among.
const REFERENCE: usize = 512;
/// Samples drawn at once, which bounds memory.
const CHUNK: usize = 32;
/// Fewer real samples than this say nothing about diversity.
const FEWEST: usize = 16;
/// Largest side that images are compared at.
const SIDE: usize = 16;
/// Neighbours that make a real sample's ball (arXiv 2002.09797, section 3.2).
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

/// Rows of numbers, one a sample.
#[derive(Debug, Clone)]
struct Rows {
    values: Vec<f32>,
    width: usize,
}

/// The real samples that fakes are compared with.
#[derive(Debug)]
pub(crate) struct Look {
    real: Rows,
    /// As many as there are fakes.
    count: usize,
}

impl Look {
    /// Takes the run's first real samples; nothing where there are too few to compare with.
    pub fn new(feed: &mut dyn FnMut(u64) -> Result<Batch>) -> Result<Option<Self>> {
        let mut real: Option<Rows> = None;
        let mut count = IMAGES;
        for n in 0..REFERENCE as u64 {
            let batch = feed(n)?;
            if batch.real.rank() == 2 {
                count = POINTS;
            }
            let rows = rows(&batch.real)?;
            let all = real.get_or_insert(Rows { values: Vec::new(), width: rows.width });
            let before = all.len();
            // A second epoch brings the same samples again, and a copy of itself has no neighbour.
            let known = |all: &Rows, row: &[f32]| all.each().any(|r| r == row);
            for row in rows.each() {
                if all.len() < REFERENCE && !known(all, row) {
                    all.values.extend_from_slice(row);
                }
            }
            if all.len() >= REFERENCE || all.len() == before {
                break;
            }
        }
        Ok(real.filter(|r| r.len() >= FEWEST).map(|real| {
            let count = count.min(real.len());
            Self { real, count }
        }))
    }

    /// What the model's samples look like: `spread`, `nearest`, `coverage`, `copies`, for a
    /// conditional model `label_effect`, and what the judge says.
    pub fn at(
        &self,
        trainer: &Trainer,
        game: &dyn Game,
        seed: u64,
        judge: Option<&Judge>,
    ) -> Result<Vec<(&'static str, f64)>> {
        let classes = game.classes().filter(|c| *c > 1);
        let labels = |from: usize, count: usize, shift: usize| {
            classes.map(|c| (from..from + count).map(|i| ((i + shift) % c) as u32).collect())
        };
        let draw = |shift: usize| -> Result<Vec<Sample>> {
            let mut all = Vec::new();
            for (chunk, from) in (0..self.count).step_by(CHUNK).enumerate() {
                let count = CHUNK.min(self.count - from);
                let request = SampleRequest { count, labels: labels(from, count, shift) };
                // Streams of steps that no training run reaches, beside that of the pictures.
                let mut rng = StepRng::new(seed, u64::MAX - 1 - chunk as u64);
                all.push(trainer.drawn(game, |g| g.sample(&request, &mut rng))?);
            }
            Ok(all)
        };
        let samples = draw(0)?;
        let fake = all_rows(&samples)?;
        let mut numbers = Vec::new();
        if fake.width == self.real.width && fake.len() > 1 {
            numbers = compare(&fake, &self.real, self.count);
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

impl Rows {
    fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    fn each(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width.max(1))
    }

    fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
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

/// Samples `(n, …)` as rows, images averaged over squares.
fn rows(t: &Tensor) -> Result<Rows> {
    let n = t.dim(0)?;
    let values = t.detach().to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    let width = values.len() / n.max(1);
    let &[_, _, h, w] = t.dims() else { return Ok(Rows { values, width }) };
    let block = h.max(w).div_ceil(SIDE).max(1);
    if block == 1 {
        return Ok(Rows { values, width });
    }
    let (rows, columns) = (h.div_ceil(block), w.div_ceil(block));
    let planes = width / (h * w).max(1);
    let mut small = Vec::with_capacity(n * planes * rows * columns);
    for plane in values.chunks_exact((h * w).max(1)) {
        for (top, left) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r * block, c * block)))
        {
            let (bottom, right) = ((top + block).min(h), (left + block).min(w));
            let lines = (top..bottom).map(|y| &plane[y * w + left..y * w + right]);
            let sum: f32 = lines.flatten().sum();
            small.push(sum / ((bottom - top) * (right - left)) as f32);
        }
    }
    Ok(Rows { values: small, width: planes * rows * columns })
}

/// Fakes beside the first `count` of the real samples and, for copies, beside all of them.
fn compare(fake: &Rows, real: &Rows, count: usize) -> Vec<(&'static str, f64)> {
    let width = real.width;
    let some = Rows { values: real.values[..count.min(real.len()) * width].to_vec(), width };
    let mut covered = 0;
    for index in 0..some.len() {
        let mut near: Vec<f64> = distances(some.row(index), &some).collect();
        near.swap_remove(index);
        near.sort_by(f64::total_cmp);
        let radius = near[NEIGHBOURS.min(near.len()) - 1];
        covered += usize::from(distances(some.row(index), fake).any(|d| d < radius));
    }
    let within = |rows: &Rows| mean((0..rows.len()).map(|i| nearest(rows.row(i), rows, Some(i))));
    let to_real = median(fake.each().map(|row| nearest(row, real, None)).collect());
    let among_real = median((0..some.len()).map(|i| nearest(some.row(i), real, Some(i))).collect());
    vec![
        ("spread", variance(fake) / variance(&some)),
        ("nearest", within(fake) / within(&some)),
        ("coverage", covered as f64 / some.len() as f64),
        ("copies", to_real / among_real),
    ]
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

fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

fn distances<'a>(from: &'a [f32], to: &'a Rows) -> impl Iterator<Item = f64> + 'a {
    to.each().map(move |row| squared(from, row).sqrt())
}

/// The distance to the nearest row, leaving one out.
fn nearest(from: &[f32], to: &Rows, but: Option<usize>) -> f64 {
    let all = distances(from, to).enumerate().filter(|(i, _)| Some(*i) != but);
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn normal(n: usize, width: usize, seed: u64) -> Rows {
        let shape = [n, width];
        let mut rng = StepRng::new(seed, 1);
        rows(&rng.normal("test", &shape, DType::F32, &Device::Cpu).unwrap()).unwrap()
    }

    fn number(all: &[(&str, f64)], name: &str) -> f64 {
        all.iter().find(|(n, _)| *n == name).unwrap().1
    }

    #[test]
    fn a_perfect_generator_looks_like_the_data() {
        let all = compare(&normal(256, 2, 1), &normal(512, 2, 2), 256);
        assert!((number(&all, "spread") - 1.0).abs() < 0.25, "{all:?}");
        assert!((number(&all, "nearest") - 1.0).abs() < 0.25, "{all:?}");
        // 1 − 2^−5 in expectation (arXiv 2002.09797, lemma 2).
        assert!((number(&all, "coverage") - 0.969).abs() < 0.04, "{all:?}");
        assert!((number(&all, "copies") - 1.0).abs() < 0.35, "{all:?}");
    }

    #[test]
    fn collapse_and_copies_show() {
        let real = normal(512, 2, 2);
        let point = Rows { values: real.row(0).repeat(256), width: 2 };
        let all = compare(&point, &real, 256);
        assert!(number(&all, "spread") < 1e-6 && number(&all, "nearest") < 1e-6, "{all:?}");
        assert!(number(&all, "coverage") < 0.1, "{all:?}");
        let copies = Rows { values: real.values[..512].to_vec(), width: 2 };
        let all = compare(&copies, &real, 256);
        assert!(number(&all, "copies") == 0.0 && number(&all, "coverage") > 0.99, "{all:?}");
    }

    #[test]
    fn labels_that_change_nothing() {
        let (a, b) = (normal(256, 3, 1), normal(256, 3, 2));
        assert_eq!(label_effect(&a, &a), 0.0);
        assert!((label_effect(&a, &b) - 1.0).abs() < 0.2);
    }

    #[test]
    fn images_are_averaged_over_squares() {
        let values: Vec<f32> = (0..2 * 20 * 20).map(|i| (i / 400) as f32).collect();
        let t = Tensor::from_vec(values, (1, 2, 20, 20), &Device::Cpu).unwrap();
        let rows = rows(&t).unwrap();
        assert_eq!((rows.width, rows.len()), (200, 1));
        assert!(rows.values[..100].iter().all(|v| *v == 0.0));
        assert!(rows.values[100..].iter().all(|v| *v == 1.0));
        let odd = Tensor::ones((3, 1, 33, 17), DType::F32, &Device::Cpu).unwrap();
        let odd = super::rows(&odd).unwrap();
        assert_eq!((odd.width, odd.len()), (11 * 6, 3));
        assert!(odd.values.iter().all(|v| (*v - 1.0).abs() < 1e-6));
    }

    #[test]
    fn a_small_data_set_gives_each_sample_once() {
        let t = Tensor::arange(0f32, 40.0, &Device::Cpu).unwrap().reshape((20, 2)).unwrap();
        let mut feed = |_| Ok(Batch { real: t.clone(), labels: None });
        let look = Look::new(&mut feed).unwrap().unwrap();
        assert_eq!((look.real.len(), look.count), (20, 20));
        let few = t.narrow(0, 0, 4).unwrap();
        let mut feed = |_| Ok(Batch { real: few.clone(), labels: None });
        assert!(Look::new(&mut feed).unwrap().is_none());
    }
}
