//! `gan distance`: how far a run's samples are from its data, beside how far data are from data.

pub mod args;

use crate::distance::args::DistanceArgs;
use crate::failure::usage;
use crate::format::{number, table};
use crate::output::{self, note};
use anyhow::{Context, Result};
use candle_core::DType;
use gan_data::Dataset;
use gan_info::{
    Kernel, median_distance, mmd_squared_biased, optimal_transport, power_spectrum,
    spectral_distance, wasserstein_1d,
};
use gan_runs::draw::Plan;
use gan_runs::trained::Trained;
use gan_statistics::rank_correlation;
use gan_train::{Run, Sample};
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};

/// Widths of the kernels, in median distances.
const BANDWIDTHS: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// Samples or real ones.
struct Set {
    /// What is compared, row by row: points, images, or squares out of their middle.
    rows: Vec<f64>,
    /// Numbers a row.
    dim: usize,
    /// The mean power spectrum of the whole images.
    spectrum: Option<Vec<f64>>,
}

/// Distances of a set from the data, by name.
type Distances = Vec<(&'static str, f64)>;

/// Runs the command.
pub fn run(args: &DistanceArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let mut trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let (seed, patch) = (args.seed.unwrap_or(trained.config.train.seed), size(args.patch)?);
    let part = trained.part(args.split.as_deref().map(str::parse).transpose()?)?;
    part.note().iter().for_each(|text| note(text));
    let info = part.data.info().clone();
    let count = usize::try_from(args.count)?.min(info.len / 2);
    if count < 2 {
        let (spec, len) = (&info.spec, info.len);
        return Err(usage(format!("distance: {spec} has {len} samples; two sets need 4 or more")));
    }
    let real = real(part.data.as_ref(), 0, count, patch)?;
    let other = self::real(part.data.as_ref(), 1, count, patch)?;
    let dealt = trained.dealt(part.data.as_ref(), seed)?;
    let width = median_distance(&real.rows, &[], real.dim)?;
    let floor = distances(&other, &real, width)?;
    let steps = match args.all {
        true => trained.run.checkpoints()?.into_iter().map(|(step, _)| step).collect(),
        false => vec![trained.session.trainer.step],
    };
    let critic = critic(&trained.run, &steps, args.window)?;
    let mut found = Vec::new();
    for (step, critic) in steps.iter().zip(&critic) {
        let session = &mut trained.session;
        trained.run.load(session.game.as_ref(), &mut session.trainer, Some(*step))?;
        let plan = Plan { seed, labels: dealt.labels.clone(), ..Plan::of(count) };
        let samples = drawn(&trained, &plan, patch)?;
        if samples.dim != real.dim {
            return Err(usage("distance: samples have another shape than the data"));
        }
        let mut values = distances(&samples, &real, width)?;
        values.extend(critic.map(|value| ("critic", value)));
        found.push((*step, values));
    }
    let correlation = correlation(&found);
    let named = |values: &Distances| -> Map<String, Value> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    };
    if args.json {
        let checkpoints: Vec<Value> = found
            .iter()
            .map(|(step, values)| {
                let mut object = named(values);
                object.insert("step".into(), (*step).into());
                object.into()
            })
            .collect();
        output::json(&json!({
            "run": trained.run.dir,
            "count": count,
            "split": part.split.to_string(),
            "held_out": part.held_out,
            "labels": dealt.object(count),
            "patch": patch,
            "median_distance": width,
            "floor": named(&floor),
            "checkpoints": checkpoints,
            "rank_correlation": correlation,
        }))?;
    } else {
        output::result(&told(&found, &floor, correlation))?;
    }
    Ok(0)
}

fn size(patch: Option<u64>) -> Result<Option<usize>> {
    Ok(patch.map(usize::try_from).transpose()?)
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

/// Samples of the model as it is.
fn drawn(trained: &Trained, plan: &Plan, patch: Option<usize>) -> Result<Set> {
    let session = &trained.session;
    let (mut values, mut shape) = (Vec::new(), Vec::new());
    crate::draws::each(&session.trainer, session.game.as_ref(), plan, &mut |sample| {
        let (Sample::Images(t) | Sample::Points(t)) = sample else {
            return Err(usage("distance: samples of an unknown kind"));
        };
        shape = t.dims()[1..].to_vec();
        values.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        Ok(())
    })?;
    set(&values, &shape, patch)
}

fn set(values: &[f32], shape: &[usize], patch: Option<usize>) -> Result<Set> {
    let size = shape.iter().product::<usize>().max(1);
    let all = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect();
    let &[channels, height, width] = shape else {
        return match patch {
            Some(_) => Err(usage("--patch: these are points; only images have a middle")),
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
            return Err(usage(what));
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
        ("emd", earth_mover(x, y, dim)?),
        ("mmd2", mmd_squared_biased(x, y, dim, &Kernel::GaussianMixture { bandwidths })?),
    ];
    if let (Some(a), Some(b)) = (&samples.spectrum, &real.spectrum) {
        // An untrained model may be without some wave altogether: as quiet as can be told.
        let heard = |s: &[f64]| s.iter().map(|v| v.max(1e-12)).collect::<Vec<f64>>();
        found.push(("spectrum", spectral_distance(&heard(a), &heard(b))?));
    }
    Ok(found)
}

/// The exact earth mover's distance between two sets of as many points.
fn earth_mover(x: &[f64], y: &[f64], dim: usize) -> Result<f64> {
    if dim == 1 {
        return Ok(wasserstein_1d(x, y, 1.0)?);
    }
    let cost: Vec<f64> = x
        .chunks_exact(dim)
        .flat_map(|a| {
            y.chunks_exact(dim)
                .map(move |b| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        })
        .collect();
    let each = |n: usize| vec![1.0 / n as f64; n];
    Ok(optimal_transport(&each(x.len() / dim), &each(y.len() / dim), &cost)?.cost)
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

fn told(found: &[(u64, Distances)], floor: &Distances, correlation: Option<f64>) -> String {
    let widest = found.iter().map(|(_, values)| values).max_by_key(|values| values.len());
    let names: Vec<&str> = widest.into_iter().flatten().map(|(name, _)| *name).collect();
    let head = [&["step"][..], &names].concat().iter().map(|s| (*s).to_owned()).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    let row = |name: String, values: &Distances| -> Vec<String> {
        let cell = |wanted: &&str| {
            let found = values.iter().find(|(n, _)| n == wanted);
            found.map_or_else(|| "-".to_owned(), |(_, value)| number(*value))
        };
        [name].into_iter().chain(names.iter().map(cell)).collect()
    };
    rows.extend(found.iter().map(|(step, values)| row(step.to_string(), values)));
    rows.push(row("floor".to_owned(), floor));
    let mut text = table(&rows);
    if let Some(value) = correlation {
        text.push_str(&format!("rank correlation of emd and critic: {}\n", number(value)));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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
    fn a_shifted_set_is_as_far_as_it_was_shifted() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i * i % 17)).collect();
        let y: Vec<f64> = x.chunks(2).flat_map(|p| [p[0] + 3.0, p[1] + 4.0]).collect();
        assert!((earth_mover(&x, &y, 2).unwrap() - 5.0).abs() < 1e-9);
        assert!((earth_mover(&x, &y, 1).unwrap() - 3.5).abs() < 1e-9);
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
