//! WGAN-GP (Gulrajani et al. 2017, arXiv 1704.00028): the slope is bounded by a penalty.
//!
//! The critic minimizes E[D(G(z))] − E[D(x)] + λ·E[(‖∇D(x̂)‖₂ − 1)²], with x̂ drawn evenly between
//! a real and a generated sample (equation 3); the generator minimizes −E[D(G(z))]. Each slope is
//! penalized by itself, so the critic has layer norm in place of batch norm (section 4).

use crate::entry::{parse, run_config};
use crate::wgan::{WganConfig, build};
use crate::{Ask, Entry, Techniques};
use gan_layers::Normalization;
use gan_losses::Adversarial;
use gan_train::{OptimizerConfig, TrainConfig};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "wgan-gp",
    title: "Wasserstein GAN with a gradient penalty",
    paper: "1704.00028",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 500,
            batch: 64,
            sample_every: 100,
            checkpoint_every: 100,
            ema: 0.99,
            ..TrainConfig::default()
        };
        run_config("wgan-gp", "mnist", train, &defaults())
    },
    build: |model, setup| {
        Ok(Box::new(build("wgan-gp", &parse("wgan-gp", model)?, Normalization::Layer, setup)?))
    },
};

/// Algorithm 1: λ = 10, five critic steps, Adam with 1e-4, β₁ = 0, β₂ = 0.9, batches of 64.
fn defaults() -> WganConfig {
    let adam = OptimizerConfig { lr: 1e-4, beta1: 0.0, beta2: 0.9, ..OptimizerConfig::default() };
    WganConfig {
        techniques: Techniques {
            loss: Adversarial::Wasserstein,
            gradient_penalty: 10.0,
            discriminator_steps: 5,
            share_fakes: false,
            generator: adam,
            discriminator: adam,
            ..Techniques::default()
        },
        ..WganConfig::default()
    }
}
