//! The notes' open question: z as an image of noise at the full resolution, and dilated
//! convolutions (Yu and Koltun 2015, arXiv 1511.07122) in place of upsampling.
//!
//! G keeps the resolution from its first layer to its last; what lies far apart is brought
//! together by the spacing of the taps, which grows and shrinks again. D and both losses are
//! DCGAN's, so that the two compare. With `start = "near"` the noise stands beside a real image
//! that has lost its details.

use crate::convolutional::{ConvShape, sizes};
use crate::entry::{parse, run_config};
use crate::plain::{PlainGan, Source, conv_judge};
use crate::reference::of_data;
use crate::{Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::{relu, tanh};
use gan_kernels::conv::Conv2d;
use gan_kernels::pool::{Pool, avg_pool2d};
use gan_kernels::resample::upsample_bilinear2d;
use gan_layers::{Conv, Init, Norm, Normalization, ParamStore, Pass, StepRng};
use gan_train::{Error, Result, TrainConfig};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "dilated",
    title: "Dilated generator: z at the image's resolution",
    paper: "1511.07122",
    takes: &[Ask::DOUBLED],
    defaults: || {
        let train = TrainConfig {
            steps: 1000,
            batch: 32,
            sample_every: 250,
            checkpoint_every: 250,
            ema: 0.995,
            ..TrainConfig::default()
        };
        run_config("dilated", "mnist", train, &DilatedConfig::default())
    },
    build: |model, setup| Ok(Box::new(build(parse("dilated", model)?, setup)?)),
};

/// Where G starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Noise alone.
    #[default]
    Noise,
    /// Noise beside one of the data's first images, averaged over blocks and enlarged again.
    Near,
}

/// Settings of the dilated generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DilatedConfig {
    /// Planes of noise.
    pub z: usize,
    /// The noise's distribution.
    pub prior: Prior,
    /// `noise` or `near`.
    pub start: Start,
    /// Side of the blocks that a near image is averaged over.
    pub blocks: usize,
    /// Spacing of the taps in each hidden layer of 3×3.
    pub dilations: Vec<usize>,
    /// Channels of G's hidden layers.
    pub width: usize,
    /// Channels beside the image in D; each halving of the size doubles them.
    pub features: usize,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for DilatedConfig {
    /// There is no paper. The spacings see 61 pixels, which is more than a digit has; 347,000
    /// parameters, as many as DCGAN's generator, would be a width of 74 (see docs/zoo.md).
    fn default() -> Self {
        Self {
            z: 1,
            prior: Prior::Normal,
            start: Start::Noise,
            blocks: 4,
            dilations: vec![1, 2, 4, 8, 8, 4, 2, 1],
            width: 32,
            features: 32,
            techniques: Techniques::default(),
        }
    }
}

/// What G is given of the data where it starts near them: `(n, channels, side, side)`.
fn without_details(x: &Tensor, blocks: usize) -> candle_core::Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    upsample_bilinear2d(&avg_pool2d(x, &Pool::square(blocks))?, (height, width), false)
}

/// The input of G: noise, and what it starts near.
#[derive(Clone)]
struct Input {
    z: usize,
    prior: Prior,
    near: Option<Tensor>,
    setup: Setup,
}

impl Input {
    fn planes(&self) -> usize {
        self.z + if self.near.is_some() { self.setup.shape()[0] } else { 0 }
    }

    fn draw(&self, count: usize, rng: &mut StepRng) -> candle_core::Result<Tensor> {
        let (height, width) = (self.setup.shape()[1], self.setup.shape()[2]);
        let noise = self.prior.draw((count, self.z * height * width), rng, &self.setup)?;
        let noise = noise.reshape((count, self.z, height, width))?;
        let Some(near) = &self.near else { return Ok(noise) };
        let which = rng.integers("near", near.dim(0)? as u32, count, &self.setup.device)?;
        Tensor::cat(&[&noise, &near.index_select(&which, 0)?], 1)
    }
}

/// The generator.
struct Dilated {
    layers: Vec<(Conv, Option<Norm>)>,
    reference: crate::reference::Reference,
}

impl Dilated {
    /// `x`: `(n, planes, side, side)`; result `(n, channels, side, side)` in `(−1, 1)`.
    fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> candle_core::Result<Tensor> {
        let (mut x, count) = self.reference.before(x)?;
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            x = conv.forward(&x, pass)?;
            if let Some(norm) = norm {
                x = norm.forward(&x, count, pass)?;
            }
            x = if i + 1 < self.layers.len() { relu(&x)? } else { tanh(&x)? };
        }
        self.reference.without(&x)
    }
}

fn check(config: &DilatedConfig, side: usize) -> Result<()> {
    let bad = |what: String| Err(Error::Config(format!("dilated: {what}")));
    if config.z.min(config.width).min(config.features) == 0 {
        return bad("expected z and widths of 1 or more, found a 0".into());
    }
    let in_range = |d: &usize| (1..side).contains(d);
    if config.dilations.is_empty() || !config.dilations.iter().all(in_range) {
        let found = &config.dilations;
        return bad(format!(
            "dilations: expected one or more from 1 to {}, found {found:?}",
            side - 1
        ));
    }
    if config.start == Start::Near && !(config.blocks > 1 && side.is_multiple_of(config.blocks)) {
        return bad(format!(
            "blocks: expected a divisor of the side {side} above 1, found {}",
            config.blocks
        ));
    }
    Ok(())
}

fn build(config: DilatedConfig, setup: &Setup) -> Result<PlainGan> {
    let sizes = sizes("dilated", setup)?;
    let (channels, side) = (setup.shape()[0], setup.shape()[1]);
    check(&config, side)?;
    let techniques = config.techniques;
    let near = match config.start {
        Start::Noise => None,
        Start::Near => {
            let images = of_data(setup, usize::MAX)?.to_dtype(setup.dtype)?;
            Some(without_details(&images, config.blocks)?)
        }
    };
    let input = Input { z: config.z, prior: config.prior, near, setup: setup.clone() };
    let own = Normalization::Batch;
    let reference = |count| input.draw(count, &mut StepRng::new(setup.seed, 0));
    let options = techniques.generator_options(own, reference)?;
    let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
    let (mut layers, mut inputs) = (Vec::new(), input.planes());
    for (i, dilation) in config.dilations.iter().chain([&1]).enumerate() {
        let last = i == config.dilations.len();
        let outputs = if last { channels } else { config.width };
        let kind = if last { Normalization::None } else { options.norm };
        let how = Conv2d { dilation: [*dilation; 2], padding: [*dilation; 4], ..Conv2d::default() };
        let (conv, norm) = (format!("g.conv{}", i + 1), format!("g.bn{}", i + 1));
        let bias = kind == Normalization::None;
        // Fan-in, not DCGAN's 0.02: so small a start fades away over nine layers without a norm.
        let init = Init::fan_in(9 * inputs);
        let conv = Conv::new(&mut store, &conv, (inputs, outputs), 3, how, init, bias, false)?;
        layers.push((conv, Norm::new(kind, &mut store, &norm, outputs)?));
        inputs = outputs;
    }
    let reference = crate::reference::Reference::new(&mut store, "g", &options)?;
    let g = Dilated { layers, reference };
    let shape = ConvShape { z: 0, channels, features: config.features, sizes };
    let judge = conv_judge(&mut store, &shape, Normalization::Batch, &techniques, setup)?;
    let generate = move |count: usize, pass: &mut Pass<'_>| {
        let x = input.draw(count, pass.rng)?;
        g.forward(&x, pass)
    };
    PlainGan::new(store, (Source::Noise(Box::new(generate)), judge), &techniques, &[], setup)
}
