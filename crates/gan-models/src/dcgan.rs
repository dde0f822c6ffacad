//! DCGAN (Radford, Metz and Chintala 2015, arXiv 1511.06434), at 28, 32, 64 pixels and others.
//!
//! Section 3's guidelines: strided and transposed convolutions instead of pooling; batch norm in
//! both networks except at G's output and D's input; no hidden fully connected layers; ReLU in G
//! with tanh at its end; LeakyReLU 0.2 in D. Section 4: weights from N(0, 0.02²), Adam with rate
//! 2e-4 and β₁ 0.5, batches of 128 (64 here: more steps an epoch of a small set).

use crate::duel::Duel;
use crate::entry::{parse, run_config};
use crate::{Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::{Then, tanh};
use gan_kernels::conv::Conv2d;
use gan_layers::{BatchNorm, Conv, ConvTranspose, Init, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Decay, Error, Game, Loss, Player, Result, Sample, SampleRequest, Schedule, TrainConfig,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "dcgan",
    title: "Deep convolutional GAN",
    paper: "1511.06434",
    takes: "images of 16, 28, 32, 56, 64, 112, 128 or 224 pixels, grey or colour",
    defaults: || {
        let train = TrainConfig {
            steps: 2000,
            batch: 64,
            sample_every: 250,
            checkpoint_every: 250,
            ema: 0.995,
            schedule: Schedule { kind: Decay::Linear, warmup: 0, from: 1200 },
            ..TrainConfig::default()
        };
        run_config("dcgan", "mnist", train, &DcganConfig::default())
    },
    build: |model, setup| Ok(Box::new(Dcgan::new(parse("dcgan", model)?, setup)?)),
};

/// Settings of DCGAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DcganConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution; the paper's is uniform.
    pub prior: Prior,
    /// Channels beside the image in each network; each halving of the size doubles them. The
    /// paper has 128 at 64 pixels and common scripts 64; 32 draws digits in minutes on a CPU.
    pub features: usize,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for DcganConfig {
    fn default() -> Self {
        Self { z: 100, prior: Prior::Normal, features: 32, techniques: Techniques::default() }
    }
}

/// The generator: z as a 1×1 image, one layer to the smallest size, then doublings.
struct Generator {
    layers: Vec<(ConvTranspose, Option<BatchNorm>)>,
}

/// The discriminator: halvings down to the smallest size, then one layer to one logit.
struct Discriminator {
    layers: Vec<(Conv, Option<BatchNorm>)>,
}

/// `(smallest size, doublings)` for an image side: 64 = 4·2⁴, 28 = 7·2².
fn plan(side: usize) -> Option<(usize, usize)> {
    [4, 7].into_iter().find_map(|start| {
        (2..=5).find(|doublings| start << doublings == side).map(|doublings| (start, doublings))
    })
}

/// Kernel 4, stride 2, padding 1: halves a size, or doubles it transposed.
fn halving() -> Conv2d {
    Conv2d::new(2, 1)
}

impl Generator {
    fn new(
        store: &mut ParamStore,
        config: &DcganConfig,
        channels: usize,
        (start, doublings): (usize, usize),
    ) -> candle_core::Result<Self> {
        let mut layers = Vec::new();
        let mut inputs = config.z;
        for i in 0..=doublings {
            let last = i == doublings;
            let outputs = if last { channels } else { config.features << (doublings - 1 - i) };
            let (kernel, how) = if i == 0 { (start, Conv2d::default()) } else { (4, halving()) };
            let name = format!("g.conv{}", i + 1);
            let shape = (inputs, outputs);
            let conv = ConvTranspose::new(store, &name, shape, kernel, how, Init::DCGAN, last)?;
            let norm = (!last).then(|| BatchNorm::new(store, &format!("g.bn{}", i + 1), outputs));
            layers.push((conv, norm.transpose()?));
            inputs = outputs;
        }
        Ok(Self { layers })
    }

    /// `z`: `(batch, z)`; result `(batch, channels, side, side)` in `(−1, 1)`.
    fn forward(&self, z: &Tensor, pass: &Pass<'_>) -> candle_core::Result<Tensor> {
        let mut x = z.unsqueeze(2)?.unsqueeze(3)?; // (n, z, 1, 1)
        for (conv, norm) in &self.layers {
            x = conv.forward(&x, pass)?;
            x = match norm {
                Some(norm) => norm.forward_then(&x, Then::LeakyRelu(0.0), pass)?,
                None => tanh(&x)?,
            };
        }
        Ok(x)
    }
}

impl Discriminator {
    fn new(
        store: &mut ParamStore,
        config: &DcganConfig,
        channels: usize,
        (start, doublings): (usize, usize),
    ) -> candle_core::Result<Self> {
        let spectral = config.techniques.spectral_norm;
        let mut layers = Vec::new();
        let mut inputs = channels;
        for i in 0..=doublings {
            let last = i == doublings;
            let outputs = if last { 1 } else { config.features << i };
            let (kernel, how) = if last { (start, Conv2d::default()) } else { (4, halving()) };
            let name = format!("d.conv{}", i + 1);
            let normed = i > 0 && !last;
            let shape = (inputs, outputs);
            let conv = Conv::new(store, &name, shape, kernel, how, Init::DCGAN, !normed, spectral)?;
            let norm = normed.then(|| BatchNorm::new(store, &format!("d.bn{}", i + 1), outputs));
            layers.push((conv, norm.transpose()?));
            inputs = outputs;
        }
        Ok(Self { layers })
    }

    /// `x`: `(batch, channels, side, side)`; logits `(batch,)`.
    fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> candle_core::Result<Tensor> {
        let mut x = x.clone();
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            let last = i + 1 == self.layers.len();
            let then = if last { Then::Nothing } else { Then::LeakyRelu(0.2) };
            x = match norm {
                Some(norm) => norm.forward_then(&conv.forward(&x, pass)?, then, pass)?,
                None => conv.forward_then(&x, then, pass)?,
            };
        }
        x.flatten_all()
    }
}

struct Dcgan {
    config: DcganConfig,
    setup: Setup,
    store: ParamStore,
    g: Generator,
    d: Discriminator,
    duel: Duel,
}

impl Dcgan {
    fn new(config: DcganConfig, setup: &Setup) -> Result<Self> {
        const SIZES: &str = "square images of 16, 28, 32, 56, 64, 112, 128 or 224 pixels";
        let [channels, height, width] = setup.shape[..] else {
            return Err(Error::Config(format!(
                "dcgan: expected {SIZES}, found points of {} dimensions; use `vanilla` for points",
                setup.shape.iter().product::<usize>()
            )));
        };
        let unfit = || {
            Error::Config(format!(
                "dcgan: expected {SIZES}, found {width}×{height}; bring them to a size with \
                 --size 64"
            ))
        };
        let sizes = plan(height).filter(|_| height == width);
        let sizes = sizes.ok_or_else(unfit)?;
        if config.z == 0 || config.features == 0 {
            return Err(Error::Config("dcgan: expected z and features of 1 or more".into()));
        }
        let duel = Duel::new(&config.techniques, false)?;
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let g = Generator::new(&mut store, &config, channels, sizes)?;
        let d = Discriminator::new(&mut store, &config, channels, sizes)?;
        Ok(Self { config, setup: setup.clone(), store, g, d, duel })
    }

    fn generate(&self, count: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let z = self.config.prior.draw((count, self.config.z), pass.rng, &self.setup)?;
        self.g.forward(&z, pass)
    }
}

impl Game for Dcgan {
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
        self.duel.loss(
            player,
            &self.store,
            batch,
            &mut Pass { train: true, rng },
            &|count, pass| self.generate(count, pass),
            &|x, pass| self.d.forward(x, pass),
        )
    }

    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        Ok(Sample::Images(self.generate(request.count, &mut Pass { train: false, rng })?))
    }
}
