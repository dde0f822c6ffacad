//! Diagnosis: pure functions of a log that say what goes wrong, since when, and what to do.
//!
//! Thresholds are not tuned to one run: `cargo xtask diagnosis` trains runs that fail on purpose
//! and runs that do not, and prints how many of each are told apart.

mod advice;
mod discriminator;
mod diversity;
mod finding;
mod modes;
mod motion;
#[cfg(test)]
mod tests;
mod window;

pub use advice::Accepts;
pub use finding::{Failure, Finding, Grade};
pub use modes::{Modes, REACHED, Verdict};

use crate::{Log, RunFolder, setting};

/// What a diagnosis must know of a run besides its log.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The model, such as `dcgan`.
    pub entry: String,
    /// The adversarial loss, such as `non-saturating`; empty where the model has none.
    pub loss: String,
    /// D's updates a step.
    pub discriminator_steps: i64,
    /// What D is taught to answer on real samples and on fakes where it tells all of them apart:
    /// 1 and 0 without label smoothing and flips.
    pub targets: Targets,
    /// Whether samples are points and not images.
    pub points: bool,
    /// The whole configuration, for advice that fits it.
    pub config: toml::Table,
    /// Whether the model takes a configuration; nothing where nobody is there who knows.
    pub accepts: Option<Accepts>,
}

/// The means of D's targets, in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targets {
    /// On real samples: `(1 − flips)·(1 − smoothing)`.
    pub real: f64,
    /// On fakes: `flips·(1 − smoothing)`.
    pub fake: f64,
}

impl Default for Targets {
    fn default() -> Self {
        Self { real: 1.0, fake: 0.0 }
    }
}

/// What D's answers are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Probabilities, and losses in nats.
    Probability,
    /// Logged as probabilities, but what D learns is a margin: nothing more where its value is 1 on
    /// real samples and −1 on fakes.
    Margin,
    /// Targets 0 and 1, as least squares has them.
    Target,
    /// Any number.
    Unbounded,
}

impl Facts {
    /// Those of a run directory; `accepts` says what its model takes.
    pub fn of(run: &RunFolder, accepts: Accepts) -> Self {
        Self::of_config(&run.config, accepts)
    }

    /// Those of a run's configuration; `accepts` says what its model takes.
    pub fn of_config(config: &toml::Table, accepts: Accepts) -> Self {
        let word = |path| setting(config, path).and_then(toml::Value::as_str).unwrap_or_default();
        let steps = setting(config, "model.techniques.discriminator_steps");
        let share = |path| setting(config, path).and_then(toml::Value::as_float).unwrap_or(0.0);
        let smooth = 1.0 - share("model.techniques.label_smoothing");
        let flips = share("model.techniques.label_flips");
        Self {
            entry: word("entry").to_owned(),
            loss: word("model.techniques.loss").to_owned(),
            discriminator_steps: steps.and_then(toml::Value::as_integer).unwrap_or(1),
            targets: Targets { real: (1.0 - flips) * smooth, fake: flips * smooth },
            points: word("data.spec").starts_with("toy:"),
            config: config.clone(),
            accepts: Some(accepts),
        }
    }

    pub(crate) fn scale(&self) -> Scale {
        match self.loss.as_str() {
            "non-saturating" | "minimax" => Scale::Probability,
            "hinge" => Scale::Margin,
            "least-squares" => Scale::Target,
            _ => Scale::Unbounded,
        }
    }
}

/// Everything that the log shows to have gone wrong, the earliest first.
pub fn diagnose(log: &Log, facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = [
        discriminator::saturation(log, facts),
        discriminator::vanishing(log, facts),
        diversity::collapse(log, facts),
        modes::missing(log, facts),
        diversity::ignored(log),
        diversity::memorisation(log, facts),
        motion::divergence(log, facts),
        motion::oscillation(log, facts),
    ]
    .into_iter()
    .flatten()
    .collect();
    for finding in &mut found {
        finding.options = advice::fitting(std::mem::take(&mut finding.options), facts);
    }
    found.sort_by_key(|finding| (finding.since, finding.failure));
    found
}
