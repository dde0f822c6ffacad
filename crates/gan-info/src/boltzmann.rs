//! Restricted Boltzmann machines as numbers: free energy and the exact partition function.

use gan_statistics::{LogSum, checks, softplus};

use crate::error::{InfoError, Result};

/// Sums over the states of at most so many units are exact: 2²⁵ of them take seconds.
const MOST_UNITS: usize = 25;

/// The parameters of a restricted Boltzmann machine: p(v, h) = exp(b·v + c·h + h·W v)/Z over
/// v ∈ {0, 1}ᵛ and h ∈ {0, 1}ʰ.
///
/// Whatever is bipartite is one of these: a deep Boltzmann machine with its even layers as v and
/// its odd ones as h.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoltzmannMachine<'a> {
    /// W: one row a hidden unit, one column a visible one; rows one after another.
    pub weights: &'a [f64],
    /// b.
    pub visible_bias: &'a [f64],
    /// c.
    pub hidden_bias: &'a [f64],
}

impl BoltzmannMachine<'_> {
    /// Checks that the sizes fit and every parameter is finite.
    ///
    /// # Errors
    ///
    /// If they do not, or one is not.
    pub fn validate(&self) -> Result<()> {
        checks::finite("visible biases", self.visible_bias)?;
        checks::finite("hidden biases", self.hidden_bias)?;
        let size = self.visible_bias.len() * self.hidden_bias.len();
        checks::same_length("weights", size, self.weights.len())?;
        Ok(checks::finite("weights", self.weights)?)
    }

    /// F(v) = −b·v − Σⱼ log(1 + exp(cⱼ + Wⱼ·v)), in nats: p(v) = exp(−F(v))/Z.
    ///
    /// Hinton, A practical guide to training restricted Boltzmann machines (2010), section 16.1.
    /// `v`: values in `[0, 1]`.
    ///
    /// # Errors
    ///
    /// If the machine is not valid or `v` has another length than its biases.
    pub fn free_energy(&self, v: &[f64]) -> Result<f64> {
        self.validate()?;
        checks::same_length("v", self.visible_bias.len(), v.len())?;
        let hidden = self.hidden_bias.iter().zip(self.weights.chunks_exact(v.len()));
        let sum: f64 = hidden.map(|(c, row)| softplus(c + dot(row, v))).sum();
        Ok(-dot(self.visible_bias, v) - sum)
    }

    /// Whether [`BoltzmannMachine::log_partition`] can be asked for: one side has 25 units or
    /// fewer.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.visible_bias.len().min(self.hidden_bias.len()) <= MOST_UNITS
    }

    /// log Z in nats, by summing over every state of the smaller side; the other sums itself out.
    ///
    /// ```
    /// # fn main() -> Result<(), gan_info::InfoError> {
    /// // No weights: Z = (1 + e⁰)(1 + e⁰)(1 + e⁰).
    /// let machine = gan_info::BoltzmannMachine {
    ///     weights: &[0.0, 0.0],
    ///     visible_bias: &[0.0, 0.0],
    ///     hidden_bias: &[0.0],
    /// };
    /// assert!((machine.log_partition()? - 8f64.ln()).abs() < 1e-15);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If the machine is not valid, or both sides have more than 25 units.
    pub fn log_partition(&self) -> Result<f64> {
        self.validate()?;
        let (visible, hidden) = (self.visible_bias.len(), self.hidden_bias.len());
        if !self.is_small() {
            return Err(InfoError::Parameter {
                what: "units of the smaller side",
                expected: "at most 25 for an exact sum; estimate by annealing instead",
                found: visible.min(hidden) as f64,
            });
        }
        // Row i of `weights` belongs to unit i of the side that is summed over.
        let row = |summed: usize, other: usize| match visible <= hidden {
            true => self.weights[other * visible + summed],
            false => self.weights[summed * visible + other],
        };
        let (bias, other_bias) = match visible <= hidden {
            true => (self.visible_bias, self.hidden_bias),
            false => (self.hidden_bias, self.visible_bias),
        };
        let mut inputs = other_bias.to_vec();
        let (mut sum, mut energy) = (LogSum::default(), 0.0);
        let mut on = vec![false; bias.len()];
        for state in 0..1u64 << bias.len() {
            sum.add(energy + inputs.iter().map(|x| softplus(*x)).sum::<f64>());
            // Gray code: the next state differs in one unit.
            let unit = (state + 1).trailing_zeros() as usize;
            if unit >= bias.len() {
                break;
            }
            let sign = if on[unit] { -1.0 } else { 1.0 };
            on[unit] = !on[unit];
            energy += sign * bias[unit];
            for (other, input) in inputs.iter_mut().enumerate() {
                *input += sign * row(unit, other);
            }
        }
        Ok(sum.value())
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: [f64; 6] = [0.5, -1.0, 2.0, 0.3, 0.0, -0.7];
    const VISIBLE: [f64; 3] = [0.1, -0.4, 0.9];
    const HIDDEN: [f64; 2] = [-0.2, 0.6];

    fn bits(state: usize, n: usize) -> Vec<f64> {
        (0..n).map(|i| (state >> i & 1) as f64).collect()
    }

    #[test]
    fn the_partition_function_is_the_sum_over_all_states() {
        let machine =
            BoltzmannMachine { weights: &WEIGHTS, visible_bias: &VISIBLE, hidden_bias: &HIDDEN };
        let mut naive = 0.0;
        for v in (0..8).map(|s| bits(s, 3)) {
            let mut of_v = 0.0;
            for h in (0..4).map(|s| bits(s, 2)) {
                let coupling: f64 =
                    (0..2).map(|j| h[j] * dot(&WEIGHTS[3 * j..3 * j + 3], &v)).sum();
                of_v += (dot(&VISIBLE, &v) + dot(&HIDDEN, &h) + coupling).exp();
            }
            assert!((machine.free_energy(&v).unwrap() + of_v.ln()).abs() < 1e-14);
            naive += of_v;
        }
        assert!((machine.log_partition().unwrap() - naive.ln()).abs() < 1e-14);
        // The other way round: hidden units as visible ones.
        let turned = [0.5, 0.3, -1.0, 0.0, 2.0, -0.7];
        let machine =
            BoltzmannMachine { weights: &turned, visible_bias: &HIDDEN, hidden_bias: &VISIBLE };
        assert!((machine.log_partition().unwrap() - naive.ln()).abs() < 1e-14);
    }

    #[test]
    fn bad_input_is_an_error() {
        let machine =
            BoltzmannMachine { weights: &WEIGHTS, visible_bias: &VISIBLE, hidden_bias: &HIDDEN };
        assert!(machine.free_energy(&[0.0]).is_err());
        assert!(BoltzmannMachine { weights: &WEIGHTS[1..], ..machine }.log_partition().is_err());
        assert!(BoltzmannMachine { hidden_bias: &[f64::NAN, 0.0], ..machine }.validate().is_err());
        let (weights, bias) = ([0.0; 900], [0.0; 30]);
        let large = BoltzmannMachine { weights: &weights, visible_bias: &bias, hidden_bias: &bias };
        assert!(large.log_partition().unwrap_err().to_string().contains("at most 25"));
    }
}
