//! How far a run's samples are from its data, beside how far data are from data.

use crate::dealt::Dealt;
use crate::draw::Plan;
use crate::error::{Context, Result, refused};
use crate::parts::Part;
use crate::trained::Trained;
use candle_core::DType;
use gan_data::Dataset;
use gan_info::{
    Kernel, median_distance, mmd_squared_biased, power_spectrum, spectral_distance,
    wasserstein_of_samples,
};
use gan_statistics::rank_correlation;
use gan_train::Run;
use serde_json::Value;
use std::io::{BufRead, BufReader};

/// Widths of the kernels, in median distances.
const BANDWIDTHS: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// What is measured.
pub struct Asked {
    /// Samples a set; half the data at most are taken.
    pub count: usize,
    /// The seed of the latents.
    pub seed: u64,
    /// The side of the squares out of the middle of images that are compared; whole ones without.
    pub patch: Option<usize>,
    /// Logged steps that a critic's mean is taken over.
    pub window: u64,
    /// Every checkpoint, or that which is loaded.
    pub all: bool,
}

/// Distances of a set from the data, by name: `emd`, the earth mover's; `mmd2`, the squared maximum
/// mean discrepancy; of images `spectrum`, in decibels; of a run that logs it `critic`.
pub type Distances = Vec<(&'static str, f64)>;

/// What was found.
pub struct Found {
    /// Samples a set.
    pub count: usize,
    /// How classes were dealt to the samples.
    pub dealt: Dealt,
    /// The median distance between real ones, which kernels are scaled by.
    pub width: f64,
    /// Distances between two sets of real ones.
    pub floor: Distances,
    /// Steps of checkpoints, and their samples' distances from the data.
    pub checkpoints: Vec<(u64, Distances)>,
    /// Spearman's, of `emd` and `critic` over three checkpoints or more.
    pub correlation: Option<f64>,
}

/// Samples or real ones.
struct Set {
    /// What is compared, row by row: points, images, or squares out of their middle.
    rows: Vec<f64>,
    /// Numbers a row.
    dim: usize,
    /// The mean power spectrum of the whole images.
    spectrum: Option<Vec<f64>>,
}

/// Distances between samples of a run and a `part` of its data. The run is left at the last
/// checkpoint that was looked at; `watch` is told how many samples of a set are drawn, and of how many.
///
/// # Errors
/// Fewer than four samples of data, a square larger than the images or of points, samples of another
/// shape than the data, and files that cannot be read.
pub fn distance(
    trained: &mut Trained,
    part: &Part,
    asked: &Asked,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<Found> {
    let Asked { seed, patch, .. } = *asked;
    let info = part.data.info();
    let count = asked.count.min(info.len / 2);
    if count < 2 {
        let (spec, len) = (&info.spec, info.len);
        return Err(refused(format!(
            "distance: {spec} has {len} samples; two sets need 4 or more"
        )));
    }
    let real = real(part.data.as_ref(), 0, count, patch)?;
    let other = self::real(part.data.as_ref(), 1, count, patch)?;
    let dealt = trained.dealt(part.data.as_ref(), seed)?;
    let width = median_distance(&real.rows, &[], real.dim)?;
    let floor = distances(&other, &real, width)?;
    let steps = match asked.all {
        true => trained.run.checkpoints()?.into_iter().map(|(step, _)| step).collect(),
        false => vec![trained.session.trainer.step],
    };
    let critic = critic(&trained.run, &steps, asked.window)?;
    let mut checkpoints = Vec::new();
    for (step, critic) in steps.iter().zip(&critic) {
        let session = &mut trained.session;
        trained.run.load(session.game.as_ref(), &mut session.trainer, Some(*step))?;
        let plan = Plan { seed, labels: dealt.labels.clone(), ..Plan::of(count) };
        let drawn = trained.samples_watched(&plan, watch)?;
        let values = drawn.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        let samples = set(&values, &drawn.dims()[1..], patch)?;
        if samples.dim != real.dim {
            return Err(refused("distance: samples have another shape than the data"));
        }
        let mut values = distances(&samples, &real, width)?;
        values.extend(critic.map(|value| ("critic", value)));
        checkpoints.push((*step, values));
    }
    let correlation = correlation(&checkpoints);
    Ok(Found { count, dealt, width, floor, checkpoints, correlation })
}

/// Every other sample of the data, from the `half` on, spread over all of them.
fn real(dataset: &dyn Dataset, half: usize, count: usize, patch: Option<usize>) -> Result<Set> {
    let info = dataset.info();
    let size = info.shape().iter().product::<usize>().max(1);
    let mut values = vec![0.0; count * size];
    for (k, out) in values.chunks_exact_mut(size).enumerate() {
        dataset.labeled((2 * k + half) * info.len / (2 * count), out)?;
    }
    set(&values, info.shape(), patch)
}

fn set(values: &[f32], shape: &[usize], patch: Option<usize>) -> Result<Set> {
    let size = shape.iter().product::<usize>().max(1);
    let all = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect();
    let &[channels, height, width] = shape else {
        return match patch {
            Some(_) => Err(refused("--patch: these are points; only images have a middle")),
            None => Ok(Set { rows: all(values), dim: size, spectrum: None }),
        };
    };
    let mut spectrum = vec![0.0; height * width];
    for image in values.chunks_exact(size) {
        let grey: Vec<f64> = (0..height * width)
            .map(|i| (0..channels).map(|c| f64::from(image[c * height * width + i])).sum())
            .collect();
        for (sum, power) in spectrum.iter_mut().zip(power_spectrum(&grey, height, width)?) {
            *sum += power;
        }
    }
    let rows = match patch {
        None => all(values),
        Some(side) if side > height.min(width) => {
            let what = format!("--patch {side}: images are {width}×{height}");
            return Err(refused(what));
        }
        Some(side) => {
            let (top, left) = ((height - side) / 2, (width - side) / 2);
            let planes = values.chunks_exact(height * width);
            planes
                .flat_map(|plane| (0..side * side).map(move |i| (plane, i)))
                .map(|(plane, i)| f64::from(plane[(top + i / side) * width + left + i % side]))
                .collect()
        }
    };
    let dim = patch.map_or(size, |side| channels * side * side);
    Ok(Set { rows, dim, spectrum: Some(spectrum) })
}

/// What `samples` are from `real`; `median` is the distance that kernels are scaled by.
fn distances(samples: &Set, real: &Set, median: f64) -> Result<Distances> {
    let (x, y, dim) = (&samples.rows, &real.rows, samples.dim);
    let bandwidths = BANDWIDTHS.iter().map(|s| s * median).collect();
    let mut found = vec![
        ("emd", wasserstein_of_samples(x, y, dim, 1.0)?),
        ("mmd2", mmd_squared_biased(x, y, dim, &Kernel::GaussianMixture { bandwidths })?),
    ];
    if let (Some(a), Some(b)) = (&samples.spectrum, &real.spectrum) {
        // An untrained model may be without some wave altogether: as quiet as can be told.
        let heard = |s: &[f64]| s.iter().map(|v| v.max(1e-12)).collect::<Vec<f64>>();
        found.push(("spectrum", spectral_distance(&heard(a), &heard(b))?));
    }
    Ok(found)
}

/// For each step the mean of what the critic took the distance for before it, where it is logged.
fn critic(run: &Run, steps: &[u64], window: u64) -> Result<Vec<Option<f64>>> {
    let path = run.dir.join("log.jsonl");
    let file = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
    let mut sums = vec![(0.0, 0.0); steps.len()];
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| path.display().to_string())?;
        let Ok(object) = serde_json::from_str::<Value>(&line) else { continue };
        let Some(at) = object["step"].as_u64().filter(|_| object["kind"] == "step") else {
            continue;
        };
        let mut players = object["players"].as_object().into_iter().flatten();
        let Some(value) = players.find_map(|(_, terms)| terms["emd"].as_f64()) else { continue };
        for (step, sum) in steps.iter().zip(&mut sums) {
            if at <= *step && at + window > *step {
                *sum = (sum.0 + value, sum.1 + 1.0);
            }
        }
    }
    Ok(sums.into_iter().map(|(sum, n)| (n > 0.0).then(|| sum / n)).collect())
}

/// Whether the critic's value and the exact distance rise and fall together, over checkpoints that
/// have both.
fn correlation(found: &[(u64, Distances)]) -> Option<f64> {
    let of = |values: &Distances, name: &str| {
        values.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    };
    let (exact, guessed): (Vec<f64>, Vec<f64>) = found
        .iter()
        .filter_map(|(_, values)| Some((of(values, "emd")?, of(values, "critic")?)))
        .unzip();
    // Fewer say nothing.
    (exact.len() > 2).then(|| rank_correlation(&exact, &guessed).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_cut_out_of_the_middle_of_every_channel() {
        let image: Vec<f32> = (0..50).map(|v| v as f32).collect();
        let cut = set(&image, &[2, 5, 5], Some(3)).unwrap();
        assert_eq!((cut.dim, cut.rows[0], cut.rows[8], cut.rows[9]), (18, 6.0, 18.0, 31.0));
        assert!(set(&image, &[2, 5, 5], Some(6)).is_err());
        assert!(set(&image, &[50], Some(1)).is_err());
    }

    #[test]
    fn a_correlation_needs_pairs() {
        let at = |emd: f64, critic: f64| vec![("emd", emd), ("critic", critic)];
        let falling: Vec<(u64, Distances)> =
            (0..5).map(|k| (k, at(5.0 - k as f64, 1.0 / (k + 1) as f64))).collect();
        assert_eq!(correlation(&falling), Some(1.0));
        assert_eq!(correlation(&falling[..2]), None);
        assert_eq!(correlation(&[(0, vec![("emd", 1.0)])]), None);
    }
}
