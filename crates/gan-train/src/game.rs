//! The contract between a model and the training loop: a variant says what each player minimizes.

use crate::{Batch, Error, Inside, OptimizerConfig, Result, Sample, SampleRequest};
use candle_core::Tensor;
use gan_data::Field;
use gan_layers::{ParamStore, StepRng};

/// One who minimizes a loss over its own parameters.
#[derive(Debug, Clone)]
pub struct Player {
    /// As it appears in logs: `generator`, `discriminator`, `critic`, …
    pub name: String,
    /// Prefixes of the parameters it moves, such as `["g.", "q."]`.
    pub owns: Vec<String>,
    /// How it moves them.
    pub optimizer: OptimizerConfig,
    /// Whether its loss reads the batch; one that does not costs no data.
    pub sees_data: bool,
}

impl Player {
    /// A player whose loss reads the batch.
    pub fn new(name: &str, owns: &[&str], optimizer: OptimizerConfig) -> Self {
        Self { name: name.to_owned(), owns: prefixes(owns), optimizer, sees_data: true }
    }
}

/// Prefixes of parameters, owned.
pub fn prefixes(all: &[&str]) -> Vec<String> {
    all.iter().map(|&prefix| prefix.to_owned()).collect()
}

/// A player's turn at a step: how often it moves, and on what. A model that grows or is stacked
/// changes these from stage to stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    /// Updates in this step: critic steps, warm-ups, stages; 0 leaves the player out.
    pub updates: usize,
    /// Samples a batch; nothing for as many as the run has.
    pub batch: Option<usize>,
    /// Side of the batch's images in pixels, where it is smaller than that of the data, which it
    /// must divide: they are averaged down. Nothing for images as they are.
    pub side: Option<usize>,
    /// Factor of the learning rate, beside that of the schedule.
    pub rate: f64,
}

impl Default for Turn {
    /// One update on a batch as the run has it.
    fn default() -> Self {
        Self { updates: 1, batch: None, side: None, rate: 1.0 }
    }
}

impl Turn {
    /// So many updates.
    pub fn of(updates: usize) -> Self {
        Self { updates, ..Self::default() }
    }
}

/// A loss to minimize, and what to log beside it.
#[derive(Debug, Clone)]
pub struct Loss {
    /// A scalar.
    pub value: Tensor,
    /// Scalars by name; logged, not trained.
    pub terms: Vec<(&'static str, Tensor)>,
}

/// A model in training: who plays, what each minimizes. What may be looked at afterwards, samples
/// first of all, is its [`Inside`].
pub trait Game {
    /// Every tensor a checkpoint must hold, by name.
    fn params(&self) -> &ParamStore;

    /// The players in turn order.
    fn players(&self) -> &[Player];

    /// A player's turn at this step, counted from 1; asked once a step, before it moves, also after
    /// a run was resumed.
    ///
    /// # Errors
    /// Where the model cannot enter the step.
    fn turn(&mut self, player: usize, step: u64) -> Result<Turn> {
        let _ = (player, step);
        Ok(Turn::default())
    }

    /// What a player minimizes on this batch. Other players' parameters are constants here.
    ///
    /// # Errors
    /// Where the batch does not fit the model.
    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss>;

    /// What ties the samples of a batch together, so that its parts are not trained on one by one: a
    /// statistic over the batch, a memory of earlier ones. Nothing where the loss is a mean over
    /// samples. Batch norm does not count: its statistics are those of a part, or of all ranks.
    fn couples(&self) -> Option<&'static str> {
        None
    }

    /// Called after each of a player's updates, such as for clipping weights.
    ///
    /// # Errors
    /// Where the change fails.
    fn after_update(&mut self, player: usize) -> Result<()> {
        let _ = player;
        Ok(())
    }

    /// Prefixes of what a moving average follows, and what samples come from: the generator.
    fn averaged(&self) -> Vec<String> {
        prefixes(&["g."])
    }

    /// What may be looked at: where samples come from, what D says, codes, likelihoods, drawings.
    fn inside(&self) -> Inside<'_> {
        Inside::default()
    }
}

impl dyn Game + '_ {
    /// Samples of the model, as [`Generator::sample`](crate::Generator::sample).
    ///
    /// # Errors
    /// Where the model makes none, or the request does not fit it.
    pub fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let generator = self.inside().generator()?;
        let takes = generator.takes();
        for (name, field) in request.given.iter() {
            if !takes.iter().any(|field| field.name == name) {
                let known: Vec<String> = takes.iter().map(Field::words).collect();
                let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                return Err(Error::Config(format!(
                    "{name}: samples of this model can be asked for by {known}"
                )));
            }
            let found = field.dim(0)?;
            if found != request.count {
                let count = request.count;
                return Err(Error::Config(format!("{name}: {found} for {count} samples")));
            }
        }
        generator.sample(request, rng)
    }

    /// The number of classes that samples can be asked for; `None` where they cannot.
    pub fn classes(&self) -> Option<usize> {
        let fields = self.inside().generator.map(|g| g.takes()).unwrap_or_default();
        gan_data::classes(&fields).map(|(count, _)| count)
    }

    /// The names of these classes, one each; empty where they have none.
    pub fn class_names(&self) -> Vec<String> {
        let fields = self.inside().generator.map(|g| g.takes()).unwrap_or_default();
        gan_data::classes(&fields).map_or_else(Vec::new, |(_, names)| names.to_vec())
    }
}
