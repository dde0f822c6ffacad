//! DCGAN (Radford, Metz and Chintala 2015, arXiv 1511.06434), at 28, 32, 64 pixels and others.
//!
//! Section 3's guidelines: strided and transposed convolutions instead of pooling; batch norm in
//! both networks except at G's output and D's input; no hidden fully connected layers; ReLU in G
//! with tanh at its end; LeakyReLU 0.2 in D. Section 4: weights from N(0, 0.02²), Adam with rate
//! 2e-4 and β₁ 0.5, batches of 128 (64 here: more steps an epoch of a small set).

use crate::convolutional::sizes;
use crate::entry::{parse, run_config};
use crate::plain::{ConvPair, PlainGan};
use crate::{Ask, Entry, Prior, Setup, Techniques};
use gan_layers::Normalization;
use gan_train::{Decay, Error, Result, Schedule, TrainConfig};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "dcgan",
    title: "Deep convolutional GAN",
    paper: "1511.06434",
    takes: &[Ask::DOUBLED],
    defaults: || {
        let train = TrainConfig {
            steps: 2000,
            batch: 64,
            sample_every: 250,
            checkpoint_every: 250,
            ema: 0.995,
            schedule: Schedule { kind: Decay::Linear, warmup: 0, from: 0.6 },
            ..TrainConfig::default()
        };
        run_config("dcgan", "mnist", train, &DcganConfig::default())
    },
    build: |model, setup| Ok(Box::new(build(&parse("dcgan", model)?, setup)?)),
};

/// Settings of DCGAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DcganConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution; the paper's is uniform.
    pub prior: Prior,
    /// Channels beside the image in each network; each halving of the size doubles them. The
    /// paper has 128 at 64 pixels and common scripts 64; 32 draws digits in minutes on a CPU.
    pub features: usize,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for DcganConfig {
    fn default() -> Self {
        Self { z: 100, prior: Prior::Normal, features: 32, techniques: Techniques::default() }
    }
}

fn build(config: &DcganConfig, setup: &Setup) -> Result<PlainGan> {
    let sizes = sizes("dcgan", setup)?;
    if config.z == 0 || config.features == 0 {
        return Err(Error::Config("dcgan: expected z and features of 1 or more".into()));
    }
    let networks = ConvPair {
        z: config.z,
        prior: config.prior,
        features: config.features,
        sizes,
        discriminator_norm: Normalization::Batch,
        techniques: &config.techniques,
    };
    networks.build(setup)
}
