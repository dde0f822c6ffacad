//! Learning-rate schedules: a factor for each step.

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
    /// The step from which it falls; before it the rate is constant.
    #[serde(default)]
    pub from: u64,
}

/// How the rate falls from [`Schedule::from`] on; it would reach 0 one step after the last.
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
}

impl Schedule {
    /// The factor on every learning rate at `step` (from 1) of `steps`, in `[0, 1]`.
    pub fn factor(&self, step: u64, steps: u64) -> f64 {
        let warm = if step < self.warmup { step as f64 / self.warmup as f64 } else { 1.0 };
        // The last step still moves: the rate would reach 0 one step after it.
        let from = self.from.max(1);
        let span = (steps + 1).saturating_sub(from).max(1) as f64;
        let gone = step.saturating_sub(from) as f64 / span;
        let fallen = match self.kind {
            Decay::Constant => 1.0,
            Decay::Linear => 1.0 - gone.min(1.0),
            Decay::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * gone.min(1.0)).cos()),
        };
        warm * fallen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        let constant = Schedule::default();
        assert!((1..=100).all(|s| constant.factor(s, 100) == 1.0));
        let linear = Schedule { kind: Decay::Linear, warmup: 10, from: 51 };
        assert_eq!(linear.factor(5, 100), 0.5);
        assert_eq!(linear.factor(51, 100), 1.0);
        assert_eq!(linear.factor(76, 100), 0.5);
        assert!((linear.factor(100, 100) - 0.02).abs() < 1e-12);
        let late = Schedule { from: 1000, ..linear };
        assert_eq!(late.factor(100, 100), 1.0);
        let cosine = Schedule { kind: Decay::Cosine, warmup: 0, from: 0 };
        assert_eq!(cosine.factor(1, 100), 1.0);
        assert!(cosine.factor(100, 100) > 0.0 && cosine.factor(100, 100) < 1e-3);
        assert!((2..=100).all(|s| cosine.factor(s, 100) < cosine.factor(s - 1, 100)));
    }
}
