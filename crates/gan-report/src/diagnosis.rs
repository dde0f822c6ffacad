//! Diagnosis: pure functions of a log that say what goes wrong, since when, and what to do.
//!
//! Thresholds are not tuned to one run: `cargo xtask diagnosis` trains runs that fail on purpose
//! and runs that do not, and prints how many of each are told apart.

mod discriminator;
mod diversity;
mod finding;
mod modes;
mod motion;
#[cfg(test)]
mod tests;
mod window;

pub use finding::{Failure, Finding, Grade};
pub use modes::{Modes, REACHED, Verdict};

use crate::{Log, RunFolder, setting};

/// What a diagnosis must know of a run besides its log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The model, such as `dcgan`.
    pub entry: String,
    /// The adversarial loss, such as `non-saturating`; empty where the model has none.
    pub loss: String,
    /// D's updates a step.
    pub discriminator_steps: i64,
    /// Whether samples are points and not images.
    pub points: bool,
}

/// What D's answers are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Probabilities, and losses in nats.
    Probability,
    /// Targets 0 and 1, as least squares has them.
    Target,
    /// Any number.
    Unbounded,
}

impl Facts {
    /// Those of a run directory.
    pub fn of(run: &RunFolder) -> Self {
        Self::of_config(&run.config)
    }

    /// Those of a run's configuration.
    pub fn of_config(config: &toml::Table) -> Self {
        let word = |path| setting(config, path).and_then(toml::Value::as_str).unwrap_or_default();
        let steps = setting(config, "model.techniques.discriminator_steps");
        Self {
            entry: word("entry").to_owned(),
            loss: word("model.techniques.loss").to_owned(),
            discriminator_steps: steps.and_then(toml::Value::as_integer).unwrap_or(1),
            points: word("data.spec").starts_with("toy:"),
        }
    }

    pub(crate) fn scale(&self) -> Scale {
        match self.loss.as_str() {
            "non-saturating" | "minimax" | "hinge" => Scale::Probability,
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
    found.sort_by_key(|finding| (finding.since, finding.failure));
    found
}
