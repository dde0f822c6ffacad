//! Layers with their parameters: seeded initializers, the parameter store, and the forward pass.
//!
//! A layer is a struct of [`Param`] handles and a `forward`. Every tensor lives in one
//! [`ParamStore`] by name, so a checkpoint is the store and nothing else. [`ParamStore::activate`]
//! chooses whose parameters are tracked: everybody else's are constants, and nobody pays for
//! gradients that nobody uses.
//!
//! Randomness is a function of `(seed, purpose, step)`, see [`random`].

mod batch_norm;
mod conv;
mod dense;
mod dropout;
pub mod init;
mod minibatch;
mod normalization;
pub mod random;
mod spectral;
mod store;

pub use batch_norm::BatchNorm;
pub use conv::{Conv, ConvTranspose};
pub use dense::{Embedding, Linear};
pub use dropout::dropout;
pub use init::Init;
pub use minibatch::MinibatchDiscrimination;
pub use normalization::{Norm, Normalization};
pub use random::{Part, StepRng};
pub use store::{Buffer, Param, ParamStore};

pub use candle_core::{Error, Result};

/// What a forward pass needs besides its input.
pub struct Pass<'a> {
    /// True while training: batch statistics, dropout and power iterations are on.
    pub train: bool,
    /// Where dropout draws from.
    pub rng: &'a mut StepRng,
}
