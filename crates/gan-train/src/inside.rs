//! What may be looked at of a model: its generator, its discriminator, codes, likelihoods, drawings.

use crate::{Effort, Error, Fields, Likelihood, Result, Sample, SampleRequest};
use candle_core::{DType, Device, Tensor};
use gan_data::Field;
use gan_images::Figure;
use gan_layers::StepRng;

/// The parts of a model that tools may look at; those that it does not have are left out.
#[derive(Clone, Copy, Default)]
pub struct Inside<'a> {
    /// Where samples come from.
    pub generator: Option<&'a dyn Generator>,
    /// What tells real samples from fakes.
    pub discriminator: Option<&'a dyn Discriminator>,
    /// What makes codes or features of samples.
    pub encoder: Option<&'a dyn Encoder>,
    /// What gives samples a likelihood.
    pub density: Option<&'a dyn Density>,
    /// What draws more than samples.
    pub drawings: Option<&'a dyn Drawings>,
}

/// What makes samples.
pub trait Generator {
    /// What samples can be asked for: a class, words, numbers; nothing where they cannot.
    fn takes(&self) -> Vec<Field> {
        Vec::new()
    }

    /// What [`Generator::generate`] takes; `None` where samples are no function of a latent.
    fn latent(&self) -> Option<Latent> {
        None
    }

    /// Samples made of latents `z`, `(n, width)`, in evaluation mode, like what is `given`. `tap` is
    /// shown the generator's hidden layers, `(n, …)`, and may change them. A sample does not depend
    /// on the others.
    ///
    /// # Errors
    /// Where the model has no latent, or latents or conditions do not fit it.
    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        let _ = (z, given, tap);
        Err(no_latents())
    }

    /// Samples in evaluation mode; a sample does not depend on the others drawn with it.
    ///
    /// # Errors
    /// Where the request does not fit the model.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let latent = self.latent().ok_or_else(no_latents)?;
        let z = latent.draw(request.count, rng)?;
        self.generate(&z, &request.given, &mut untouched)
    }
}

/// What tells real samples from fakes.
pub trait Discriminator {
    /// Logits, `(n,)`, of samples `x`, `(n, …shape)`, in evaluation mode; `given` what they are told
    /// to be, where the model takes that. `tap` is shown D's hidden layers, `(n, …)`, and may change
    /// them.
    ///
    /// # Errors
    /// Where samples or conditions do not fit the model.
    fn judge(&self, x: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Tensor>;
}

/// What makes codes or features of samples.
pub trait Encoder {
    /// Codes of samples `x`, `(n, width)`. With a stream a draw from q(z|x), without one its mean.
    ///
    /// # Errors
    /// Where the samples do not fit the model.
    fn encode(&self, x: &Tensor, draw: Option<&mut StepRng>) -> Result<Tensor>;

    /// How many of a code's first numbers are probabilities of the classes that the generator takes;
    /// 0 where codes are no such guess.
    fn guesses(&self) -> usize {
        0
    }

    /// `count` draws of the prior that codes are meant to follow, `(count, width)`; `None` where
    /// there is none.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        let _ = (count, rng);
        Ok(None)
    }
}

/// What gives samples a likelihood.
pub trait Density {
    /// The log-likelihood of samples `x`, or a bound on it.
    ///
    /// # Errors
    /// Where the samples do not fit the model.
    fn likelihood(&self, x: &Tensor, effort: &Effort, rng: &mut StepRng) -> Result<Likelihood>;
}

/// What draws more than samples, whenever those are drawn.
pub trait Drawings {
    /// A drawing of the state, such as densities in one dimension.
    ///
    /// # Errors
    /// Where it cannot be computed.
    fn figure(&self, rng: &mut StepRng) -> Result<Option<Figure>> {
        let _ = rng;
        Ok(None)
    }

    /// Rows of images: a manifold, reconstructions, filters.
    ///
    /// # Errors
    /// Where they cannot be computed.
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let _ = rng;
        Ok(Vec::new())
    }
}

/// Images in rows that say more than samples do.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What its file's name begins with; not `step` or `figure`, which are taken.
    pub name: String,
    /// `(n, channels, height, width)` in `[-1, 1]`.
    pub images: Tensor,
    /// Images a row.
    pub columns: usize,
}

impl<'a> Inside<'a> {
    /// The generator.
    ///
    /// # Errors
    /// Where the model makes no samples.
    pub fn generator(&self) -> Result<&'a dyn Generator> {
        self.generator.ok_or_else(|| Error::Config("this model makes no samples".into()))
    }

    /// The discriminator.
    ///
    /// # Errors
    /// Where the model has none of single samples.
    pub fn discriminator(&self) -> Result<&'a dyn Discriminator> {
        let what = "this model has no discriminator that could be asked; `dcgan` has one";
        self.discriminator.ok_or_else(|| Error::Config(what.into()))
    }
}

/// The distribution of each dimension of a latent; the dimensions are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// N(0, 1).
    Normal,
    /// U(−1, 1).
    Uniform,
    /// 1, always: no noise at all.
    Constant,
}

/// What [`Generator::generate`] takes.
#[derive(Debug, Clone)]
pub struct Latent {
    /// Dimensions of z.
    pub width: usize,
    /// Where each comes from.
    pub distribution: Distribution,
    /// Element type.
    pub dtype: DType,
    /// Where z lives.
    pub device: Device,
}

/// Shown the number (from 0, at the input's side) and the result of each hidden layer, after its
/// normalization and activation; what it gives back goes on to the next layer.
pub type Tap<'a> = dyn FnMut(usize, &Tensor) -> candle_core::Result<Tensor> + 'a;

/// A [`Tap`] that changes nothing.
///
/// # Errors
/// None.
pub fn untouched(_: usize, x: &Tensor) -> candle_core::Result<Tensor> {
    Ok(x.clone())
}

/// What a model without a latent answers to who brings one.
pub fn no_latents() -> Error {
    Error::Config("this model makes no samples from latents; `dcgan` is one that does".into())
}

impl Latent {
    /// `(count, width)` draws: those of [`Generator::sample`] with the same stream.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn draw(&self, count: usize, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let (shape, dtype, device) = (&[count, self.width], self.dtype, &self.device);
        match self.distribution {
            Distribution::Normal => rng.normal("latent", shape, dtype, device),
            Distribution::Uniform => rng.uniform("latent", (-1.0, 1.0), shape, dtype, device),
            Distribution::Constant => Tensor::ones(shape, dtype, device),
        }
    }
}
