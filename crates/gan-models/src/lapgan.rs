//! LAPGAN (Denton, Chintala, Szlam and Fergus 2015, arXiv 1506.05751): a GAN for each level of a
//! Laplacian pyramid.
//!
//! With d(·) halving and u(·) doubling an image, level k has the detail h = x − u(d(x)). Its
//! generator makes h of noise and of l = u(d(x)); its discriminator judges x = l + h beside l
//! (section 3.2, figure 2). The coarsest level is a plain GAN. Sampling goes up the pyramid,
//! x̃ = u(x̃ of the level below) + G(z, u(…)) (section 3.2, figure 1). Levels are trained on their
//! own, each from real coarse images.

use crate::convolutional::{ConvDiscriminator, ConvShape};
use crate::duel::{Duel, Roles, Sides};
use crate::entry::{parse, run_config};
use crate::mlp::{Mlp, MlpShape};
use crate::networks::{Judged, NetworkOptions};
use crate::plain::check_networks;
use crate::{Activation, Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_data::Field;
use gan_kernels::activation::{relu, tanh};
use gan_kernels::conv::Conv2d;
use gan_kernels::pool::{Pool, avg_pool2d};
use gan_kernels::resample::upsample_bilinear2d;
use gan_layers::{Conv, Init, Norm, Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Drawings, Error, Game, Generator, Inside, Loss, Player, Result, Sample, SampleRequest,
    Sheet, TrainConfig, Turn,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "lapgan",
    title: "Laplacian pyramid of GANs, coarse to fine",
    paper: "1506.05751",
    takes: &[Ask::images("whose side halves evenly at each level")],
    defaults: || {
        let train = TrainConfig {
            steps: 2500,
            batch: 64,
            sample_every: 250,
            checkpoint_every: 250,
            ema: 0.99,
            ..TrainConfig::default()
        };
        run_config("lapgan", "mnist", train, &LapganConfig::default())
    },
    build: |model, setup| Ok(Box::new(Lapgan::new(parse("lapgan", model)?, setup)?)),
};

/// Settings of LAPGAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LapganConfig {
    /// Levels above the coarsest: halvings of the image, 1 or more.
    pub levels: usize,
    /// Dimensions of the coarsest level's latent.
    pub z: usize,
    /// The distribution of all latents.
    pub prior: Prior,
    /// Widths of the coarsest generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Widths of the coarsest discriminator's hidden layers.
    pub discriminator_hidden: Vec<usize>,
    /// Channels of the convolutions at the levels above.
    pub features: usize,
    /// How every pair is trained.
    pub techniques: Techniques,
}

impl Default for LapganConfig {
    /// Section 4 and appendix A for CIFAR-10: a coarsest level of 8 pixels with two fully connected
    /// hidden layers of 1200 and 600 units, dropout and a uniform z of 100, then convolutions of
    /// 64 to 128 channels. Smaller here by a factor of two to four, with Adam in place of SGD.
    fn default() -> Self {
        Self {
            levels: 2,
            z: 100,
            prior: Prior::Uniform,
            generator_hidden: vec![512, 512],
            discriminator_hidden: vec![256, 256],
            features: 32,
            techniques: Techniques::default(),
        }
    }
}

/// Techniques that do not go with the coarse image beside each sample.
const REFUSES: &[(&str, &str)] =
    &[("history", "lapgan: the history keeps samples without their coarse images; set it to 0")];

/// One level's pair.
enum Pair {
    /// The coarsest: a plain GAN.
    Coarsest { g: Mlp, d: Mlp },
    /// Details of noise and of the doubled coarse image.
    Detail { g: Vec<(Conv, Option<Norm>)>, d: ConvDiscriminator },
}

struct Level {
    pair: Pair,
    duel: Duel,
    /// `[channels, side, side]`.
    shape: [usize; 3],
}

struct Lapgan {
    config: LapganConfig,
    setup: Setup,
    store: ParamStore,
    /// From the finest to the coarsest.
    levels: Vec<Level>,
    players: Vec<Player>,
    averaged: Vec<String>,
}

/// d(·): the mean of each 2×2 block, where the paper blurs and decimates.
fn halve(x: &Tensor) -> candle_core::Result<Tensor> {
    avg_pool2d(x, &Pool::square(2))
}

/// u(·): bilinear.
fn double(x: &Tensor) -> candle_core::Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    upsample_bilinear2d(x, (2 * height, 2 * width), false)
}

impl Lapgan {
    fn new(config: LapganConfig, setup: &Setup) -> Result<Self> {
        let hidden = [&config.generator_hidden[..], &config.discriminator_hidden[..]];
        check_networks(config.z.min(config.features), hidden, 0.0)?;
        /// Sides above a quarter of a million pixels are no images.
        const MOST: usize = 16;
        if !(1..=MOST).contains(&config.levels) {
            let found = config.levels;
            return Err(Error::Config(format!(
                "lapgan: levels: expected 1 to {MOST}, found {found}"
            )));
        }
        let [channels, height, width] = setup.shape()[..] else {
            return Err(Error::Config(format!(
                "lapgan: expected images, found samples of shape {:?}",
                setup.shape()
            )));
        };
        let least = 4 << config.levels;
        if height != width || !height.is_multiple_of(1 << config.levels) || height < least {
            return Err(Error::Config(format!(
                "lapgan: {} levels need square images of {least} pixels or more that halve so \
                 often, found {width}×{height}; use --size 32 or fewer levels",
                config.levels
            )));
        }
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let (mut levels, mut players, mut averaged) = (Vec::new(), Vec::new(), Vec::new());
        for k in 0..=config.levels {
            let side = height >> k;
            let shape = [channels, side, side];
            let pair = match k == config.levels {
                true => coarsest(&mut store, k, &config, shape)?,
                false => detail(&mut store, k, &config, shape)?,
            };
            // A generator of details needs real coarse images in its own turn too.
            let conditional = k < config.levels;
            let refuses = if conditional { REFUSES } else { &[] };
            let names = ["discriminator", "generator"]
                .map(|name| if k == 0 { name.to_owned() } else { format!("{name}-{k}") });
            let owns = ["d", "g"].map(|network| vec![format!("{network}{k}.")]);
            averaged.extend(owns[1].clone());
            let roles = Roles { names, owns, conditional, refuses, ..Roles::default() };
            let at = Setup { fields: vec![Field::image(shape)], ..setup.clone() };
            let duel = Duel::new(&config.techniques, roles, &mut store, &at)?;
            players.extend(duel.players().to_vec());
            levels.push(Level { pair, duel, shape });
        }
        Ok(Self { config, setup: setup.clone(), store, levels, players, averaged })
    }

    /// The doubled coarse image and what G adds to it.
    fn add_detail(
        &self,
        g: &[(Conv, Option<Norm>)],
        coarse: &Tensor,
        pass: &mut Pass<'_>,
    ) -> candle_core::Result<Tensor> {
        let (n, _, height, width) = coarse.dims4()?;
        // Section 3.2: the noise is one more plane of the image.
        let noise = self.config.prior.draw((n, height * width), pass.rng, &self.setup)?;
        let mut x = Tensor::cat(&[coarse, &noise.reshape((n, 1, height, width))?], 1)?;
        for (i, (conv, norm)) in g.iter().enumerate() {
            x = conv.forward(&x, pass)?;
            if let Some(norm) = norm {
                x = norm.forward(&x, 0, pass)?;
            }
            if i + 1 < g.len() {
                x = relu(&x)?;
            }
        }
        coarse + x
    }

    fn base(
        &self,
        level: &Level,
        g: &Mlp,
        count: usize,
        pass: &mut Pass<'_>,
    ) -> candle_core::Result<Tensor> {
        let z = self.config.prior.draw((count, self.config.z), pass.rng, &self.setup)?;
        let [c, h, w] = level.shape;
        tanh(&g.forward(&z, pass)?)?.reshape((count, c, h, w))
    }

    /// Samples at every level, the coarsest first.
    fn pyramid(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Vec<Tensor>> {
        let mut made: Vec<Tensor> = Vec::new();
        for level in self.levels.iter().rev() {
            let x = match (&level.pair, made.last()) {
                (Pair::Coarsest { g, .. }, _) => self.base(level, g, count, pass)?,
                (Pair::Detail { g, .. }, Some(coarse)) => {
                    // Details may lead out of the range of pixels; the level above has not seen that.
                    self.add_detail(g, &double(coarse)?, pass)?.clamp(-1.0, 1.0)?
                }
                (Pair::Detail { .. }, None) => candle_core::bail!("lapgan: no coarsest level"),
            };
            made.push(x);
        }
        Ok(made)
    }
}

fn coarsest(
    store: &mut ParamStore,
    k: usize,
    config: &LapganConfig,
    [channels, side, _]: [usize; 3],
) -> Result<Pair> {
    let (size, (for_g, for_d)) = (channels * side * side, options(config)?);
    let g = MlpShape {
        inputs: config.z,
        hidden: &config.generator_hidden,
        outputs: size,
        activation: Activation::Relu,
        dropout: 0.0,
        options: for_g,
    };
    let d = MlpShape {
        inputs: size,
        hidden: &config.discriminator_hidden,
        outputs: 1,
        activation: Activation::LeakyRelu,
        dropout: 0.0,
        options: for_d,
    };
    let g = Mlp::new(store, &format!("g{k}"), &g)?;
    Ok(Pair::Coarsest { g, d: Mlp::new(store, &format!("d{k}"), &d)? })
}

fn detail(
    store: &mut ParamStore,
    k: usize,
    config: &LapganConfig,
    [channels, side, _]: [usize; 3],
) -> Result<Pair> {
    let (for_g, for_d) = options(config)?;
    let widths = [channels + 1, config.features, config.features, channels];
    let mut g = Vec::new();
    for (i, width) in widths.windows(2).enumerate() {
        let last = i + 2 == widths.len();
        let kind = if last { Normalization::None } else { for_g.norm };
        let (conv, norm) = (format!("g{k}.conv{}", i + 1), format!("g{k}.bn{}", i + 1));
        let (how, init) = (Conv2d::new(1, 1), Init::fan_in(9 * width[0]));
        let bias = kind == Normalization::None;
        let conv = Conv::new(store, &conv, (width[0], width[1]), 3, how, init, bias, false)?;
        g.push((conv, Norm::new(kind, store, &norm, width[1])?));
    }
    // Two halvings, then one layer as large as what is left: the image and l side by side.
    let shape =
        ConvShape { z: 0, channels: 2 * channels, features: config.features, sizes: (side / 4, 2) };
    Ok(Pair::Detail { g, d: ConvDiscriminator::new(store, &format!("d{k}"), &shape, &for_d)? })
}

/// What each level's pair is built with. Batch norm in G, as DCGAN has it (arXiv 1511.06434) and the
/// paper does not: without it the coarsest pair ends on a few shapes.
fn options(config: &LapganConfig) -> Result<(NetworkOptions, NetworkOptions)> {
    let techniques = &config.techniques;
    Ok((
        techniques.generator_options(Normalization::Batch, no_reference)?,
        techniques.discriminator_options(Normalization::None, no_reference)?,
    ))
}

fn no_reference(_: usize) -> candle_core::Result<Tensor> {
    candle_core::bail!(
        "lapgan: each level would need a reference batch of its own for virtual batch norm; choose \
         another techniques.generator_norm or discriminator_norm"
    )
}

impl Game for Lapgan {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, _: u64) -> Result<Turn> {
        Ok(self.levels[player / 2].duel.turn(player % 2))
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let level = &self.levels[player / 2];
        // The batch at this level's size; all levels above the coarsest need what lies below too.
        let seen = match batch {
            None => None,
            Some(batch) => {
                let mut real = batch.real()?.clone();
                for _ in 0..player / 2 {
                    real = halve(&real)?;
                }
                Some(Batch::of(real))
            }
        };
        let mut pass = Pass { train: true, rng };
        match &level.pair {
            Pair::Coarsest { g, d } => {
                let sides = Sides {
                    real: &|batch, _| Ok(vec![batch.real()?.clone()]),
                    fake: &|count, pass| Ok(vec![self.base(level, g, count, pass)?]),
                    judge: &|x, pass| d.judge(&x[0], pass),
                };
                level.duel.loss(player % 2, &self.store, seen.as_ref(), &mut pass, &sides)
            }
            Pair::Detail { g, d } => {
                // Without a batch, G trains on the fakes that its duel has kept.
                let coarse = match &seen {
                    Some(batch) => Some(double(&halve(batch.real()?)?)?),
                    None => None,
                };
                let fake = |_: usize, pass: &mut Pass<'_>| match &coarse {
                    Some(coarse) => Ok(vec![self.add_detail(g, coarse, pass)?, coarse.clone()]),
                    None => candle_core::bail!("lapgan: a level's generator needs a batch"),
                };
                let sides = Sides {
                    real: &|batch, _| {
                        let coarse = double(&halve(batch.real()?)?)?;
                        Ok(vec![batch.real()?.clone(), coarse])
                    },
                    fake: &fake,
                    judge: &|x, pass| judge(d, x, pass),
                };
                level.duel.loss(player % 2, &self.store, seen.as_ref(), &mut pass, &sides)
            }
        }
    }

    fn couples(&self) -> Option<&'static str> {
        self.levels.iter().find_map(|level| level.duel.couples())
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        self.levels[player / 2].duel.after_update(player % 2, &self.store)
    }

    fn averaged(&self) -> Vec<String> {
        self.averaged.clone()
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), drawings: Some(self), ..Inside::default() }
    }
}

impl Generator for Lapgan {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let mut made = self.pyramid(request.count, &mut Pass { train: false, rng })?;
        made.pop().map(Sample::Images).ok_or_else(|| Error::Config("lapgan: no levels".into()))
    }
}

impl Drawings for Lapgan {
    /// Every level of a few samples, coarsest first, all enlarged to the finest.
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        const ROWS: usize = 8;
        let side = (self.setup.shape()[1], self.setup.shape()[2]);
        let levels = self.pyramid(ROWS, &mut Pass { train: false, rng })?;
        let large = levels
            .iter()
            .map(|x| gan_kernels::resample::upsample_nearest2d(x, side))
            .collect::<candle_core::Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        for row in 0..ROWS {
            for level in &large {
                rows.push(level.narrow(0, row, 1)?);
            }
        }
        Ok(vec![Sheet {
            name: "levels".into(),
            images: Tensor::cat(&rows, 0)?,
            columns: large.len(),
        }])
    }
}

/// D's answer to images beside l.
fn judge(d: &ConvDiscriminator, x: &[Tensor], pass: &mut Pass<'_>) -> candle_core::Result<Judged> {
    d.judge(&Tensor::cat(x, 1)?, pass)
}
