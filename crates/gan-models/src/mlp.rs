//! Fully connected networks, as several variants use them.

use candle_core::{Result, Tensor};
use gan_kernels::activation::{Then, maxout, tanh};
use gan_layers::{Init, Linear, ParamStore, Pass, dropout};
use serde::{Deserialize, Serialize};

/// What follows a hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// Leaky ReLU with slope 0.2.
    #[default]
    LeakyRelu,
    /// The largest of five linear pieces a unit (arXiv 1302.4389), as in arXiv 1406.2661.
    Maxout,
    /// Hyperbolic tangent.
    Tanh,
}

/// Linear pieces of a maxout unit.
const PIECES: usize = 5;

/// How a [`Mlp`] is built.
pub(crate) struct MlpShape<'a> {
    pub inputs: usize,
    pub hidden: &'a [usize],
    pub outputs: usize,
    pub activation: Activation,
    /// Rate after each hidden layer.
    pub dropout: f64,
    pub spectral: bool,
}

/// Linear layers with an activation after all but the last.
pub(crate) struct Mlp {
    layers: Vec<Linear>,
    activation: Activation,
    dropout: f64,
}

impl Mlp {
    /// Parameters `{name}.fc1.weight`, …; PyTorch's default start.
    pub fn new(store: &mut ParamStore, name: &str, shape: &MlpShape<'_>) -> Result<Self> {
        let mut layers = Vec::new();
        let mut inputs = shape.inputs;
        let widths = shape.hidden.iter().map(|w| (*w, true)).chain([(shape.outputs, false)]);
        for (i, (width, hidden)) in widths.enumerate() {
            let maxout = hidden && shape.activation == Activation::Maxout;
            let outputs = if maxout { width * PIECES } else { width };
            let name = format!("{name}.fc{}", i + 1);
            let init = Init::fan_in(inputs);
            layers.push(Linear::new(store, &name, (inputs, outputs), init, true, shape.spectral)?);
            inputs = width;
        }
        Ok(Self { layers, activation: shape.activation, dropout: shape.dropout })
    }

    /// `x`: `(batch, inputs)`; result `(batch, outputs)`.
    pub fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            if i + 1 == self.layers.len() {
                return layer.forward(&x, pass);
            }
            x = match self.activation {
                Activation::Relu => layer.forward_then(&x, Then::LeakyRelu(0.0), pass)?,
                Activation::LeakyRelu => layer.forward_then(&x, Then::LeakyRelu(0.2), pass)?,
                Activation::Maxout => maxout(&layer.forward(&x, pass)?, PIECES)?,
                Activation::Tanh => tanh(&layer.forward(&x, pass)?)?,
            };
            x = dropout(&x, self.dropout, pass)?;
        }
        Ok(x)
    }
}
