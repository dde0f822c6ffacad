//! The contract between a model and the training loop: a variant says what each player minimises.

use crate::inside::no_latents;
use crate::{Effort, Error, Latent, Likelihood, OptimizerConfig, Result, Tap};
use candle_core::Tensor;
use gan_images::Figure;
use gan_layers::{ParamStore, StepRng};

/// One who minimises a loss over its own parameters.
#[derive(Debug, Clone)]
pub struct Player {
    /// As it appears in logs: `generator`, `discriminator`, `critic`, …
    pub name: &'static str,
    /// Prefixes of the parameters it moves, such as `["g.", "q."]`.
    pub owns: &'static [&'static str],
    /// How it moves them.
    pub optimizer: OptimizerConfig,
    /// Whether its loss reads the batch; one that does not costs no data.
    pub sees_data: bool,
}

/// Samples and, where the data has them, labels.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `(batch, channels, height, width)` in `[-1, 1]`, or `(batch, dims)`.
    pub real: Tensor,
    /// `(batch,)` of `u32`.
    pub labels: Option<Tensor>,
}

/// A loss to minimise, and what to log beside it.
#[derive(Debug, Clone)]
pub struct Loss {
    /// A scalar.
    pub value: Tensor,
    /// Scalars by name; logged, not trained.
    pub terms: Vec<(&'static str, Tensor)>,
}

/// What [`Game::sample`] should make.
#[derive(Debug, Clone, Default)]
pub struct SampleRequest {
    /// How many samples.
    pub count: usize,
    /// A class each, for models that take one; `None` lets the model choose.
    pub labels: Option<Vec<u32>>,
}

/// Generated samples.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Sample {
    /// `(n, channels, height, width)` in `[-1, 1]`.
    Images(Tensor),
    /// `(n, dims)`.
    Points(Tensor),
}

/// Images in rows that say more than samples do: a manifold, reconstructions, filters.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What its file's name begins with; not `step` or `figure`, which are taken.
    pub name: &'static str,
    /// `(n, channels, height, width)` in `[-1, 1]`.
    pub images: Tensor,
    /// Images a row.
    pub columns: usize,
}

/// A model in training: who plays, what each minimises, how to sample.
pub trait Game {
    /// Every tensor a checkpoint must hold, by name.
    fn params(&self) -> &ParamStore;

    /// The players in turn order.
    fn players(&self) -> &[Player];

    /// How many updates a player makes in a step: critic steps, warm-ups, stages.
    fn updates(&self, player: usize, step: u64) -> usize {
        let _ = (player, step);
        1
    }

    /// What a player minimises on this batch. Other players' parameters are constants here.
    ///
    /// # Errors
    /// Where the batch does not fit the model.
    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss>;

    /// Called after each of a player's updates, such as for clipping weights.
    ///
    /// # Errors
    /// Where the change fails.
    fn after_update(&mut self, player: usize) -> Result<()> {
        let _ = player;
        Ok(())
    }

    /// Samples in evaluation mode; a sample does not depend on the others drawn with it.
    ///
    /// # Errors
    /// Where the request does not fit the model.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample>;

    /// The number of classes that [`Game::sample`] takes labels of; `None` where it takes none.
    fn classes(&self) -> Option<usize> {
        None
    }

    /// Prefixes of what a moving average follows, and what samples come from: the generator.
    fn averaged(&self) -> &[&'static str] {
        &["g."]
    }

    /// A drawing of the state that says more than samples do, such as densities in one dimension.
    ///
    /// # Errors
    /// Where it cannot be computed.
    fn figure(&self, rng: &mut StepRng) -> Result<Option<Figure>> {
        let _ = rng;
        Ok(None)
    }

    /// Rows of images that say more than samples do, drawn whenever samples are.
    ///
    /// # Errors
    /// Where they cannot be computed.
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let _ = rng;
        Ok(Vec::new())
    }

    /// What [`Game::generate`] takes; `None` where samples are no function of a latent.
    fn latent(&self) -> Option<Latent> {
        None
    }

    /// Samples made of latents `z`, `(n, width)`, in evaluation mode; `labels` as in
    /// [`SampleRequest`]. `tap` is shown the generator's hidden layers, `(n, …)`, and may change
    /// them. A sample does not depend on the others.
    ///
    /// # Errors
    /// Where the model has no latent, or the latents or labels do not fit it.
    fn generate(&self, z: &Tensor, labels: Option<&[u32]>, tap: &mut Tap<'_>) -> Result<Sample> {
        let _ = (z, labels, tap);
        Err(no_latents())
    }

    /// The discriminator's logits, `(n,)`, of samples `x`, `(n, …shape)`, in evaluation mode;
    /// `labels` one each where the model takes them. `tap` is shown D's hidden layers, `(n, …)`,
    /// and may change them.
    ///
    /// # Errors
    /// Where the model has no discriminator of single samples, or samples or labels do not fit it.
    fn judge(&self, x: &Tensor, labels: Option<&[u32]>, tap: &mut Tap<'_>) -> Result<Tensor> {
        let _ = (x, labels, tap);
        let what = "this model has no discriminator that could be asked; `dcgan` has one";
        Err(Error::Config(what.into()))
    }

    /// What an encoder makes of samples `x`: codes or features, `(n, width)`. With a stream a draw
    /// from q(z|x), without one its mean; `None` where the model has no encoder.
    ///
    /// # Errors
    /// Where the samples do not fit the model.
    fn encode(&self, x: &Tensor, draw: Option<&mut StepRng>) -> Result<Option<Tensor>> {
        let _ = (x, draw);
        Ok(None)
    }

    /// How many of the first numbers of [`Game::encode`] are probabilities of the classes that
    /// [`Game::sample`] takes labels of; 0 where codes are no such guess.
    fn guesses(&self) -> usize {
        0
    }

    /// `count` draws of the prior that codes are meant to follow, `(count, width)` as those of
    /// [`Game::encode`]; `None` where there is none.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        let _ = (count, rng);
        Ok(None)
    }

    /// The log-likelihood that the model itself gives samples `x`, or a bound on it; `None` where
    /// it has none, as a GAN.
    ///
    /// # Errors
    /// Where the samples do not fit the model.
    fn likelihood(
        &self,
        x: &Tensor,
        effort: &Effort,
        rng: &mut StepRng,
    ) -> Result<Option<Likelihood>> {
        let _ = (x, effort, rng);
        Ok(None)
    }
}

impl Batch {
    /// The number of samples.
    ///
    /// # Errors
    /// Where the tensor has no axis.
    pub fn len(&self) -> Result<usize> {
        Ok(self.real.dim(0)?)
    }

    /// True where there is no sample.
    ///
    /// # Errors
    /// Where the tensor has no axis.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl Sample {
    /// The tensor, whatever it shows.
    pub fn tensor(&self) -> &Tensor {
        match self {
            Sample::Images(t) | Sample::Points(t) => t,
        }
    }
}
