//! Fully connected networks, as several variants use them.

use crate::networks::{Judged, NetworkOptions};
use crate::reference::Reference;
use candle_core::{Result, Tensor};
use gan_kernels::activation::{Then, maxout, tanh};
use gan_layers::{
    Init, Linear, MinibatchDiscrimination, Norm, Normalization, ParamStore, Pass, dropout,
};
use gan_train::Tap;
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
#[derive(Debug, Clone, Default)]
pub(crate) struct MlpShape<'a> {
    /// Values of one sample; a packed input has so many times the packing.
    pub inputs: usize,
    pub hidden: &'a [usize],
    pub outputs: usize,
    pub activation: Activation,
    /// Rate after each hidden layer.
    pub dropout: f64,
    /// What techniques ask of the layers.
    pub options: NetworkOptions,
}

/// Linear layers with normalization and an activation after all but the last.
pub(crate) struct Mlp {
    hidden: Vec<(Linear, Option<Norm>)>,
    minibatch: Option<MinibatchDiscrimination>,
    last: Linear,
    activation: Activation,
    dropout: f64,
    reference: Reference,
}

impl Mlp {
    /// Parameters `{name}.fc1.weight`, …; PyTorch's default start.
    pub fn new(store: &mut ParamStore, name: &str, shape: &MlpShape<'_>) -> Result<Self> {
        let mut options = shape.options.clone();
        options.reference = options.reference.map(|x| x.flatten_from(1)).transpose()?;
        let mut hidden = Vec::new();
        let mut inputs = shape.inputs * options.packing;
        for (i, &width) in shape.hidden.iter().enumerate() {
            let outputs =
                if shape.activation == Activation::Maxout { width * PIECES } else { width };
            let (fc, norm) = (format!("{name}.fc{}", i + 1), format!("{name}.bn{}", i + 1));
            // A bias before a normalization would be taken away again.
            let bias = options.norm == Normalization::None;
            let (size, init) = ((inputs, outputs), Init::fan_in(inputs));
            let layer = Linear::new(store, &fc, size, init, bias, options.spectral)?;
            hidden.push((layer, Norm::new(options.norm, store, &norm, outputs)?));
            inputs = width;
        }
        let mut minibatch = None;
        if let Some((kernels, dims)) = options.minibatch {
            let name = format!("{name}.minibatch");
            minibatch = Some(MinibatchDiscrimination::new(store, &name, inputs, kernels, dims)?);
            inputs += kernels;
        }
        let (fc, init) = (format!("{name}.fc{}", hidden.len() + 1), Init::fan_in(inputs));
        let size = (inputs, shape.outputs);
        Ok(Self {
            hidden,
            minibatch,
            last: Linear::new(store, &fc, size, init, true, options.spectral)?,
            activation: shape.activation,
            dropout: shape.dropout,
            reference: Reference::new(store, name, &options)?,
        })
    }

    /// `x`: `(batch, inputs)`; result `(batch, outputs)`.
    pub fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        Ok(self.both(x, None, pass)?.1)
    }

    /// [`Mlp::forward`], with its hidden layers shown.
    pub fn forward_tapped(
        &self,
        x: &Tensor,
        tap: Option<&mut Tap<'_>>,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        Ok(self.both(x, tap, pass)?.1)
    }

    /// As a discriminator: `x`: `(batch, …)`, flattened; logits `(batch, outputs)`.
    pub fn judge(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Judged> {
        self.judge_tapped(x, None, pass)
    }

    /// [`Mlp::judge`], with its hidden layers shown.
    pub fn judge_tapped(
        &self,
        x: &Tensor,
        tap: Option<&mut Tap<'_>>,
        pass: &mut Pass<'_>,
    ) -> Result<Judged> {
        let (features, logits) = self.both(&x.flatten_from(1)?, tap, pass)?;
        Ok(Judged { logits, features })
    }

    /// The last hidden layer and the outputs.
    fn both(
        &self,
        x: &Tensor,
        mut tap: Option<&mut Tap<'_>>,
        pass: &mut Pass<'_>,
    ) -> Result<(Tensor, Tensor)> {
        let (mut x, count) = self.reference.before(x)?;
        for (i, (layer, norm)) in self.hidden.iter().enumerate() {
            let then = match self.activation {
                Activation::Relu => Then::LeakyRelu(0.0),
                Activation::LeakyRelu => Then::LeakyRelu(0.2),
                Activation::Maxout | Activation::Tanh => Then::Nothing,
            };
            x = match norm {
                Some(norm) => norm.forward_then(&layer.forward(&x, pass)?, count, then, pass)?,
                None => layer.forward_then(&x, then, pass)?,
            };
            x = match self.activation {
                Activation::Relu | Activation::LeakyRelu => x,
                Activation::Maxout => maxout(&x, PIECES)?,
                Activation::Tanh => tanh(&x)?,
            };
            x = dropout(&x, self.dropout, pass)?;
            x = self.reference.tapped(i, x, tap.as_deref_mut())?;
        }
        let x = self.reference.without(&x)?;
        let y = match &self.minibatch {
            Some(minibatch) => self.last.forward(&minibatch.forward(&x, pass)?, pass)?,
            None => self.last.forward(&x, pass)?,
        };
        Ok((x, y))
    }
}
