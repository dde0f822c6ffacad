//! The deep autoencoder (Hinton and Salakhutdinov, Science 313 (2006) 504), denoising if asked.
//!
//! One player minimizes the reconstruction's cost. It is no generative model: what is drawn from it
//! are decoded draws of the Gaussian that its codes have afterwards (arXiv 1903.12436, section 4).

use crate::coder::{Coder, CoderShape, Reconstruction, check_coder};
use crate::entry::{parse, run_config};
use crate::{Activation, Ask, Entry, Setup};
use candle_core::Tensor;
use gan_kernels::linear::matmul;
use gan_layers::{ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Drawings, Encoder, Error, Game, Generator, Inside, Loss, OptimizerConfig, Player,
    Result, Sample, SampleRequest, Sheet, TrainConfig, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "autoencoder",
    title: "Deep autoencoder, denoising if asked",
    paper: "Hinton and Salakhutdinov 2006",
    takes: &[Ask::SAMPLES],
    defaults: || {
        let train = TrainConfig {
            steps: 5000,
            batch: 100,
            sample_every: 1000,
            checkpoint_every: 1000,
            ..TrainConfig::default()
        };
        let mut run = run_config("autoencoder", "mnist", train, &AutoencoderConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Autoencoder::new(parse("autoencoder", model)?, setup)?)),
};

/// Settings of the autoencoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoencoderConfig {
    /// Width of the code; 30 in the paper's figure 2.
    pub code: usize,
    /// Widths of the encoder's hidden layers, the decoder's in reverse; the paper has 1000, 500 and
    /// 250 for MNIST.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers. The paper's are logistic and start from Boltzmann machines;
    /// with ReLU none are needed.
    pub activation: Activation,
    /// What a reconstruction costs; the paper: cross-entropy.
    pub reconstruction: Reconstruction,
    /// Share of input values that are set to 0 in training (Vincent et al., ICML 2008).
    pub corruption: f64,
    /// Adam in place of the paper's conjugate gradients.
    pub optimizer: OptimizerConfig,
}

impl Default for AutoencoderConfig {
    fn default() -> Self {
        Self {
            code: 30,
            hidden: vec![1000, 500, 250],
            activation: Activation::Relu,
            reconstruction: Reconstruction::CrossEntropy,
            corruption: 0.0,
            optimizer: OptimizerConfig { lr: 1e-3, beta1: 0.9, ..OptimizerConfig::default() },
        }
    }
}

struct Autoencoder {
    config: AutoencoderConfig,
    setup: Setup,
    store: ParamStore,
    players: [Player; 1],
    coder: Coder,
}

impl Autoencoder {
    fn new(config: AutoencoderConfig, setup: &Setup) -> Result<Self> {
        check_coder(config.code, &config.hidden)?;
        config.optimizer.validate("optimizer")?;
        if !(0.0..1.0).contains(&config.corruption) {
            let found = config.corruption;
            let what = format!("model.corruption: expected a share in [0, 1), found {found}");
            return Err(Error::Config(what));
        }
        if setup.examples.is_none() {
            let what = "autoencoder: drawing from it needs examples of the data, found none";
            return Err(Error::Config(what.into()));
        }
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let shape = CoderShape {
            code: config.code,
            heads: config.code,
            hidden: &config.hidden,
            activation: config.activation,
        };
        let coder = Coder::new(&mut store, setup, &shape)?;
        let players = [Player::new("autoencoder", &["enc.", "dec."], config.optimizer)];
        Ok(Self { config, setup: setup.clone(), store, players, coder })
    }

    /// Some values set to 0.
    fn corrupted(&self, x: &Tensor, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        if self.config.corruption == 0.0 {
            return Ok(x.clone());
        }
        let draws = rng.uniform("corruption", (0.0, 1.0), x.dims(), x.dtype(), x.device())?;
        x.mul(&draws.ge(self.config.corruption)?.to_dtype(x.dtype())?)
    }

    /// `count` draws of the Gaussian with the mean and the covariance of the examples' codes.
    fn codes(&self, count: usize, pass: &mut Pass<'_>) -> Result<Tensor> {
        let examples = self.setup.examples.as_ref();
        let examples = examples.ok_or_else(|| Error::Config("autoencoder: no examples".into()))?;
        let codes = self.coder.encode(&self.coder.flat(examples)?, pass)?;
        let mean = codes.mean_keepdim(0)?;
        let centred = codes.broadcast_sub(&mean)?;
        // A sum of the centered codes with normal weights has their covariance.
        let n = codes.dim(0)?;
        let (dtype, device) = (codes.dtype(), codes.device());
        let weights = pass.rng.normal("latent", &[count, n], dtype, device)?;
        let spread = matmul(&weights, &centred)?.affine(1.0 / (n as f64).sqrt(), 0.0)?;
        Ok(spread.broadcast_add(&mean)?)
    }
}

impl Game for Autoencoder {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(&mut self, _: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("autoencoder: no batch".into()))?;
        let x = self.coder.flat(batch.real()?)?;
        let seen = self.corrupted(&x, rng)?;
        let mut pass = Pass { train: true, rng };
        let code = self.coder.encode(&seen, &mut pass)?;
        let decoded = self.coder.decode(&code, &mut pass)?;
        let value = self.coder.cost(self.config.reconstruction, &decoded, &x)?.mean_all()?;
        let squares = (self.coder.mean(&decoded.detach())? - &x)?.sqr()?.mean_all()?;
        Ok(Loss { value, terms: vec![("squared_error", squares)] })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["enc.", "dec."])
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

impl Generator for Autoencoder {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let mut pass = Pass { train: false, rng };
        let codes = self.codes(request.count, &mut pass)?;
        let decoded = self.coder.decode(&codes, &mut pass)?;
        Ok(self.coder.samples(&self.coder.mean(&decoded)?)?)
    }
}

impl Encoder for Autoencoder {
    fn encode(&self, x: &Tensor, _: Option<&mut StepRng>) -> Result<Tensor> {
        let mut unused = StepRng::new(0, 0);
        let mut pass = Pass { train: false, rng: &mut unused };
        Ok(self.coder.encode(&self.coder.flat(x)?, &mut pass)?)
    }
}

impl Drawings for Autoencoder {
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let mut pass = Pass { train: false, rng };
        let sheet = self.coder.reconstructions(&self.setup, &mut |x| {
            let code = self.coder.encode(x, &mut pass)?;
            self.coder.mean(&self.coder.decode(&code, &mut pass)?)
        })?;
        Ok(sheet.into_iter().collect())
    }
}
