//! GAN losses: free functions on logits, each with its equation and paper.
//!
//! A discriminator's output is always a *logit*; a probability is `sigmoid(logit)`. Losses are
//! means over the batch, in nats where they are cross-entropies. To choose one by name, see
//! [`Adversarial`].

mod adversarial;
pub mod cross_entropy;
pub mod energy;
pub mod feature_matching;
pub mod gradient_penalty;
pub mod hinge;
pub mod least_squares;
pub mod moment_matching;
pub mod variational;
pub mod wasserstein;

pub use adversarial::Adversarial;
pub use candle_core::{Error, Result};

#[cfg(test)]
mod proofs;
