//! Studies: what scores are worth, on data and networks at hand.

pub mod disturbances;
pub mod extractors;
pub mod score_list;
