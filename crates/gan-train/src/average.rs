//! An exponential moving average of the generator, from which samples are drawn.

use crate::{Error, Game, Result};
use candle_core::{Tensor, Var};
use gan_kernels::update;
use gan_layers::ParamStore;
use std::collections::BTreeMap;

/// `average ← decay·average + (1 − decay)·value` for every tensor of the generator, running
/// statistics included (arXiv 1710.10196, section B.1 uses decay 0.999).
#[derive(Debug)]
pub struct Average {
    decay: f64,
    shadow: BTreeMap<String, Var>,
}

fn followed<'a>(
    store: &'a ParamStore,
    prefixes: &'a [&str],
) -> impl Iterator<Item = (&'a str, &'a Var)> {
    store.tensors().filter(|(name, _)| prefixes.iter().any(|p| name.starts_with(p)))
}

impl Average {
    /// Starts at the present values.
    pub(crate) fn new(game: &dyn Game, decay: f64) -> Result<Self> {
        let shadow = followed(game.params(), game.averaged())
            .map(|(name, var)| Ok((name.to_owned(), Var::from_tensor(&var.copy()?)?)))
            .collect::<Result<_>>()?;
        Ok(Self { decay, shadow })
    }

    pub(crate) fn update(&self, game: &dyn Game) -> Result<()> {
        for (name, var) in followed(game.params(), game.averaged()) {
            if let Some(shadow) = self.shadow.get(name) {
                update::blend(shadow, &var.as_detached_tensor(), self.decay, 1.0 - self.decay)?;
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
        let mut kept: Vec<(&Var, &Var, Tensor)> = Vec::new();
        for (name, var) in followed(game.params(), game.averaged()) {
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
