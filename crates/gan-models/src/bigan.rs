//! BiGAN (Donahue, Krähenbühl and Darrell 2016, arXiv 1605.09782) and ALI (Dumoulin et al. 2016,
//! arXiv 1606.00704): D judges pairs, and an encoder learns to invert the generator.
//!
//! min_{G,E} max_D E_x[log D(x, E(x))] + E_z[log(1 − D(G(z), z))] (arXiv 1605.09782, equation 2).
//! G and E are one player: where D is wrong on both sides, E inverts G (theorem 2). BiGAN's encoder
//! is a function, ALI's draws from a normal distribution.

use crate::duel::{Duel, Roles, Sides};
use crate::entry::{parse, run_config};
use crate::latents::{check_latents, nothing_given};
use crate::mlp::{Mlp, MlpShape};
use crate::networks::Judged;
use crate::plain::{check_networks, sample_of, shaped};
use crate::reference::of_data;
use crate::{Activation, Ask, Entry, NormChoice, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::tanh;
use gan_layers::{Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Decay, Drawings, Encoder, Fields, Game, Generator, Inside, Latent, Loss,
    OptimizerConfig, Player, Result, Sample, Schedule, Sheet, Tap, TrainConfig, Turn, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "bigan",
    title: "BiGAN, and ALI: an encoder against the same discriminator",
    paper: "1605.09782",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 4000,
            batch: 128,
            sample_every: 500,
            checkpoint_every: 500,
            // The second half of the authors' epochs, to a hundredth (`jeffdonahue/bigan`,
            // train_mnist.sh).
            schedule: Schedule { kind: Decay::Exponential, warmup: 0, from: 0.5 },
            ..TrainConfig::default()
        };
        run_config("bigan", "mnist", train, &BiganConfig::default())
    },
    build: |model, setup| Ok(Box::new(Bigan::new(parse("bigan", model)?, setup)?)),
};

/// What the encoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// A code: BiGAN.
    #[default]
    Deterministic,
    /// The mean and variance of a normal distribution that the code is drawn from: ALI.
    Stochastic,
}

/// Settings of BiGAN and ALI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BiganConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// `deterministic` (BiGAN) or `stochastic` (ALI).
    pub encoder: Encoding,
    /// Widths of the hidden layers of G, and of E in reverse.
    pub generator_hidden: Vec<usize>,
    /// Widths of D's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// What codes are multiplied by before D sees them beside the sample: with few of them beside
    /// many pixels D would long look at the pixels alone.
    pub code_scale: f64,
    /// Activation of all three.
    pub activation: Activation,
    /// How they are trained; the generator's optimizer moves the encoder too.
    pub techniques: Techniques,
}

impl Default for BiganConfig {
    /// Section 4.2: z from U(−1, 1)⁵⁰, two hidden layers each, batch norm in G and E, Adam with
    /// 2e-4 and β₁ 0.5, a weight decay of 2.5e-5 that is a part of the loss (`jeffdonahue/bigan`,
    /// lib/updates.py). Their layers of 1024 are halved to train in minutes on a CPU.
    fn default() -> Self {
        let adam = OptimizerConfig { l2: 2.5e-5, ..OptimizerConfig::default() };
        Self {
            z: 50,
            prior: Prior::Uniform,
            encoder: Encoding::Deterministic,
            generator_hidden: vec![512, 512],
            discriminator_hidden: vec![512, 512],
            code_scale: 1.0,
            activation: Activation::LeakyRelu,
            techniques: Techniques {
                generator_norm: NormChoice::Batch,
                generator: adam,
                discriminator: adam,
                ..Techniques::default()
            },
        }
    }
}

/// Techniques that do not go with pairs.
const REFUSES: &[(&str, &str)] = &[
    ("history", "bigan: the history keeps samples without their codes; set it to 0"),
    (
        "feature_matching",
        "bigan: matched features say nothing of which code belongs to which sample; leave it false",
    ),
];

struct Bigan {
    config: BiganConfig,
    setup: Setup,
    store: ParamStore,
    g: Mlp,
    e: Mlp,
    d: Mlp,
    duel: Duel,
}

impl Bigan {
    fn new(config: BiganConfig, setup: &Setup) -> Result<Self> {
        let hidden = [&config.generator_hidden[..], &config.discriminator_hidden[..]];
        check_networks(config.z, hidden, 0.0)?;
        let reversed: Vec<usize> = config.generator_hidden.iter().rev().copied().collect();
        let (size, z, own) = (setup.shape().iter().product(), config.z, Normalization::None);
        let techniques = &config.techniques;
        let no_codes = |_| {
            candle_core::bail!(
                "bigan: virtual batch norm's reference batch of D would need codes; choose another \
                 techniques.discriminator_norm"
            )
        };
        let shape = |inputs, hidden, outputs, options| MlpShape {
            inputs,
            hidden,
            outputs,
            activation: config.activation,
            dropout: 0.0,
            options,
        };
        let heads = if config.encoder == Encoding::Stochastic { 2 * z } else { z };
        let for_g = techniques.generator_options(own, |n| config.prior.reference((n, z), setup))?;
        let for_e = techniques.generator_options(own, |n| of_data(setup, n))?;
        let for_d = techniques.discriminator_options(own, no_codes)?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let g = Mlp::new(&mut store, "g", &shape(z, hidden[0], size, for_g))?;
        let e = Mlp::new(&mut store, "e", &shape(size, &reversed, heads, for_e))?;
        let d = Mlp::new(&mut store, "d", &shape(size + z, hidden[1], 1, for_d))?;
        let roles = Roles {
            owns: [prefixes(&["d."]), prefixes(&["e.", "g."])],
            conditional: true,
            both_sides: true,
            refuses: REFUSES,
            ..Roles::default()
        };
        let duel = Duel::new(techniques, roles, &mut store, setup)?;
        Ok(Self { setup: setup.clone(), config, store, g, e, d, duel })
    }

    fn paint(&self, z: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        shaped(&self.g.forward(z, pass)?, self.setup.shape())
    }

    /// The code of `x`, `(n, z)`: its mean unless `draw`.
    fn code(&self, x: &Tensor, draw: bool, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let heads = self.e.forward(&x.flatten_from(1)?, pass)?;
        let mut code = heads.clone();
        if self.config.encoder == Encoding::Stochastic {
            let z = self.config.z;
            code = heads.narrow(1, 0, z)?.contiguous()?;
            if draw {
                let half = heads.narrow(1, z, z)?.affine(0.5, 0.0)?.exp()?;
                let (dtype, device) = (code.dtype(), code.device());
                let noise = pass.rng.normal("code", code.dims(), dtype, device)?;
                code = (code + (half * noise)?)?;
            }
        }
        // Codes lie where the latents do, or D could tell them apart by that alone.
        if self.config.prior == Prior::Uniform { tanh(&code) } else { Ok(code) }
    }

    fn judge(&self, pair: &[Tensor], pass: &mut Pass<'_>) -> candle_core::Result<Judged> {
        let code = pair[1].affine(self.config.code_scale, 0.0)?;
        self.d.judge(&Tensor::cat(&[&pair[0].flatten_from(1)?, &code.flatten_from(1)?], 1)?, pass)
    }
}

impl Game for Bigan {
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
        let fake = |count: usize, pass: &mut Pass<'_>| {
            let z = self.config.prior.draw((count, self.config.z), pass.rng, &self.setup)?;
            Ok(vec![self.paint(&z, pass)?, z])
        };
        let sides = Sides {
            real: &|batch, pass| {
                Ok(vec![batch.real()?.clone(), self.code(batch.real()?, true, pass)?])
            },
            fake: &fake,
            judge: &|pair, pass| self.judge(pair, pass),
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
        prefixes(&["g.", "e."])
    }

    fn inside(&self) -> Inside<'_> {
        Inside {
            generator: Some(self),
            encoder: Some(self),
            drawings: Some(self),
            ..Inside::default()
        }
    }
}

impl Generator for Bigan {
    fn latent(&self) -> Option<Latent> {
        Some(self.config.prior.latent(self.config.z, &self.setup))
    }

    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, &self.config.prior.latent(self.config.z, &self.setup))?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let flat = self.g.forward_tapped(z, Some(tap), &mut pass)?;
        Ok(sample_of(shaped(&flat, self.setup.shape())?))
    }
}

impl Encoder for Bigan {
    fn encode(&self, x: &Tensor, draw: Option<&mut StepRng>) -> Result<Tensor> {
        let mut unused = StepRng::new(0, 0);
        let sampled = draw.is_some();
        let mut pass = Pass { train: false, rng: draw.unwrap_or(&mut unused) };
        Ok(self.code(&x.to_dtype(self.setup.dtype)?, sampled, &mut pass)?)
    }

    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        Ok(Some(self.config.prior.draw((count, self.config.z), rng, &self.setup)?))
    }
}

impl Drawings for Bigan {
    /// Examples of the data, each row of them above the row of their G(E(x)).
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        const COLUMNS: usize = 10;
        let (Some(examples), true) = (&self.setup.examples, self.setup.shape().len() == 3) else {
            return Ok(Vec::new());
        };
        let mut pass = Pass { train: false, rng };
        let columns = examples.dim(0)?.min(COLUMNS);
        let mut rows = Vec::new();
        for first in (0..examples.dim(0)?.min(3 * columns)).step_by(columns) {
            let x = examples.narrow(0, first, columns.min(examples.dim(0)? - first))?;
            let x = x.to_dtype(self.setup.dtype)?;
            let code = self.code(&x, false, &mut pass)?;
            rows.extend([x, self.paint(&code, &mut pass)?]);
        }
        let images = Tensor::cat(&rows, 0)?;
        Ok(vec![Sheet { name: "reconstructions".into(), images, columns }])
    }
}
