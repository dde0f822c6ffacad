//! The first GAN, with fully connected networks (Goodfellow et al. 2014, arXiv 1406.2661).
//!
//! min_G max_D E[log D(x)] + E[log(1 − D(G(z)))] (equation 1), on logits; the generator minimizes
//! −E[log D(G(z))] unless `techniques.loss` says otherwise (section 3).

use crate::entry::{parse, run_config};
use crate::plain::{MlpPair, PlainGan};
use crate::{Activation, Ask, Entry, Prior, Setup, Techniques};
use gan_train::{Result, TrainConfig};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "vanilla",
    title: "GAN with fully connected networks",
    paper: "1406.2661",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 4000,
            batch: 128,
            sample_every: 500,
            checkpoint_every: 500,
            ..TrainConfig::default()
        };
        run_config("vanilla", "mnist", train, &VanillaConfig::default())
    },
    build: |model, setup| Ok(Box::new(build(&parse("vanilla", model)?, setup)?)),
};

/// Settings of the fully connected GAN.
///
/// The paper's own networks for MNIST are `generator_hidden = [1200, 1200]` with ReLU and
/// `discriminator_hidden = [240, 240]` with maxout and dropout; the defaults are those of the
/// common public scripts, which train more steadily.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VanillaConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// Widths of the generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Activation of the generator's hidden layers.
    pub generator_activation: Activation,
    /// Widths of the discriminator's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// Activation of the discriminator's hidden layers.
    pub discriminator_activation: Activation,
    /// Dropout after each of the discriminator's hidden layers.
    pub dropout: f64,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for VanillaConfig {
    fn default() -> Self {
        Self {
            z: 100,
            prior: Prior::Normal,
            generator_hidden: vec![256, 512, 1024],
            generator_activation: Activation::LeakyRelu,
            discriminator_hidden: vec![512, 256],
            discriminator_activation: Activation::LeakyRelu,
            dropout: 0.0,
            techniques: Techniques::default(),
        }
    }
}

fn build(config: &VanillaConfig, setup: &Setup) -> Result<PlainGan> {
    let networks = MlpPair {
        z: config.z,
        prior: config.prior,
        generator_hidden: &config.generator_hidden,
        generator_activation: config.generator_activation,
        discriminator_hidden: &config.discriminator_hidden,
        discriminator_activation: config.discriminator_activation,
        dropout: config.dropout,
        techniques: &config.techniques,
    };
    networks.build(setup)
}
