//! What a duel knows of networks: what a discriminator answers, and which layers techniques change.

use candle_core::Tensor;
use gan_layers::Normalization;

/// A discriminator's answer.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// `(n,)`, or a map `(n, …)` of one logit a position.
    pub logits: Tensor,
    /// The last hidden layer, `(n, features)`.
    pub features: Tensor,
}

/// What techniques ask of a network's layers.
#[derive(Debug, Clone)]
pub(crate) struct NetworkOptions {
    /// Spectral normalisation of every weight.
    pub spectral: bool,
    /// What follows the hidden layers.
    pub norm: Normalization,
    /// The input of virtual batch norm's reference batch, `(count, …)`.
    pub reference: Option<Tensor>,
    /// Kernels and their dimensions of minibatch discrimination before the last layer.
    pub minibatch: Option<(usize, usize)>,
    /// How many samples stand side by side in one input.
    pub packing: usize,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            spectral: false,
            norm: Normalization::None,
            reference: None,
            minibatch: None,
            packing: 1,
        }
    }
}
