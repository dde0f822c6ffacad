//! One-dimensional GANs that can be followed by eye: the linear one, and figure 1 of the paper.
//!
//! The linear game has G(z) = w₀z + b₀ and D(x) = σ(w₁x + b₁). D can only ask on which side of a
//! threshold a sample lies, so at its best it compares means: once b₀ = μ, w₁ = 0 is optimal
//! whatever w₀ is, D is ½ everywhere and G's gradient is zero. The mean is learned, the spread
//! need not be. With hidden layers D can follow D* = p/(p + q) (arXiv 1406.2661, proposition 1),
//! and G the whole density.

use crate::duel::{Duel, Roles, Sides};
use crate::entry::{parse, run_config};
use crate::latents::{check_latents, check_samples, nothing_given};
use crate::mlp::{Mlp, MlpShape};
use crate::plain::{check_networks, without_features};
use crate::reference::of_data;
use crate::{Activation, Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_images::{Figure, Series, Style};
use gan_kernels::activation::sigmoid;
use gan_kernels::read::values;
use gan_layers::{Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Decay, Discriminator, Drawings, Error, Fields, Game, Generator, Inside, Kind, Latent,
    Loss, OptimizerConfig, Player, Result, Sample, Schedule, Tap, TrainConfig, Turn, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line of the linear game.
pub(crate) const ENTRY: Entry = Entry {
    name: "gaussian1d",
    title: "1-D GAN, G(z) = w₀z + b₀ against D(x) = σ(w₁x + b₁)",
    paper: "1406.2661",
    takes: &[Ask::NUMBERS],
    defaults: || {
        let schedule = Schedule { kind: Decay::Linear, warmup: 0, from: 0.25 };
        let train = TrainConfig {
            steps: 4000,
            batch: 256,
            sample_every: 400,
            checkpoint_every: 1000,
            schedule,
            ..TrainConfig::default()
        };
        run_config("gaussian1d", "toy:gaussian", train, &Gaussian1dConfig::default())
    },
    build: |model, setup| {
        let config: Gaussian1dConfig = parse("gaussian1d", model)?;
        let layers = Gaussian1dMlpConfig {
            z: 1,
            generator_hidden: Vec::new(),
            discriminator_hidden: Vec::new(),
            activation: Activation::Tanh,
            techniques: config.techniques,
        };
        Ok(Box::new(Gaussian1d::new("gaussian1d", layers, setup)?))
    },
};

/// The table's line of the game with hidden layers.
pub(crate) const ENTRY_MLP: Entry = Entry {
    name: "gaussian1d-mlp",
    title: "1-D GAN whose D follows p/(p + q), drawn as figure 1",
    paper: "1406.2661",
    takes: &[Ask::NUMBERS],
    defaults: || {
        let schedule = Schedule { kind: Decay::Linear, warmup: 0, from: 0.375 };
        let train = TrainConfig {
            steps: 4000,
            batch: 128,
            sample_every: 200,
            checkpoint_every: 1000,
            ema: 0.99,
            schedule,
            ..TrainConfig::default()
        };
        run_config("gaussian1d-mlp", "toy:gaussian", train, &Gaussian1dMlpConfig::default())
    },
    build: |model, setup| {
        Ok(Box::new(Gaussian1d::new("gaussian1d-mlp", parse("gaussian1d-mlp", model)?, setup)?))
    },
};

/// Settings of the linear game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gaussian1dConfig {
    /// How both are trained.
    pub techniques: Techniques,
}

/// Settings of the game with hidden layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gaussian1dMlpConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// Widths of the generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Widths of the discriminator's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// Activation of both.
    pub activation: Activation,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for Gaussian1dConfig {
    fn default() -> Self {
        let sgd = OptimizerConfig { kind: Kind::Sgd, lr: 0.1, ..OptimizerConfig::default() };
        let techniques = Techniques { generator: sgd, discriminator: sgd, ..Techniques::default() };
        Self { techniques }
    }
}

impl Default for Gaussian1dMlpConfig {
    fn default() -> Self {
        let adam = |lr| OptimizerConfig { lr, ..OptimizerConfig::default() };
        let techniques = Techniques {
            generator: adam(1e-3),
            discriminator: adam(2e-3),
            discriminator_steps: 3,
            ..Techniques::default()
        };
        Self {
            z: 1,
            generator_hidden: vec![32, 32],
            discriminator_hidden: vec![32, 32],
            activation: Activation::LeakyRelu,
            techniques,
        }
    }
}

struct Gaussian1d {
    config: Gaussian1dMlpConfig,
    setup: Setup,
    store: ParamStore,
    g: Mlp,
    d: Mlp,
    duel: Duel,
}

impl Gaussian1d {
    fn new(entry: &str, config: Gaussian1dMlpConfig, setup: &Setup) -> Result<Self> {
        if setup.shape() != [1] {
            return Err(Error::Config(format!(
                "{entry}: expected points in one dimension, found samples of shape {:?}; use \
                 --data toy:gaussian or toy:mixture",
                setup.shape()
            )));
        }
        let hidden = [&config.generator_hidden[..], &config.discriminator_hidden[..]];
        check_networks(config.z, hidden, 0.0)?;
        let (techniques, own) = (&config.techniques, Normalization::None);
        let reference = |count| Prior::Normal.reference((count, config.z), setup);
        let for_g = techniques.generator_options(own, reference)?;
        let for_d = techniques.discriminator_options(own, |n| of_data(setup, n))?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let shape = |inputs, hidden, options| MlpShape {
            inputs,
            hidden,
            outputs: 1,
            activation: config.activation,
            dropout: 0.0,
            options,
        };
        let g = Mlp::new(&mut store, "g", &shape(config.z, &config.generator_hidden, for_g))?;
        let d = Mlp::new(&mut store, "d", &shape(1, &config.discriminator_hidden, for_d))?;
        let refuses = without_features(&config.discriminator_hidden);
        let roles = Roles { refuses, ..Roles::default() };
        let duel = Duel::new(&config.techniques, roles, &mut store, setup)?;
        Ok(Self { config, setup: setup.clone(), store, g, d, duel })
    }

    fn drawn(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = Prior::Normal.draw((count, self.config.z), pass.rng, &self.setup)?;
        self.g.forward(&z, pass)
    }
}

impl Game for Gaussian1d {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        self.duel.players()
    }

    fn turn(&mut self, player: usize, _: u64) -> Result<Turn> {
        Ok(self.duel.turn(player))
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let sides = Sides {
            real: &|batch, _| Ok(vec![batch.real()?.clone()]),
            fake: &|count, pass| Ok(vec![self.drawn(count, pass)?]),
            judge: &|x, pass| self.d.judge(&x[0], pass),
        };
        self.duel.loss(player, &self.store, batch, &mut Pass { train: true, rng }, &sides)
    }

    fn couples(&self) -> Option<&'static str> {
        self.duel.couples()
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        self.duel.after_update(player, &self.store)
    }

    fn averaged(&self) -> Vec<String> {
        // The figure shows both.
        prefixes(&["g.", "d."])
    }

    fn inside(&self) -> Inside<'_> {
        Inside {
            generator: Some(self),
            discriminator: Some(self),
            drawings: Some(self),
            ..Inside::default()
        }
    }
}

impl Generator for Gaussian1d {
    fn latent(&self) -> Option<Latent> {
        Some(Prior::Normal.latent(self.config.z, &self.setup))
    }

    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, &Prior::Normal.latent(self.config.z, &self.setup))?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        Ok(Sample::Points(self.g.forward_tapped(z, Some(tap), &mut pass)?))
    }
}

impl Discriminator for Gaussian1d {
    fn judge(&self, x: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Tensor> {
        check_samples(x, self.setup.shape(), self.config.techniques.packing)?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        Ok(self.d.forward_tapped(x, Some(tap), &mut pass)?.flatten_all()?)
    }
}

impl Drawings for Gaussian1d {
    /// Figure 1 of arXiv 1406.2661: the data's density, the generator's, and D.
    fn figure(&self, rng: &mut StepRng) -> Result<Option<Figure>> {
        let Some(examples) = &self.setup.examples else { return Ok(None) };
        let real = values(examples)?;
        let mut pass = Pass { train: false, rng };
        let fake = values(&self.drawn(2000, &mut pass)?)?;
        let (low, high) = real
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let (low, high) = (low - 0.3 * (high - low), high + 0.3 * (high - low));
        const POINTS: usize = 201;
        let xs: Vec<f64> =
            (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64).collect();
        let narrow: Vec<f32> = xs.iter().map(|x| *x as f32).collect();
        let grid = Tensor::from_vec(narrow, (POINTS, 1), &self.setup.device)?;
        let grid = grid.to_dtype(self.setup.dtype)?;
        // A D that judges packs is asked about packs of one and the same point.
        let packs = grid.repeat((1, self.config.techniques.packing))?;
        let d = values(&sigmoid(&self.d.forward(&packs, &mut pass)?)?)?;
        let curve = |ys: Vec<f64>| xs.iter().copied().zip(ys).collect::<Vec<_>>();
        let series =
            |name: &str, color, style, points| Series { name: name.into(), color, style, points };
        let (black, green, blue) = ([60, 60, 60], [44, 160, 44], [31, 119, 180]);
        Ok(Some(Figure {
            title: "data, generator and D(x)".into(),
            x_label: "x".into(),
            y_range: Some((0.0, 1.0)),
            x_range: Some((low, high)),
            series: vec![
                series("data density", black, Style::Area, curve(density(&real, &xs))),
                series("generated density", green, Style::Area, curve(density(&fake, &xs))),
                series("D(x)", blue, Style::Line, curve(d)),
            ],
            ..Figure::default()
        }))
    }
}

/// Gaussian kernel density at `xs`, bandwidth by Silverman's rule (1986, equation 3.31).
fn density(samples: &[f64], xs: &[f64]) -> Vec<f64> {
    let n = samples.len().max(2) as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let std = (samples.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let width = (0.9 * std * n.powf(-0.2)).max(1e-3);
    let scale = 1.0 / (n * width * (2.0 * std::f64::consts::PI).sqrt());
    let at = |x: &f64| {
        samples.iter().map(|s| (-0.5 * ((x - s) / width).powi(2)).exp()).sum::<f64>() * scale
    };
    xs.iter().map(at).collect()
}
