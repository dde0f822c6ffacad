//! Integration tests of gan-statistics: golden values of peers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod golden_logistic;
