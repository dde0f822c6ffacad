//! `gan likelihood`: how likely held-out data are under a run's model.

pub mod args;

use crate::draws;
use crate::failure::usage;
use crate::format::{number, table};
use crate::likelihood::args::LikelihoodArgs;
use crate::output::{self, note};
use anyhow::{Context, Result};
use gan_runs::measures::likelihood::{CodeDistance, code_distance, likelihood};
use gan_runs::measures::parzen::{Asked, Parzen, WINDOWS, parzen};
use gan_runs::trained::{Trained, read};
use gan_train::{Effort, Likelihood, Meaning, Run};
use serde_json::{Value, json};
use std::time::Instant;

/// Runs the command.
pub fn run(args: &LikelihoodArgs) -> Result<u8> {
    let start = Instant::now();
    if let Some(sigma) = args.sigma.filter(|s| !(*s > 0.0 && s.is_finite())) {
        return Err(usage(format!("--sigma: expected a number above 0, found {sigma}")));
    }
    let device = args.compute.start()?;
    let trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let asked = args.split.as_deref().map(str::parse).transpose()?;
    let part = trained.part(asked).with_context(|| {
        format!("{}: no samples to measure on; --split names another part", args.run.display())
    })?;
    let x = read(part.data.as_ref(), usize::try_from(args.count)?, &device)?.x;
    let seed = args.seed.unwrap_or(trained.config.train.seed);
    let effort = Effort {
        chains: usize::try_from(args.chains)?,
        temperatures: usize::try_from(args.temperatures)?,
        draws: usize::try_from(args.draws)?,
    };
    let own = likelihood(&trained, &x, &effort, seed)?;
    let windows = match args.parzen {
        Some(n) => usize::try_from(n)?,
        None if own.is_none() => WINDOWS,
        None => 0,
    };
    let codes = code_distance(&trained, &x, seed)?;
    if own.is_none() && windows == 0 && codes.is_none() {
        return Err(usage(format!(
            "--parzen 0: {} has neither a likelihood of its own nor codes; give samples to put \
             windows around",
            trained.config.entry
        )));
    }
    let parzen = match windows {
        0 => None,
        windows => {
            let count = usize::try_from(args.count)?;
            let asked = Asked { windows, count, sigma: args.sigma, seed };
            Some(parzen(&trained, &part, &asked, &mut draws::bar())?)
        }
    };
    let mut object = json!({
        "kind": "likelihood",
        "step": trained.session.trainer.step,
        "seconds": start.elapsed().as_secs_f64(),
        "data": trained.config.data.spec,
        "split": part.split.to_string(),
        "held_out": part.held_out,
        "count": x.dim(0)?,
        "seed": seed,
        "likelihood": own.as_ref().map(likelihood_object),
        "parzen": parzen.as_ref().map(Parzen::object),
        "codes": codes.as_ref().map(codes_object),
    });
    if !args.no_log {
        Run::append(&trained.run.dir, &object)?;
    }
    part.note().iter().for_each(|text| note(text));
    if args.json {
        object["run"] = json!(trained.run.dir);
        object["checkpoint"] = json!(trained.checkpoint);
        return output::json(&object).map(|()| 0);
    }
    let step = trained.session.trainer.step;
    let mut text = format!("step {step}, {} of {}\n", x.dim(0)?, part.words());
    text.push_str(&own.as_ref().map(own_text).unwrap_or_default());
    text.push_str(&parzen.as_ref().map(parzen_text).unwrap_or_default());
    text.push_str(&codes.as_ref().map(codes_text).unwrap_or_default());
    output::result(&text)?;
    Ok(0)
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

fn codes_object(codes: &CodeDistance) -> Value {
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

fn codes_text(codes: &CodeDistance) -> String {
    format!(
        "codes: squared MMD to the prior {:.2e}, over {} codes of width {} ({:.2e} between two \
         sets of draws of the prior)\n",
        codes.mmd_squared, codes.count, codes.width, codes.between_draws
    )
}

fn parzen_text(parzen: &Parzen) -> String {
    let chosen = match parzen.chosen_on {
        Some((mean, count)) => format!(", chosen on {count} others ({mean:.2} nats)"),
        None => String::new(),
    };
    format!(
        "Parzen windows: {:.2} ± {:.2} nats of {}, around {} samples, σ = {}{chosen}\n",
        parzen.mean,
        parzen.error,
        parzen.scored,
        parzen.samples,
        number(parzen.sigma)
    )
}
