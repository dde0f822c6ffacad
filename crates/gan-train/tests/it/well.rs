//! A game of one player whose loss is any function of one small vector.

use candle_core::{DType, Device, Tensor};
use gan_layers::{Buffer, Init, Param, ParamStore, StepRng};
use gan_train::{
    Batch, Error, Game, Generator, Inside, Loss, OptimizerConfig, Player, Result, Sample,
    SampleRequest, TrainConfig,
};

type LossOf = Box<dyn FnMut(u64, &Tensor) -> candle_core::Result<Loss>>;
type After = Box<dyn FnMut(u64, &Param)>;

/// Owns `g.x`, three values that start at `start`; its loss is called with the update's number.
pub struct Well {
    store: ParamStore,
    players: Vec<Player>,
    pub x: Param,
    pub kept: Buffer,
    loss: LossOf,
    /// Runs after each update.
    pub after: Option<After>,
    calls: u64,
}

pub const WIDTH: usize = 3;

impl Well {
    pub fn new(
        optimizer: OptimizerConfig,
        start: f64,
        loss: impl FnMut(u64, &Tensor) -> candle_core::Result<Loss> + 'static,
    ) -> Self {
        Self::shaped(optimizer, start, &[WIDTH], loss)
    }

    /// A matrix of twos whose loss has no slope.
    pub fn matrix(optimizer: OptimizerConfig) -> Self {
        let flat = |_, x: &Tensor| Ok(plain((x - x.detach())?.sqr()?.sum_all()?));
        Self::shaped(optimizer, 2.0, &[1, WIDTH], flat)
    }

    fn shaped(
        optimizer: OptimizerConfig,
        start: f64,
        shape: &[usize],
        loss: impl FnMut(u64, &Tensor) -> candle_core::Result<Loss> + 'static,
    ) -> Self {
        let mut store = ParamStore::new(0, DType::F64, &Device::Cpu);
        let x = store.param("g.x", shape, Init::Constant(start)).unwrap();
        let kept = store.buffer("g.kept", &[1], Init::Constant(0.0)).unwrap();
        store.param("other.y", &[1], Init::Constant(1.0)).unwrap();
        let players = vec![Player { sees_data: false, ..Player::new("well", &["g."], optimizer) }];
        Self { store, players, x, kept, loss: Box::new(loss), after: None, calls: 0 }
    }

    pub fn values(&self) -> Vec<f64> {
        self.x.var().as_detached_tensor().flatten_all().unwrap().to_vec1().unwrap()
    }
}

/// A loss without terms.
pub fn plain(value: Tensor) -> Loss {
    Loss { value, terms: vec![] }
}

/// `½ Σ aᵢ (xᵢ − i)²` with curvatures 1, 4, 9.
pub fn quadratic(x: &Tensor) -> candle_core::Result<Loss> {
    let center = Tensor::new(&[0.0f64, 1.0, 2.0], &Device::Cpu)?;
    let curvature = Tensor::new(&[1.0f64, 4.0, 9.0], &Device::Cpu)?;
    Ok(plain(((x - center)?.sqr()? * curvature)?.sum_all()?.affine(0.5, 0.0)?))
}

/// Constant rate, no pictures, checkpoints every `every` steps.
pub fn config(steps: u64, every: u64) -> TrainConfig {
    TrainConfig { steps, sample_every: 0, checkpoint_every: every, ..TrainConfig::default() }
}

impl Game for Well {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(&mut self, _: usize, _: Option<&Batch>, _: &mut StepRng) -> Result<Loss> {
        self.calls += 1;
        Ok((self.loss)(self.calls, &self.x.get())?)
    }

    fn after_update(&mut self, _: usize) -> Result<()> {
        let calls = self.calls;
        if let Some(after) = &mut self.after {
            after(calls, &self.x);
        }
        Ok(self.kept.set(&Tensor::new(&[calls as f64], &Device::Cpu)?)?)
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), ..Inside::default() }
    }
}

impl Generator for Well {
    /// The values themselves; 13 of them cannot be had.
    fn sample(&self, request: &SampleRequest, _: &mut StepRng) -> Result<Sample> {
        if request.count == 13 {
            return Err(Error::Config("13 brings bad luck".into()));
        }
        Ok(Sample::Points(self.x.get().copy()?.unsqueeze(0)?))
    }
}
