//! Every entry of the zoo keeps the contract, and the 1-D games reach what theory says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod boltzmann;
mod codes;
mod conformance;
mod deep_boltzmann;
mod gaussian;
mod gradients;
mod networks;
mod planets;
mod ranks;
mod stage;
mod techniques;
mod variants;
mod variational;
mod wasserstein;
