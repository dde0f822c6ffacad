//! The first GAN, with fully connected networks (Goodfellow et al. 2014, arXiv 1406.2661).
//!
//! min_G max_D E[log D(x)] + E[log(1 − D(G(z)))] (equation 1), on logits; the generator minimises
//! −E[log D(G(z))] unless `techniques.loss` says otherwise (section 3).

use crate::duel::Duel;
use crate::entry::{parse, run_config};
use crate::mlp::{Mlp, MlpShape};
use crate::{Activation, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::tanh;
use gan_layers::{ParamStore, Pass, StepRng};
use gan_train::{Batch, Error, Game, Loss, Player, Result, Sample, SampleRequest, TrainConfig};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "vanilla",
    title: "GAN with fully connected networks",
    paper: "1406.2661",
    takes: "images of any size, points",
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
    build: |model, setup| Ok(Box::new(Vanilla::new(parse("vanilla", model)?, setup)?)),
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

/// Refuses widths of zero and rates that cannot be.
pub(crate) fn check_networks(z: usize, hidden: [&[usize]; 2], dropout: f64) -> Result<()> {
    if z == 0 || hidden.iter().any(|h| h.contains(&0)) {
        return Err(Error::Config("model: expected widths of 1 or more, found a 0".into()));
    }
    if !(0.0..1.0).contains(&dropout) {
        return Err(Error::Config(format!("model.dropout: expected [0, 1), found {dropout}")));
    }
    Ok(())
}

struct Vanilla {
    config: VanillaConfig,
    setup: Setup,
    store: ParamStore,
    g: Mlp,
    d: Mlp,
    duel: Duel,
}

impl Vanilla {
    fn new(config: VanillaConfig, setup: &Setup) -> Result<Self> {
        check_networks(
            config.z,
            [&config.generator_hidden, &config.discriminator_hidden],
            config.dropout,
        )?;
        let duel = Duel::new(&config.techniques, false)?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let size = setup.shape.iter().product();
        let g = Mlp::new(
            &mut store,
            "g",
            &MlpShape {
                inputs: config.z,
                hidden: &config.generator_hidden,
                outputs: size,
                activation: config.generator_activation,
                dropout: 0.0,
                spectral: false,
            },
        )?;
        let d = Mlp::new(
            &mut store,
            "d",
            &MlpShape {
                inputs: size,
                hidden: &config.discriminator_hidden,
                outputs: 1,
                activation: config.discriminator_activation,
                dropout: config.dropout,
                spectral: config.techniques.spectral_norm,
            },
        )?;
        Ok(Self { config, setup: setup.clone(), store, g, d, duel })
    }
}

/// Samples of the data's shape: images end in tanh, points are as they come.
pub(crate) fn shaped(x: &Tensor, shape: &[usize]) -> candle_core::Result<Tensor> {
    let mut full = vec![x.dim(0)?];
    full.extend_from_slice(shape);
    if shape.len() == 3 { tanh(x)?.reshape(full) } else { x.reshape(full) }
}

/// Samples as what they show.
pub(crate) fn sample_of(x: Tensor) -> Sample {
    if x.rank() == 4 { Sample::Images(x) } else { Sample::Points(x) }
}

impl Vanilla {
    fn generate(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = self.config.prior.draw((count, self.config.z), pass.rng, &self.setup)?;
        shaped(&self.g.forward(&z, pass)?, &self.setup.shape)
    }
}

impl Game for Vanilla {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        self.duel.players()
    }

    fn updates(&self, player: usize, _: u64) -> usize {
        self.duel.updates(player)
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        self.duel.loss(
            player,
            &self.store,
            batch,
            &mut Pass { train: true, rng },
            &|count, pass| self.generate(count, pass),
            &|x, pass| self.d.forward(&x.flatten_from(1)?, pass),
        )
    }

    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        Ok(sample_of(self.generate(request.count, &mut Pass { train: false, rng })?))
    }
}
