//! What a Boltzmann machine dreams while it learns: chains from the data, or chains that persist.

use crate::restricted::Machine;
use candle_core::Tensor;
use gan_layers::{Buffer, Init, ParamStore, StepRng};
use gan_train::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the second term of the gradient is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contrastive {
    /// Gibbs steps an update: the k of CD-k (Hinton, Neural Computation 14 (2002) 1771).
    pub k: usize,
    /// Chains go on where the last update left them (PCD; Tieleman, ICML 2008) instead of starting
    /// at the data each time.
    pub persistent: bool,
    /// Chains that persist; unused otherwise.
    pub chains: usize,
}

impl Default for Contrastive {
    /// PCD-1 with 100 chains (Tieleman, ICML 2008, section 3).
    fn default() -> Self {
        Self { k: 1, persistent: true, chains: 100 }
    }
}

impl Contrastive {
    /// Refuses counts of zero.
    pub(crate) fn validate(&self) -> Result<()> {
        for (name, value) in [("k", self.k), ("chains", self.chains)] {
            if value == 0 {
                let what = format!("model.contrast.{name}: expected 1 or more, found 0");
                return Err(Error::Config(what));
            }
        }
        Ok(())
    }
}

/// The chains of one machine.
#[derive(Debug)]
pub(crate) struct Chains {
    k: usize,
    /// `(chains, visible)`; `None` where they start at the data.
    state: Option<Buffer>,
}

impl Chains {
    /// A buffer `chains.{name}` where they persist; all units off at first.
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        visible: usize,
        config: &Contrastive,
    ) -> candle_core::Result<Self> {
        let mut state = None;
        if config.persistent {
            let (name, shape) = (format!("chains.{name}"), [config.chains, visible]);
            state = Some(store.buffer(&name, &shape, Init::Constant(0.0))?);
        }
        Ok(Self { k: config.k, state })
    }

    /// States to hold against the data `v`: constants, `(chains or batch, visible)` of 0 and 1.
    pub fn next(
        &self,
        machine: &Machine,
        v: &Tensor,
        rng: &mut StepRng,
    ) -> candle_core::Result<Tensor> {
        let Some(state) = &self.state else { return Ok(machine.gibbs(v, self.k, rng)?.1) };
        let (_, v) = machine.gibbs(&state.get(), self.k, rng)?;
        state.set(&v)?;
        Ok(v)
    }
}
