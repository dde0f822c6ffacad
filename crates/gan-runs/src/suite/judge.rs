//! How a suite judges samples: by places that are known, or by the digits that they show.

use crate::error::{Context, Result, refused};
use candle_core::Tensor;
use gan_data::Modes;
use gan_images::Image;
use gan_info::{kl_divergence, mode_coverage};
use gan_kernels::read::values;
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, Wanted};
use gan_models::suite::Suite;
use gan_train::{Sample, images};

/// Standard deviations within which a sample is of high quality.
pub const WITHIN: f64 = 3.0;
/// Numbers that three digits spell.
const NUMBERS: usize = 1000;
/// Images that are kept for the picture.
const SHOWN: usize = 100;

/// What knows the modes.
pub enum Judge {
    /// Gaussians whose centers are known.
    Places(Modes),
    /// A classifier that reads the digits of three colors.
    Digits(Digits),
}

/// What samples came to.
#[derive(Default)]
pub struct Verdict {
    /// Modes that were reached.
    pub modes: usize,
    /// The share of high quality, or the divergence, as [`Judge::second`] says.
    pub second: f64,
    /// Samples to draw.
    pub points: Vec<(f64, f64)>,
    /// Samples to show.
    pub images: Vec<Image>,
}

/// Gathers samples until they are judged.
#[derive(Default)]
pub struct Heap {
    points: Vec<f64>,
    images: Vec<Image>,
    counts: Vec<f64>,
}

impl Judge {
    /// The one for a suite's data.
    pub fn new(suite: &Suite) -> Result<Self> {
        match gan_data::toy_modes(suite.data)? {
            Some(modes) => Ok(Self::Places(modes)),
            None => Ok(Self::Digits(Digits::embedded()?)),
        }
    }

    /// How many modes there are.
    pub fn modes(&self) -> usize {
        match self {
            Self::Places(modes) => modes.centres.len(),
            Self::Digits(_) => NUMBERS,
        }
    }

    /// The second number's key, its heading in a table and the factor there.
    pub fn second(&self) -> (&'static str, &'static str, f64) {
        match self {
            Self::Places(_) => ("high_quality", "high quality %", 100.0),
            Self::Digits(_) => ("kl", "KL in nats", 1.0),
        }
    }

    /// Takes some more samples.
    pub fn take(&self, heap: &mut Heap, sample: &Sample) -> Result<()> {
        match (self, sample) {
            (Self::Places(_), Sample::Points(t)) => heap.points.extend(values(t)?),
            (Self::Digits(digits), Sample::Images(t)) => {
                if heap.images.len() < SHOWN {
                    heap.images.extend(images(t)?);
                }
                heap.counts.resize(NUMBERS, 0.0);
                for number in numbers(digits, t)? {
                    heap.counts[number] += 1.0;
                }
            }
            _ => return Err(refused("this model's samples are not of the suite's kind")),
        }
        Ok(())
    }

    /// Judges what was taken.
    pub fn judge(&self, mut heap: Heap) -> Result<Verdict> {
        match self {
            Self::Places(modes) => {
                let centres: Vec<f64> = modes.centres.iter().flatten().copied().collect();
                let found = mode_coverage(&heap.points, &centres, 2, WITHIN * modes.std)?;
                let points = heap.points.chunks_exact(2).map(|p| (p[0], p[1])).collect();
                let (modes, second) = (found.modes, found.high_quality);
                Ok(Verdict { modes, second, points, images: Vec::new() })
            }
            Self::Digits(_) => {
                let total: f64 = heap.counts.iter().sum();
                let shares: Vec<f64> = heap.counts.iter().map(|c| c / total).collect();
                // KL of what was generated from every number being as likely, as the papers have
                // it; what is missing costs nothing, what is too frequent does.
                let second = kl_divergence(&shares, &[1.0 / NUMBERS as f64; NUMBERS])?;
                let modes = heap.counts.iter().filter(|c| **c > 0.0).count();
                heap.images.truncate(SHOWN);
                Ok(Verdict { modes, second, points: Vec::new(), images: heap.images })
            }
        }
    }
}

/// The number that each stack, `(n, 3, 28, 28)` in `[-1, 1]`, shows.
fn numbers(digits: &Digits, stacks: &Tensor) -> Result<Vec<usize>> {
    let (n, colours, height, width) = stacks.dims4()?;
    let single = stacks.affine(0.5, 0.5)?.reshape((n * colours, 1, height, width))?;
    let wanted = Wanted { tap: digits.taps()[0], logits: true, spatial: false };
    let logits = digits.extract(&single.contiguous()?, &wanted)?.logits;
    let logits = logits.context("the classifier gave no classes")?;
    let found = logits.argmax(1)?.to_vec1::<u32>().context("classes")?;
    Ok(found.chunks(colours).map(|d| d.iter().fold(0, |n, d| 10 * n + *d as usize)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::LoadOptions;
    use gan_models::suite::SUITES;

    #[test]
    fn real_stacks_show_their_numbers_and_cover_all() {
        let suite = SUITES.iter().find(|s| s.name == "stacked").unwrap();
        let judge = Judge::new(suite).unwrap();
        let data = gan_data::open(suite.data, &LoadOptions::default()).unwrap();
        let (count, size) = (512, 3 * 784);
        let mut all = vec![0.0; count * size];
        let labels: Vec<u32> = all
            .chunks_mut(size)
            .enumerate()
            .map(|(k, out)| data.labeled(k, out).unwrap().unwrap())
            .collect();
        let stacks = Tensor::from_vec(all, (count, 3, 28, 28), &candle_core::Device::Cpu).unwrap();
        let digits = match &judge {
            Judge::Digits(digits) => Some(digits),
            _ => None,
        };
        let found = numbers(digits.unwrap(), &stacks).unwrap();
        let right = found.iter().zip(&labels).filter(|(f, l)| **f == **l as usize).count();
        // 99 % of single digits, so 97 % of three.
        assert!(right as f64 > 0.95 * count as f64, "{right} of {count}");
        let mut heap = Heap::default();
        judge.take(&mut heap, &Sample::Images(stacks)).unwrap();
        let verdict = judge.judge(heap).unwrap();
        // 512 draws of a thousand reach 1000·(1 − 0.999⁵¹²) = 401, with a KL of about log 2 + …
        assert!((350..450).contains(&verdict.modes), "{}", verdict.modes);
        assert!(verdict.second > 0.5 && verdict.second < 1.5, "{}", verdict.second);
        assert_eq!(verdict.images.len(), SHOWN);
        let points = Sample::Points(
            Tensor::zeros((1, 2), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap(),
        );
        assert!(judge.take(&mut Heap::default(), &points).is_err());
    }
}
