//! Which network sees images.

use crate::eval::args::{Carried, NetworkArgs};
use crate::output::note;
use anyhow::Result;
use clap::Args;
use gan_data::Dataset;
use gan_metrics::Protocol;
use gan_runs::look::eyes::Eyes;
use gan_runs::networks::network;
use std::path::PathBuf;

/// Which network.
#[derive(Debug, Clone, Args)]
pub struct EyesArgs {
    /// The weights of an Inception, as `gan-metrics weights convert` writes them; those that
    /// `gan-metrics weights fetch` stored unless given. Digits of 28×28 are seen by the classifier of
    /// digits that this program carries.
    #[arg(long, value_name = "W.safetensors", conflicts_with = "extractor")]
    pub weights: Option<PathBuf>,
    /// A network that this program carries: digits, for gray digits of 28×28.
    #[arg(long, value_enum)]
    pub extractor: Option<Carried>,
}

impl EyesArgs {
    /// The network that was asked for, or the one that knows images such as the data's.
    pub fn open(&self, data: &dyn Dataset) -> Result<Eyes> {
        let protocol = Protocol::PytorchFid;
        let Self { weights, extractor } = self.clone();
        let asked = NetworkArgs { weights, extractor, protocol, no_cache: true };
        let found = network(&asked.scoring(), data)?;
        found.warning.iter().for_each(|text| note(&format!("warning: {text}")));
        Ok(Eyes::of(found.extractor))
    }
}
