//! The Wasserstein GAN (Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875).
//!
//! The critic maximizes E[D(x)] − E[D(G(z))] over functions of bounded slope, whose greatest value
//! is the earth mover's distance between data and generator times that bound (equation 2); the
//! generator minimizes −E[D(G(z))] (algorithm 1). The slope is bounded by cutting weights to
//! [−c, c] after each update. The log's term `emd` is the critic's value: it follows the distance.

use crate::convolutional::plan;
use crate::entry::{parse, run_config};
use crate::plain::{ConvPair, MlpPair, PlainGan, check_networks};
use crate::{Activation, Ask, Entry, Prior, Setup, Techniques};
use gan_layers::Normalization;
use gan_losses::Adversarial;
use gan_train::{Error, Kind, OptimizerConfig, Result, TrainConfig};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "wgan",
    title: "Wasserstein GAN with clipped weights",
    paper: "1701.07875",
    takes: &[Ask::SAMPLES],
    defaults: || {
        // A rate of 5e-5 needs them: the authors' curves go on for 100,000 and more.
        let train = TrainConfig {
            steps: 5000,
            batch: 64,
            sample_every: 500,
            checkpoint_every: 500,
            ..TrainConfig::default()
        };
        run_config("wgan", "mnist", train, &WganConfig::default())
    },
    build: |model, setup| {
        Ok(Box::new(build("wgan", &parse("wgan", model)?, Normalization::Batch, setup)?))
    },
};

/// Which networks a Wasserstein GAN has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// DCGAN's where the data are images of a size that it takes, else fully connected ones.
    #[default]
    Auto,
    /// DCGAN's (arXiv 1511.06434).
    Dcgan,
    /// Fully connected, without normalization unless `techniques` ask for one.
    Mlp,
}

/// Settings of WGAN and WGAN-GP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WganConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// `auto`, `dcgan` or `mlp`.
    pub architecture: Architecture,
    /// Channels beside the image in DCGAN's networks; each halving of the size doubles them.
    pub features: usize,
    /// Widths of the fully connected generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Widths of the fully connected critic's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// Activation of both fully connected networks.
    pub activation: Activation,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for WganConfig {
    /// Algorithm 1: c = 0.01, five critic steps, RMSProp with 5e-5, batches of 64. Section 4.2's
    /// fully connected generator has four ReLU layers of 512; three of 256 are quicker here.
    fn default() -> Self {
        let rmsprop =
            OptimizerConfig { kind: Kind::Rmsprop, lr: 5e-5, ..OptimizerConfig::default() };
        Self {
            z: 100,
            prior: Prior::Normal,
            architecture: Architecture::Auto,
            features: 32,
            generator_hidden: vec![256; 3],
            discriminator_hidden: vec![256; 3],
            activation: Activation::Relu,
            techniques: Techniques {
                loss: Adversarial::Wasserstein,
                clip: 0.01,
                discriminator_steps: 5,
                share_fakes: false,
                generator: rmsprop,
                discriminator: rmsprop,
                ..Techniques::default()
            },
        }
    }
}

/// Builds it; `critic` is the normalization of DCGAN's discriminator.
pub(crate) fn build(
    entry: &str,
    config: &WganConfig,
    critic: Normalization,
    setup: &Setup,
) -> Result<PlainGan> {
    let hidden = [&config.generator_hidden[..], &config.discriminator_hidden[..]];
    check_networks(config.z.min(config.features), hidden, 0.0)?;
    let sizes = match setup.shape()[..] {
        [_, height, width] if height == width => plan(height),
        _ => None,
    };
    let sizes = match config.architecture {
        Architecture::Auto => sizes,
        Architecture::Mlp => None,
        Architecture::Dcgan if sizes.is_some() => sizes,
        Architecture::Dcgan => {
            return Err(Error::Config(format!(
                "{entry}: architecture dcgan: expected {}, found samples of shape {:?}; use \
                 architecture=mlp or --size 32",
                crate::convolutional::SIZES,
                setup.shape()
            )));
        }
    };
    if let Some(sizes) = sizes {
        let networks = ConvPair {
            z: config.z,
            prior: config.prior,
            features: config.features,
            sizes,
            discriminator_norm: critic,
            techniques: &config.techniques,
        };
        return networks.build(setup);
    }
    let networks = MlpPair {
        z: config.z,
        prior: config.prior,
        generator_hidden: hidden[0],
        generator_activation: config.activation,
        discriminator_hidden: hidden[1],
        discriminator_activation: config.activation,
        dropout: 0.0,
        techniques: &config.techniques,
    };
    networks.build(setup)
}
