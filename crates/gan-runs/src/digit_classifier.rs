//! A classifier of digits, trained by the one loop as a game of one player: its layers are those of
//! `gan_metrics::digits`, which scores by it.
//!
//! On the host: the network that scores digits lives there, and so does its training.

use crate::error::{Result, refused};
use candle_core::{D, DType, Device, Tensor};
use gan_data::{DataInfo, Dataset};
use gan_kernels::softmax::log_softmax;
use gan_layers::{Init, Param, ParamStore, Pass, StepRng, dropout};
use gan_metrics::digits::{Digits, LAYERS, Layers};
use gan_metrics::{Extractor, Wanted};
use gan_train::{
    Batch, Decay, Error, Feed, Game, Loss, OptimizerConfig, Player, Schedule, Tick, TrainConfig,
    Trainer, fit, prefixes,
};
use rand::Rng;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Height and width of a digit.
const SIDE: usize = 28;
/// Digits are of as many classes.
const CLASSES: usize = 10;
/// Samples a batch.
pub const BATCH: usize = 60;
/// Adam's rate at first; it falls in a straight line to zero.
const RATE: f64 = 2e-3;
/// Decay of the moving average of the parameters, which is what is kept.
const AVERAGE: f64 = 0.998;
/// Share of the features that are dropped on their way to the classes.
const DROPPED: f64 = 0.3;

/// Refuses data that are no labeled gray images of 28×28 in ten classes.
///
/// # Errors
/// Where they are not.
pub fn check(info: &DataInfo) -> Result<()> {
    if info.shape() == [1, SIDE, SIDE] && info.classes() == Some(CLASSES) {
        return Ok(());
    }
    Err(refused(format!(
        "{}: samples of {:?} in {} classes; the classifier of digits takes 1×28×28 in 10",
        info.spec,
        info.shape(),
        info.classes().unwrap_or(0)
    )))
}

/// A classifier that has seen `steps` batches of 60 digits of `data`, each distorted a little at
/// random; `seed` is that of its start and of everything drawn. `on_step` is told of every step.
/// Its scores compare with those of no other network.
///
/// # Errors
/// Data that [`check`] refuses, fewer than 60 samples, no steps, or a sample that cannot be read.
pub fn train(
    data: Arc<dyn Dataset>,
    steps: u64,
    seed: u64,
    on_step: &mut dyn FnMut(&Tick<'_>),
) -> Result<Digits> {
    check(data.info())?;
    let schedule = Schedule { kind: Decay::Linear, warmup: 0, from: 0.0 };
    let config =
        TrainConfig { seed, steps, batch: BATCH, ema: AVERAGE, schedule, ..TrainConfig::default() };
    config.validate()?;
    let mut game = Classifier::new(seed)?;
    let mut trainer = Trainer::new(&game, &config)?;
    let mut feed = Feed::new(data, BATCH, seed, DType::F32, &Device::Cpu)?;
    let mut told = |tick: &Tick<'_>| {
        on_step(tick);
        ControlFlow::Continue(())
    };
    fit(&mut game, &mut trainer, &config, &mut |draw| feed.batch(draw), None, &mut told)?;
    // The average lends its values to the parameters for as long as they are looked at.
    let layers = trainer.drawn(&game, |_| Ok(game.layers(|param| param.var().copy())?))?;
    Ok(Digits::of(layers)?)
}

/// The share of `data` whose class a classifier finds, in [0, 1].
///
/// # Errors
/// Data that [`check`] refuses, or a sample that cannot be read.
pub fn accuracy(digits: &Digits, data: &dyn Dataset) -> Result<f64> {
    check(data.info())?;
    let count = data.info().len;
    let (mut pixels, mut labels) = (vec![0.0; count * SIDE * SIDE], Vec::with_capacity(count));
    for (index, image) in pixels.chunks_exact_mut(SIDE * SIDE).enumerate() {
        labels.push(data.labeled(index, image)?);
    }
    let images = Tensor::from_vec(pixels, (count, 1, SIDE, SIDE), &Device::Cpu)?;
    let tap = digits.taps().last().copied().unwrap_or_default();
    let wanted = Wanted { tap, logits: true, spatial: false };
    let found = digits.extract(&images.affine(0.5, 0.5)?, &wanted)?; // [-1, 1] to [0, 1]
    let Some(logits) = found.logits else { return Ok(0.0) };
    let guesses = logits.argmax(1)?.to_vec1::<u32>()?;
    let right = guesses.iter().zip(&labels).filter(|(guess, label)| Some(**guess) == **label);
    Ok(right.count() as f64 / count.max(1) as f64)
}

/// The one player minimizes the cross-entropy of the classes.
struct Classifier {
    store: ParamStore,
    players: [Player; 1],
    params: [(Param, Param); 5],
}

impl Classifier {
    fn new(seed: u64) -> Result<Self> {
        let mut store = ParamStore::new(seed, DType::F32, &Device::Cpu);
        let mut layer = |k: usize| -> Result<(Param, Param)> {
            let (name, shape) = LAYERS[k];
            let inputs: usize = shape[1..].iter().product();
            // Uniform of variance 2/inputs (arXiv 1502.01852, equation 10).
            let init = Init::Uniform { bound: (6.0 / inputs as f64).sqrt() };
            let weight = store.param(&format!("{name}.weight"), shape, init)?;
            Ok((weight, store.param(&format!("{name}.bias"), &shape[..1], Init::Constant(0.0))?))
        };
        let params = [layer(0)?, layer(1)?, layer(2)?, layer(3)?, layer(4)?];
        let adam = OptimizerConfig { lr: RATE, beta1: 0.9, ..OptimizerConfig::default() };
        let players = [Player::new("classifier", &LAYERS.map(|(name, _)| name), adam)];
        Ok(Self { store, players, params })
    }

    /// The layers, of what is made of each parameter.
    fn layers(
        &self,
        of: impl Fn(&Param) -> candle_core::Result<Tensor>,
    ) -> candle_core::Result<Layers> {
        let pair = |k: usize| -> candle_core::Result<(Tensor, Tensor)> {
            let (weight, bias) = &self.params[k];
            Ok((of(weight)?, of(bias)?))
        };
        Ok(Layers([pair(0)?, pair(1)?, pair(2)?, pair(3)?, pair(4)?]))
    }
}

impl Game for Classifier {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(
        &mut self,
        _: usize,
        batch: Option<&Batch>,
        rng: &mut StepRng,
    ) -> gan_train::Result<Loss> {
        let told = |e: gan_metrics::Error| Error::Config(format!("classifier of digits: {e}"));
        let missing = || Error::Config("a classifier without a batch".into());
        let batch = batch.ok_or_else(missing)?;
        let images = warped(batch.real()?, &mut rng.stream("warp"))?;
        let layers = self.layers(|param| Ok(param.get()))?;
        let features = layers.features(&images).map_err(told)?; // (n, 96)
        let features = dropout(&features, DROPPED, &mut Pass { train: true, rng })?;
        let logits = layers.logits(&features).map_err(told)?; // (n, 10)
        let classes = batch.need(gan_data::CLASS)?.unsqueeze(1)?;
        let all = Tensor::arange(0u32, CLASSES as u32, &Device::Cpu)?;
        let targets = classes.broadcast_eq(&all)?.to_dtype(DType::F32)?; // one-hot
        let n = batch.len()? as f64;
        let value = (log_softmax(&logits)? * targets)?.sum(D::Minus1)?.sum_all()?;
        Ok(Loss { value: value.affine(-1.0 / n, 0.0)?, terms: Vec::new() })
    }

    fn averaged(&self) -> Vec<String> {
        prefixes(&LAYERS.map(|(name, _)| name))
    }
}

/// Images `(n, 1, 28, 28)` in [-1, 1], each through a random affine map of its own, in [0, 1]:
/// stretched, sheared and turned by up to about a sixth, shifted by up to two pixels; bilinear
/// between pixels, black outside.
fn warped(images: &Tensor, rng: &mut impl Rng) -> candle_core::Result<Tensor> {
    let values = gan_kernels::read::values(images)?;
    let mut out = Vec::with_capacity(values.len());
    for image in values.chunks_exact(SIDE * SIDE) {
        warp(image, rng, &mut out);
    }
    Tensor::from_vec(out, images.dims(), &Device::Cpu)
}

fn warp(image: &[f64], rng: &mut impl Rng, out: &mut Vec<f32>) {
    let mut within = |bound: f32| (2.0 * rng.random::<f32>() - 1.0) * bound;
    let (stretch_y, stretch_x) = (1.0 + within(0.14), 1.0 + within(0.14));
    // Equal and opposite shears turn, others slant; both are drawn.
    let (turn, slant) = (within(0.18), within(0.12));
    let (shift_y, shift_x) = (within(2.0), within(2.0));
    let middle = (SIDE as f32 - 1.0) / 2.0;
    let pixel = |y: i32, x: i32| -> f32 {
        let inside = (0..SIDE as i32).contains(&y) && (0..SIDE as i32).contains(&x);
        if inside { 0.5 + 0.5 * image[y as usize * SIDE + x as usize] as f32 } else { 0.0 }
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (v, u) = (row as f32 - middle, column as f32 - middle);
            let y = stretch_y * v + turn * u + middle + shift_y;
            let x = (slant - turn) * v + stretch_x * u + middle + shift_x;
            let (y0, x0) = (y.floor(), x.floor());
            let (fy, fx) = (y - y0, x - x0);
            let (y0, x0) = (y0 as i32, x0 as i32);
            let top = pixel(y0, x0) * (1.0 - fx) + pixel(y0, x0 + 1) * fx;
            let bottom = pixel(y0 + 1, x0) * (1.0 - fx) + pixel(y0 + 1, x0 + 1) * fx;
            out.push(top * (1.0 - fy) + bottom * fy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::{LoadOptions, open};

    fn digits(limit: usize) -> Arc<dyn Dataset> {
        open("mnist", &LoadOptions { limit: Some(limit), ..LoadOptions::default() }).unwrap()
    }

    #[test]
    fn another_seed_is_another_network_and_the_file_holds_it() {
        let trained = |seed| train(digits(120), 3, seed, &mut |_| {}).unwrap();
        let one = trained(1);
        assert_eq!(one.hash(), trained(1).hash());
        assert_ne!(one.hash(), trained(2).hash());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digits.safetensors");
        one.write(&path, &[("training", "a test".to_owned())]).unwrap();
        assert_eq!(Digits::open(&path).unwrap().hash(), one.hash());
    }

    #[test]
    fn a_few_steps_teach_more_than_guessing_and_the_loss_falls() {
        let mut losses = Vec::new();
        let digits = train(digits(600), 40, 0, &mut |tick| {
            losses.push(tick.report.players[0].loss);
        });
        assert_eq!(losses.len(), 40);
        // ln 10 and more at first.
        assert!(losses[0] > 1.5 && losses[39] < 0.6 * losses[0], "{losses:?}");
        let held_out =
            open("mnist", &LoadOptions { split: gan_data::Split::Test, ..LoadOptions::default() });
        let right = accuracy(&digits.unwrap(), held_out.unwrap().as_ref()).unwrap();
        assert!(right > 0.5, "{right}");
    }

    #[test]
    fn other_data_are_refused() {
        let told = |data, steps| train(data, steps, 0, &mut |_| {}).err().unwrap().to_string();
        let points = open("toy:ring", &LoadOptions::default()).unwrap();
        assert!(told(points, 1).contains("1×28×28 in 10"));
        assert!(told(digits(59), 1).contains("60"), "{}", told(digits(59), 1));
        assert!(told(digits(60), 0).contains("train.steps: expected 1 or more"));
    }

    #[test]
    fn a_warp_moves_a_digit_and_stays_in_range() {
        let mut middle = vec![-1.0; SIDE * SIDE];
        middle[14 * SIDE + 14] = 1.0;
        let images = Tensor::from_vec(middle.repeat(8), (8, 1, SIDE, SIDE), &Device::Cpu).unwrap();
        let found = warped(&images, &mut StepRng::new(0, 1).stream("warp")).unwrap();
        let rows = found.flatten_from(1).unwrap().to_vec2::<f32>().unwrap();
        assert!(rows.iter().flatten().all(|v| (0.0..=1.0).contains(v)));
        assert!(rows.windows(2).all(|pair| pair[0] != pair[1]), "each has a map of its own");
        // One bright pixel, of which bilinear reading keeps about its light.
        assert!(rows.iter().all(|row| (0.5..1.6).contains(&row.iter().sum::<f32>())), "{rows:?}");
    }
}
