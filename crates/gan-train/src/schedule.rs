//! Learning-rate schedules: a factor for each step.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the learning rates of all players change over a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Schedule {
    /// The shape after warm-up.
    #[serde(default)]
    pub kind: Decay,
    /// Steps over which the rate rises linearly from 0.
    #[serde(default)]
    pub warmup: u64,
    /// The share of the run's steps after which it falls, in `[0, 1]`; before, the rate is
    /// constant. A share and no step, so that a run of another length has the same shape.
    #[serde(default)]
    pub from: f64,
}

/// How the rate falls from [`Schedule::from`] on; it would reach 0, or a hundredth, one step after
/// the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// It does not.
    #[default]
    Constant,
    /// In a straight line.
    Linear,
    /// Along half a cosine.
    Cosine,
    /// To a hundredth, by the same factor each step.
    Exponential,
}

impl Schedule {
    /// The factor on every learning rate at `step` (from 1) of `steps`, in `[0, 1]`.
    pub fn factor(&self, step: u64, steps: u64) -> f64 {
        let warm = if step < self.warmup { step as f64 / self.warmup as f64 } else { 1.0 };
        // The last step still moves: the rate would reach 0 one step after it.
        let from = self.falls_from(steps);
        let span = (steps + 1).saturating_sub(from).max(1) as f64;
        let gone = step.saturating_sub(from) as f64 / span;
        let fallen = match self.kind {
            Decay::Constant => 1.0,
            Decay::Linear => 1.0 - gone.min(1.0),
            Decay::Exponential => 0.01_f64.powf(gone.min(1.0)),
            Decay::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * gone.min(1.0)).cos()),
        };
        warm * fallen
    }

    /// The step of `steps` from which the rate falls; at least 1.
    pub fn falls_from(&self, steps: u64) -> u64 {
        ((self.from * steps as f64).round() as u64).max(1)
    }

    /// Refuses what is no share.
    ///
    /// # Errors
    /// Where [`Schedule::from`] is outside `[0, 1]`.
    pub(crate) fn validate(&self, steps: u64) -> Result<()> {
        let from = self.from;
        if (0.0..=1.0).contains(&from) {
            return Ok(());
        }
        let share = from / steps as f64;
        let hint = match (0.0..=1.0).contains(&share) {
            true => format!("; for step {from} of {steps} it is {share:.3}"),
            false => String::new(),
        };
        Err(Error::Config(format!(
            "train.schedule.from: expected the share of the steps after which the rate falls, in \
             [0, 1], found {from}{hint}"
        )))
    }

    /// The share that a step is of all steps, for a file of an earlier version: `schedule.from` is a
    /// whole number there.
    pub(crate) fn share(from: u64, steps: u64) -> f64 {
        (from as f64 / steps.max(1) as f64).min(1.0)
    }

    /// The same in the `[train]` table of such a file, or of a part of one.
    pub fn as_share(train: &mut toml::Table) {
        let steps = train.get("steps").and_then(toml::Value::as_integer);
        let schedule = train.get_mut("schedule").and_then(toml::Value::as_table_mut);
        if let (Some(steps @ 1..), Some(schedule)) = (steps, schedule)
            && let Some(&toml::Value::Integer(from @ 0..)) = schedule.get("from")
        {
            let share = Self::share(from.unsigned_abs(), steps.unsigned_abs());
            schedule.insert("from".to_owned(), toml::Value::Float(share));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        let constant = Schedule::default();
        assert!((1..=100).all(|s| constant.factor(s, 100) == 1.0));
        let linear = Schedule { kind: Decay::Linear, warmup: 10, from: 0.51 };
        assert_eq!(linear.factor(5, 100), 0.5);
        assert_eq!(linear.factor(51, 100), 1.0);
        assert_eq!(linear.factor(76, 100), 0.5);
        assert!((linear.factor(100, 100) - 0.02).abs() < 1e-12);
        let never = Schedule { from: 1.0, ..linear };
        assert_eq!(never.factor(100, 100), 1.0);
        let cosine = Schedule { kind: Decay::Cosine, warmup: 0, from: 0.0 };
        assert_eq!(cosine.factor(1, 100), 1.0);
        assert!(cosine.factor(100, 100) > 0.0 && cosine.factor(100, 100) < 1e-3);
        assert!((2..=100).all(|s| cosine.factor(s, 100) < cosine.factor(s - 1, 100)));
        let fading = Schedule { kind: Decay::Exponential, warmup: 0, from: 0.5 };
        assert_eq!((fading.factor(50, 100), fading.falls_from(100)), (1.0, 50));
        let (first, last) = (fading.factor(51, 100), fading.factor(100, 100));
        assert!(
            (first - 0.01_f64.powf(1.0 / 51.0)).abs() < 1e-12 && (0.01..0.0111).contains(&last)
        );
    }

    #[test]
    fn a_run_of_another_length_has_the_same_shape() {
        let schedule = Schedule { kind: Decay::Linear, warmup: 0, from: 0.6 };
        assert_eq!((schedule.falls_from(2000), schedule.falls_from(20_000)), (1200, 12_000));
        for step in [1300, 1600, 1900] {
            let (short, long) = (schedule.factor(step, 2000), schedule.factor(10 * step, 20_000));
            assert!((short - long).abs() < 2e-3, "{short} and {long}");
        }
    }

    #[test]
    fn a_step_is_no_share() {
        let step = Schedule { kind: Decay::Linear, warmup: 0, from: 1200.0 };
        let text = step.validate(2000).unwrap_err().to_string();
        assert!(text.contains("[0, 1], found 1200; for step 1200 of 2000 it is 0.600"), "{text}");
        let bad = |from| Schedule { from, ..step }.validate(2000).is_err();
        assert!(bad(-0.5) && bad(f64::NAN) && bad(2001.0) && !bad(0.0) && !bad(1.0));
    }

    #[test]
    fn a_file_of_an_earlier_version_means_what_it_meant() {
        let share = |text: &str| {
            let mut train: toml::Table = toml::from_str(text).unwrap();
            Schedule::as_share(&mut train);
            train["schedule"]["from"].as_float()
        };
        assert_eq!(share("steps = 2000\nschedule = { from = 1200 }"), Some(0.6));
        assert_eq!(share("steps = 2000\nschedule = { from = 0 }"), Some(0.0));
        assert_eq!(share("steps = 1000\nschedule = { from = 1200 }"), Some(1.0));
        assert_eq!(share("steps = 2000\nschedule = { from = 0.25 }"), Some(0.25));
        // A part of a file does not say of how many steps: `validate` refuses it.
        assert_eq!(share("schedule = { from = 1200 }"), None);
    }
}
