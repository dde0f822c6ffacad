//! What tools see of a model's inside: where latents come from, and the results of hidden layers.

use crate::Error;
use candle_core::{DType, Device, Result, Tensor};
use gan_layers::StepRng;

/// The distribution of each dimension of a latent; the dimensions are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// N(0, 1).
    Normal,
    /// U(−1, 1).
    Uniform,
    /// 1, always: no noise at all.
    Constant,
}

/// What [`Game::generate`](crate::Game::generate) takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latent {
    /// Dimensions of z.
    pub width: usize,
    /// Where each comes from.
    pub distribution: Distribution,
}

/// Shown the number (from 0, at the input's side) and the result of each hidden layer, after its
/// normalisation and activation; what it gives back goes on to the next layer.
pub type Tap<'a> = dyn FnMut(usize, &Tensor) -> Result<Tensor> + 'a;

/// A [`Tap`] that changes nothing.
///
/// # Errors
/// None.
pub fn untouched(_: usize, x: &Tensor) -> Result<Tensor> {
    Ok(x.clone())
}

/// What a model without a latent answers to who brings one.
pub fn no_latents() -> Error {
    Error::Config("this model makes no samples from latents; `dcgan` is one that does".into())
}

impl Latent {
    /// `(count, width)` draws: those of [`Game::sample`](crate::Game::sample) with the same stream.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn draw(
        &self,
        count: usize,
        rng: &mut StepRng,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let shape = &[count, self.width];
        match self.distribution {
            Distribution::Normal => rng.normal("latent", shape, dtype, device),
            Distribution::Uniform => rng.uniform("latent", (-1.0, 1.0), shape, dtype, device),
            Distribution::Constant => Tensor::ones(shape, dtype, device),
        }
    }
}
