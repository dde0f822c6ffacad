//! Operations that every layer calls: fast custom ops on the CPU, Candle's own on CUDA and Metal.
//!
//! Candle 0.11 gets several gradients silently wrong (pooling, nearest upsampling, softmax) and
//! is slow on the CPU in the operations a GAN spends its time in. Every function here is one
//! operation with the device branch inside: on the CPU a custom op, elsewhere a composition of
//! Candle ops whose gradients are right. Both branches are differentiable any number of times
//! (see [`second_order`]) and both are tested on the CPU; [`with_composed`] forces the second.
//!
//! | file | operations |
//! | --- | --- |
//! | [`linear`] | matrix product, linear layer |
//! | [`conv`] | convolution, transposed convolution |
//! | [`channel`] | sums over and broadcasts along the channel axis, bias, scale and shift |
//! | [`norm`] | normalization (batch, instance, layer, group), moments |
//! | [`activation`] | ReLU, leaky ReLU, tanh, sigmoid, softplus, maxout |
//! | [`bernoulli`] | draws of binary units |
//! | [`sum`] | sums of tensors |
//! | [`softmax`] | softmax, log-softmax |
//! | [`gradients`] | the backward pass |
//! | [`isa`] | instruction sets |
//! | [`loss`] | binary cross-entropy on logits |
//! | [`pool`] | max and average pooling |
//! | [`read`] | values out of tensors on any device |
//! | [`resample`] | upsampling, padding: every separable linear map of an image |
//! | [`update`] | optimizer updates in place: SGD, RMSProp, Adam, moving averages |
//! | [`second_order`] | the switch that gradient penalties need |
//! | [`start`] | thread counts and memory, set once at start-up |
//! | [`team`] | sums and means over several processes that train together |
//!
//! On the CPU the result does not depend on the number of threads: work is cut into pieces whose
//! size depends on the shapes alone, and partial sums are added in a fixed order.
//!
//! Only `f32` and `f64` are supported; `f64` exists for proofs by finite differences.

#![deny(clippy::undocumented_unsafe_blocks)]

pub mod activation;
mod agreement;
pub mod alike;
mod backend;
mod batch_norm;
pub mod bernoulli;
pub mod channel;
pub mod conv;
mod conv_composed;
mod conv_cpu;
mod conv_geometry;
mod conv_sizes;
#[cfg(unix)]
pub mod cuda_libraries;
mod exponential;
pub mod gradients;
mod graph;
pub mod isa;
mod kernel;
pub mod linear;
pub mod loss;
mod minimal;
mod narrow;
pub mod norm;
mod number;
mod parallel;
mod patches;
pub mod pool;
pub mod read;
pub mod resample;
pub mod second_order;
pub mod softmax;
pub mod start;
pub mod sum;
pub mod team;
mod tiles;
pub mod update;

pub use agreement::{Agreement, agreement, difference, functions};
pub use backend::with_composed;
pub use candle_core::{Error, Result};
