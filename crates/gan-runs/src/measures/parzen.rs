//! Parzen windows around a model's samples, as wide as is best for samples that are neither trained
//! on nor scored.

use crate::draw::Plan;
use crate::error::{Result, refused};
use crate::parts::Part;
use crate::trained::{Samples, Trained, read, read_at, rows};
use gan_data::HeldOut;
use gan_info::{parzen_bandwidth, parzen_log_likelihoods};
use gan_statistics::mean_and_standard_error;
use serde_json::{Value, json};

/// Samples that carry windows, as in arXiv 1406.2661, section 5.
pub const WINDOWS: usize = 10_000;
/// Samples that choose the windows' width.
const VALIDATION: usize = 1000;
/// Widths that are tried, and their ratio from the smallest to the largest, around the data's own
/// deviation.
const WIDTHS: usize = 31;
const NARROWEST: f64 = 1e-2;
const WIDEST: f64 = 2.0;

/// What Parzen windows say.
pub struct Parzen {
    /// Samples of the model that carry windows.
    pub samples: usize,
    /// The windows' width, in the unit of [`rows`].
    pub sigma: f64,
    /// Mean log-likelihood of the samples that chose σ, and their count.
    pub chosen_on: Option<(f64, usize)>,
    /// Samples that were scored.
    pub scored: usize,
    /// Their mean log-likelihood, in nats.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// How classes were dealt to the samples that carry windows.
    labels: Value,
}

impl Parzen {
    /// For the log.
    pub fn object(&self) -> Value {
        json!({
            "samples": self.samples,
            "labels": self.labels,
            "count": self.scored,
            "sigma": self.sigma,
            "validation_mean": self.chosen_on.map(|(mean, _)| mean),
            "validation_count": self.chosen_on.map(|(_, count)| count),
            "mean": self.mean,
            "standard_error": self.error,
        })
    }
}

/// What is measured.
pub struct Asked {
    /// Samples of the model that carry windows.
    pub windows: usize,
    /// Samples of the data that are scored, at most.
    pub count: usize,
    /// The windows' width; chosen unless given.
    pub sigma: Option<f64>,
    /// The seed of the latents.
    pub seed: u64,
}

/// Windows around samples of the model, as wide as was asked for or as is best for others than those
/// that are scored. `watch` is told how many samples are drawn, and of how many.
///
/// # Errors
/// Nothing to choose the width by, and what drawing or reading reports.
pub fn parzen(
    trained: &Trained,
    part: &Part,
    asked: &Asked,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<Parzen> {
    let Asked { windows: count, count: most, sigma: given, seed } = *asked;
    let Parts { validation, scored } = match given {
        Some(_) => {
            let scored = read(part.data.as_ref(), most, trained.session.game.params().device())?;
            Parts { validation: None, scored }
        }
        None => parts(trained, part, most)?,
    };
    let dealt = trained.dealt(part.data.as_ref(), seed)?;
    let labels = dealt.object(count);
    let plan = Plan { seed, labels: dealt.labels, ..Plan::of(count) };
    let (samples, _) = rows(&trained.samples_watched(&plan, watch)?)?;
    let (points, dim) = rows(&scored.x)?;
    let (sigma, chosen_on) = match (given, validation) {
        (Some(sigma), _) => (sigma, None),
        (None, Some(validation)) => {
            let (values, _) = rows(&validation.x)?;
            let (sigma, mean) = parzen_bandwidth(&samples, &values, dim, &widths(&values, dim))?;
            (sigma, Some((mean, values.len() / dim)))
        }
        (None, None) => return Err(refused("--parzen: no samples to choose the width by")),
    };
    let each = parzen_log_likelihoods(&samples, &points, dim, sigma)?;
    let (mean, error) = mean_and_standard_error(&each)?;
    let scored = points.len() / dim;
    Ok(Parzen { samples: count, sigma, chosen_on, scored, mean, error, labels })
}

/// Samples that choose the windows' width, and samples that are scored.
struct Parts {
    validation: Option<Samples>,
    scored: Samples,
}

/// A validation part that is neither trained on nor scored (arXiv 1406.2661, section 5: σ "was
/// obtained by cross validation on the validation set"): of samples that are held out one half, by
/// the rule that holds them out, and for others what is held out.
fn parts(trained: &Trained, part: &Part, most: usize) -> Result<Parts> {
    let device = trained.session.game.params().device();
    if !part.held_out {
        let other = trained.part(None)?;
        if !other.held_out {
            return Err(refused(
                "--parzen: no part is held out, and samples that the model was trained on choose no \
                 width: give it by --sigma WIDTH, or train with --split train",
            ));
        }
        let validation = Some(read(other.data.as_ref(), VALIDATION, device)?);
        return Ok(Parts { validation, scored: read(part.data.as_ref(), most, device)? });
    }
    let (choosing, scored) = halves(part.data.info().len, trained.config.data.held_out_seed);
    if choosing.is_empty() || scored.is_empty() {
        return Err(refused(format!(
            "--parzen: {}: expected 2 or more, one to choose the width by and one to score; give \
             the width by --sigma",
            part.words()
        )));
    }
    let first = |all: &[usize], most: usize| {
        read_at(part.data.as_ref(), &all[..all.len().min(most)], device)
    };
    Ok(Parts { validation: Some(first(&choosing, VALIDATION)?), scored: first(&scored, most)? })
}

/// The numbers below `count` in two halves.
fn halves(count: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let names: Vec<Vec<u8>> = (0..count).map(|index| index.to_string().into_bytes()).collect();
    let chosen = HeldOut { share: 0.5, seed }.choose(&names);
    (0..count).partition(|index| chosen[*index])
}

/// Widths in equal ratios around the mean deviation of the data's numbers.
fn widths(data: &[f64], dim: usize) -> Vec<f64> {
    let n = (data.len() / dim) as f64;
    let mut squares = 0.0;
    for k in 0..dim {
        let column = || data.iter().skip(k).step_by(dim);
        let mean = column().sum::<f64>() / n;
        squares += column().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    }
    // Data that are all alike have no unit of their own.
    let deviation = match (squares / data.len() as f64).sqrt() {
        0.0 => 1.0,
        deviation => deviation,
    };
    let share = |i: usize| i as f64 / (WIDTHS - 1) as f64;
    (0..WIDTHS).map(|i| deviation * NARROWEST * (WIDEST / NARROWEST).powf(share(i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sample_that_chooses_the_width_is_scored() {
        let (choosing, scored) = halves(1000, 0);
        assert_eq!((choosing.len(), scored.len()), (500, 500));
        let mut all = [choosing.clone(), scored].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
        assert_ne!(choosing, halves(1000, 1).0);
        assert_eq!(halves(1, 0).1.len(), 0);
    }

    #[test]
    fn widths_surround_the_deviation_of_the_data() {
        // Two columns with variances 1 and 0 around means 1 and 7.
        let all = widths(&[0.0, 7.0, 2.0, 7.0], 2);
        let deviation = 0.5f64.sqrt();
        assert!((all[0] - 0.01 * deviation).abs() < 1e-15);
        assert!((all[WIDTHS - 1] - 2.0 * deviation).abs() < 1e-12);
        assert!(all.is_sorted());
        assert!(widths(&[3.0; 4], 2).iter().all(|w| *w > 0.0));
    }
}
