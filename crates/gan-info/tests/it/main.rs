//! Integration tests of gan-info: golden values of peers, and properties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod games_and_fits;
mod golden;
mod parzen_misleads;
mod properties;
mod transport_properties;
