//! Optimizers whose moments are kept by name, so that a resumed run goes on where it was.

use crate::{Error, Result};
use candle_core::{Tensor, Var};
use gan_kernels::update;
use gan_layers::Param;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The update rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Adam (arXiv 1412.6980), with decoupled weight decay where it is not 0.
    #[default]
    Adam,
    /// RMSProp, eps outside the root.
    Rmsprop,
    /// Gradient descent with momentum.
    Sgd,
}

/// An optimizer and its settings; those of other rules are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The update rule.
    pub kind: Kind,
    /// Learning rate.
    pub lr: f64,
    /// Adam's β₁.
    pub beta1: f64,
    /// Adam's β₂.
    pub beta2: f64,
    /// Adam's and RMSProp's ε.
    pub eps: f64,
    /// SGD's momentum.
    pub momentum: f64,
    /// RMSProp's decay of the squared gradient.
    pub decay: f64,
    /// Decoupled weight decay, Adam only.
    pub weight_decay: f64,
    /// Weight of ½‖w‖² in the loss, whose gradient `l2·w` goes through the rule as the loss's does:
    /// the weight decay of code before AdamW. Of weights, tensors of two axes or more, and not of
    /// biases and scales.
    pub l2: f64,
}

impl Default for OptimizerConfig {
    /// Adam as DCGAN sets it (arXiv 1511.06434, section 4): 2e-4, β₁ 0.5.
    fn default() -> Self {
        Self {
            kind: Kind::Adam,
            lr: 2e-4,
            beta1: 0.5,
            beta2: 0.999,
            eps: 1e-8,
            momentum: 0.0,
            decay: 0.99,
            weight_decay: 0.0,
            l2: 0.0,
        }
    }
}

impl OptimizerConfig {
    /// Refuses values that cannot be; `path` names them in the message.
    ///
    /// # Errors
    /// Where a value is outside its range.
    pub fn validate(&self, path: &str) -> Result<()> {
        let unit = [
            ("beta1", self.beta1),
            ("beta2", self.beta2),
            ("momentum", self.momentum),
            ("decay", self.decay),
        ];
        for (name, v) in unit {
            if !(0.0..1.0).contains(&v) {
                return Err(Error::Config(format!("{path}.{name}: expected [0, 1), found {v}")));
            }
        }
        let weights = [("weight_decay", self.weight_decay), ("l2", self.l2)];
        for (name, v) in [("lr", self.lr), ("eps", self.eps)].into_iter().chain(weights) {
            if !(v >= 0.0 && v.is_finite()) {
                return Err(Error::Config(format!("{path}.{name}: expected 0 or more, found {v}")));
            }
        }
        Ok(())
    }

    /// Names of the moments that this rule keeps.
    fn moments(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Adam => &["m", "v"],
            Kind::Rmsprop => &["v"],
            Kind::Sgd => &["velocity"],
        }
    }
}

/// One player's optimiser: its settings, moments and count of updates.
#[derive(Debug)]
pub(crate) struct Optimizer {
    config: OptimizerConfig,
    pub updates: u64,
    state: BTreeMap<String, Vec<Var>>,
}

impl Optimizer {
    pub fn new<'a>(
        config: OptimizerConfig,
        owned: impl Iterator<Item = (&'a str, &'a Param)>,
    ) -> Result<Self> {
        let mut state = BTreeMap::new();
        for (name, param) in owned {
            let zero = || Var::from_tensor(&param.var().zeros_like()?);
            let vars = config.moments().iter().map(|_| zero()).collect::<Result<_, _>>()?;
            state.insert(name.to_owned(), vars);
        }
        Ok(Self { config, updates: 0, state })
    }

    /// Every moment as `(parameter.moment, tensor)`.
    pub fn tensors(&self) -> impl Iterator<Item = (String, &Var)> {
        self.state.iter().flat_map(|(name, vars)| {
            let moments = self.config.moments();
            moments.iter().zip(vars).map(move |(m, var)| (format!("{name}.{m}"), var))
        })
    }

    /// The learning rate under a schedule's factor.
    pub fn lr(&self, factor: f64) -> f64 {
        self.config.lr * factor
    }

    /// One update of every owned parameter that has a gradient, which come in the same order.
    #[expect(clippy::disallowed_methods, reason = "this is where the loop steps")]
    pub fn step<'a>(
        &mut self,
        owned: impl Iterator<Item = (&'a str, &'a Param)>,
        grads: &[Option<Tensor>],
        factor: f64,
    ) -> Result<()> {
        self.updates += 1;
        let (c, lr) = (self.config, self.lr(factor));
        for ((name, param), grad) in owned.zip(grads) {
            let (Some(g), Some(state)) = (grad, self.state.get(name)) else {
                continue;
            };
            let (p, mut g): (&Var, Tensor) = (param.var(), g.detach());
            if c.l2 > 0.0 && p.rank() > 1 {
                g = (&g + p.as_detached_tensor().affine(c.l2, 0.0)?)?;
            }
            let g = &g;
            match (c.kind, state.as_slice()) {
                (Kind::Adam, [m, v]) => {
                    let how = update::Adam {
                        lr,
                        beta1: c.beta1,
                        beta2: c.beta2,
                        eps: c.eps,
                        weight_decay: c.weight_decay,
                    };
                    update::adam(p, g, m, v, &how, self.updates)?;
                }
                (Kind::Rmsprop, [v]) => update::rmsprop(p, g, v, lr, c.decay, c.eps)?,
                (Kind::Sgd, [velocity]) => update::sgd(p, g, velocity, lr, c.momentum)?,
                _ => return Err(Error::Config(format!("{name}: moments do not fit {:?}", c.kind))),
            }
        }
        Ok(())
    }
}
