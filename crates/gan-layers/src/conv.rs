//! Convolution layers.

use crate::Pass;
use crate::dense::bias_param;
use crate::init::Init;
use crate::spectral::Weight;
use crate::store::{Param, ParamStore};
use candle_core::{Result, Tensor};
use gan_kernels::activation::Then;
use gan_kernels::conv::{Conv2d, conv_transpose2d_then, conv2d_then};

/// A convolution with its weight `(out, in/groups, k, k)`.
#[derive(Debug, Clone)]
pub struct Conv {
    weight: Weight,
    bias: Option<Param>,
    how: Conv2d,
}

impl Conv {
    /// Parameters `{name}.weight` and, if asked, `{name}.bias`.
    ///
    /// # Errors
    /// Where a name is taken.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        (inputs, outputs): (usize, usize),
        kernel: usize,
        how: Conv2d,
        init: Init,
        bias: bool,
        spectral: bool,
    ) -> Result<Self> {
        let shape = [outputs, inputs / how.groups.max(1), kernel, kernel];
        let weight = Weight::new(store, name, &shape, init, spectral, 0)?;
        let bias = bias_param(store, name, outputs, init, bias)?;
        Ok(Self { weight, bias, how })
    }

    /// `x`: `(batch, in, h, w)`; result `(batch, out, oh, ow)`.
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
        conv2d_then(x, &self.weight.get(pass.train)?, bias.as_ref(), &self.how, then)
    }
}

/// A transposed convolution with its weight `(in, out/groups, k, k)`.
#[derive(Debug, Clone)]
pub struct ConvTranspose {
    weight: Weight,
    bias: Option<Param>,
    how: Conv2d,
}

impl ConvTranspose {
    /// Parameters `{name}.weight` and, if asked, `{name}.bias`.
    ///
    /// # Errors
    /// Where a name is taken.
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        (inputs, outputs): (usize, usize),
        kernel: usize,
        how: Conv2d,
        init: Init,
        bias: bool,
    ) -> Result<Self> {
        let shape = [inputs, outputs / how.groups.max(1), kernel, kernel];
        let weight = Weight::new(store, name, &shape, init, false, 1)?;
        let bias = bias_param(store, name, outputs, init, bias)?;
        Ok(Self { weight, bias, how })
    }

    /// `x`: `(batch, in, h, w)`; result `(batch, out, oh, ow)`.
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
        let (weight, bias) = (self.weight.get(pass.train)?, self.bias.as_ref().map(Param::get));
        conv_transpose2d_then(x, &weight, bias.as_ref(), &self.how, [0, 0], then)
    }
}
