//! An exponential moving average of the generator, from which samples are drawn.

use crate::{Error, Game, Result};
use candle_core::{Tensor, Var};
use gan_kernels::update;
use gan_layers::ParamStore;
use std::collections::BTreeMap;

/// `average ← d·average + (1 − d)·value` for every tensor of the generator, running statistics
/// included (arXiv 1710.10196, appendix B.1 has a decay of 0.999).
///
/// At step `t` the decay `d` is `min(decay, (1 + t)/(10 + t))`: a constant one would leave `decay^t`
/// of the initial weights, 61 % after 500 steps of 0.999.
#[derive(Debug)]
pub struct Average {
    decay: f64,
    shadow: BTreeMap<String, Var>,
}

/// The decay at step `t`, from 1: `min(decay, (1 + t)/(10 + t))`, the rule of TensorFlow's
/// `ExponentialMovingAverage` with `num_updates`. The average then remembers about the last ninth
/// of the run until that is as long as `1/(1 − decay)` steps; 0.999 is reached at step 8,990.
fn decay_at(decay: f64, step: u64) -> f64 {
    let t = step as f64;
    decay.min((1.0 + t) / (10.0 + t))
}

fn followed<'a>(
    store: &'a ParamStore,
    prefixes: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Var)> {
    store.tensors().filter(|(name, _)| prefixes.iter().any(|p| name.starts_with(p.as_str())))
}

impl Average {
    /// Starts at the present values.
    pub(crate) fn new(game: &dyn Game, decay: f64) -> Result<Self> {
        let shadow = followed(game.params(), &game.averaged())
            .map(|(name, var)| Ok((name.to_owned(), Var::from_tensor(&var.copy()?)?)))
            .collect::<Result<_>>()?;
        Ok(Self { decay, shadow })
    }

    /// Takes in the values after `step`, counted from 1.
    pub(crate) fn update(&self, game: &dyn Game, step: u64) -> Result<()> {
        let (decay, prefixes) = (decay_at(self.decay, step), game.averaged());
        for (name, var) in followed(game.params(), &prefixes) {
            if let Some(shadow) = self.shadow.get(name) {
                update::blend(shadow, &var.as_detached_tensor(), decay, 1.0 - decay)?;
            }
        }
        Ok(())
    }

    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.shadow.iter().map(|(n, v)| (n.as_str(), v))
    }

    /// Runs `work` with the averages in place of the values, then puts the values back.
    pub(crate) fn in_place<T>(
        &self,
        game: &dyn Game,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let prefixes = game.averaged();
        let mut kept: Vec<(&Var, &Var, Tensor)> = Vec::new();
        for (name, var) in followed(game.params(), &prefixes) {
            if let Some(shadow) = self.shadow.get(name) {
                kept.push((var, shadow, var.copy()?));
            }
        }
        let put = |(var, shadow, _): &(&Var, &Var, Tensor)| var.set(&shadow.as_detached_tensor());
        let result = kept.iter().try_for_each(put).map_err(Error::from).and_then(|()| work());
        // Whatever failed, every value goes back before anybody hears of it.
        let restored: Vec<_> = kept.iter().map(|(var, _, value)| var.set(value)).collect();
        restored.into_iter().collect::<candle_core::Result<()>>()?;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the initial weights in the average after so many steps.
    fn left(decay: f64, steps: u64) -> f64 {
        (1..=steps).map(|step| decay_at(decay, step)).product()
    }

    #[test]
    fn initial_weights_are_forgotten_soon() {
        assert!((0.999_f64.powi(500) - 0.606).abs() < 1e-3, "what a constant decay leaves");
        assert!(left(0.999, 500) < 1e-15, "{}", left(0.999, 500));
        assert!(left(0.999, 10) < 1e-4 && left(0.5, 3) < 0.05);
        assert_eq!((decay_at(0.999, 8990), decay_at(0.9, 100)), (0.999, 0.9));
        assert!(decay_at(0.999, 8989) < 0.999);
    }
}
