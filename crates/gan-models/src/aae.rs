//! The adversarial autoencoder (Makhzani et al. 2015, arXiv 1511.05644), with a deterministic encoder.
//!
//! Three players in turn (section 2): the autoencoder minimizes the reconstruction's cost; D tells
//! draws of the prior from codes of data; the encoder, as a generator of codes, deceives it. What
//! follows the prior in the end is the aggregated posterior q(z) = E_x[q(z|x)], without holes.

use crate::code_prior::{CodePrior, Shape};
use crate::coder::{Coder, CoderShape, Reconstruction, check_coder, code_figure};
use crate::entry::{parse, run_config};
use crate::mlp::{Mlp, MlpShape};
use crate::{Activation, Ask, Entry, Role, Setup};
use candle_core::Tensor;
use gan_data::{CLASS, Field};
use gan_images::Figure;
use gan_kernels::activation::sigmoid;
use gan_layers::{ParamStore, Pass, StepRng};
use gan_losses::Adversarial;
use gan_train::{
    Batch, Drawings, Encoder, Error, Game, Generator, Inside, Loss, OptimizerConfig, Player,
    Result, Sample, SampleRequest, Sheet, TrainConfig, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "aae",
    title: "Adversarial autoencoder: codes that follow a Gaussian or a mixture",
    paper: "1511.05644",
    takes: &[Ask::SAMPLES, Ask { role: Role::GivenIf("labels"), ..Ask::CLASS }],
    defaults: || {
        let train = TrainConfig {
            steps: 10_000,
            batch: 100,
            sample_every: 1000,
            samples: 100,
            checkpoint_every: 1000,
            ..TrainConfig::default()
        };
        let mut run = run_config("aae", "mnist", train, &AaeConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Aae::new(parse("aae", model)?, setup)?)),
};

/// Settings of the adversarial autoencoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AaeConfig {
    /// Dimensions of the code; 2 in figure 3, 8 for MNIST's likelihoods (appendix A.1).
    pub z: usize,
    /// What codes are to follow.
    pub prior: Shape,
    /// Components of the mixture; figure 3 has ten.
    pub components: usize,
    /// Unit of the prior. Appendix A.1 has a Gaussian of deviation 5; at 1 codes compare with the
    /// variational autoencoder's.
    pub prior_scale: f64,
    /// D is told each sample's class, and which component of the mixture a draw is from: class k
    /// goes to component k (section 2.3).
    pub labels: bool,
    /// Widths of the encoder's hidden layers, the decoder's in reverse (appendix A.1).
    pub hidden: Vec<usize>,
    /// Widths of D's hidden layers (appendix A.1).
    pub discriminator_hidden: Vec<usize>,
    /// Activation of all hidden layers (appendix A.1).
    pub activation: Activation,
    /// What a reconstruction costs (appendix A.1: Euclidean).
    pub reconstruction: Reconstruction,
    /// What D and the encoder minimize on D's logits.
    pub loss: Adversarial,
    /// The paper descends with momentum; Adam, here and below, needs no schedule.
    pub autoencoder: OptimizerConfig,
    /// D's optimizer.
    pub discriminator: OptimizerConfig,
    /// The encoder's, as a generator.
    pub generator: OptimizerConfig,
}

impl Default for AaeConfig {
    fn default() -> Self {
        let adam = |lr, beta1| OptimizerConfig { lr, beta1, ..OptimizerConfig::default() };
        Self {
            z: 2,
            prior: Shape::Gaussian,
            components: 10,
            prior_scale: 1.0,
            labels: false,
            hidden: vec![1000, 1000],
            discriminator_hidden: vec![1000, 1000],
            activation: Activation::Relu,
            reconstruction: Reconstruction::Euclidean,
            loss: Adversarial::NonSaturating,
            autoencoder: adam(5e-4, 0.9),
            discriminator: adam(2e-4, 0.5),
            generator: adam(2e-4, 0.5),
        }
    }
}

/// The players' places in the turn order.
const AUTOENCODER: usize = 0;
const DISCRIMINATOR: usize = 1;

struct Aae {
    config: AaeConfig,
    setup: Setup,
    store: ParamStore,
    players: [Player; 3],
    coder: Coder,
    d: Mlp,
    prior: CodePrior,
}

impl Aae {
    fn new(config: AaeConfig, setup: &Setup) -> Result<Self> {
        check_coder(config.z, &config.hidden)?;
        check_coder(1, &config.discriminator_hidden)?;
        let bad = |what: &str| Err(Error::Config(format!("aae: {what}")));
        if config.loss == Adversarial::Wasserstein {
            return bad("model.loss: a Wasserstein critic needs a bound on its slope, which D on \
                 codes has not; choose another loss");
        }
        let prior = CodePrior::new(config.prior, config.z, config.components, config.prior_scale)?;
        if config.labels && config.prior != Shape::Mixture {
            return bad(
                "model.labels: classes are told apart by components, and a Gaussian has one; \
                 set model.prior to mixture",
            );
        }
        if config.labels && setup.classes().is_none_or(|classes| classes > config.components) {
            let found = setup.classes().map_or("no labels".into(), |n| format!("{n} classes"));
            let most = config.components;
            return bad(&format!(
                "model.labels: expected labelled data of {most} classes at most, one for each of \
                 model.components, found {found}"
            ));
        }
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let (code, activation) = (config.z, config.activation);
        let shape = CoderShape { code, heads: code, hidden: &config.hidden, activation };
        let coder = Coder::new(&mut store, setup, &shape)?;
        let told = if config.labels { config.components } else { 0 };
        let shape = MlpShape {
            inputs: config.z + told,
            hidden: &config.discriminator_hidden,
            outputs: 1,
            activation: config.activation,
            ..MlpShape::default()
        };
        let d = Mlp::new(&mut store, "d", &shape)?;
        let players = [
            Player::new("autoencoder", &["enc.", "dec."], config.autoencoder),
            Player::new("discriminator", &["d."], config.discriminator),
            Player::new("generator", &["enc."], config.generator),
        ];
        Ok(Self { config, setup: setup.clone(), store, players, coder, d, prior })
    }

    /// Logits `(n, 1)` of codes `(n, z)`, beside their labels where D is told them.
    fn judge(
        &self,
        z: &Tensor,
        labels: Option<&Tensor>,
        pass: &mut Pass<'_>,
    ) -> candle_core::Result<Tensor> {
        let Some(labels) = labels else { return self.d.forward(z, pass) };
        let one_hot = Tensor::eye(self.config.components, z.dtype(), z.device())?;
        self.d.forward(&Tensor::cat(&[z, &one_hot.index_select(labels, 0)?], 1)?, pass)
    }
}

impl Game for Aae {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("aae: no batch".into()))?;
        let labels = self.config.labels.then(|| batch.need(CLASS)).transpose()?;
        let x = self.coder.flat(batch.real()?)?;
        let mut pass = Pass { train: true, rng };
        let code = self.coder.encode(&x, &mut pass)?; // (n, z)
        if player == AUTOENCODER {
            let decoded = self.coder.decode(&code, &mut pass)?;
            let value = self.coder.cost(self.config.reconstruction, &decoded, &x)?.mean_all()?;
            return Ok(Loss { value, terms: Vec::new() });
        }
        if player != DISCRIMINATOR {
            let value = self.config.loss.generator(&self.judge(&code, labels, &mut pass)?)?;
            return Ok(Loss { value, terms: Vec::new() });
        }
        let drawn = self.prior.draw(x.dim(0)?, labels, pass.rng, &self.setup)?;
        let on_prior = self.judge(&drawn, labels, &mut pass)?;
        let on_codes = self.judge(&code, labels, &mut pass)?;
        let value = self.config.loss.discriminator(&on_prior, &on_codes, 1.0)?;
        let score = |logits: &Tensor| sigmoid(&logits.detach())?.mean_all();
        Ok(Loss {
            value,
            terms: vec![("d_real", score(&on_prior)?), ("d_fake", score(&on_codes)?)],
        })
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

impl Generator for Aae {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let labels = match request.given.classes()? {
            None => None,
            Some(labels) => {
                let classes = gan_data::classes(&self.takes()).map_or(0, |(count, _)| count);
                if let Some(wrong) = labels.iter().find(|l| **l as usize >= classes) {
                    return Err(Error::Config(format!("aae: no class for label {wrong}")));
                }
                Some(Tensor::new(labels.as_slice(), &self.setup.device)?)
            }
        };
        let z = self.prior.draw(request.count, labels.as_ref(), rng, &self.setup)?;
        let decoded = self.coder.decode(&z, &mut Pass { train: false, rng })?;
        Ok(self.coder.samples(&self.coder.mean(&decoded)?)?)
    }

    /// Where D is told labels, a component of the prior is a class.
    fn takes(&self) -> Vec<Field> {
        let classes = self.setup.classes().filter(|_| self.config.labels);
        classes.map(|count| self.setup.class_field(count)).into_iter().collect()
    }
}

impl Encoder for Aae {
    fn encode(&self, x: &Tensor, _: Option<&mut StepRng>) -> Result<Tensor> {
        let mut unused = StepRng::new(0, 0);
        let mut pass = Pass { train: false, rng: &mut unused };
        Ok(self.coder.encode(&self.coder.flat(x)?, &mut pass)?)
    }

    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        Ok(Some(self.prior.draw(count, None, rng, &self.setup)?))
    }
}

impl Drawings for Aae {
    fn figure(&self, rng: &mut StepRng) -> Result<Option<Figure>> {
        let Some(examples) = &self.setup.examples else { return Ok(None) };
        let codes = self.encode(examples, None)?;
        Ok(code_figure(&codes, &self.prior.draw(1000, None, rng, &self.setup)?)?)
    }

    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let mut pass = Pass { train: false, rng };
        let mut sheets = Vec::new();
        sheets.extend(self.coder.reconstructions(&self.setup, &mut |x| {
            let code = self.coder.encode(x, &mut pass)?;
            self.coder.mean(&self.coder.decode(&code, &mut pass)?)
        })?);
        if self.config.z == 2 && self.config.prior == Shape::Gaussian {
            sheets.extend(self.coder.manifold(&self.setup, self.config.prior_scale, &mut pass)?);
        }
        Ok(sheets)
    }
}
