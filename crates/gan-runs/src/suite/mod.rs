//! Suites: models trained alike on data with known modes, and the modes that their samples reach.

pub mod contestant;
pub mod judge;
