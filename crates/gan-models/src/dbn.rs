//! The deep belief network (Hinton, Osindero and Teh, Neural Computation 18 (2006) 1527), greedily.
//!
//! p(v, h¹, …, hᴸ) = p(v|h¹) … p(hᴸ⁻²|hᴸ⁻¹) p(hᴸ⁻¹, hᴸ): directed layers below a restricted
//! Boltzmann machine. Each layer is a player that learns, when its stage has come, as a machine on
//! the draws of the layer below; the layers below stay as they are.

use crate::contrastive::{Chains, Contrastive};
use crate::entry::{parse, run_config};
use crate::partition::Partition;
use crate::pixels::{Pixels, draw, image, log_odds, log_odds_of, only_images};
use crate::restricted::{Machine, Restricted, filters};
use crate::{Ask, Entry, Setup};
use candle_core::{DType, Tensor};
use gan_kernels::activation::sigmoid;
use gan_kernels::linear::linear;
use gan_kernels::read::values;
use gan_layers::{Buffer, Init, ParamStore, StepRng};
use gan_losses::energy::contrast;
use gan_losses::variational::bernoulli;
use gan_statistics::log_mean_exp;
use gan_train::{
    Batch, Decay, Density, Drawings, Effort, Encoder, Error, Game, Generator, Inside, Kind,
    Likelihood, Loss, Meaning, OptimizerConfig, Player, Result, Sample, SampleRequest, Schedule,
    Sheet, TrainConfig, Turn, prefixes,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "dbn",
    title: "Deep belief network, trained layer by layer",
    paper: "Hinton, Osindero and Teh 2006",
    takes: &[Ask::images("as binary pixels")],
    defaults: || {
        let train = TrainConfig {
            steps: 30_000,
            batch: 100,
            sample_every: 5000,
            checkpoint_every: 5000,
            schedule: Schedule { kind: Decay::Linear, warmup: 0, from: 0.0 },
            ..TrainConfig::default()
        };
        let mut run = run_config("dbn", "mnist", train, &DbnConfig::default())?;
        run.data.split = "train".to_owned();
        Ok(run)
    },
    build: |model, setup| Ok(Box::new(Dbn::new(parse("dbn", model)?, setup)?)),
};

/// Settings of the deep belief network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbnConfig {
    /// Units of each hidden layer, one or more of them. A layer as wide as the one two below it
    /// starts as the transpose of the one below: then the bound begins at the likelihood of the
    /// network without it, and can only rise (section 5). The paper's figure 1 has 500, 500 and
    /// 2000; 784 is the number of a digit's pixels.
    pub hidden: Vec<usize>,
    /// Steps that each layer learns for; the last one learns on to the end.
    pub stage: u64,
    /// How pixels become binary.
    pub pixels: Pixels,
    /// Where the dreamt states come from, in every layer.
    pub contrast: Contrastive,
    /// Gibbs steps of the top machine for a sample.
    pub sample_steps: usize,
    /// Gradient descent, the same in every layer: 0.05 falling to 0 over the run. At a rate that
    /// does not fall the lower layers' noise costs more than the upper ones gain.
    pub optimizer: OptimizerConfig,
}

impl Default for DbnConfig {
    fn default() -> Self {
        let optimizer = OptimizerConfig { kind: Kind::Sgd, lr: 0.05, ..OptimizerConfig::default() };
        Self {
            hidden: vec![500, 784],
            stage: 15_000,
            pixels: Pixels::Stochastic,
            contrast: Contrastive::default(),
            sample_steps: 1000,
            optimizer,
        }
    }
}

struct Dbn {
    config: DbnConfig,
    setup: Setup,
    store: ParamStore,
    players: Vec<Player>,
    layers: Vec<Restricted>,
    chains: Vec<Chains>,
    /// Which layers have begun to learn, `(layers,)` of 0 and 1.
    begun: Buffer,
}

impl Dbn {
    fn new(config: DbnConfig, setup: &Setup) -> Result<Self> {
        only_images("dbn", setup)?;
        let depth = config.hidden.len();
        if depth == 0 || config.hidden.contains(&0) {
            let what = format!(
                "model.hidden: expected one or more widths of 1 or more, found {:?}",
                config.hidden
            );
            return Err(Error::Config(what));
        }
        if config.stage == 0 || config.sample_steps == 0 {
            let what = "model: expected stage and sample_steps of 1 or more, found a 0";
            return Err(Error::Config(what.into()));
        }
        config.contrast.validate()?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let odds = log_odds(setup)?;
        let (mut layers, mut chains, mut players) = (Vec::new(), Vec::new(), Vec::new());
        let mut below = setup.shape().iter().product();
        for (k, width) in config.hidden.iter().enumerate() {
            let name = &format!("layer{}", k + 1);
            let start = (k == 0).then_some(odds.as_slice());
            layers.push(Restricted::new(&mut store, name, (below, *width), start)?);
            chains.push(Chains::new(&mut store, name, below, &config.contrast)?);
            players.push(Player::new(name, &[&format!("{name}.")], config.optimizer));
            below = *width;
        }
        let begun = store.buffer("begun", &[depth], Init::Constant(0.0))?;
        Ok(Self { config, setup: setup.clone(), store, players, layers, chains, begun })
    }

    /// Draws of the units that layer `k` learns from, given the pixels' units.
    fn below(&self, k: usize, v: &Tensor, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let mut units = v.clone();
        for layer in &self.layers[..k] {
            units = draw(&layer.constant().hidden(&units)?, "hidden", rng)?;
        }
        Ok(units)
    }

    /// Before a layer's first step: the transpose of the one below where it fits, otherwise
    /// visible biases that fit the units it will see.
    fn begin(&self, k: usize, units: &Tensor) -> candle_core::Result<()> {
        let mut flags = values(&self.begun.get())?;
        if k == 0 || flags[k] == 1.0 {
            return Ok(());
        }
        let (layer, below) = (&self.layers[k], self.layers[k - 1].constant());
        let transposed = below.weight.t()?.contiguous()?;
        if layer.weight.var().dims() == transposed.dims() {
            layer.weight.var().set(&transposed)?;
            layer.visible_bias.var().set(&below.hidden_bias.copy()?)?;
            layer.hidden_bias.var().set(&below.visible_bias.copy()?)?;
        } else {
            let odds = Tensor::new(log_odds_of(units)?.as_slice(), self.store.device())?;
            layer.visible_bias.var().set(&odds.to_dtype(self.store.dtype())?)?;
        }
        flags[k] = 1.0;
        let flags = Tensor::new(flags.as_slice(), self.store.device())?;
        self.begun.set(&flags.to_dtype(self.store.dtype())?)
    }

    /// The layer whose turn it is at a step.
    fn layer_at(&self, step: u64) -> usize {
        let stage = step.saturating_sub(1) / self.config.stage;
        usize::try_from(stage).unwrap_or(usize::MAX).min(self.layers.len() - 1)
    }

    /// The log-odds of the units that the top machine sees, over the examples.
    fn seen_by_top(&self, lower: &[Machine]) -> candle_core::Result<Vec<f64>> {
        let Some(examples) = &self.setup.examples else {
            return values(&self.layers[lower.len()].visible_bias.get());
        };
        let mut units = self.config.pixels.mean(examples)?.to_dtype(DType::F64)?;
        for machine in lower {
            units = machine.hidden(&units)?;
        }
        log_odds_of(&units)
    }

    /// Machines in f64, from the bottom.
    fn machines(&self) -> candle_core::Result<Vec<Machine>> {
        self.layers.iter().map(|layer| layer.constant().wide()).collect()
    }
}

impl Game for Dbn {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, step: u64) -> Result<Turn> {
        Ok(Turn::of(usize::from(player == self.layer_at(step))))
    }

    fn couples(&self) -> Option<&'static str> {
        Some("a machine with chains")
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let batch = batch.ok_or_else(|| Error::Config("dbn: no batch".into()))?;
        let v = self.config.pixels.units(batch.real()?, rng)?;
        let units = self.below(player, &v, rng)?;
        self.begin(player, &units)?;
        let constant = self.layers[player].constant();
        let dreamt = self.chains[player].next(&constant, &units, rng)?;
        let machine = self.layers[player].tracked();
        let value = contrast(&machine.free_energy(&units)?, &machine.free_energy(&dreamt)?)?;
        let pseudo = constant.pseudo_likelihood(&units, rng)?.mean_all()?;
        Ok(Loss { value, terms: vec![("pseudo_likelihood", pseudo)] })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&["layer"])
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

impl Generator for Dbn {
    /// Gibbs steps in the machine of the layers that have begun to learn, then down.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let begun = values(&self.begun.get())?;
        let top = begun.iter().rposition(|flag| *flag == 1.0).unwrap_or(0);
        let machine = self.layers[top].constant();
        let (mut prob, mut units) = machine.dream(request.count, self.config.sample_steps, rng)?;
        for layer in self.layers[..top].iter().rev() {
            prob = layer.constant().visible(&units)?;
            units = draw(&prob, "below", rng)?;
        }
        Ok(Sample::Images(image(&prob, self.setup.shape())?))
    }
}

impl Encoder for Dbn {
    /// The top layer's probabilities, layer after layer from the pixels; or a draw of each.
    fn encode(&self, x: &Tensor, mut rng: Option<&mut StepRng>) -> Result<Tensor> {
        let mut units = self.config.pixels.mean(x)?;
        for layer in &self.layers {
            units = layer.constant().hidden(&units)?;
            if let Some(rng) = rng.as_deref_mut() {
                units = draw(&units, "hidden", rng)?;
            }
        }
        Ok(units)
    }
}

impl Density for Dbn {
    /// log p(v) ≥ E_q[Σₖ log p(hᵏ⁻¹|hᵏ) + H(q(hᵏ|hᵏ⁻¹)) − F(hᴸ⁻¹)] − log Z of the top machine
    /// (Salakhutdinov and Murray, ICML 2008, section 5), over `draws` draws of h.
    fn likelihood(&self, x: &Tensor, effort: &Effort, rng: &mut StepRng) -> Result<Likelihood> {
        let v = self.config.pixels.binary(x, rng)?.to_dtype(DType::F64)?;
        let machines = self.machines()?;
        let none = || Error::Config("dbn: no layers".into());
        let (top, lower) = machines.split_last().ok_or_else(none)?;
        let start = self.seen_by_top(lower)?;
        let partition = Partition::new(top, &start, effort, rng)?;
        // Without layers between there is nothing to draw.
        let draws = if lower.is_empty() { 1 } else { effort.draws.max(1) };
        let mut each = vec![0.0; v.dim(0)?];
        let mut weights = vec![Vec::with_capacity(draws); each.len()];
        for _ in 0..draws {
            let (mut units, mut bound) = (v.clone(), v.sum(1)?.zeros_like()?);
            let mut weight = bound.clone();
            for machine in lower {
                let logits = linear(&units, &machine.weight, Some(&machine.hidden_bias))?;
                let prob = sigmoid(&logits)?;
                let h = draw(&prob, "hidden", rng)?;
                let explained = bernoulli(&machine.visible_logits(&h)?, &units)?;
                // The entropy of q(h|units), and log q of the draw itself.
                let entropy = bernoulli(&logits, &prob)?.neg()?;
                bound = ((bound + &explained)? + entropy)?;
                weight = ((weight + explained)? - bernoulli(&logits, &h)?)?;
                units = h;
            }
            let free = top.free_energy(&units)?;
            let (bound, weight) = (values(&(bound - &free)?)?, values(&(weight - free)?)?);
            for (i, all) in weights.iter_mut().enumerate() {
                each[i] += (bound[i] - partition.value) / draws as f64;
                all.push(weight[i] - partition.value);
            }
        }
        let told = |e: gan_statistics::StatisticsError| Error::Config(format!("likelihood: {e}"));
        let weighted: Vec<f64> =
            weights.iter().map(|w| log_mean_exp(w).map_err(told)).collect::<Result<_>>()?;
        let mut terms = partition.terms();
        let mean = weighted.iter().sum::<f64>() / weighted.len() as f64;
        terms.push(("importance_weighted", mean));
        Ok(Likelihood { meaning: Meaning::LowerBound, each, terms })
    }
}

impl Drawings for Dbn {
    fn sheets(&self, _: &mut StepRng) -> Result<Vec<Sheet>> {
        let images = filters(&self.layers[0].constant().weight, self.setup.shape())?;
        Ok(vec![Sheet { name: "filters".into(), images, columns: 10 }])
    }
}
