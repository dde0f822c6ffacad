//! A network that sees images: their features, and their classes where it knows any.

use crate::eval::args::{Carried, NetworkArgs};
use crate::output::note;
use anyhow::Result;
use candle_core::{Device, Tensor};
use clap::Args;
use gan_data::Dataset;
use gan_images::Image;
use gan_metrics::{Extractor, Preparer, Protocol, Wanted};
use gan_runs::networks::network;
use std::path::PathBuf;

/// Images that go through the network together.
const BATCH: usize = 64;

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

/// The network.
pub struct Eyes {
    network: Box<dyn Extractor>,
    preparer: Preparer,
}

/// What it sees of images.
pub struct Seen {
    /// `(n, width)`.
    pub features: Vec<f32>,
    /// `(n, classes)`; empty where it knows none.
    pub logits: Vec<f32>,
}

impl Eyes {
    /// The network that was asked for, or the one that knows images such as the data's.
    pub fn open(args: &EyesArgs, data: &dyn Dataset) -> Result<Self> {
        let protocol = Protocol::PytorchFid;
        let EyesArgs { weights, extractor } = args.clone();
        let asked = NetworkArgs { weights, extractor, protocol, no_cache: true };
        let found = network(&asked.scoring(), data)?;
        found.warning.iter().for_each(|text| note(&format!("warning: {text}")));
        Ok(Self::of(found.extractor))
    }

    /// Any network.
    pub fn of(network: Box<dyn Extractor>) -> Self {
        let preparer = Preparer::new(Protocol::PytorchFid, network.input());
        Self { network, preparer }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.network.layout()
    }

    /// The features' width.
    pub fn width(&self) -> usize {
        self.network.taps().last().copied().unwrap_or_default()
    }

    /// How many classes it knows.
    pub fn classes(&self) -> usize {
        self.network.classes()
    }

    /// What it sees of these images.
    pub fn see(&mut self, images: &[Image]) -> Result<Seen> {
        let wanted = Wanted { tap: self.width(), logits: self.classes() > 0, spatial: false };
        let [height, width] = self.network.input().size;
        let channels = self.network.input().channels;
        let mut seen = Seen { features: Vec::new(), logits: Vec::new() };
        for batch in images.chunks(BATCH) {
            let size = self.preparer.values();
            let mut values = vec![0.0; batch.len() * size];
            for (image, out) in batch.iter().zip(values.chunks_exact_mut(size)) {
                self.preparer.image(image, out)?;
            }
            let shape = (batch.len(), channels, height, width);
            let found =
                self.network.extract(&Tensor::from_vec(values, shape, &Device::Cpu)?, &wanted)?;
            seen.features.extend(found.pool.flatten_all()?.to_vec1::<f32>()?);
            if let Some(logits) = found.logits {
                seen.logits.extend(logits.flatten_all()?.to_vec1::<f32>()?);
            }
        }
        Ok(seen)
    }

    /// The class of each image.
    pub fn classify(&mut self, images: &[Image]) -> Result<Vec<u32>> {
        let logits = self.see(images)?.logits;
        let best = |row: &[f32]| {
            let first = (0, f32::NEG_INFINITY);
            row.iter().enumerate().fold(first, |b, (i, v)| if *v > b.1 { (i, *v) } else { b }).0
        };
        Ok(logits.chunks_exact(self.classes().max(1)).map(|row| best(row) as u32).collect())
    }
}
