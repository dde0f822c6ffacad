//! One step of training: every player's turn. The only place where an optimizer steps.

use crate::gradient::{At, Division};
use crate::optimizer::Optimizer;
use crate::{
    Average, Batch, Draw, Error, Game, Result, Sample, SampleRequest, Schedule, TrainConfig, Turn,
};
use gan_kernels::team::Exchange;
use gan_layers::StepRng;
use std::rc::Rc;

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
    pub(crate) division: Division,
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
        if config.accumulate > 1 {
            divisible(game)?;
        }
        let average = (config.ema > 0.0).then(|| Average::new(game, config.ema)).transpose()?;
        Ok(Self {
            step: 0,
            draws: 0,
            seed: config.seed,
            steps: config.steps,
            schedule: config.schedule,
            division: Division { parts: config.accumulate.max(1), team: None },
            optimizers,
            average,
        })
    }

    /// Trains with other ranks from here on: each computes a share of the parts of every batch, and
    /// all make the same updates. The feed must give this rank's share ([`crate::Feed::share`]).
    ///
    /// # Errors
    /// A model whose batches cannot be divided, or a number of ranks that does not divide the parts.
    pub fn join(&mut self, game: &dyn Game, team: Rc<dyn Exchange>) -> Result<()> {
        let (parts, ranks) = (self.division.parts, team.ranks());
        let each = parts / ranks;
        if !parts.is_multiple_of(ranks) || !each.is_power_of_two() {
            return Err(Error::Config(format!(
                "train.accumulate: {parts} parts of a batch for {ranks} ranks; expected as many as \
                 ranks, or twice, four times, … as many"
            )));
        }
        if ranks > 1 {
            divisible(game)?;
            self.division.team = Some(team);
        }
        Ok(())
    }

    /// Whether any rank says so: what one alone knows, such as that somebody asked it to stop.
    ///
    /// # Errors
    /// Where a rank is gone.
    pub fn any(&self, mine: bool) -> Result<bool> {
        self.division.any(mine)
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
        let batch = if player.sees_data {
            self.draws += 1;
            let number = self.draws - 1;
            let batch = feed(Draw { number, samples: turn.batch, side: turn.side });
            Some(self.division.agree(batch)?)
        } else {
            None
        };
        let at = At { step, index, player: &player };
        let slope = self.division.slope(game, at, batch.as_ref(), rng)?;
        let optimizer = &mut self.optimizers[index];
        optimizer.step(game.params().owned(&player.owns), &slope.gradients, factor)?;
        let report = PlayerReport {
            name: player.name.clone(),
            loss: slope.loss,
            terms: slope.terms,
            grad_norm: slope.squares.sqrt(),
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

/// Refuses a model whose batches are more than their samples.
fn divisible(game: &dyn Game) -> Result<()> {
    match game.couples() {
        None => Ok(()),
        Some(what) => Err(Error::Config(format!(
            "train.accumulate: {what} sees a batch as a whole, which parts of it do not add up to; \
             train on whole batches in one process"
        ))),
    }
}

/// The stream of sampling: that of a step that no training run reaches.
pub(crate) fn sample_rng(seed: u64) -> StepRng {
    StepRng::new(seed, u64::MAX)
}
