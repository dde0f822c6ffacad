//! Proofs for every kernel: a naive loop, the composed branch, and finite differences in f64 of
//! the first and of the second order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

mod bernoulli;
mod conv;
mod differences;
mod elementwise;
mod minimal;
mod naive;
mod paths;
mod shapes;
mod threads;
mod update;
