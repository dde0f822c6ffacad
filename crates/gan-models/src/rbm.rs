//! The restricted Boltzmann machine (Smolensky 1986; Hinton, Neural Computation 14 (2002) 1771).
//!
//! p(v, h) = exp(b·v + c·h + h·W v)/Z over binary v and h. One player minimizes F(v₀) − F(vₖ),
//! whose gradient is that of contrastive divergence (CD-k), or of persistent contrastive
//! divergence (PCD; Tieleman, ICML 2008) where the chains of vₖ are kept from update to update.

use crate::contrastive::{Chains, Contrastive};
use crate::entry::{parse, run_config};
use crate::partition::Partition;
use crate::pixels::{Pixels, draw, image, log_odds, only_images};
use crate::restricted::{Restricted, filters};
use crate::{Ask, Entry, Setup};
use candle_core::{DType, Tensor};
use gan_kernels::read::values;
use gan_layers::{ParamStore, StepRng};
use gan_losses::energy::contrast;
use gan_train::{
    Batch, Decay, Density, Drawings, Effort, Encoder, Error, Game, Generator, Inside, Kind,
    Likelihood, Loss, Meaning, OptimizerConfig, Player, Result, Sample, SampleRequest, Schedule,
    Sheet, TrainConfig, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "rbm",
    title: "Restricted Boltzmann machine, by CD-k or PCD",
    paper: "Hinton 2002",
    takes: &[Ask::images("as binary pixels")],
    defaults: || {
        let train = TrainConfig {
            steps: 20_000,
            batch: 100,
            sample_every: 5000,
            checkpoint_every: 5000,
            schedule: Schedule { kind: Decay::Linear, warmup: 0, from: 0.0 },
            ..TrainConfig::default()
        };
        let mut run = run_config("rbm", "mnist", train, &RbmConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Rbm::new(parse("rbm", model)?, setup)?)),
};

/// Settings of the restricted Boltzmann machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RbmConfig {
    /// Hidden units; 500 as in Salakhutdinov and Murray (ICML 2008, section 4.2).
    pub hidden: usize,
    /// How pixels become binary.
    pub pixels: Pixels,
    /// Where the dreamt states come from.
    pub contrast: Contrastive,
    /// Gibbs steps of a sample.
    pub sample_steps: usize,
    /// Gradient descent; 0.05 falling to 0 over the run, as Tieleman (ICML 2008, section 3.3) lets
    /// it fall.
    pub optimizer: OptimizerConfig,
}

impl Default for RbmConfig {
    fn default() -> Self {
        let optimizer = OptimizerConfig { kind: Kind::Sgd, lr: 0.05, ..OptimizerConfig::default() };
        Self {
            hidden: 500,
            pixels: Pixels::Stochastic,
            contrast: Contrastive::default(),
            sample_steps: 1000,
            optimizer,
        }
    }
}

struct Rbm {
    config: RbmConfig,
    setup: Setup,
    store: ParamStore,
    players: [Player; 1],
    units: Restricted,
    chains: Chains,
}

impl Rbm {
    fn new(config: RbmConfig, setup: &Setup) -> Result<Self> {
        only_images("rbm", setup)?;
        if config.hidden == 0 || config.sample_steps == 0 {
            let what = "model: expected hidden and sample_steps of 1 or more, found a 0";
            return Err(Error::Config(what.into()));
        }
        config.contrast.validate()?;
        let visible: usize = setup.shape().iter().product();
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let odds = log_odds(setup)?;
        let units = Restricted::new(&mut store, "rbm", (visible, config.hidden), Some(&odds))?;
        let chains = Chains::new(&mut store, "visible", visible, &config.contrast)?;
        let optimizer = config.optimizer;
        let players = [Player::new("machine", &["rbm."], optimizer)];
        Ok(Self { config, setup: setup.clone(), store, players, units, chains })
    }
}

impl Game for Rbm {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn couples(&self) -> Option<&'static str> {
        Some("a machine with chains")
    }

    fn loss(&mut self, _: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("rbm: no batch".into()))?;
        let v = self.config.pixels.units(batch.real()?, rng)?;
        let constant = self.units.constant();
        let dreamt = self.chains.next(&constant, &v, rng)?;
        let machine = self.units.tracked();
        let value = contrast(&machine.free_energy(&v)?, &machine.free_energy(&dreamt)?)?;
        let pseudo = constant.pseudo_likelihood(&v, rng)?.mean_all()?;
        Ok(Loss { value, terms: vec![("pseudo_likelihood", pseudo)] })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["rbm."])
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

impl Generator for Rbm {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let machine = self.units.constant();
        let (prob, _) = machine.dream(request.count, self.config.sample_steps, rng)?;
        Ok(Sample::Images(image(&prob, self.setup.shape())?))
    }
}

impl Encoder for Rbm {
    /// `p(h = 1 | v)`, or a draw of h.
    fn encode(&self, x: &Tensor, rng: Option<&mut StepRng>) -> Result<Tensor> {
        let prob = self.units.constant().hidden(&self.config.pixels.mean(x)?)?;
        Ok(match rng {
            Some(rng) => draw(&prob, "hidden", rng)?,
            None => prob,
        })
    }
}

impl Density for Rbm {
    /// `log p(v) = −F(v) − log Z`; the only doubt is in log Z.
    fn likelihood(&self, x: &Tensor, effort: &Effort, rng: &mut StepRng) -> Result<Likelihood> {
        let v = self.config.pixels.binary(x, rng)?.to_dtype(DType::F64)?;
        let machine = self.units.constant().wide()?;
        let partition = Partition::new(&machine, &log_odds(&self.setup)?, effort, rng)?;
        let energies = values(&machine.free_energy(&v)?)?;
        let each = energies.iter().map(|f| -f - partition.value).collect();
        Ok(Likelihood { meaning: Meaning::Estimate, each, terms: partition.terms() })
    }
}

impl Drawings for Rbm {
    fn sheets(&self, _: &mut StepRng) -> Result<Vec<Sheet>> {
        let images = filters(&self.units.constant().weight, self.setup.shape())?;
        Ok(vec![Sheet { name: "filters".into(), images, columns: 10 }])
    }
}
