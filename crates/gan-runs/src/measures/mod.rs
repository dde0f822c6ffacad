//! Numbers about a trained model besides its scores: what its codes know, how far its samples are from
//! data, how likely data are.

pub mod codes;
pub mod distance;
pub mod likelihood;
pub mod parzen;
