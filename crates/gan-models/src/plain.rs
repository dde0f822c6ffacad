//! A GAN whose sample is G(z) and whose D sees the sample alone: all of vanilla, DCGAN and WGAN
//! but their settings.

use crate::convolutional::{ConvDiscriminator, ConvGenerator, ConvShape};
use crate::duel::{Duel, Roles, Sides};
use crate::latents::{check_latents, check_samples, no_labels};
use crate::mlp::{Mlp, MlpShape};
use crate::networks::{Judged, NetworkOptions};
use crate::reference::of_data;
use crate::{Activation, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::tanh;
use gan_layers::{Normalization, ParamStore, Pass, StepRng};
use gan_train::{Batch, Error, Game, Latent, Loss, Player, Result, Sample, SampleRequest, Tap};

/// The networks of a plain GAN.
pub(crate) enum Networks<'a> {
    /// Fully connected, for samples of any shape.
    Mlp {
        generator_hidden: &'a [usize],
        generator_activation: Activation,
        discriminator_hidden: &'a [usize],
        discriminator_activation: Activation,
        dropout: f64,
    },
    /// DCGAN's, with the sizes that [`crate::convolutional::plan`] gives.
    Convolutional { features: usize, sizes: (usize, usize) },
}

/// What a plain GAN is built from.
pub(crate) struct Plan<'a> {
    pub z: usize,
    pub prior: Prior,
    pub networks: Networks<'a>,
    /// The networks' own normalisation, D's first.
    pub norms: [Normalization; 2],
    pub techniques: &'a Techniques,
    /// Techniques that it cannot take, and why.
    pub refuses: &'static [(&'static str, &'static str)],
}

/// Makes samples from latents.
enum Generator {
    Mlp(Mlp),
    Convolutional(ConvGenerator),
}

/// Judges samples.
enum Discriminator {
    Mlp(Mlp),
    Convolutional(ConvDiscriminator),
}

/// A GAN whose D sees the sample alone.
pub(crate) struct PlainGan {
    z: usize,
    prior: Prior,
    packing: usize,
    setup: Setup,
    store: ParamStore,
    g: Generator,
    d: Discriminator,
    duel: Duel,
}

impl PlainGan {
    pub fn new(plan: &Plan<'_>, setup: &Setup) -> Result<Self> {
        let reference = |count| plan.prior.reference((count, plan.z), setup);
        let for_g = plan.techniques.generator_options(plan.norms[1], reference)?;
        let for_d = plan.techniques.discriminator_options(plan.norms[0], |n| of_data(setup, n))?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let (g, d) = networks(&mut store, plan, setup, for_g, for_d)?;
        let roles = Roles { refuses: plan.refuses, ..Roles::default() };
        let duel = Duel::new(plan.techniques, roles, &mut store, setup)?;
        let (z, prior, packing) = (plan.z, plan.prior, plan.techniques.packing);
        Ok(Self { z, prior, packing, setup: setup.clone(), store, g, d, duel })
    }

    fn drawn(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = self.prior.draw((count, self.z), pass.rng, &self.setup)?;
        match &self.g {
            Generator::Mlp(g) => shaped(&g.forward(&z, pass)?, &self.setup.shape),
            Generator::Convolutional(g) => g.forward(&z, pass),
        }
    }

    fn judged(&self, x: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Judged> {
        match &self.d {
            Discriminator::Mlp(d) => d.judge(x, pass),
            Discriminator::Convolutional(d) => d.judge(x, pass),
        }
    }
}

fn networks(
    store: &mut ParamStore,
    plan: &Plan<'_>,
    setup: &Setup,
    for_g: NetworkOptions,
    for_d: NetworkOptions,
) -> Result<(Generator, Discriminator)> {
    let size: usize = setup.shape.iter().product();
    Ok(match plan.networks {
        Networks::Mlp {
            generator_hidden,
            generator_activation,
            discriminator_hidden,
            discriminator_activation,
            dropout,
        } => {
            let g = MlpShape {
                inputs: plan.z,
                hidden: generator_hidden,
                outputs: size,
                activation: generator_activation,
                dropout: 0.0,
                options: for_g,
            };
            let d = MlpShape {
                inputs: size,
                hidden: discriminator_hidden,
                outputs: 1,
                activation: discriminator_activation,
                dropout,
                options: for_d,
            };
            let g = Mlp::new(store, "g", &g)?;
            (Generator::Mlp(g), Discriminator::Mlp(Mlp::new(store, "d", &d)?))
        }
        Networks::Convolutional { features, sizes } => {
            let channels = setup.shape[0];
            let shape = ConvShape { z: plan.z, channels, features, sizes };
            let g = ConvGenerator::new(store, "g", &shape, &for_g)?;
            let d = ConvDiscriminator::new(store, "d", &shape, &for_d)?;
            (Generator::Convolutional(g), Discriminator::Convolutional(d))
        }
    })
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

    fn updates(&self, player: usize, _: u64) -> usize {
        self.duel.updates(player)
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let sides = Sides {
            real: &|batch, _| Ok(vec![batch.real.clone()]),
            fake: &|count, pass| Ok(vec![self.drawn(count, pass)?]),
            judge: &|x, pass| self.judged(&x[0], pass),
        };
        self.duel.loss(player, &self.store, batch, &mut Pass { train: true, rng }, &sides)
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        self.duel.after_update(player, &self.store)
    }

    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        Ok(sample_of(self.drawn(request.count, &mut Pass { train: false, rng })?))
    }

    fn latent(&self) -> Option<Latent> {
        Some(self.prior.latent(self.z))
    }

    fn generate(&self, z: &Tensor, labels: Option<&[u32]>, tap: &mut Tap<'_>) -> Result<Sample> {
        check_latents(z, self.prior.latent(self.z))?;
        no_labels(labels)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        Ok(sample_of(match &self.g {
            Generator::Mlp(g) => shaped(&g.forward_tapped(z, tap, &mut pass)?, &self.setup.shape)?,
            Generator::Convolutional(g) => g.forward_tapped(z, Some(tap), &pass)?,
        }))
    }

    fn judge(&self, x: &Tensor, labels: Option<&[u32]>, tap: &mut Tap<'_>) -> Result<Tensor> {
        check_samples(x, &self.setup.shape, self.packing)?;
        no_labels(labels)?;
        let mut pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let logits = match &self.d {
            Discriminator::Mlp(d) => d.forward_tapped(&x.flatten_from(1)?, tap, &mut pass)?,
            Discriminator::Convolutional(d) => d.judge_tapped(x, tap, &pass)?.logits,
        };
        Ok(logits.flatten_all()?)
    }
}
