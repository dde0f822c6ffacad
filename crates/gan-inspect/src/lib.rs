//! Tools that look inside generators and discriminators: free functions on `z → image` and
//! `image → features`, whatever model these come from.
//!
//! | question | functions |
//! | --- | --- |
//! | Is the way between two samples smooth, or are images looked up? | [`interpolation`] |
//! | Does arithmetic on latents mean something? | [`arithmetic`] |
//! | What lies on a plane of the latent space? | [`manifold`] |
//! | Which pixels speak for an answer? | [`guided`] |
//! | How good are a network's features? | [`pooled`], [`linear_classifier`] |
//! | Which maps of a generator draw an attribute? | [`feature_maps`] |
//! | Which images are near-duplicates? | [`binary_codes`], then [`registration`] |
//! | What should a score notice? | [`disturbance`] |
//!
//! General statistics (quantiles, intervals, nearest rows) stand below, in `gan-statistics`.
//! Nothing here knows files, models or commands. Where randomness is needed, a seed is taken.

pub mod arithmetic;
pub mod binary_codes;
pub mod disturbance;
mod error;
pub mod feature_maps;
pub mod guided;
pub mod interpolation;
pub mod linear_classifier;
pub mod manifold;
pub mod pooled;
pub mod registration;

pub use error::{Error, Result};
