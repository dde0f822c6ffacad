//! The variational autoencoder (Kingma and Welling 2013, arXiv 1312.6114).
//!
//! One player minimizes the negative of the lower bound (equation 10, with one draw):
//! −E_q[log p(x|z)] + KL(q(z|x) ‖ N(0, I)), z = μ(x) + σ(x)·ε. Gray images have Bernoulli pixels
//! (appendix C.1), colored ones a Gaussian around the decoder's output (appendix C.2), and so have
//! points.

use crate::coder::{Coder, CoderShape, check_coder, code_figure};
use crate::entry::{parse, run_config};
use crate::latents::{check_latents, nothing_given};
use crate::pixels::Pixels;
use crate::{Activation, Ask, Entry, Prior, Setup};
use candle_core::Tensor;
use gan_images::Figure;
use gan_kernels::read::values;
use gan_layers::{Init, Param, ParamStore, Pass, StepRng};
use gan_losses::variational::{bernoulli, gaussian, kl_to_standard_normal};
use gan_statistics::log_mean_exp;
use gan_train::{
    Batch, Density, Drawings, Effort, Encoder, Error, Fields, Game, Generator, Inside, Latent,
    Likelihood, Loss, Meaning, OptimizerConfig, Player, Result, Sample, SampleRequest, Sheet, Tap,
    TrainConfig, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "vae",
    title: "Variational autoencoder, with its 2-D manifold at z = 2",
    paper: "1312.6114",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 10_000,
            batch: 100,
            sample_every: 1000,
            checkpoint_every: 1000,
            ..TrainConfig::default()
        };
        let mut run = run_config("vae", "mnist", train, &VaeConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Vae::new(parse("vae", model)?, setup)?)),
};

/// Settings of the variational autoencoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaeConfig {
    /// Dimensions of the latent; section 5 tries 3 to 200 for MNIST.
    pub z: usize,
    /// Widths of the encoder's hidden layers, the decoder's in reverse; section 5: one of 500.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers; appendix C: tanh.
    pub activation: Activation,
    /// What pixels are given z: `auto`, `bernoulli` or `gaussian`; points are always Gaussian.
    pub decoder: Decoder,
    /// How pixels become binary, where they are Bernoulli.
    pub pixels: Pixels,
    /// The paper's is Adagrad; Adam needs no search for a rate.
    pub optimizer: OptimizerConfig,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            z: 20,
            hidden: vec![500],
            activation: Activation::Tanh,
            decoder: Decoder::Auto,
            pixels: Pixels::Stochastic,
            optimizer: OptimizerConfig { lr: 1e-3, beta1: 0.9, ..OptimizerConfig::default() },
        }
    }
}

/// What pixels are, given z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decoder {
    /// Bernoulli where images are gray, as digits nearly are; Gaussian where they have colors.
    #[default]
    Auto,
    /// On or off, with the decoder's output as log-odds (appendix C.1).
    Bernoulli,
    /// A Gaussian around a mean in [0, 1] (appendix C.2; section 5 squeezes the mean of Frey's faces
    /// by a sigmoid). The paper gives each pixel a variance of its own by a second head; here all
    /// share one that is learned, for a pixel that never changes would have a density without bound.
    Gaussian,
}

impl Decoder {
    fn is_gaussian(self, shape: &[usize]) -> bool {
        match (self, shape) {
            (Self::Auto, [channels, _, _]) => *channels > 1,
            (Self::Bernoulli, [_, _, _]) => false,
            _ => true,
        }
    }
}

struct Vae {
    config: VaeConfig,
    setup: Setup,
    store: ParamStore,
    players: [Player; 1],
    coder: Coder,
    /// log σ² around the decoder's output, `(1, 1)`; Bernoulli pixels have none.
    log_variance: Option<Param>,
}

/// q(z|x) of some samples: means and log-variances, `(n, z)` each.
struct Posterior {
    mean: Tensor,
    log_variance: Tensor,
}

impl Posterior {
    fn draw(&self, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let (mean, deviation) = (&self.mean, self.log_variance.affine(0.5, 0.0)?.exp()?);
        let noise = rng.normal("posterior", mean.dims(), mean.dtype(), mean.device())?;
        mean + deviation.mul(&noise)?
    }

    /// `(n,)`.
    fn kl(&self) -> candle_core::Result<Tensor> {
        kl_to_standard_normal(&self.mean, &self.log_variance)
    }
}

impl Vae {
    fn new(config: VaeConfig, setup: &Setup) -> Result<Self> {
        check_coder(config.z, &config.hidden)?;
        config.optimizer.validate("optimizer")?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let shape = CoderShape {
            code: config.z,
            heads: 2 * config.z,
            hidden: &config.hidden,
            activation: config.activation,
        };
        let coder = Coder::new(&mut store, setup, &shape)?;
        let log_variance = match config.decoder.is_gaussian(setup.shape()) {
            false => None,
            true => {
                let start = Init::Constant(first_log_variance(&coder, setup)?);
                Some(store.param("dec.log_variance", &[1, 1], start)?)
            }
        };
        let players = [Player::new("autoencoder", &["enc.", "dec."], config.optimizer)];
        Ok(Self { config, setup: setup.clone(), store, players, coder, log_variance })
    }

    /// `x`: `(n, size)` as the networks see it.
    fn posterior(&self, x: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Posterior> {
        let both = self.coder.encode(x, pass)?; // (n, 2z)
        let z = self.config.z;
        Ok(Posterior { mean: both.narrow(1, 0, z)?, log_variance: both.narrow(1, z, z)? })
    }

    /// `log p(x|z)`, `(n,)`.
    fn explained(
        &self,
        x: &Tensor,
        z: &Tensor,
        pass: &mut Pass<'_>,
    ) -> candle_core::Result<Tensor> {
        let decoded = self.coder.decode(z, pass)?;
        match &self.log_variance {
            None => bernoulli(&decoded, x),
            Some(log_variance) => gaussian(&self.coder.mean(&decoded)?, &log_variance.get(), x),
        }
    }

    /// The standard deviation around the decoder's output, where there is one.
    fn deviation(&self) -> candle_core::Result<Option<Tensor>> {
        let of = |param: &Param| param.get().detach().affine(0.5, 0.0)?.exp();
        self.log_variance.as_ref().map(of).transpose()
    }

    /// Samples as the networks see them, binary where pixels are.
    fn binary(&self, x: &Tensor, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        match self.log_variance {
            None => self.config.pixels.binary(x, rng),
            Some(_) => self.coder.flat(x),
        }
    }
}

/// Where log σ² begins: the variance of the examples around their mean, which is about what a decoder
/// that knows nothing yet leaves; 0 for points and without examples.
fn first_log_variance(coder: &Coder, setup: &Setup) -> Result<f64> {
    let (Some(examples), true) = (&setup.examples, coder.makes_images()) else { return Ok(0.0) };
    let x = coder.flat(examples)?;
    let squares = x.broadcast_sub(&x.mean_keepdim(0)?)?.sqr()?.mean_all()?;
    let variance = values(&squares)?.first().copied().unwrap_or(1.0);
    Ok(variance.max(1e-4).ln())
}

impl Game for Vae {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(&mut self, _: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("vae: no batch".into()))?;
        let x = match self.log_variance {
            None => self.config.pixels.units(batch.real()?, rng)?,
            Some(_) => self.coder.flat(batch.real()?)?,
        };
        let mut pass = Pass { train: true, rng };
        let posterior = self.posterior(&x, &mut pass)?;
        let z = posterior.draw(pass.rng)?;
        let reconstruction = self.explained(&x, &z, &mut pass)?.mean_all()?;
        let kl = posterior.kl()?.mean_all()?;
        let value = (&kl - &reconstruction)?;
        let mut terms = vec![("reconstruction", reconstruction.detach()), ("kl", kl.detach())];
        terms.extend(self.deviation()?.map(|t| t.mean_all()).transpose()?.map(|t| ("sigma", t)));
        Ok(Loss { value, terms })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["enc.", "dec."])
    }

    fn inside(&self) -> Inside<'_> {
        Inside {
            generator: Some(self),
            encoder: Some(self),
            density: Some(self),
            drawings: Some(self),
            ..Inside::default()
        }
    }
}

impl Generator for Vae {
    /// Images are the decoder's means; points have its noise too.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let z = Prior::Normal.draw((request.count, self.config.z), rng, &self.setup)?;
        let mut mean = self.coder.mean(&self.coder.decode(&z, &mut Pass { train: false, rng })?)?;
        if let (Some(deviation), false) = (self.deviation()?, self.coder.makes_images()) {
            let noise = rng.normal("observation", mean.dims(), mean.dtype(), mean.device())?;
            mean = (mean + noise.broadcast_mul(&deviation)?)?;
        }
        Ok(self.coder.samples(&mean)?)
    }

    fn latent(&self) -> Option<Latent> {
        Some(Prior::Normal.latent(self.config.z, &self.setup))
    }

    /// The decoder's means: points without their noise.
    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, &Prior::Normal.latent(self.config.z, &self.setup))?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let decoded = self.coder.decode_tapped(z, Some(tap), &mut pass)?;
        Ok(self.coder.samples(&self.coder.mean(&decoded)?)?)
    }
}

impl Encoder for Vae {
    fn encode(&self, x: &Tensor, rng: Option<&mut StepRng>) -> Result<Tensor> {
        let x = match self.log_variance {
            None => self.config.pixels.mean(x)?,
            Some(_) => self.coder.flat(x)?,
        };
        let mut unused = StepRng::new(0, 0);
        let posterior = self.posterior(&x, &mut Pass { train: false, rng: &mut unused })?;
        Ok(match rng {
            Some(rng) => posterior.draw(rng)?,
            None => posterior.mean,
        })
    }

    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        Ok(Some(Prior::Normal.draw((count, self.config.z), rng, &self.setup)?))
    }
}

impl Density for Vae {
    /// The lower bound of each sample, over `draws` draws of z; among the terms also the bound that
    /// weighs them, log 1/K Σ p(x, z)/q(z|x) (arXiv 1509.00519, equation 8), which is tighter.
    fn likelihood(&self, x: &Tensor, effort: &Effort, rng: &mut StepRng) -> Result<Likelihood> {
        let x = self.binary(x, rng)?;
        let mut pass = Pass { train: false, rng };
        let posterior = self.posterior(&x, &mut pass)?;
        let kl = values(&posterior.kl()?)?;
        let draws = effort.draws.max(1);
        let mut reconstruction = vec![0.0; kl.len()];
        let mut weights = vec![Vec::with_capacity(draws); kl.len()];
        let zero = posterior.mean.zeros_like()?;
        for _ in 0..draws {
            let z = posterior.draw(pass.rng)?;
            let explained = values(&self.explained(&x, &z, &mut pass)?)?;
            let prior = values(&gaussian(&zero, &zero, &z)?)?;
            let code = values(&gaussian(&posterior.mean, &posterior.log_variance, &z)?)?;
            for (i, all) in weights.iter_mut().enumerate() {
                reconstruction[i] += explained[i] / draws as f64;
                all.push(explained[i] + prior[i] - code[i]);
            }
        }
        let each: Vec<f64> = reconstruction.iter().zip(&kl).map(|(r, k)| r - k).collect();
        let told = |e: gan_statistics::StatisticsError| Error::Config(format!("likelihood: {e}"));
        let weighted: Vec<f64> =
            weights.iter().map(|w| log_mean_exp(w).map_err(told)).collect::<Result<_>>()?;
        let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
        let mut terms = vec![
            ("reconstruction", mean(&reconstruction)),
            ("kl", mean(&kl)),
            ("importance_weighted", mean(&weighted)),
        ];
        if let Some(deviation) = self.deviation()? {
            terms.push(("sigma", mean(&values(&deviation)?)));
        }
        Ok(Likelihood { meaning: Meaning::LowerBound, each, terms })
    }
}

impl Drawings for Vae {
    fn figure(&self, rng: &mut StepRng) -> Result<Option<Figure>> {
        let (Some(examples), 2) = (&self.setup.examples, self.config.z) else { return Ok(None) };
        let codes = self.encode(examples, Some(rng))?;
        Ok(code_figure(&codes, &Prior::Normal.draw((1000, 2), rng, &self.setup)?)?)
    }

    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let mut pass = Pass { train: false, rng };
        let mut sheets = Vec::new();
        sheets.extend(self.coder.reconstructions(&self.setup, &mut |x| {
            let mean = self.posterior(x, &mut pass)?.mean;
            self.coder.mean(&self.coder.decode(&mean, &mut pass)?)
        })?);
        if self.config.z == 2 {
            sheets.extend(self.coder.manifold(&self.setup, 1.0, &mut pass)?);
        }
        Ok(sheets)
    }
}
