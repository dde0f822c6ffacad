//! Whether a model takes a configuration: asked of the model itself, built on stand-ins for data.

use anyhow::{Context, Result};
use candle_core::{DType, Device};
use gan_data::LoadOptions;
use gan_layers::StepRng;
use gan_models::Setup;
use gan_runs::configuration;
use gan_train::RunConfig;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Stand-ins for the data's examples.
const EXAMPLES: usize = 64;

/// Answers so far: a run asks the same again at each look at its log.
static KNOWN: Mutex<Option<HashMap<String, bool>>> = Mutex::new(None);

/// Whether the model of a run's configuration can be built with it. It is built for the shape of
/// its usual data, on noise: what it refuses are settings and pairs of them.
pub fn takes(config: &toml::Table) -> bool {
    let text = config.to_string();
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(answer) = known().as_ref().and_then(|all| all.get(&text)) {
        return *answer;
    }
    let config = config.clone();
    // A thread of its own: a penalty would settle for this one that gradients of gradients are kept.
    let built = std::thread::spawn(move || build(config).is_ok());
    let answer = built.join().unwrap_or(false);
    known().get_or_insert_default().insert(text, answer);
    answer
}

/// Builds the model and lets it go.
///
/// # Errors
/// What the model refuses.
pub fn build(config: toml::Table) -> Result<()> {
    let config: RunConfig = config.try_into().context("a run's configuration")?;
    config.train.validate()?;
    let entry = configuration::entry(&config.entry)?;
    let usual = (entry.defaults)()?.data;
    let info =
        gan_data::open(&usual.spec, &LoadOptions { limit: Some(EXAMPLES), ..usual.options()? })?;
    entry.check_fields(info.info(), &config.model)?;
    let fields = info.info().fields.clone();
    let sizes = [&[EXAMPLES], info.info().shape()].concat();
    // On the host: networks are only counted here, whatever the run used.
    let (dtype, device) = (DType::F32, Device::Cpu);
    let examples = StepRng::new(0, 0).uniform("examples", (-1.0, 1.0), &sizes, dtype, &device)?;
    let (batch, seed, examples) = (config.train.batch, config.train.seed, Some(examples));
    let setup = Setup { fields, batch, seed, dtype, device, examples };
    (entry.build)(&config.model, &setup)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::dirac;
    use gan_models::{Entry, ZOO};
    use gan_report::{Facts, Failure, Finding, Log, SAMPLES, diagnose};
    use gan_runs::configuration::{Layers, resolve};

    /// A log that shows nearly every failure at once.
    fn failing() -> Log {
        let mut log = Log::default();
        for step in 1..=1000 {
            let t = step as f64 / 1000.0;
            log.step(step, 0.01);
            let d = [("loss", 0.01), ("d_real", 0.999), ("d_fake", 1e-4), ("grad_norm", 1.0)];
            d.iter().for_each(|(name, value)| log.add(step, "discriminator", name, *value));
            log.add(step, "generator", "loss", (8.0 * t).exp());
            log.add(step, "generator", "grad_norm", if t > 0.4 { 1e-5 } else { 1.0 });
            log.add(step, "information", "l_info", 0.01);
        }
        for step in (50..=1000).step_by(50) {
            let all = [("nearest", 0.01), ("modes", 9.0), ("modes_of", 10.0)];
            let all = all.into_iter().chain([("modes_samples", 1000.0), ("label_effect", 0.0)]);
            all.chain([("copies", 0.1)]).for_each(|(name, v)| log.add(step, SAMPLES, name, v));
        }
        log
    }

    /// The `--set` words of an option.
    fn sets(option: &str) -> Vec<String> {
        let words = option.split("--set ").skip(1).filter_map(|rest| rest.split(' ').next());
        words.filter(|word| word.contains('=')).map(str::to_owned).collect()
    }

    fn resolved(entry: &Entry, sets: &[String]) -> Result<RunConfig> {
        Ok(resolve(entry, Layers { sets, ..Layers::default() })?)
    }

    /// The advice that a run of this model with these settings gets.
    fn advice(entry: &Entry, settings: &[String], log: &Log) -> Vec<Finding> {
        let config = resolved(entry, settings).unwrap().text().unwrap().parse().unwrap();
        diagnose(log, &Facts::of_config(&config, takes))
    }

    #[test]
    fn every_advice_is_taken_by_every_model_that_gets_it() {
        let log = failing();
        for entry in ZOO {
            let losses = ["", "minimax", "hinge", "least-squares"];
            for loss in losses {
                let set: Vec<String> = match loss {
                    "" => Vec::new(),
                    loss => vec![format!("techniques.loss={loss}")],
                };
                // Models without this setting, and those that refuse this loss.
                let Ok(config) = resolved(entry, &set) else { continue };
                if !takes(&config.text().unwrap().parse().unwrap()) {
                    continue;
                }
                for finding in advice(entry, &set, &log) {
                    for option in &finding.options {
                        let all = [set.clone(), sets(option)].concat();
                        let built =
                            resolved(entry, &all).and_then(|config| build(config.text()?.parse()?));
                        assert!(built.is_ok(), "{} {option}: {built:?}", entry.name);
                    }
                }
            }
        }
    }

    #[test]
    fn a_penalty_is_advised_with_what_makes_room_for_it() {
        let options = |name: &str, failure| {
            let all = advice(configuration::entry(name).unwrap(), &[], &failing());
            all.into_iter().find(|f| f.failure == failure).unwrap().options
        };
        let r1 = "--set techniques.gradient_penalty=10 --set techniques.penalty=r1";
        let layer = format!("{r1} --set techniques.discriminator_norm=layer");
        let saturated = options("dcgan", Failure::Saturation);
        assert!(saturated.contains(&layer) && !saturated.contains(&r1.to_owned()), "{saturated:?}");
        assert!(options("vanilla", Failure::Saturation).contains(&r1.to_owned()));
        assert!(!options("dcgan", Failure::Collapse).is_empty());
    }

    #[test]
    fn what_the_dirac_game_teaches_can_be_tried_on_the_default_model() {
        for option in dirac::ADVICE {
            let config = resolved(configuration::entry("dcgan").unwrap(), &sets(option)).unwrap();
            build(config.text().unwrap().parse().unwrap()).unwrap();
        }
    }
}
