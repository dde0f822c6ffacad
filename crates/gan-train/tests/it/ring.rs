//! A small but whole GAN on a ring of points, and how tests train it.

use candle_core::{DType, Device, Tensor};
use gan_data::LoadOptions;
use gan_kernels::activation::leaky_relu;
use gan_kernels::loss::bce_with_logits;
use gan_layers::{BatchNorm, Init, Linear, ParamStore, Pass, StepRng, dropout};
use gan_train::{
    Batch, DataConfig, Draw, Error, Feed, Game, Generator, Inside, Loss, OptimizerConfig, Outcome,
    Player, Result, Run, RunConfig, Sample, SampleRequest, TrainConfig, Trainer, Turn, fit,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub const LATENT: usize = 2;

/// What a test may vary.
#[derive(Clone)]
pub struct Setup {
    pub optimizer: OptimizerConfig,
    /// Updates a step: discriminator, generator.
    pub updates: [usize; 2],
    pub hidden: usize,
    pub generator_sees_data: bool,
    pub train: TrainConfig,
}

impl Default for Setup {
    fn default() -> Self {
        let train = TrainConfig {
            seed: 5,
            steps: 12,
            batch: 16,
            sample_every: 0,
            samples: 8,
            checkpoint_every: 4,
            ..TrainConfig::default()
        };
        Self {
            optimizer: OptimizerConfig { lr: 1e-2, ..OptimizerConfig::default() },
            updates: [1, 1],
            hidden: 12,
            generator_sees_data: false,
            train,
        }
    }
}

/// Generator with batch normalization, discriminator with dropout.
pub struct Ring {
    store: ParamStore,
    players: Vec<Player>,
    setup: Setup,
    g_in: Linear,
    g_norm: BatchNorm,
    g_out: Linear,
    d_in: Linear,
    d_out: Linear,
    /// Every turn taken: the player, and whether it got a batch.
    pub turns: Vec<(usize, bool)>,
    /// Makes the discriminator's loss flow into the generator, which must not move it.
    pub leaky: bool,
}

impl Ring {
    pub fn new(setup: &Setup) -> Self {
        let mut store = ParamStore::new(setup.train.seed, DType::F32, &Device::Cpu);
        let s = &mut store;
        let mut linear = |name: &str, inputs, outputs| {
            Linear::new(s, name, (inputs, outputs), Init::fan_in(inputs), true, false).unwrap()
        };
        let g_in = linear("g.in", LATENT, setup.hidden);
        let g_out = linear("g.out", setup.hidden, 2);
        let d_in = linear("d.in", 2, setup.hidden);
        let d_out = linear("d.out", setup.hidden, 1);
        let g_norm = BatchNorm::new(&mut store, "g.norm", setup.hidden).unwrap();
        let player = |name, owns, sees_data| Player {
            sees_data,
            ..Player::new(name, owns, setup.optimizer)
        };
        let players = vec![
            player("discriminator", &["d."], true),
            player("generator", &["g."], setup.generator_sees_data),
        ];
        let setup = setup.clone();
        let (turns, leaky) = (Vec::new(), false);
        Self { store, players, setup, g_in, g_norm, g_out, d_in, d_out, turns, leaky }
    }

    pub fn generate(&self, z: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        let h = self.g_norm.forward(&self.g_in.forward(z, pass)?, pass)?;
        Ok(self.g_out.forward(&leaky_relu(&h, 0.2)?, pass)?)
    }

    fn judge(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let h = leaky_relu(&self.d_in.forward(x, pass)?, 0.2)?;
        let h = dropout(&h, 0.3, pass)?;
        Ok(self.d_out.forward(&h, pass)?)
    }
}

impl Game for Ring {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, _step: u64) -> Result<Turn> {
        Ok(Turn::of(self.setup.updates[player]))
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        self.turns.push((player, batch.is_some()));
        let shape = [self.setup.train.batch, LATENT];
        let z = rng.normal("latent", &shape, DType::F32, &Device::Cpu)?;
        let mut pass = Pass { train: true, rng };
        let fake = if self.leaky && player == 0 {
            self.store.also_active(&["g."], || {
                self.generate(&z, &pass).map_err(candle_core::Error::wrap)
            })?
        } else {
            self.generate(&z, &pass)?
        };
        let fake = self.judge(&fake, &mut pass)?;
        if player == 1 {
            return Ok(Loss { value: bce_with_logits(&fake, 1.0)?, terms: vec![] });
        }
        let batch = batch.ok_or_else(|| Error::Config("the discriminator needs data".into()))?;
        let real = self.judge(batch.real()?, &mut pass)?;
        let value = (bce_with_logits(&real, 1.0)? + bce_with_logits(&fake, 0.0)?)?;
        Ok(Loss { value, terms: vec![("d_real", real.mean_all()?), ("d_fake", fake.mean_all()?)] })
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), ..Inside::default() }
    }
}

impl Generator for Ring {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let z = rng.normal("latent", &[request.count, LATENT], DType::F32, &Device::Cpu)?;
        Ok(Sample::Points(self.generate(&z, &Pass { train: false, rng })?))
    }
}

/// 100 points on a ring: a few batches an epoch, so that orders change within a test.
pub fn feed(setup: &Setup) -> Feed {
    let options = LoadOptions { limit: Some(setup.train.batch * 5 / 2), ..LoadOptions::default() };
    let data = gan_data::open("toy:ring", &options).unwrap();
    Feed::new(data, setup.train.batch, setup.train.seed, DType::F32, &Device::Cpu).unwrap()
}

pub fn config(setup: &Setup) -> RunConfig {
    RunConfig {
        entry: "ring".into(),
        version: "test".into(),
        data: DataConfig::new("toy:ring"),
        train: setup.train.clone(),
        model: toml::Table::new(),
    }
}

/// How a stretch of training comes to its end.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    /// All steps.
    Done,
    /// The caller stops it after this step.
    Stop(u64),
    /// Nothing more is saved from the moment this batch is asked for.
    Die(u64),
}

/// A fresh process: creates the run or resumes it, and trains.
pub fn train(dir: &Path, setup: &Setup, end: End) -> Result<Outcome> {
    let mut game = Ring::new(setup);
    let mut trainer = Trainer::new(&game, &setup.train)?;
    let mut run = if dir.join("run.toml").exists() {
        let run = Run::resume(dir)?;
        run.load(&game, &mut trainer, None)?;
        run
    } else {
        Run::create(dir, config(setup))?
    };
    let mut data = feed(setup);
    let mut feed = |n: Draw| match end {
        End::Die(at) if n.number >= at => Err(Error::Config("killed".into())),
        _ => data.batch(n),
    };
    let train = setup.train.clone();
    fit(&mut game, &mut trainer, &train, &mut feed, Some(&mut run), &mut |tick| {
        let stop = matches!(end, End::Stop(at) if tick.report.step >= at);
        if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

pub fn checkpoint(dir: &Path, step: u64) -> PathBuf {
    dir.join(format!("checkpoints/step-{step:08}.safetensors"))
}

/// The bytes of the checkpoint of `step`.
pub fn bytes(dir: &Path, step: u64) -> Vec<u8> {
    std::fs::read(checkpoint(dir, step)).unwrap()
}

/// The steps of the log's lines, each of which must be whole.
pub fn logged(dir: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(dir.join("log.jsonl")).unwrap();
    let line = |l: &str| serde_json::from_str::<serde_json::Value>(l).unwrap();
    text.lines().map(|l| line(l)["step"].as_u64().unwrap()).collect()
}
