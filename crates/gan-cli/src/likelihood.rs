//! `gan likelihood`: how likely held-out data are under a run's model.

use crate::failure::usage;
use crate::format::{number, table};
use crate::likelihood_args::LikelihoodArgs;
use crate::output::{self, note};
use crate::sampler::{self, Plan};
use crate::trained::{Trained, measuring_rng, read, rows};
use anyhow::{Context, Result};
use candle_core::Tensor;
use gan_data::Split;
use gan_info::{
    Kernel, mean_and_standard_error, median_distance, mmd_squared_unbiased, parzen_bandwidth,
    parzen_log_likelihoods,
};
use gan_kernels::read::values;
use gan_train::{Effort, Likelihood, Meaning, Run};
use serde_json::{Value, json};
use std::time::Instant;

/// Samples that carry windows, as in arXiv 1406.2661, section 5.
const WINDOWS: usize = 10_000;
/// Samples that choose the windows' width.
const VALIDATION: usize = 1000;
/// Widths that are tried, and their ratio from the smallest to the largest, around the data's own
/// deviation.
const WIDTHS: usize = 31;
const NARROWEST: f64 = 1e-2;
const WIDEST: f64 = 2.0;
/// Codes that are compared with draws of the prior: time grows with their square.
const CODES: usize = 2000;

/// What Parzen windows say.
struct Parzen {
    samples: usize,
    sigma: f64,
    /// Mean log-likelihood of the samples that chose σ, and their count.
    chosen_on: Option<(f64, usize)>,
    mean: f64,
    error: f64,
}

/// How far codes are from their prior.
struct Codes {
    count: usize,
    width: usize,
    bandwidth: f64,
    mmd_squared: f64,
    /// The same between two sets of draws of the prior: what chance alone gives.
    between_draws: f64,
}

/// Runs the command.
pub fn run(args: &LikelihoodArgs) -> Result<u8> {
    let start = Instant::now();
    if let Some(sigma) = args.sigma.filter(|s| !(*s > 0.0 && s.is_finite())) {
        return Err(usage(format!("--sigma: expected a number above 0, found {sigma}")));
    }
    let device = args.compute.start()?;
    let trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let split: Split = args.split.parse()?;
    let held_out = trained.held_out(split);
    let part = trained.data(split).with_context(|| {
        format!("{}: no samples to measure on; --split names another part", args.run.display())
    })?;
    let x = read(part.as_ref(), usize::try_from(args.count)?, false, &device)?.x;
    let seed = args.seed.unwrap_or(trained.config.train.seed);
    let own = own(&trained, &x, args, seed)?;
    let windows = match args.parzen {
        Some(n) => usize::try_from(n)?,
        None if own.is_none() => WINDOWS,
        None => 0,
    };
    let codes = codes(&trained, &x, seed)?;
    if own.is_none() && windows == 0 && codes.is_none() {
        return Err(usage(format!(
            "--parzen 0: {} has neither a likelihood of its own nor codes; give samples to put \
             windows around",
            trained.config.entry
        )));
    }
    let parzen = match windows {
        0 => None,
        n => Some(parzen(&trained, &x, n, seed, args.sigma)?),
    };
    let mut object = json!({
        "kind": "likelihood",
        "step": trained.session.trainer.step,
        "seconds": start.elapsed().as_secs_f64(),
        "data": trained.config.data.spec,
        "split": args.split,
        "held_out": held_out,
        "count": x.dim(0)?,
        "seed": seed,
        "likelihood": own.as_ref().map(likelihood_object),
        "parzen": parzen.as_ref().map(parzen_object),
        "codes": codes.as_ref().map(codes_object),
    });
    if !args.no_log {
        Run::append(&trained.run.dir, &object)?;
    }
    if !held_out {
        let part = &args.split;
        note(&format!("split {part}: the model was trained on these samples, or on some of them"));
    }
    if args.json {
        object["run"] = json!(trained.run.dir);
        object["checkpoint"] = json!(trained.checkpoint);
        return output::json(&object).map(|()| 0);
    }
    let (step, spec) = (trained.session.trainer.step, &trained.config.data.spec);
    let mut text = format!("step {step}, {} samples of {spec}, {}\n", x.dim(0)?, args.split);
    text.push_str(&own.as_ref().map(own_text).unwrap_or_default());
    text.push_str(&parzen.as_ref().map(parzen_text).unwrap_or_default());
    text.push_str(&codes.as_ref().map(codes_text).unwrap_or_default());
    output::result(&text)?;
    Ok(0)
}

/// The model's own likelihood.
fn own(
    trained: &Trained,
    x: &Tensor,
    args: &LikelihoodArgs,
    seed: u64,
) -> Result<Option<Likelihood>> {
    let effort = Effort {
        chains: usize::try_from(args.chains)?,
        temperatures: usize::try_from(args.temperatures)?,
        draws: usize::try_from(args.draws)?,
    };
    trained.drawn(|game| Ok(game.likelihood(x, &effort, &mut measuring_rng(seed))?))
}

/// Windows around samples of the model; `sigma` instead of the best width.
fn parzen(
    trained: &Trained,
    x: &Tensor,
    count: usize,
    seed: u64,
    sigma: Option<f64>,
) -> Result<Parzen> {
    let session = &trained.session;
    let labels = match (session.game.classes(), sampler::takes_labels(session.game.as_ref())) {
        (Some(classes), true) => Some((0..u32::try_from(classes)?).collect()),
        _ => None,
    };
    let plan = Plan { count, seed, labels };
    let mut samples = Vec::new();
    sampler::each(&session.trainer, session.game.as_ref(), &plan, &mut |sample| {
        samples.extend(rows(sample.tensor())?.0);
        Ok(())
    })?;
    let (points, dim) = rows(x)?;
    let (sigma, chosen_on) = match sigma {
        Some(sigma) => (sigma, None),
        None => {
            // The end of what was trained on: no model here has seen it more than the rest.
            let part = read(session.dataset.as_ref(), VALIDATION, true, x.device())?;
            let (validation, _) = rows(&part.x)?;
            let (sigma, mean) =
                parzen_bandwidth(&samples, &validation, dim, &widths(&validation, dim))?;
            (sigma, Some((mean, validation.len() / dim)))
        }
    };
    let each = parzen_log_likelihoods(&samples, &points, dim, sigma)?;
    let (mean, error) = mean_and_standard_error(&each)?;
    Ok(Parzen { samples: count, sigma, chosen_on, mean, error })
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

/// Codes of the data against draws of the prior, where the model has both.
fn codes(trained: &Trained, x: &Tensor, seed: u64) -> Result<Option<Codes>> {
    let count = x.dim(0)?.min(CODES);
    let mut rng = measuring_rng(seed);
    let (codes, prior, other) = trained.drawn(|game| {
        let codes = game.encode(&x.narrow(0, 0, count)?, Some(&mut rng))?;
        let mut prior = || game.prior(count, &mut rng);
        Ok((codes, prior()?, prior()?))
    })?;
    let (Some(codes), Some(prior), Some(other)) = (codes, prior, other) else { return Ok(None) };
    let width = codes.dim(1)?;
    let (codes, prior, other) = (values(&codes)?, values(&prior)?, values(&other)?);
    let bandwidth = median_distance(&prior, &[], width)?;
    let kernel = Kernel::Gaussian { bandwidth };
    let mmd = |a: &[f64]| mmd_squared_unbiased(a, &prior, width, &kernel);
    let (mmd_squared, between_draws) = (mmd(&codes)?, mmd(&other)?);
    Ok(Some(Codes { count, width, bandwidth, mmd_squared, between_draws }))
}

fn likelihood_object(own: &Likelihood) -> Value {
    let (mean, error) = own.mean();
    let terms: serde_json::Map<String, Value> =
        own.terms.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let meaning = match own.meaning {
        Meaning::Estimate => "estimate",
        Meaning::LowerBound => "lower-bound",
    };
    json!({ "meaning": meaning, "mean": mean, "standard_error": error, "terms": terms })
}

fn parzen_object(parzen: &Parzen) -> Value {
    json!({
        "samples": parzen.samples,
        "sigma": parzen.sigma,
        "validation_mean": parzen.chosen_on.map(|(mean, _)| mean),
        "validation_count": parzen.chosen_on.map(|(_, count)| count),
        "mean": parzen.mean,
        "standard_error": parzen.error,
    })
}

fn codes_object(codes: &Codes) -> Value {
    json!({
        "count": codes.count,
        "width": codes.width,
        "bandwidth": codes.bandwidth,
        "mmd_squared": codes.mmd_squared,
        "mmd_squared_between_draws": codes.between_draws,
    })
}

fn own_text(own: &Likelihood) -> String {
    let (mean, error) = own.mean();
    let sign = match own.meaning {
        Meaning::Estimate => "≈",
        Meaning::LowerBound => "≥",
    };
    let row = |(name, value): &(&str, f64)| {
        vec![format!("  {}", name.replace('_', " ")), format!("{value:.2}")]
    };
    let rows: Vec<Vec<String>> = own.terms.iter().map(row).collect();
    format!("log p(x) {sign} {mean:.2} ± {error:.2} nats\n{}", table(&rows))
}

fn parzen_text(parzen: &Parzen) -> String {
    let chosen = match parzen.chosen_on {
        Some((mean, count)) => format!(", chosen on {count} training samples ({mean:.2} nats)"),
        None => String::new(),
    };
    format!(
        "Parzen windows: {:.2} ± {:.2} nats, {} samples, σ = {}{chosen}\n",
        parzen.mean,
        parzen.error,
        parzen.samples,
        number(parzen.sigma)
    )
}

fn codes_text(codes: &Codes) -> String {
    format!(
        "codes: squared MMD to the prior {:.2e}, over {} codes of width {} ({:.2e} between two \
         sets of draws of the prior)\n",
        codes.mmd_squared, codes.count, codes.width, codes.between_draws
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
