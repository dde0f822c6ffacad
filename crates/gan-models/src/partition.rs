//! log Z of a machine of the zoo: exact where it is small, by annealed importance sampling elsewhere.

use crate::restricted::Machine;
use gan_info::{BoltzmannMachine, anneal_log_partition, annealing_schedule};
use gan_layers::StepRng;
use gan_train::{Effort, Error, Result};

/// An exact sum over the states of so many units takes no longer than annealing would.
const EXACT: usize = 18;

/// log Z and where it surely lies, in nats.
pub(crate) struct Partition {
    pub value: f64,
    /// Three standard errors below and above; the value itself where it is exact.
    pub low: f64,
    pub high: f64,
    /// What annealing finds where the sum is exact: the proof of the estimate where it is not.
    annealed: Option<f64>,
}

impl Partition {
    /// `start`: biases of the machine without weights that annealing begins at.
    pub fn new(
        machine: &Machine,
        start: &[f64],
        effort: &Effort,
        rng: &mut StepRng,
    ) -> Result<Self> {
        let numbers = machine.numbers()?;
        let machine = BoltzmannMachine {
            weights: &numbers.weights,
            visible_bias: &numbers.visible_bias,
            hidden_bias: &numbers.hidden_bias,
        };
        let told = |e: gan_info::InfoError| Error::Config(format!("likelihood: {e}"));
        let betas = annealing_schedule(effort.temperatures).map_err(told)?;
        let mut chains: Vec<_> = (0..effort.chains).map(|_| rng.uniforms("annealing")).collect();
        let found = anneal_log_partition(&machine, start, &betas, &mut chains).map_err(told)?;
        if numbers.visible_bias.len().min(numbers.hidden_bias.len()) <= EXACT {
            let value = machine.log_partition().map_err(told)?;
            return Ok(Self { value, low: value, high: value, annealed: Some(found.value) });
        }
        Ok(Self { value: found.value, low: found.low, high: found.high, annealed: None })
    }

    /// As a likelihood lists them.
    pub fn terms(&self) -> Vec<(&'static str, f64)> {
        let mut terms = vec![
            ("log_partition", self.value),
            ("log_partition_low", self.low),
            ("log_partition_high", self.high),
        ];
        terms.extend(self.annealed.map(|value| ("log_partition_annealed", value)));
        terms
    }
}
