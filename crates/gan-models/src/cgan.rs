//! The conditional GAN (Mirza and Osindero 2014, arXiv 1411.1784), with fully connected networks.
//!
//! min_G max_D E[log D(x|y)] + E[log(1 − D(G(z|y)|y))] (equation 2): both networks get the label
//! y, here concatenated to their input as a one-hot vector or as a learned embedding.

use crate::duel::{Duel, Roles, Sides};
use crate::entry::{parse, run_config};
use crate::latents::{check_latents, check_samples, labels_for};
use crate::mlp::{Mlp, MlpShape};
use crate::networks::Judged;
use crate::plain::{check_networks, sample_of, shaped};
use crate::{Activation, Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_data::{CLASS, Field};
use gan_layers::{Embedding, Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Discriminator, Error, Fields, Game, Generator, Inside, Latent, Loss, Player, Result,
    Sample, Tap, TrainConfig, Turn,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "cgan",
    title: "Conditional GAN: the label beside both inputs",
    paper: "1411.1784",
    takes: &[Ask::SAMPLES, Ask::CLASS],
    defaults: || {
        let train = TrainConfig {
            steps: 4000,
            batch: 128,
            sample_every: 500,
            samples: 100,
            checkpoint_every: 500,
            ..TrainConfig::default()
        };
        run_config("cgan", "mnist", train, &CganConfig::default())
    },
    build: |model, setup| Ok(Box::new(Cgan::new(parse("cgan", model)?, setup)?)),
};

/// How a label becomes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A one-hot vector, as in the paper's section 4.1.
    #[default]
    OneHot,
    /// A learned vector a class, each network its own.
    Embedding,
}

/// Settings of the conditional GAN.
///
/// The paper's section 4.1 has a uniform z of 100 and maxout networks trained by SGD; the widths
/// and the optimizer here are those of [`crate::VanillaConfig`], so that the two compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CganConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// `one-hot` or `embedding`.
    pub condition: Condition,
    /// Width of an embedding; unused for one-hot.
    pub embedding: usize,
    /// Widths of the generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Widths of the discriminator's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// Activation of both.
    pub activation: Activation,
    /// Dropout after each of the discriminator's hidden layers.
    pub dropout: f64,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for CganConfig {
    fn default() -> Self {
        Self {
            z: 100,
            prior: Prior::Uniform,
            condition: Condition::OneHot,
            embedding: 10,
            generator_hidden: vec![256, 512, 1024],
            discriminator_hidden: vec![512, 256],
            activation: Activation::LeakyRelu,
            dropout: 0.0,
            techniques: Techniques::default(),
        }
    }
}

/// Techniques that do not go with labels.
const REFUSES: &[(&str, &str)] =
    &[("history", "cgan: the history keeps samples without their labels; set it to 0")];

/// Labels as vectors.
enum Code {
    OneHot(usize),
    Learnt(Embedding),
}

impl Code {
    fn new(
        store: &mut ParamStore,
        name: &str,
        config: &CganConfig,
        classes: usize,
    ) -> candle_core::Result<Self> {
        Ok(match config.condition {
            Condition::OneHot => Self::OneHot(classes),
            Condition::Embedding => {
                Self::Learnt(Embedding::new(store, name, classes, config.embedding)?)
            }
        })
    }

    fn forward(&self, labels: &Tensor, setup: &Setup) -> candle_core::Result<Tensor> {
        match self {
            Self::OneHot(classes) => {
                Tensor::eye(*classes, setup.dtype, &setup.device)?.index_select(labels, 0)
            }
            Self::Learnt(table) => table.forward(labels),
        }
    }
}

struct Cgan {
    config: CganConfig,
    setup: Setup,
    classes: usize,
    store: ParamStore,
    g: Mlp,
    d: Mlp,
    g_code: Code,
    d_code: Code,
    duel: Duel,
    /// Labels of the present step's batch: its fakes carry them too.
    labels: Option<Tensor>,
}

impl Cgan {
    fn new(config: CganConfig, setup: &Setup) -> Result<Self> {
        let hidden = [&config.generator_hidden[..], &config.discriminator_hidden[..]];
        check_networks(config.z.min(config.embedding), hidden, config.dropout)?;
        let classes = setup.classes().filter(|c| *c > 1).ok_or_else(|| {
            Error::Config(
                "cgan: expected data of two classes or more, found one or none; use such data \
                 (mnist, toy:ring, folders of images by class), or `vanilla`"
                    .into(),
            )
        })?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let g_code = Code::new(&mut store, "g.label", &config, classes)?;
        let d_code = Code::new(&mut store, "d.label", &config, classes)?;
        let width = match config.condition {
            Condition::OneHot => classes,
            Condition::Embedding => config.embedding,
        };
        let size: usize = setup.shape().iter().product();
        let no_reference = |_| {
            candle_core::bail!(
                "cgan: virtual batch norm's reference batch would need labels; choose another \
                 techniques.generator_norm or discriminator_norm"
            )
        };
        let own = Normalization::None;
        let g = MlpShape {
            inputs: config.z + width,
            hidden: &config.generator_hidden,
            outputs: size,
            activation: config.activation,
            dropout: 0.0,
            options: config.techniques.generator_options(own, no_reference)?,
        };
        let d = MlpShape {
            inputs: size + width,
            hidden: &config.discriminator_hidden,
            outputs: 1,
            activation: config.activation,
            dropout: config.dropout,
            options: config.techniques.discriminator_options(own, no_reference)?,
        };
        let (g, d) = (Mlp::new(&mut store, "g", &g)?, Mlp::new(&mut store, "d", &d)?);
        let roles = Roles { conditional: true, refuses: REFUSES, ..Roles::default() };
        let duel = Duel::new(&config.techniques, roles, &mut store, setup)?;
        let setup = setup.clone();
        Ok(Self { config, setup, classes, store, g, d, g_code, d_code, duel, labels: None })
    }

    /// `labels`: `(n,)`; result `(n, …shape)`.
    fn drawn(&self, labels: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = self.config.prior.draw((labels.dim(0)?, self.config.z), pass.rng, &self.setup)?;
        let code = self.g_code.forward(labels, &self.setup)?;
        shaped(&self.g.forward(&Tensor::cat(&[&z, &code], 1)?, pass)?, self.setup.shape())
    }

    /// Labels for `count` samples, `(count,)`: those given, or class after class in turn.
    fn labels(&self, given: &Fields, count: usize) -> Result<Tensor> {
        let labels = labels_for("cgan", given.classes()?.as_deref(), count, self.classes)?;
        Ok(Tensor::from_vec(labels, count, &self.setup.device)?)
    }

    /// Packs of samples and of their labels, as [`crate::packing`] makes them.
    fn judged(&self, x: &[Tensor], pass: &mut Pass<'_>) -> candle_core::Result<Judged> {
        let [x, labels] = x else {
            candle_core::bail!("cgan: expected samples and labels, found {} tensors", x.len())
        };
        let packs = x.dim(0)?;
        let code = self.d_code.forward(&labels.flatten_all()?, &self.setup)?;
        let code = code.reshape((packs, ()))?;
        self.d.judge(&Tensor::cat(&[&x.flatten_from(1)?, &code], 1)?, pass)
    }
}

impl Game for Cgan {
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
        if let Some(batch) = batch {
            self.labels = Some(batch.need(CLASS)?.clone());
        }
        let none = || Error::Config("cgan: no batch was seen yet".into());
        let labels = self.labels.as_ref().ok_or_else(none)?;
        let sides = Sides {
            real: &|batch, _| Ok(vec![batch.real()?.clone(), labels.clone()]),
            fake: &|_, pass| Ok(vec![self.drawn(labels, pass)?, labels.clone()]),
            judge: &|x, pass| self.judged(x, pass),
        };
        self.duel.loss(player, &self.store, batch, &mut Pass { train: true, rng }, &sides)
    }

    fn couples(&self) -> Option<&'static str> {
        self.duel.couples()
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        self.duel.after_update(player, &self.store)
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), discriminator: Some(self), ..Inside::default() }
    }
}

impl Generator for Cgan {
    fn takes(&self) -> Vec<Field> {
        vec![self.setup.class_field(self.classes)]
    }

    fn latent(&self) -> Option<Latent> {
        Some(self.config.prior.latent(self.config.z, &self.setup))
    }

    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, &self.config.prior.latent(self.config.z, &self.setup))?;
        let code = self.g_code.forward(&self.labels(given, z.dim(0)?)?, &self.setup)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let x = self.g.forward_tapped(&Tensor::cat(&[z, &code], 1)?, Some(tap), &mut pass)?;
        Ok(sample_of(shaped(&x, self.setup.shape())?))
    }
}

impl Discriminator for Cgan {
    fn judge(&self, x: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Tensor> {
        check_samples(x, self.setup.shape(), self.config.techniques.packing)?;
        let code = self.d_code.forward(&self.labels(given, x.dim(0)?)?, &self.setup)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let both = Tensor::cat(&[&x.flatten_from(1)?, &code], 1)?;
        Ok(self.d.forward_tapped(&both, Some(tap), &mut pass)?.flatten_all()?)
    }
}
