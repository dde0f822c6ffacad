//! PSGAN (Bergmann, Jetchev and Vollgraf 2017, arXiv 1705.06566): textures of any size from one
//! image.
//!
//! z is a map of L × M positions. Its local dimensions are noise at each, its global ones are the
//! same at all, and its periodic ones are waves, z_λμi = sin(βᵢ(k₁ᵢλ + k₂ᵢμ) + φᵢ) with learned k and a
//! random offset φ (section 3.1, equations 3 to 6); k is a function of the global dimensions where
//! there are any. G and D are convolutions only, so a larger map is a larger texture, and D judges
//! every position of its own map (equation 2).

use crate::entry::{parse, run_config};
use crate::networks::{Judged, NetworkOptions};
use crate::plain::{Judge, PlainGan, Source};
use crate::reference::{Reference, of_data};
use crate::{Ask, Entry, Setup, Techniques};
use candle_core::{DType, Tensor};
use gan_kernels::activation::{leaky_relu, relu, tanh};
use gan_kernels::conv::Conv2d;
use gan_layers::{
    Conv, ConvTranspose, Init, Linear, Norm, Normalization, Param, ParamStore, Pass, StepRng,
};
use gan_train::{Error, Result, Sheet, TrainConfig};
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};
use std::rc::Rc;

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "psgan",
    title: "Periodic spatial GAN: textures of any size from one image",
    paper: "1705.06566",
    takes: &[Ask::images("of a texture, of 33, 49, 65, 81, … pixels")],
    defaults: || {
        let train = TrainConfig {
            steps: 3000,
            batch: 8,
            sample_every: 250,
            samples: 16,
            checkpoint_every: 250,
            ema: 0.99,
            ..TrainConfig::default()
        };
        run_config("psgan", "texture:honeycomb", train, &PsganConfig::default())
    },
    build: |model, setup| Ok(Box::new(build(parse("psgan", model)?, setup)?)),
};

/// Settings of PSGAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PsganConfig {
    /// Global dimensions of z, from U(−1, 1); none for a single texture.
    pub global: usize,
    /// Local dimensions, from U(−1, 1).
    pub local: usize,
    /// Periodic dimensions.
    pub periodic: usize,
    /// How many times faster than other weights the wave numbers learn.
    pub wave_rate: f64,
    /// Width of the network from global dimensions to wave numbers.
    pub hidden: usize,
    /// Channels of G's hidden layers; D has them in reverse. Each layer halves, and so does the
    /// last: three widths are four halvings.
    pub widths: Vec<usize>,
    /// How many times larger than the data the large samples are, in positions of z.
    pub enlarge: usize,
    /// How both are trained.
    pub techniques: Techniques,
}

impl Default for PsganConfig {
    /// The authors' code trains 161 pixels with widths of 512, 256, 128 and 64, 30 local dimensions
    /// and three pairs of waves; for one texture (its model `hex1`) without global dimensions. Here
    /// it is smaller, to train in minutes: crops of 65 pixels, and noise on what D sees. The weight
    /// decay of 1e-8 is left out: it changes nothing that can be seen in so few steps.
    fn default() -> Self {
        Self {
            global: 0,
            local: 20,
            periodic: 4,
            wave_rate: 1.0,
            hidden: 60,
            widths: vec![64, 32, 16],
            enlarge: 3,
            techniques: Techniques { instance_noise: 0.3, ..Techniques::default() },
        }
    }
}

/// Techniques that do not go with a map of answers.
const REFUSES: &[(&str, &str)] = &[(
    "minibatch_kernels",
    "psgan: D judges places and has no layer that sees a whole sample; set it to 0",
)];

/// Kernel 5, stride 2, padding 2: a side of n becomes (n + 1)/2, or 2n − 1 transposed.
fn halving() -> Conv2d {
    Conv2d::new(2, 2)
}

/// Where wave numbers come from.
enum Waves {
    /// A network of the global dimensions.
    Network(Linear, Linear),
    /// Learned constants, `(2·periodic,)`.
    Constants(Param),
}

struct Generator {
    config: PsganConfig,
    setup: Setup,
    waves: Option<Waves>,
    layers: Vec<(ConvTranspose, Option<Norm>)>,
}

impl Generator {
    fn new(
        store: &mut ParamStore,
        config: &PsganConfig,
        options: &NetworkOptions,
        setup: &Setup,
    ) -> candle_core::Result<Self> {
        let waves = waves(store, config)?;
        let (mut layers, channels) = (Vec::new(), setup.shape()[0]);
        let mut inputs = config.global + config.local + config.periodic;
        for (i, outputs) in config.widths.iter().chain([&channels]).enumerate() {
            let last = i == config.widths.len();
            let kind = if last { Normalization::None } else { options.norm };
            let (conv, norm) = (format!("g.conv{}", i + 1), format!("g.bn{}", i + 1));
            let (size, bias) = ((inputs, *outputs), kind == Normalization::None);
            let conv = ConvTranspose::new(store, &conv, size, 5, halving(), Init::DCGAN, bias)?;
            layers.push((conv, Norm::new(kind, store, &norm, *outputs)?));
            inputs = *outputs;
        }
        Ok(Self { config: config.clone(), setup: setup.clone(), waves, layers })
    }

    /// A map of z with `side` positions each way, `(count, dims, side, side)`.
    fn draw(&self, count: usize, side: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let (dtype, device) = (self.setup.dtype, &self.setup.device);
        let PsganConfig { global, local, periodic, .. } = self.config;
        let mut parts = Vec::new();
        let mut shared = None;
        if global > 0 {
            let z = pass.rng.uniform("global", (-1.0, 1.0), &[count, global], dtype, device)?;
            let map =
                z.reshape((count, global, 1, 1))?.broadcast_as((count, global, side, side))?;
            parts.push(map.contiguous()?);
            shared = Some(z);
        }
        if local > 0 {
            let shape = [count, local, side, side];
            parts.push(pass.rng.uniform("latent", (-1.0, 1.0), &shape, dtype, device)?);
        }
        if let Some(waves) = &self.waves {
            let numbers = match (waves, &shared) {
                (Waves::Network(first, second), Some(z)) => {
                    second.forward(&relu(&first.forward(z, pass)?)?, pass)?
                }
                (Waves::Constants(param), _) => {
                    param.get().reshape((1, 2 * periodic))?.broadcast_as((count, 2 * periodic))?
                }
                (Waves::Network(..), None) => candle_core::bail!("psgan: no global dimensions"),
            };
            let offset =
                pass.rng.uniform("offset", (0.0, TAU), &[count, periodic], dtype, device)?;
            let numbers = numbers.affine(self.config.wave_rate, 0.0)?;
            parts.push(self.wave(&numbers, &offset, side)?);
        }
        Tensor::cat(&parts, 1)
    }

    /// sin(β(k₁λ + k₂μ) + φ). `numbers`: `(n, 2·periodic)`, k₁ before k₂; `offset`: `(n, periodic)`;
    /// β as [`bands`] gives it.
    fn wave(&self, numbers: &Tensor, offset: &Tensor, side: usize) -> candle_core::Result<Tensor> {
        let (n, p) = offset.dims2()?;
        let place = Tensor::arange(0u32, side as u32, offset.device())?.to_dtype(DType::F32)?;
        let place = place.to_dtype(offset.dtype())?;
        let bands =
            Tensor::from_vec(bands(p), (1, p), offset.device())?.to_dtype(offset.dtype())?;
        let of = |k: usize| {
            let numbers = numbers.narrow(1, k * p, p)?.contiguous()?.broadcast_mul(&bands)?;
            numbers.reshape((n, p, 1, 1))
        };
        let down = of(0)?.broadcast_mul(&place.reshape((1, 1, side, 1))?)?; // (n, p, side, 1)
        let across = of(1)?.broadcast_mul(&place.reshape((1, 1, 1, side))?)?; // (n, p, 1, side)
        let phase = down.broadcast_add(&across)?;
        phase.broadcast_add(&offset.reshape((n, p, 1, 1))?)?.sin()
    }

    /// Textures of `count` maps with `side` positions each way.
    fn paint(&self, count: usize, side: usize, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let mut x = self.draw(count, side, pass)?;
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            x = conv.forward(&x, pass)?;
            if let Some(norm) = norm {
                x = norm.forward(&x, 0, pass)?;
            }
            x = if i + 1 < self.layers.len() { relu(&x)? } else { tanh(&x)? };
        }
        Ok(x)
    }
}

/// What coordinates are multiplied by for each wave, radians a position: π(½·i/n + ½) for the i-th
/// of n pairs, one wave of a pair down and one across at the start (the authors' `psgan.py`,
/// `sample_noise_tensor`). The wave numbers themselves then start at 1, and a weight's way changes a
/// wave by as much as it needs.
fn bands(periodic: usize) -> Vec<f32> {
    let pairs = periodic.div_ceil(2) as f32;
    let band = |wave: usize| PI as f32 * (0.5 * (wave / 2 + 1) as f32 / pairs + 0.5);
    (0..periodic).map(band).collect()
}

fn waves(store: &mut ParamStore, config: &PsganConfig) -> candle_core::Result<Option<Waves>> {
    let PsganConfig { global, periodic, hidden, .. } = *config;
    if periodic == 0 {
        return Ok(None);
    }
    let (waves, bias) = if global > 0 {
        let sizes = [(global, hidden), (hidden, 2 * periodic)];
        let layer = |store: &mut ParamStore, name: &str, size| {
            Linear::new(store, name, size, Init::DCGAN, true, false)
        };
        let first = layer(store, "g.waves1", sizes[0])?;
        (Waves::Network(first, layer(store, "g.waves2", sizes[1])?), "g.waves2.bias")
    } else {
        let param = store.param("g.waves", &[2 * periodic], Init::Constant(0.0))?;
        (Waves::Constants(param), "g.waves")
    };
    // The authors start from waves along the axes, (1, 0) and (0, 1) in turn. With global dimensions
    // their network's weights are from N(1, 0.02²), of which the start is lost in sums of fifty;
    // Init::DCGAN's N(0, 0.02²) keeps it.
    let start: Vec<f32> = (0..2 * periodic)
        .map(|i| f32::from((i % periodic) % 2 == i / periodic) / config.wave_rate as f32)
        .collect();
    for (_, param) in store.owned(&[bias]) {
        let start = Tensor::from_vec(start.clone(), 2 * periodic, store.device())?;
        param.var().set(&start.to_dtype(store.dtype())?)?;
    }
    Ok(Some(waves))
}

/// D: as many halvings as G, down to a map of logits.
struct Discriminator {
    layers: Vec<(Conv, Option<Norm>)>,
    reference: Reference,
}

impl Discriminator {
    fn new(
        store: &mut ParamStore,
        config: &PsganConfig,
        options: &NetworkOptions,
        channels: usize,
    ) -> candle_core::Result<Self> {
        let mut layers = Vec::new();
        let mut inputs = channels * options.packing;
        for (i, outputs) in config.widths.iter().rev().chain([&1]).enumerate() {
            let last = i == config.widths.len();
            let kind = if i == 0 || last { Normalization::None } else { options.norm };
            let (conv, norm) = (format!("d.conv{}", i + 1), format!("d.bn{}", i + 1));
            let (size, bias) = ((inputs, *outputs), kind == Normalization::None);
            let (init, spectral) = (Init::DCGAN, options.spectral);
            let conv = Conv::new(store, &conv, size, 5, halving(), init, bias, spectral)?;
            layers.push((conv, Norm::new(kind, store, &norm, *outputs)?));
            inputs = *outputs;
        }
        Ok(Self { layers, reference: Reference::new(store, "d", options)? })
    }

    /// `x`: `(n, channels, side, side)`; logits `(n, 1, positions, positions)`.
    fn judge(&self, x: &Tensor, pass: &Pass<'_>) -> candle_core::Result<Judged> {
        let (mut x, count) = self.reference.before(x)?;
        let mut features = x.clone();
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            x = conv.forward(&x, pass)?;
            if let Some(norm) = norm {
                x = norm.forward(&x, count, pass)?;
            }
            if i + 1 < self.layers.len() {
                x = leaky_relu(&x, 0.2)?;
                features = x.clone();
            }
        }
        let features = self.reference.without(&features)?.flatten_from(1)?;
        Ok(Judged { logits: self.reference.without(&x)?, features })
    }
}

/// Positions of z along a side of the data.
fn positions(config: &PsganConfig, setup: &Setup) -> Result<usize> {
    let bad = |what: String| Err(Error::Config(format!("psgan: {what}")));
    if config.widths.is_empty() || config.widths.contains(&0) || config.hidden == 0 {
        return bad("expected widths of 1 or more, found none or a 0".into());
    }
    if !(config.wave_rate > 0.0 && config.wave_rate.is_finite()) {
        return bad(format!("wave_rate: expected more than 0, found {}", config.wave_rate));
    }
    if config.local + config.global == 0 {
        return bad("expected local or global dimensions of z, found neither".into());
    }
    if !(1..=16).contains(&config.enlarge) {
        return bad(format!("enlarge: expected 1 to 16, found {}", config.enlarge));
    }
    let [_, height, width] = setup.shape()[..] else {
        return bad(format!("expected crops of a texture, found samples of {:?}", setup.shape()));
    };
    let each = 1 << (config.widths.len() + 1);
    if height != width || height <= each || !(height - 1).is_multiple_of(each) {
        return bad(format!(
            "{} layers need square crops of 1 + a multiple of {each} pixels, found \
             {width}×{height}; use --size {}",
            config.widths.len() + 1,
            4 * each + 1
        ));
    }
    Ok((height - 1) / each + 1)
}

fn build(config: PsganConfig, setup: &Setup) -> Result<PlainGan> {
    let side = positions(&config, setup)?;
    let (techniques, own) = (config.techniques, Normalization::Batch);
    let no_reference = |_| {
        candle_core::bail!(
            "psgan: virtual batch norm's reference batch would have one size, and textures have \
             any; choose another techniques.generator_norm"
        )
    };
    let for_g = techniques.generator_options(own, no_reference)?;
    let for_d = techniques.discriminator_options(own, |n| of_data(setup, n))?;
    let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
    let g = Rc::new(Generator::new(&mut store, &config, &for_g, setup)?);
    let d = Discriminator::new(&mut store, &config, &for_d, setup.shape()[0])?;
    let painter = g.clone();
    let generate = move |count: usize, pass: &mut Pass<'_>| painter.paint(count, side, pass);
    let judge: Judge = Box::new(move |x, _, pass| d.judge(x, pass));
    let networks = (Source::Noise(Box::new(generate)), judge);
    let mut game = PlainGan::new(store, networks, &techniques, REFUSES, setup)?;
    // Section 4: samples larger than any crop that was trained on.
    let large = config.enlarge * side;
    game.sheets = Some(Box::new(move |rng: &mut StepRng| {
        let images = g.paint(2, large, &mut Pass { train: false, rng })?;
        Ok(vec![Sheet { name: "large".into(), images, columns: 2 }])
    }));
    Ok(game)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_start_as_the_authors_do() {
        let close = |found: Vec<f32>, expected: &[f64]| {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6)
        };
        // 2.36 and 3.14 radians a position for two pairs, 2.09, 2.62 and 3.14 for three.
        assert!(close(bands(4), &[0.75 * PI, 0.75 * PI, PI, PI]), "{:?}", bands(4));
        let three = [2.0 / 3.0 * PI, 2.0 / 3.0 * PI, 5.0 / 6.0 * PI, 5.0 / 6.0 * PI, PI, PI];
        assert!(close(bands(6), &three), "{:?}", bands(6));
        assert!(close(bands(2), &[PI, PI]) && close(bands(1), &[PI]) && bands(0).is_empty());
    }
}
