//! A GAN whose sample is G(z) and whose D sees the sample alone: all that vanilla, DCGAN, WGAN and
//! others share but their networks and settings.

use crate::convolutional::{ConvDiscriminator, ConvGenerator, ConvShape};
use crate::duel::{Duel, Roles, Sides};
use crate::latents::{check_latents, check_samples, nothing_given};
use crate::mlp::{Mlp, MlpShape};
use crate::networks::Judged;
use crate::reference::of_data;
use crate::{Activation, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::tanh;
use gan_layers::{Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Discriminator, Drawings, Error, Fields, Game, Generator, Inside, Latent, Loss, Player,
    Result, Sample, SampleRequest, Sheet, Tap, Turn, no_latents,
};

/// Makes so many samples.
pub(crate) type Generate = Box<dyn Fn(usize, &mut Pass<'_>) -> candle_core::Result<Tensor>>;
/// Makes samples from latents, and shows its hidden layers to whoever wants to see them.
pub(crate) type FromLatents =
    Box<dyn Fn(&Tensor, Option<&mut Tap<'_>>, &mut Pass<'_>) -> candle_core::Result<Tensor>>;
/// Judges samples, or packs of them; the rest as [`FromLatents`].
pub(crate) type Judge =
    Box<dyn Fn(&Tensor, Option<&mut Tap<'_>>, &mut Pass<'_>) -> candle_core::Result<Judged>>;
/// Draws what says more than samples.
pub(crate) type Draw = Box<dyn Fn(&mut StepRng) -> Result<Vec<Sheet>>>;

/// Where samples come from.
pub(crate) enum Source {
    /// A latent z of one vector a sample.
    Latents(Prior, usize, FromLatents),
    /// Noise of another form.
    Noise(Generate),
}

/// A GAN whose D sees the sample alone.
pub(crate) struct PlainGan {
    setup: Setup,
    packing: usize,
    store: ParamStore,
    source: Source,
    judge: Judge,
    duel: Duel,
    /// Sheets beside the samples, where the variant has them.
    pub sheets: Option<Draw>,
}

impl PlainGan {
    /// From networks whose parameters are all in the store.
    pub fn new(
        mut store: ParamStore,
        (source, judge): (Source, Judge),
        techniques: &Techniques,
        refuses: &'static [(&'static str, &'static str)],
        setup: &Setup,
    ) -> Result<Self> {
        let roles = Roles { refuses, ..Roles::default() };
        let duel = Duel::new(techniques, roles, &mut store, setup)?;
        let (setup, packing) = (setup.clone(), techniques.packing);
        Ok(Self { setup, packing, store, source, judge, duel, sheets: None })
    }

    fn drawn(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        match &self.source {
            Source::Latents(prior, width, from) => {
                let z = prior.draw((count, *width), pass.rng, &self.setup)?;
                from(&z, None, pass)
            }
            Source::Noise(generate) => generate(count, pass),
        }
    }
}

/// The fully connected networks of a plain GAN.
pub(crate) struct MlpPair<'a> {
    pub z: usize,
    pub prior: Prior,
    pub generator_hidden: &'a [usize],
    pub generator_activation: Activation,
    pub discriminator_hidden: &'a [usize],
    pub discriminator_activation: Activation,
    pub dropout: f64,
    pub techniques: &'a Techniques,
}

impl MlpPair<'_> {
    /// The whole game, for samples of any shape.
    pub fn build(&self, setup: &Setup) -> Result<PlainGan> {
        let hidden = [self.generator_hidden, self.discriminator_hidden];
        check_networks(self.z, hidden, self.dropout)?;
        let (size, own) = (setup.shape().iter().product(), Normalization::None);
        let (z, prior, techniques) = (self.z, self.prior, self.techniques);
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let g = MlpShape {
            inputs: z,
            hidden: self.generator_hidden,
            outputs: size,
            activation: self.generator_activation,
            dropout: 0.0,
            options: techniques.generator_options(own, |n| prior.reference((n, z), setup))?,
        };
        let d = MlpShape {
            inputs: size,
            hidden: self.discriminator_hidden,
            outputs: 1,
            activation: self.discriminator_activation,
            dropout: self.dropout,
            options: techniques.discriminator_options(own, |n| of_data(setup, n))?,
        };
        let alone = d.options.each_alone();
        let (g, d) = (Mlp::new(&mut store, "g", &g)?, Mlp::new(&mut store, "d", &d)?);
        let shape = setup.shape().to_vec();
        let from: FromLatents =
            Box::new(move |z, tap, pass| shaped(&g.forward_tapped(z, tap, pass)?, &shape));
        let judge: Judge = Box::new(move |x, tap, pass| d.judge_tapped(x, tap, pass));
        let networks = (Source::Latents(prior, z, from), judge);
        let refuses = without_features(self.discriminator_hidden);
        let mut gan = PlainGan::new(store, networks, techniques, refuses, setup)?;
        if alone {
            gan.duel.each_alone();
        }
        Ok(gan)
    }
}

/// DCGAN's networks of a plain GAN.
pub(crate) struct ConvPair<'a> {
    pub z: usize,
    pub prior: Prior,
    pub features: usize,
    /// As [`crate::convolutional::plan`] gives them.
    pub sizes: (usize, usize),
    /// D's own normalization.
    pub discriminator_norm: Normalization,
    pub techniques: &'a Techniques,
}

impl ConvPair<'_> {
    /// The whole game, for images.
    pub fn build(&self, setup: &Setup) -> Result<PlainGan> {
        let (z, prior, techniques) = (self.z, self.prior, self.techniques);
        let channels = setup.shape()[0];
        let shape = ConvShape { z, channels, features: self.features, sizes: self.sizes };
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let own = Normalization::Batch;
        let for_g = techniques.generator_options(own, |n| prior.reference((n, z), setup))?;
        let g = ConvGenerator::new(&mut store, "g", &shape, &for_g)?;
        let judge = conv_judge(&mut store, &shape, self.discriminator_norm, techniques, setup)?;
        let from: FromLatents = Box::new(move |z, tap, pass| g.forward_tapped(z, tap, pass));
        let source = Source::Latents(prior, z, from);
        PlainGan::new(store, (source, judge), techniques, &[], setup)
    }
}

/// DCGAN's discriminator under `d.`, for whatever makes the images.
pub(crate) fn conv_judge(
    store: &mut ParamStore,
    shape: &ConvShape,
    own: Normalization,
    techniques: &Techniques,
    setup: &Setup,
) -> Result<Judge> {
    let options = techniques.discriminator_options(own, |n| of_data(setup, n))?;
    let d = ConvDiscriminator::new(store, "d", shape, &options)?;
    Ok(Box::new(move |x, tap, pass| d.judge_tapped(x, tap, pass)))
}

/// Refuses widths of zero and rates that cannot be.
pub(crate) fn check_networks(z: usize, hidden: [&[usize]; 2], dropout: f64) -> Result<()> {
    if z == 0 || hidden.iter().any(|h| h.contains(&0)) {
        return Err(Error::Config("model: expected widths of 1 or more, found a 0".into()));
    }
    if !(0.0..1.0).contains(&dropout) {
        return Err(Error::Config(format!("model.dropout: expected [0, 1), found {dropout}")));
    }
    Ok(())
}

/// What a discriminator with these hidden layers refuses: without any there are no features.
pub(crate) fn without_features(hidden: &[usize]) -> &'static [(&'static str, &'static str)] {
    match hidden {
        [] => &[(
            "feature_matching",
            "D has no hidden layer whose features could be matched; give it one or leave it false",
        )],
        _ => &[],
    }
}

/// Samples of the data's shape: images end in tanh, points are as they come.
pub(crate) fn shaped(x: &Tensor, shape: &[usize]) -> candle_core::Result<Tensor> {
    let mut full = vec![x.dim(0)?];
    full.extend_from_slice(shape);
    if shape.len() == 3 { tanh(x)?.reshape(full) } else { x.reshape(full) }
}

/// Samples as what they show.
pub(crate) fn sample_of(x: Tensor) -> Sample {
    if x.rank() == 4 { Sample::Images(x) } else { Sample::Points(x) }
}

impl Game for PlainGan {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        self.duel.players()
    }

    fn turn(&mut self, player: usize, _: u64) -> Result<Turn> {
        Ok(self.duel.turn(player))
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let sides = Sides {
            real: &|batch, _| Ok(vec![batch.real()?.clone()]),
            fake: &|count, pass| Ok(vec![self.drawn(count, pass)?]),
            judge: &|x, pass| (self.judge)(&x[0], None, pass),
        };
        self.duel.loss(player, &self.store, batch, &mut Pass { train: true, rng }, &sides)
    }

    fn couples(&self) -> Option<&'static str> {
        self.duel.couples()
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        self.duel.after_update(player, &self.store)
    }

    fn inside(&self) -> Inside<'_> {
        Inside {
            generator: Some(self),
            discriminator: Some(self),
            drawings: Some(self),
            ..Inside::default()
        }
    }
}

impl Generator for PlainGan {
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        Ok(sample_of(self.drawn(request.count, &mut Pass { train: false, rng })?))
    }

    fn latent(&self) -> Option<Latent> {
        match &self.source {
            Source::Latents(prior, width, _) => Some(prior.latent(*width, &self.setup)),
            Source::Noise(_) => None,
        }
    }

    fn generate(&self, z: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Sample> {
        let Source::Latents(prior, width, from) = &self.source else {
            return Err(no_latents());
        };
        check_latents(z, &prior.latent(*width, &self.setup))?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        Ok(sample_of(from(z, Some(tap), &mut pass)?))
    }
}

impl Discriminator for PlainGan {
    /// The mean over a sample's positions, where D answers for each.
    fn judge(&self, x: &Tensor, given: &Fields, tap: &mut Tap<'_>) -> Result<Tensor> {
        check_samples(x, self.setup.shape(), self.packing)?;
        nothing_given(given)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let logits = (self.judge)(x, Some(tap), &mut pass)?.logits;
        Ok(logits.reshape((x.dim(0)?, ()))?.mean(1)?)
    }
}

impl Drawings for PlainGan {
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        self.sheets.as_ref().map_or(Ok(Vec::new()), |draw| draw(rng))
    }
}
