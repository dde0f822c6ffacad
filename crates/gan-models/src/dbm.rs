//! The deep Boltzmann machine (Salakhutdinov and Hinton, AISTATS 2009): mean field and PCD.
//!
//! Every layer is coupled to both neighbors. First each layer is a player that learns by itself, as
//! a machine whose inputs are doubled for the neighbor to come (section 3.2); then one player that
//! owns them all minimizes E(v, μ) − E(ṽ, h̃), μ the mean-field posterior of the data and (ṽ, h̃)
//! chains that persist (section 3.1).

use crate::deep_machine::DeepParams;
use crate::entry::{parse, run_config};
use crate::partition::Partition;
use crate::pixels::{Pixels, draw, image, log_odds, log_odds_of, only_images};
use crate::restricted::filters;
use crate::{Ask, Entry, Setup};
use candle_core::{DType, Tensor};
use gan_kernels::activation::softplus;
use gan_kernels::read::values;
use gan_layers::{Buffer, Init, ParamStore, StepRng};
use gan_losses::energy::contrast;
use gan_train::{
    Batch, Decay, Density, Drawings, Effort, Encoder, Error, Game, Generator, Inside, Kind,
    Likelihood, Loss, Meaning, OptimizerConfig, Player, Result, Sample, SampleRequest, Schedule,
    Sheet, TrainConfig, Turn, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "dbm",
    title: "Deep Boltzmann machine, by mean field and PCD",
    paper: "Salakhutdinov and Hinton 2009",
    takes: &[Ask::images("as binary pixels")],
    defaults: || {
        let train = TrainConfig {
            steps: 30_000,
            batch: 100,
            sample_every: 5000,
            checkpoint_every: 5000,
            // Persistent chains follow the model only while it moves slowly (section 4; Tieleman,
            // ICML 2008, section 3.3). In so few steps a rate that falls from the start on ends too
            // soon (docs/likelihood.md).
            schedule: Schedule { kind: Decay::Linear, warmup: 0, from: 0.8 },
            ..TrainConfig::default()
        };
        let mut run = run_config("dbm", "mnist", train, &DbmConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Dbm::new(parse("dbm", model)?, setup)?)),
};

/// Settings of the deep Boltzmann machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbmConfig {
    /// Units of each hidden layer, one or more of them; section 4.1 has 500 and 1000, halved here
    /// above the first.
    pub hidden: Vec<usize>,
    /// Steps that each layer learns by itself before all learn together; 0 for none.
    pub pretraining: u64,
    /// How pixels become binary.
    pub pixels: Pixels,
    /// Mean-field steps of a posterior; section 4.
    pub mean_field: usize,
    /// Chains that persist; section 4.1: 100.
    pub chains: usize,
    /// Gibbs steps an update, of the chains and of CD-k before; section 4.1: 5.
    pub k: usize,
    /// Gibbs steps of a sample.
    pub sample_steps: usize,
    /// Gradient descent of a layer by itself.
    pub alone: OptimizerConfig,
    /// Gradient descent of all together: slower, as posterior and chains follow (section 4).
    pub together: OptimizerConfig,
}

impl Default for DbmConfig {
    fn default() -> Self {
        let sgd = |lr| OptimizerConfig { kind: Kind::Sgd, lr, ..OptimizerConfig::default() };
        Self {
            hidden: vec![500, 500],
            pretraining: 5000,
            pixels: Pixels::Stochastic,
            mean_field: 10,
            chains: 100,
            k: 5,
            sample_steps: 1000,
            alone: sgd(0.05),
            together: sgd(0.01),
        }
    }
}

struct Dbm {
    config: DbmConfig,
    setup: Setup,
    store: ParamStore,
    players: Vec<Player>,
    params: DeepParams,
    /// States of every layer, `(chains, width)`.
    chains: Vec<Buffer>,
}

impl Dbm {
    fn new(config: DbmConfig, setup: &Setup) -> Result<Self> {
        only_images("dbm", setup)?;
        let depth = config.hidden.len();
        if depth == 0 || config.hidden.contains(&0) {
            let what = format!(
                "model.hidden: expected one or more widths of 1 or more, found {:?}",
                config.hidden
            );
            return Err(Error::Config(what));
        }
        for (name, value) in [
            ("mean_field", config.mean_field),
            ("chains", config.chains),
            ("k", config.k),
            ("sample_steps", config.sample_steps),
        ] {
            if value == 0 {
                return Err(Error::Config(format!("model.{name}: expected 1 or more, found 0")));
            }
        }
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let params = DeepParams::new(&mut store, &log_odds(setup)?, &config.hidden)?;
        let visible = setup.shape().iter().product();
        let mut chains = Vec::new();
        for (k, width) in std::iter::once(visible).chain(config.hidden.iter().copied()).enumerate()
        {
            let (name, shape) = (format!("chains.{k}"), [config.chains, width]);
            chains.push(store.buffer(&name, &shape, Init::Constant(0.0))?);
        }
        let mut players = Vec::new();
        for k in 1..=depth {
            let (name, own) = (format!("layer{k}"), format!("layer{k}."));
            let owns: &[&str] = if k == 1 { &["visible.", &own] } else { &[&own] };
            players.push(Player::new(&name, owns, config.alone));
        }
        players.push(Player::new("machine", &["visible.", "layer"], config.together));
        Ok(Self { config, setup: setup.clone(), store, players, params, chains })
    }

    /// Layer `k` by itself: CD-k between draws of the layer below and what they become.
    fn alone(&self, k: usize, v: &Tensor, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let machine = self.params.constant();
        let mut below = v.clone();
        for lower in 1..k {
            below = draw(&machine.up(lower, &below)?, "hidden", rng)?;
        }
        let above = machine.up(k, &below)?;
        let (mut dreamt, mut dreamt_above) = (below.clone(), above.clone());
        for _ in 0..self.config.k {
            let bits = draw(&dreamt_above, "gibbs", rng)?;
            dreamt = draw(&machine.down(k, &bits)?, "gibbs", rng)?;
            dreamt_above = machine.up(k, &dreamt)?;
        }
        let tracked = self.params.tracked();
        contrast(
            &tracked.pair_energy(k, &below, &above)?,
            &tracked.pair_energy(k, &dreamt, &dreamt_above)?,
        )
    }

    /// All layers: mean field of the data against chains that persist.
    fn together(&self, v: &Tensor, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let machine = self.params.constant();
        let posterior = machine.mean_field(v, self.config.mean_field)?;
        let states: Vec<Tensor> = self.chains.iter().map(Buffer::get).collect();
        let (states, smooth) = machine.gibbs(&states, self.config.k, rng)?;
        for (buffer, state) in self.chains.iter().zip(&states) {
            buffer.set(state)?;
        }
        let tracked = self.params.tracked();
        contrast(&tracked.energy(&posterior)?, &tracked.energy(&smooth)?)
    }

    /// The log-odds of the even layers over the examples: where annealing begins.
    fn start(&self) -> Result<Vec<f64>> {
        let machine = self.params.constant();
        let Some(examples) = &self.setup.examples else {
            return Ok(values(&machine.folded()?.visible_bias)?);
        };
        let units = self.config.pixels.mean(examples)?;
        let states = machine.mean_field(&units, self.config.mean_field)?;
        let even: Vec<Vec<f64>> =
            states.iter().step_by(2).map(log_odds_of).collect::<candle_core::Result<_>>()?;
        Ok(even.concat())
    }
}

impl Game for Dbm {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, step: u64) -> Result<Turn> {
        let stage = match self.config.pretraining {
            0 => u64::MAX,
            steps => step.saturating_sub(1) / steps,
        };
        let last = self.players.len() - 1;
        let now = usize::try_from(stage).unwrap_or(usize::MAX).min(last);
        Ok(Turn::of((player == now).into()))
    }

    fn couples(&self) -> Option<&'static str> {
        Some("a machine with chains")
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("dbm: no batch".into()))?;
        let v = self.config.pixels.units(batch.real()?, rng)?;
        let value = match player + 1 < self.players.len() {
            true => self.alone(player + 1, &v, rng)?,
            false => self.together(&v, rng)?,
        };
        Ok(Loss { value, terms: Vec::new() })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["visible.", "layer"])
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

impl Generator for Dbm {
    /// Gibbs steps between the even and the odd layers.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let machine = self.params.constant().folded()?;
        let (prob, _) = machine.dream(request.count, self.config.sample_steps, rng)?;
        let prob = prob.narrow(1, 0, self.setup.shape().iter().product())?;
        Ok(Sample::Images(image(&prob, self.setup.shape())?))
    }
}

impl Encoder for Dbm {
    /// The top layer's mean field, or a draw of it.
    fn encode(&self, x: &Tensor, rng: Option<&mut StepRng>) -> Result<Tensor> {
        let v = self.config.pixels.mean(x)?;
        let mut states = self.params.constant().mean_field(&v, self.config.mean_field)?;
        let none = || Error::Config("dbm: no layers".into());
        let top = states.pop().ok_or_else(none)?;
        Ok(match rng {
            Some(rng) => draw(&top, "hidden", rng)?,
            None => top,
        })
    }
}

impl Density for Dbm {
    /// log p(v) ≥ −E(v, μ) + H(μ) − log Z (AISTATS 2009, equation 12), Z that of the restricted
    /// machine between even and odd layers.
    fn likelihood(&self, x: &Tensor, effort: &Effort, rng: &mut StepRng) -> Result<Likelihood> {
        let v = self.config.pixels.binary(x, rng)?.to_dtype(DType::F64)?;
        let machine = self.params.constant().wide()?;
        let partition = Partition::new(&machine.folded()?, &self.start()?, effort, rng)?;
        let states = machine.mean_field(&v, self.config.mean_field)?;
        let mut bound = machine.energy(&states)?.neg()?;
        for state in &states[1..] {
            bound = (bound + entropy(state)?)?;
        }
        let each = values(&bound)?.iter().map(|b| b - partition.value).collect();
        Ok(Likelihood { meaning: Meaning::LowerBound, each, terms: partition.terms() })
    }
}

impl Drawings for Dbm {
    fn sheets(&self, _: &mut StepRng) -> Result<Vec<Sheet>> {
        let machine = self.params.constant();
        let images = filters(machine.first_weight(), self.setup.shape())?;
        Ok(vec![Sheet { name: "filters".into(), images, columns: 10 }])
    }
}

/// −Σ p log p + (1 − p) log(1 − p) of each row, `(n,)`, in nats.
fn entropy(prob: &Tensor) -> candle_core::Result<Tensor> {
    // With l = log p/(1 − p): softplus(l) − p·l; 1e-300 keeps certain units' logarithms finite.
    let l = ((prob + 1e-300)?.log()? - (prob.affine(-1.0, 1.0)? + 1e-300)?.log()?)?;
    (softplus(&l)? - l.mul(prob)?)?.sum(1)
}
