//! Generative moment matching networks (Li, Swersky and Zemel 2015, arXiv 1502.02761).
//!
//! G minimizes √MMD² between a batch of data and one of its own (equation 5 under a root,
//! section 3.4) with Gaussian kernels of several widths; there is no discriminator. In the code
//! space of an autoencoder that is trained before (section 4) the same loss makes better images.

use crate::entry::{parse, run_config};
use crate::latents::{check_latents, nothing_given};
use crate::mlp::{Mlp, MlpShape};
use crate::pixels::{brightness, image};
use crate::plain::check_networks;
use crate::{Activation, Ask, Entry, Prior, Setup};
use candle_core::Tensor;
use gan_kernels::activation::sigmoid;
use gan_kernels::read::{scalar, values};
use gan_layers::{Buffer, Init, ParamStore, Pass, StepRng};
use gan_losses::moment_matching::{generator, mmd_squared};
use gan_train::{
    Batch, Error, Fields, Game, Generator, Inside, Latent, Loss, OptimizerConfig, Player, Result,
    Sample, Tap, TrainConfig, Turn, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "gmmn",
    title: "Moment matching network: MMD in place of a discriminator",
    paper: "1502.02761",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 2000,
            batch: 500,
            sample_every: 250,
            checkpoint_every: 500,
            ..TrainConfig::default()
        };
        run_config("gmmn", "mnist", train, &GmmnConfig::default())
    },
    build: |model, setup| Ok(Box::new(Gmmn::new(parse("gmmn", model)?, setup)?)),
};

/// Settings of the moment matching network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GmmnConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// Widths of the generator's hidden layers.
    pub generator_hidden: Vec<usize>,
    /// Kernel widths σ, as multiples of the median distance between two samples.
    pub bandwidths: Vec<f64>,
    /// Width of the autoencoder's code; 0 matches moments of the data themselves.
    pub code: usize,
    /// Widths of the encoder's hidden layers; the decoder has them in reverse.
    pub encoder_hidden: Vec<usize>,
    /// Steps in which the autoencoder is trained, before the generator begins.
    pub pretraining: u64,
    /// The generator's optimizer.
    pub generator: OptimizerConfig,
    /// The autoencoder's optimizer.
    pub autoencoder: OptimizerConfig,
}

impl Default for GmmnConfig {
    /// Section 5: a uniform z of 10 and hidden layers of 64, 256, 256 and 1024 with ReLU; the
    /// authors train on batches of 1000 by SGD with momentum for up to 2.5 million samples; Adam
    /// and half of that batch need minutes. Section 3.4: a mixture of kernel widths.
    fn default() -> Self {
        let adam = OptimizerConfig { lr: 1e-3, beta1: 0.9, ..OptimizerConfig::default() };
        Self {
            z: 10,
            prior: Prior::Uniform,
            generator_hidden: vec![64, 256, 256, 1024],
            bandwidths: vec![0.125, 0.25, 0.5, 1.0],
            code: 0,
            encoder_hidden: vec![1024, 32],
            pretraining: 500,
            generator: adam,
            autoencoder: adam,
        }
    }
}

/// Players in turn order; the autoencoder stands last and is missing without a code.
const GENERATOR: usize = 0;

/// The autoencoder whose codes G makes.
struct Coder {
    encoder: Mlp,
    decoder: Mlp,
}

struct Gmmn {
    config: GmmnConfig,
    setup: Setup,
    store: ParamStore,
    g: Mlp,
    coder: Option<Coder>,
    players: Vec<Player>,
    /// The median distance between two samples, or two codes; 0 until it is known.
    median: Buffer,
}

impl Gmmn {
    fn new(config: GmmnConfig, setup: &Setup) -> Result<Self> {
        check_networks(config.z, [&config.generator_hidden, &config.encoder_hidden], 0.0)?;
        if config.bandwidths.is_empty()
            || config.bandwidths.iter().any(|s| !(*s > 0.0 && s.is_finite()))
        {
            return Err(Error::Config(format!(
                "gmmn: bandwidths: expected one or more above 0, found {:?}",
                config.bandwidths
            )));
        }
        if setup.batch < 4 {
            return Err(Error::Config(format!(
                "gmmn: expected a batch of 4 or more, found {}: moments need samples",
                setup.batch
            )));
        }
        let size: usize = setup.shape().iter().product();
        let outputs = if config.code > 0 { config.code } else { size };
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let shape = |inputs, hidden, outputs| MlpShape {
            inputs,
            hidden,
            outputs,
            activation: Activation::Relu,
            ..MlpShape::default()
        };
        let g = Mlp::new(&mut store, "g", &shape(config.z, &config.generator_hidden, outputs))?;
        let mut players = vec![Player::new("generator", &["g."], config.generator)];
        let mut coder = None;
        if config.code > 0 {
            let reversed: Vec<usize> = config.encoder_hidden.iter().rev().copied().collect();
            let inwards = shape(size, &config.encoder_hidden, config.code);
            coder = Some(Coder {
                encoder: Mlp::new(&mut store, "enc", &inwards)?,
                decoder: Mlp::new(&mut store, "dec", &shape(config.code, &reversed, size))?,
            });
            players.push(Player::new("autoencoder", &["enc.", "dec."], config.autoencoder));
        }
        let median = store.buffer("kernel.median", &[], Init::Constant(0.0))?;
        let game = Self { setup: setup.clone(), config, store, g, coder, players, median };
        if game.coder.is_none()
            && let Some(examples) = &setup.examples
        {
            game.measure(&game.flat(&examples.to_dtype(setup.dtype)?)?)?;
        }
        Ok(game)
    }

    /// What moments are taken of: pixels in `[0, 1]`, points as they are, `(n, size)`.
    fn flat(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        if self.setup.shape().len() == 3 { brightness(x) } else { x.flatten_from(1) }
    }

    /// A network's outputs on that scale; section 5: sigmoid.
    fn bounded(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        if self.setup.shape().len() == 3 { sigmoid(x) } else { Ok(x.clone()) }
    }

    /// What G makes: data, or codes in `(0, 1)`.
    fn make(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = self.config.prior.draw((count, self.config.z), pass.rng, &self.setup)?;
        self.ended(&self.g.forward(&z, pass)?)
    }

    /// G's output as codes or samples.
    fn ended(&self, made: &Tensor) -> candle_core::Result<Tensor> {
        if self.coder.is_some() { sigmoid(made) } else { self.bounded(made) }
    }

    /// Samples of what G made.
    fn samples(&self, made: &Tensor, pass: &mut Pass<'_>) -> Result<Sample> {
        let flat = match &self.coder {
            Some(coder) => self.bounded(&coder.decoder.forward(made, pass)?)?,
            None => made.clone(),
        };
        if self.setup.shape().len() == 3 {
            return Ok(Sample::Images(image(&flat, self.setup.shape())?));
        }
        let full = [&[made.dim(0)?], self.setup.shape()].concat();
        Ok(Sample::Points(flat.reshape(full)?))
    }

    /// Codes in `(0, 1)` of flat samples.
    fn code(&self, flat: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        match &self.coder {
            Some(coder) => sigmoid(&coder.encoder.forward(flat, pass)?),
            None => Ok(flat.clone()),
        }
    }

    /// Keeps the median distance between rows of `x`, `(n, dims)`: the scale of the kernels.
    fn measure(&self, x: &Tensor) -> candle_core::Result<()> {
        /// Pairs of so many samples are enough for a median.
        const MOST: usize = 200;
        let count = x.dim(0)?.min(MOST);
        let rows = values(&x.narrow(0, 0, count)?)?;
        let dims = x.dim(1)?;
        let row = |i: usize| &rows[i * dims..(i + 1) * dims];
        let mut distances = Vec::new();
        for i in 0..count {
            for j in 0..i {
                let square: f64 = row(i).iter().zip(row(j)).map(|(a, b)| (a - b).powi(2)).sum();
                distances.push(square.sqrt());
            }
        }
        distances.sort_by(f64::total_cmp);
        // Samples that are all alike have no scale; any will do.
        let median = distances.get(distances.len() / 2).copied().filter(|m| *m > 0.0);
        let median = Tensor::new(median.unwrap_or(1.0), &self.setup.device)?;
        self.median.set(&median.to_dtype(self.setup.dtype)?)
    }

    fn matching(&self, flat: &Tensor, pass: &mut Pass<'_>) -> Result<Loss> {
        let real = self.code(flat, pass)?.detach();
        if scalar(&self.median.get())? == 0.0 {
            self.measure(&real)?;
        }
        let median = scalar(&self.median.get())?;
        let widths: Vec<f64> = self.config.bandwidths.iter().map(|s| s * median).collect();
        let size = real.dim(0)?;
        let fake = self.make(size, pass)?;
        // What two halves of the data are apart is as near as a generator can come.
        let half = size / 2;
        let (first, second) = (real.narrow(0, 0, half)?, real.narrow(0, half, half)?);
        let apart = |x: &Tensor| mmd_squared(&first, x, &widths);
        let terms = vec![
            ("mmd2", apart(&fake.detach().narrow(0, half, half)?)?),
            ("floor", apart(&second)?),
        ];
        Ok(Loss { value: generator(&real, &fake, &widths)?, terms })
    }
}

impl Game for Gmmn {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    /// First the autoencoder alone, then the generator alone.
    fn turn(&mut self, player: usize, step: u64) -> Result<Turn> {
        let early = self.coder.is_some() && step <= self.config.pretraining;
        Ok(Turn::of(((player == GENERATOR) != early).into()))
    }

    fn couples(&self) -> Option<&'static str> {
        Some("moment matching")
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let name = &self.players[player].name;
        let batch = batch.ok_or_else(|| Error::Config(format!("{name}: no batch")))?;
        let (flat, mut pass) = (self.flat(batch.real()?)?, Pass { train: true, rng });
        match &self.coder {
            Some(coder) if player != GENERATOR => {
                let code = self.code(&flat, &mut pass)?;
                let decoded = self.bounded(&coder.decoder.forward(&code, &mut pass)?)?;
                let value = (decoded - flat)?.sqr()?.sum(1)?.mean_all()?;
                Ok(Loss { value, terms: Vec::new() })
            }
            _ => self.matching(&flat, &mut pass),
        }
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["g.", "dec."])
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), ..Inside::default() }
    }
}

impl Generator for Gmmn {
    fn latent(&self) -> Option<Latent> {
        Some(self.config.prior.latent(self.config.z, &self.setup))
    }

    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, &self.config.prior.latent(self.config.z, &self.setup))?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let made = self.ended(&self.g.forward_tapped(z, Some(tap), &mut pass)?)?;
        self.samples(&made, &mut pass)
    }
}
