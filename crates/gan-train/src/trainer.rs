//! One step of training: every player's turn. The only place where an optimizer steps.

use crate::optimizer::Optimizer;
use crate::{
    Average, Batch, Draw, Error, Game, Result, Sample, SampleRequest, Schedule, TrainConfig, Turn,
    forensics,
};
use gan_kernels::read::scalar;
use gan_kernels::update::sum_of_squares;
use gan_kernels::{gradients, second_order};
use gan_layers::StepRng;

/// Optimizers, moving average and counters: with the game's store, all that a checkpoint holds.
#[derive(Debug)]
pub struct Trainer {
    /// Steps done.
    pub step: u64,
    /// Batches drawn so far.
    pub draws: u64,
    seed: u64,
    steps: u64,
    schedule: Schedule,
    pub(crate) optimizers: Vec<Optimizer>,
    pub(crate) average: Option<Average>,
}

/// What one player's turn came to: its last update of the step.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerReport {
    /// The player.
    pub name: String,
    /// Its loss.
    pub loss: f64,
    /// The loss's logged terms.
    pub terms: Vec<(&'static str, f64)>,
    /// Euclidean norm of the gradient over all its parameters.
    pub grad_norm: f64,
    /// The learning rate used.
    pub lr: f64,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Its number, from 1.
    pub step: u64,
    /// Players that made an update, in turn order.
    pub players: Vec<PlayerReport>,
    /// What samples look like beside real ones, at steps that draw a picture of them.
    pub samples: Vec<(&'static str, f64)>,
}

impl StepReport {
    /// A logged term such as `d_real`, whoever logged it.
    pub fn term(&self, name: &str) -> Option<f64> {
        let mut terms = self.players.iter().flat_map(|p| &p.terms);
        terms.find(|(n, _)| *n == name).map(|(_, v)| *v)
    }
}

impl Trainer {
    /// A trainer at step 0.
    ///
    /// # Errors
    /// Where a setting of an optimizer cannot be.
    pub fn new(game: &dyn Game, config: &TrainConfig) -> Result<Self> {
        let mut optimizers = Vec::new();
        for (index, player) in game.players().iter().enumerate() {
            if game.players()[..index].iter().any(|p| p.name == player.name) {
                let why = "logs and checkpoints tell players apart by name";
                return Err(Error::Config(format!(
                    "two players are called {}: {why}",
                    player.name
                )));
            }
            player.optimizer.validate(&format!("optimizer of the {}", player.name))?;
            optimizers.push(Optimizer::new(player.optimizer, game.params().owned(&player.owns))?);
        }
        let average = (config.ema > 0.0).then(|| Average::new(game, config.ema)).transpose()?;
        Ok(Self {
            step: 0,
            draws: 0,
            seed: config.seed,
            steps: config.steps,
            schedule: config.schedule,
            optimizers,
            average,
        })
    }

    /// Plays one step; `feed` gives the batch of a draw.
    ///
    /// # Errors
    /// [`Error::NonFinite`] where a loss or gradient is not finite, before it moves a parameter.
    pub fn step(
        &mut self,
        game: &mut dyn Game,
        feed: &mut dyn FnMut(Draw) -> Result<Batch>,
    ) -> Result<StepReport> {
        let step = self.step + 1;
        let factor = self.schedule.factor(step, self.steps);
        let mut rng = StepRng::new(self.seed, step);
        let mut players = Vec::new();
        for index in 0..game.players().len() {
            let turn = game.turn(index, step)?;
            let mut last = None;
            for _ in 0..turn.updates {
                last = Some(self.update(game, index, feed, &mut rng, (step, factor, turn))?);
            }
            players.extend(last);
        }
        if let Some(average) = &self.average {
            average.update(game, step)?;
        }
        self.step = step;
        Ok(StepReport { step, players, samples: Vec::new() })
    }

    fn update(
        &mut self,
        game: &mut dyn Game,
        index: usize,
        feed: &mut dyn FnMut(Draw) -> Result<Batch>,
        rng: &mut StepRng,
        (step, factor, turn): (u64, f64, Turn),
    ) -> Result<PlayerReport> {
        let player = game.players()[index].clone();
        let factor = factor * turn.rate;
        let bad = |what: String| Error::NonFinite { step, player: player.name.clone(), what };
        let batch = if player.sees_data {
            self.draws += 1;
            let number = self.draws - 1;
            Some(feed(Draw { number, samples: turn.batch, side: turn.side })?)
        } else {
            None
        };
        game.params().activate(&player.owns);
        let loss = game.loss(index, batch.as_ref(), rng)?;
        let value = scalar(&loss.value)?;
        if !value.is_finite() {
            let first = forensics::first_bad(game.params(), batch.as_ref(), &loss.value)?;
            return Err(bad(format!("the loss is {value}; the first bad tensor is {first}")));
        }
        // Gradients of gradients are within the loss, where it has some; an optimizer asks for none.
        let grads = second_order::without(|| gradients::backward(&loss.value))?;
        let mut squares = 0.0;
        for (name, param) in game.params().owned(&player.owns) {
            if let Some(g) = grads.get(param.var()) {
                let sum = sum_of_squares(g)?;
                if !sum.is_finite()
                    && let Some(what) = forensics::bad_gradient(name, g)?
                {
                    return Err(bad(format!(
                        "the loss is {value}; the first bad tensor is {what}"
                    )));
                }
                squares += sum;
            }
        }
        let optimizer = &mut self.optimizers[index];
        optimizer.step(game.params().owned(&player.owns), &grads, factor)?;
        let report = PlayerReport {
            name: player.name.clone(),
            loss: value,
            terms: loss
                .terms
                .iter()
                .map(|(n, t)| Ok((*n, scalar(t)?)))
                .collect::<Result<Vec<_>>>()?,
            grad_norm: squares.sqrt(),
            lr: optimizer.lr(factor),
        };
        game.after_update(index)?;
        Ok(report)
    }

    /// Samples of the same latents whenever it is called, from the moving average where there
    /// is one.
    ///
    /// # Errors
    /// Where the request does not fit the model.
    pub fn sample(&self, game: &dyn Game, request: &SampleRequest, seed: u64) -> Result<Sample> {
        self.drawn(game, |game| game.sample(request, &mut sample_rng(seed)))
    }

    /// Runs `work` on the model that samples are drawn from: the moving average where there is
    /// one.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn drawn<T>(
        &self,
        game: &dyn Game,
        work: impl FnOnce(&dyn Game) -> Result<T>,
    ) -> Result<T> {
        game.params().freeze();
        match &self.average {
            Some(average) => average.in_place(game, || work(game)),
            None => work(game),
        }
    }
}

/// The stream of sampling: that of a step that no training run reaches.
pub(crate) fn sample_rng(seed: u64) -> StepRng {
    StepRng::new(seed, u64::MAX)
}
