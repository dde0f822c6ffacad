//! GRAN (Im, Kim, Jiang and Memisevic 2016, arXiv 1602.05110): a generator that paints in steps.
//!
//! With h_z = tanh(W·z + b) and h_c the code of what was painted last, each step paints
//! ΔC_t = f([h_z, h_c,t]), h_c,t = g(ΔC_{t−1}), h_c,1 = 0; the image is tanh(Σ ΔC_t) (section 3,
//! equations 3 to 6; the paper ends in a logistic function, for pixels in [0, 1]). f and g are the
//! same at every step. D and both losses are DCGAN's.

use crate::convolutional::{ConvGenerator, ConvShape, ConvTrunk, sizes};
use crate::entry::{parse, run_config};
use crate::networks::NetworkOptions;
use crate::plain::{FromLatents, PlainGan, Source, conv_judge};
use crate::{Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::tanh;
use gan_layers::{Init, Linear, Normalization, ParamStore, Pass, StepRng};
use gan_train::{Error, Result, Sheet, TrainConfig};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "gran",
    title: "Recurrent generator that paints in steps",
    paper: "1602.05110",
    takes: &[Ask::DOUBLED],
    defaults: || {
        let train = TrainConfig {
            steps: 2000,
            batch: 64,
            sample_every: 250,
            checkpoint_every: 250,
            ema: 0.995,
            ..TrainConfig::default()
        };
        run_config("gran", "mnist", train, &GranConfig::default())
    },
    build: |model, setup| Ok(Box::new(build(parse("gran", model)?, setup)?)),
};

/// Settings of GRAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GranConfig {
    /// Dimensions of the latent.
    pub z: usize,
    /// The latent's distribution.
    pub prior: Prior,
    /// Painting steps T.
    pub paintings: usize,
    /// Width of h_z, and of h_c.
    pub hidden: usize,
    /// Channels beside the image in every network; each halving of the size doubles them.
    pub features: usize,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for GranConfig {
    /// Section 5: three steps for MNIST and LSUN, five for CIFAR-10; z of 60 to 100 dimensions,
    /// the networks of DCGAN.
    fn default() -> Self {
        Self {
            z: 60,
            prior: Prior::Normal,
            paintings: 3,
            hidden: 60,
            features: 32,
            techniques: Techniques::default(),
        }
    }
}

/// The recurrent generator.
struct Painter {
    noise: Linear,
    encoder: ConvTrunk,
    code: Linear,
    decoder: ConvGenerator,
    paintings: usize,
}

impl Painter {
    fn new(
        store: &mut ParamStore,
        config: &GranConfig,
        channels: usize,
        sizes: (usize, usize),
        options: &NetworkOptions,
    ) -> candle_core::Result<Self> {
        let (features, hidden) = (config.features, config.hidden);
        let shape = ConvShape { z: 2 * hidden, channels, features, sizes };
        let encoder = ConvTrunk::new(store, "g.encoder", &shape, options)?;
        let flat = encoder.outputs * sizes.0 * sizes.0;
        let (noise, code) = (Init::fan_in(config.z), Init::fan_in(flat));
        Ok(Self {
            noise: Linear::new(store, "g.noise", (config.z, hidden), noise, true, false)?,
            encoder,
            code: Linear::new(store, "g.code", (flat, hidden), code, true, false)?,
            decoder: ConvGenerator::new(store, "g.decoder", &shape, options)?,
            paintings: config.paintings,
        })
    }

    /// What is painted at each step, before the tanh. `z`: `(n, z)`.
    fn strokes(&self, z: &Tensor, pass: &Pass<'_>) -> candle_core::Result<Vec<Tensor>> {
        let noise = tanh(&self.noise.forward(z, pass)?)?;
        let mut code = noise.zeros_like()?;
        let mut all: Vec<Tensor> = Vec::new();
        for _ in 0..self.paintings {
            if let Some(last) = all.last() {
                let seen = self.encoder.forward(last, pass)?.flatten_from(1)?;
                code = tanh(&self.code.forward(&seen, pass)?)?;
            }
            all.push(self.decoder.canvas(&Tensor::cat(&[&noise, &code], 1)?, None, pass)?);
        }
        Ok(all)
    }
}

/// The image after each step.
fn canvases(strokes: &[Tensor]) -> candle_core::Result<Vec<Tensor>> {
    let mut sum: Option<Tensor> = None;
    let mut all = Vec::new();
    for stroke in strokes {
        let next = match &sum {
            None => stroke.clone(),
            Some(sum) => (sum + stroke)?,
        };
        all.push(tanh(&next)?);
        sum = Some(next);
    }
    Ok(all)
}

fn build(config: GranConfig, setup: &Setup) -> Result<PlainGan> {
    let sizes = sizes("gran", setup)?;
    if config.z.min(config.features).min(config.hidden) == 0 {
        return Err(Error::Config("gran: expected widths of 1 or more, found a 0".into()));
    }
    if !(2..=20).contains(&config.paintings) {
        let found = config.paintings;
        return Err(Error::Config(format!("gran: paintings: expected 2 to 20, found {found}")));
    }
    let (techniques, channels) = (config.techniques, setup.shape()[0]);
    let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
    // The paper has batch norm. One set of running statistics cannot serve steps whose inputs
    // differ (the first code is zero), and samples must not depend on their batch: layer norm.
    let no_reference = |_| {
        candle_core::bail!(
            "gran: virtual batch norm's reference batch would differ at each painting step; \
             choose another techniques.generator_norm"
        )
    };
    let options = techniques.generator_options(Normalization::Layer, no_reference)?;
    let painter = Rc::new(Painter::new(&mut store, &config, channels, sizes, &options)?);
    let shape = ConvShape { z: 0, channels, features: config.features, sizes };
    let judge = conv_judge(&mut store, &shape, Normalization::Batch, &techniques, setup)?;
    let (prior, z, at) = (config.prior, config.z, setup.clone());
    let draw = move |count: usize, rng: &mut StepRng| prior.draw((count, z), rng, &at);
    let shown = painter.clone();
    let from: FromLatents = Box::new(move |z, _, pass| {
        let mut all = canvases(&painter.strokes(z, pass)?)?;
        all.pop().ok_or_else(|| candle_core::Error::Msg("gran: nothing painted".into()))
    });
    let source = Source::Latents(prior, config.z, from);
    let mut game = PlainGan::new(store, (source, judge), &techniques, &[], setup)?;
    game.sheets = Some(Box::new(move |rng| {
        const ROWS: usize = 8;
        let z = draw(ROWS, rng)?;
        let all = canvases(&shown.strokes(&z, &Pass { train: false, rng })?)?;
        let mut rows = Vec::new();
        for row in 0..ROWS {
            for canvas in &all {
                rows.push(canvas.narrow(0, row, 1)?);
            }
        }
        Ok(vec![Sheet {
            name: "paintings".into(),
            images: Tensor::cat(&rows, 0)?,
            columns: all.len(),
        }])
    }));
    Ok(game)
}
