//! The linear layer and the embedding.

use crate::Pass;
use crate::init::Init;
use crate::spectral::Weight;
use crate::store::{Param, ParamStore};
use candle_core::{Result, Tensor};
use gan_kernels::activation::Then;
use gan_kernels::linear::linear_then;

/// `y = x·Wᵀ + b`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Weight,
    bias: Option<Param>,
}

impl Linear {
    /// A layer of parameters `{name}.weight` `(outputs, inputs)` and, if asked, `{name}.bias`,
    /// which starts at zero under [`Init::Normal`] and like the weight otherwise.
    ///
    /// # Errors
    /// Where a name is taken.
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        (inputs, outputs): (usize, usize),
        init: Init,
        bias: bool,
        spectral: bool,
    ) -> Result<Self> {
        let weight = Weight::new(store, name, &[outputs, inputs], init, spectral, 0)?;
        let bias = bias_param(store, name, outputs, init, bias)?;
        Ok(Self { weight, bias })
    }

    /// `x`: `(batch, inputs)`; result `(batch, outputs)`.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        self.forward_then(x, Then::Nothing, pass)
    }

    /// [`Self::forward`] and what follows it, in one pass.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward_then(&self, x: &Tensor, then: Then, pass: &Pass<'_>) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Param::get);
        linear_then(x, &self.weight.get(pass.train)?, bias.as_ref(), then)
    }
}

pub(crate) fn bias_param(
    store: &mut ParamStore,
    name: &str,
    size: usize,
    init: Init,
    wanted: bool,
) -> Result<Option<Param>> {
    if !wanted {
        return Ok(None);
    }
    let init = if matches!(init, Init::Normal { .. }) { Init::Constant(0.0) } else { init };
    store.param(&format!("{name}.bias"), &[size], init).map(Some)
}

/// A learned vector for each of a number of classes.
#[derive(Debug, Clone)]
pub struct Embedding {
    table: Param,
}

impl Embedding {
    /// `{name}.weight`, `(classes, width)`, starting at N(0, 1).
    ///
    /// # Errors
    /// Where the name is taken.
    pub fn new(store: &mut ParamStore, name: &str, classes: usize, width: usize) -> Result<Self> {
        let init = Init::Normal { mean: 0.0, std: 1.0 };
        Ok(Self { table: store.param(&format!("{name}.weight"), &[classes, width], init)? })
    }

    /// `labels`: `(batch,)` of `u32`; result `(batch, width)`.
    ///
    /// # Errors
    /// Where a label is not below the number of classes.
    pub fn forward(&self, labels: &Tensor) -> Result<Tensor> {
        self.table.get().index_select(labels, 0)
    }
}
