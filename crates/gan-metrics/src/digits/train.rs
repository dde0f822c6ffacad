//! Training of the digits' classifier: the same data give the same bytes on every machine.
//!
//! Kernels of the baseline instruction set add and multiply in one order, whatever the processor
//! and the number of threads. The rest is arithmetic that IEEE 754 fixes to the last bit, roots
//! included: powers and exponentials, which every system's library rounds in its own way, are
//! multiplied out here.

use super::network::{CLASSES, LAYERS, Layers, WIDTH};
use super::warp::{SIDE, warped};
use super::{Digits, write};
use crate::{Error, Result};
use candle_core::{Device, Tensor, Var};
use gan_images::{read_idx_images, read_idx_labels};
use gan_kernels::isa::{Isa, VARIABLE};
use gan_kernels::update::{self, Adam};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// Samples for training; those after them are held out and seen only for the last line.
const TRAIN: usize = 9_000;
const BATCH: usize = 60;
const STEPS: usize = 2_400;
/// Adam's step size at first; it falls in a straight line to zero.
const LR: f64 = 2e-3;
/// Decays of Adam's moments.
const BETAS: [f64; 2] = [0.9, 0.999];
/// Decay of the moving average of the parameters, which is what is kept.
const AVERAGE: f64 = 0.998;
/// Share of the features that are dropped while training.
const DROPPED: f32 = 0.3;

/// Trains on the first 9,000 digits of the folder `data` and writes the extractor to `output`;
/// `note` is told how it goes. Returns a line about the result, with the accuracy on the digits
/// that were held out.
///
/// # Errors
/// Where the digits cannot be read or the file cannot be written.
pub fn train(data: &Path, output: &Path, note: &mut dyn FnMut(&str)) -> Result<String> {
    let images = read_idx_images(&data.join("images.idx3-ubyte.gz"))?;
    let labels = read_idx_labels(&data.join("labels.idx1-ubyte.gz"))?;
    let shape = [images.height, images.width, images.channels];
    if shape != [SIDE, SIDE, 1] || images.count != labels.len() || images.count <= TRAIN {
        return Err(Error::format(
            data,
            format!(
                "{} images of {shape:?} and {} labels; expected more than {TRAIN} of each, 28×28 \
                 grey",
                images.count,
                labels.len()
            ),
        ));
    }
    if Isa::current() != Isa::Baseline {
        note(&format!(
            "kernels for {}: other bytes than those in the repository, which are made with \
             {VARIABLE}=baseline",
            Isa::current().name()
        ));
    }
    let (seen, held_out) = images.pixels.split_at(TRAIN * SIDE * SIDE);
    let (seen_labels, held_out_labels) = labels.split_at(TRAIN);
    let layers = fit(seen, seen_labels, STEPS, note)?;
    let about = vec![
        ("use", "scores that compare with nothing but scores of this same file".to_owned()),
        ("training", format!("{TRAIN} digits of data/mnist, {STEPS} batches of {BATCH}")),
    ];
    write(output, &layers, &about)?;
    // What is reported is what the file gives.
    let digits = Digits::open(output)?;
    let values: Vec<f32> = held_out.iter().map(|b| f32::from(*b) / 255.0).collect();
    let count = held_out_labels.len();
    let tensor = Tensor::from_vec(values, (count, 1, SIDE, SIDE), &Device::Cpu)?;
    let accuracy = digits.accuracy(&tensor, held_out_labels)?;
    let right = (accuracy * count as f64).round();
    Ok(format!("wrote {}: {right} of {count} held-out digits are right", output.display()))
}

/// [`fit_seeded`] with the seed of the network that this crate carries.
fn fit(pixels: &[u8], labels: &[u8], steps: usize, note: &mut dyn FnMut(&str)) -> Result<Layers> {
    fit_seeded(28, pixels, labels, steps, note)
}

/// Trains for `steps` batches on `pixels`, 28×28 bytes an image, and returns the averaged layers.
pub(super) fn fit_seeded(
    seed: u64,
    pixels: &[u8],
    labels: &[u8],
    steps: usize,
    note: &mut dyn FnMut(&str),
) -> Result<Layers> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut players = Vec::new();
    for (_, shape) in LAYERS {
        players.push(Parameter::he(shape, &mut rng)?);
        players.push(Parameter::zeros(shape[0])?);
    }
    let layers = |of: &dyn Fn(&Parameter) -> Tensor| {
        Layers(players.chunks_exact(2).map(|pair| (of(&pair[0]), of(&pair[1]))).collect())
    };
    let tracked = layers(&|p| p.value.as_tensor().clone());
    let mut order: Vec<usize> = Vec::new();
    let (mut recent, mut powers) = (0.0, [1.0; 2]);
    for step in 0..steps {
        if order.len() < BATCH {
            order = (0..labels.len()).collect();
            order.shuffle(&mut rng);
        }
        let batch = order.split_off(order.len() - BATCH.min(order.len()));
        let (images, targets, mask) = draw(&batch, pixels, labels, &mut rng)?;
        let (_, logits) = tracked.forward(&images, Some(&mask))?;
        let (loss, slope) = cross_entropy(&logits, &targets)?;
        // Linear in the logits, with the gradient of the cross-entropy.
        let grads = (logits * slope)?.sum_all()?.backward()?;
        powers = [powers[0] * BETAS[0], powers[1] * BETAS[1]];
        let how = adam(LR * (1.0 - step as f64 / steps as f64), powers);
        for player in &players {
            let Some(grad) = grads.get(player.value.as_tensor()) else { continue };
            update::adam(&player.value, grad, &player.first, &player.second, &how, u64::MAX)?;
            // Early on the average follows closely, so that it forgets where training began.
            let decay = AVERAGE.min(step as f64 / (step as f64 + 10.0));
            let value = player.value.as_detached_tensor();
            update::blend(&player.average, &value, decay, 1.0 - decay)?;
        }
        recent += loss;
        if (step + 1) % 500 == 0 {
            note(&format!("step {} of {steps}: loss {:.4}", step + 1, recent / 500.0));
            recent = 0.0;
        }
    }
    Ok(layers(&|p| p.average.as_detached_tensor()))
}

/// Adam's step with both moments corrected for their start at zero, given β₁ᵗ and β₂ᵗ:
/// `lr·(m/(1−β₁ᵗ))/(√(v/(1−β₂ᵗ)) + ε)` with the corrections moved into the step size and ε. At step
/// `u64::MAX` the kernel's own corrections, which call the system's `pow`, are exactly none.
fn adam(lr: f64, [first, second]: [f64; 2]) -> Adam {
    let root = (1.0 - second).sqrt();
    let [beta1, beta2] = BETAS;
    Adam { lr: lr * root / (1.0 - first), beta1, beta2, eps: 1e-8 * root, weight_decay: 0.0 }
}

/// The mean of `−ln softmax(logits)` at the targets' classes, and its gradient in the logits,
/// `(softmax(logits) − targets)/n`; `logits` and one-hot `targets`: `(n, 10)`.
fn cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<(f64, Tensor)> {
    let (rows, wanted) = (logits.to_vec2::<f32>()?, targets.to_vec2::<f32>()?);
    let (mut loss, mut slope) = (0.0, Vec::with_capacity(rows.len() * CLASSES));
    for (row, wanted) in rows.iter().zip(&wanted) {
        let largest = f64::from(row.iter().copied().fold(f32::MIN, f32::max));
        let shares: Vec<f64> = row.iter().map(|&x| exp(f64::from(x) - largest)).collect();
        let sum: f64 = shares.iter().sum();
        for (share, &target) in shares.iter().zip(wanted) {
            let (prob, target) = (share / sum, f64::from(target));
            // The logarithm is shown and goes nowhere else.
            loss -= target * prob.max(f64::MIN_POSITIVE).ln() / rows.len() as f64;
            slope.push(((prob - target) / rows.len() as f64) as f32);
        }
    }
    Ok((loss, Tensor::from_vec(slope, (rows.len(), CLASSES), &Device::Cpu)?))
}

/// `eˣ` for x ≤ 0, to 13 digits: Taylor's series of `x/1024`, squared ten times.
fn exp(x: f64) -> f64 {
    let part = x.max(-700.0) / 1024.0;
    let series = (1..=16).rev().fold(1.0, |sum, k| 1.0 + part / f64::from(k) * sum);
    (0..10).fold(series, |power, _| power * power)
}

/// A parameter with Adam's moments and its moving average.
struct Parameter {
    value: Var,
    first: Var,
    second: Var,
    average: Var,
}

impl Parameter {
    /// Uniform with variance 2/inputs (arXiv 1502.01852).
    fn he(shape: &[usize], rng: &mut ChaCha8Rng) -> Result<Self> {
        let inputs: usize = shape[1..].iter().product();
        let bound = (6.0 / inputs as f32).sqrt();
        let count = shape.iter().product();
        let values = (0..count).map(|_| (2.0 * rng.random::<f32>() - 1.0) * bound).collect();
        Self::new(Tensor::from_vec::<_, f32>(values, shape, &Device::Cpu)?)
    }

    fn zeros(count: usize) -> Result<Self> {
        Self::new(Tensor::from_vec(vec![0f32; count], count, &Device::Cpu)?)
    }

    fn new(start: Tensor) -> Result<Self> {
        Ok(Self {
            value: Var::from_tensor(&start)?,
            first: Var::from_tensor(&start.zeros_like()?)?,
            second: Var::from_tensor(&start.zeros_like()?)?,
            average: Var::from_tensor(&start.copy()?)?,
        })
    }
}

/// Distorted images `(n, 1, 28, 28)`, one-hot targets `(n, 10)` and a dropout mask `(n, 96)`.
fn draw(
    batch: &[usize],
    pixels: &[u8],
    labels: &[u8],
    rng: &mut ChaCha8Rng,
) -> Result<(Tensor, Tensor, Tensor)> {
    let n = batch.len();
    let mut images = Vec::with_capacity(n * SIDE * SIDE);
    let mut targets = vec![0f32; n * CLASSES];
    for (row, &index) in batch.iter().enumerate() {
        images.extend(warped(&pixels[index * SIDE * SIDE..(index + 1) * SIDE * SIDE], rng));
        targets[row * CLASSES + usize::from(labels[index]).min(CLASSES - 1)] = 1.0;
    }
    let keep = 1.0 / (1.0 - DROPPED);
    let drop = |_| if rng.random::<f32>() < DROPPED { 0.0 } else { keep };
    let mask: Vec<f32> = (0..n * WIDTH).map(drop).collect();
    Ok((
        Tensor::from_vec(images, (n, 1, SIDE, SIDE), &Device::Cpu)?,
        Tensor::from_vec(targets, (n, CLASSES), &Device::Cpu)?,
        Tensor::from_vec(mask, (n, WIDTH), &Device::Cpu)?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gan_kernels::isa::with_isa;
    use sha2::{Digest, Sha256};

    /// The parameters after five batches, as bytes.
    fn trained(threads: usize, isa: Isa) -> Vec<u8> {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..").join("data");
        let images = read_idx_images(&data.join("mnist").join("images.idx3-ubyte.gz")).unwrap();
        let labels = read_idx_labels(&data.join("mnist").join("labels.idx1-ubyte.gz")).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let fit = || with_isa(isa, || fit(&images.pixels, &labels, 5, &mut |_| {}));
        let layers = pool.install(fit).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let all = layers.0.iter().flat_map(|(w, b)| [values(w), values(b)]).flatten();
        all.flat_map(f32::to_le_bytes).collect()
    }

    #[test]
    fn training_gives_the_same_bytes_for_any_number_of_threads() {
        let best = Isa::best();
        let one = trained(1, best);
        assert_eq!(one.len(), 4 * 95_114);
        assert!(one == trained(2, best) && one == trained(3, best));
    }

    #[test]
    fn baseline_kernels_give_the_same_bytes_on_every_machine() {
        let hash: String =
            Sha256::digest(trained(2, Isa::Baseline)).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hash, "448b2caa73dbf8eea67e4597278b84052828b313ffa2d047b55f8127a2e2e048");
    }

    #[test]
    fn the_exponential_is_one() {
        for x in [0.0, -1e-9, -0.3, -1.0, -17.5, -88.0, -600.0] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-12, "{x}");
        }
        assert!(exp(-1e9) < 1e-300);
    }
}
