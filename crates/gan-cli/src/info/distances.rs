//! `gan info emd`, `mmd` and `frechet`: distances that know how far apart places are.

use super::answer::Answer;
use super::args::Unit;
use super::distance_args::{EmdArgs, Estimate, FrechetArgs, KernelName, MmdArgs};
use super::input_args::Taken;
use super::taken::{Form, Input, alike, read, samples};
use crate::failure::usage;
use anyhow::Result;
use gan_info::{
    Kernel, frechet_distance_diagonal, frechet_distance_of_samples, median_distance,
    mmd_squared_biased, mmd_squared_linear, mmd_squared_unbiased, wasserstein_of_samples,
    weighted_wasserstein_1d,
};
use gan_statistics::sample_moments;
use serde_json::json;
use std::path::Path;

/// Cells of the largest transportation problem that is tried: 4,096 samples a side.
const MOST_CELLS: usize = 1 << 24;

/// The Wasserstein distance.
pub fn emd(args: &EmdArgs) -> Result<Answer> {
    if !(args.order >= 1.0 && args.order.is_finite()) {
        return Err(usage(format!(
            "--order: expected a number of 1 or more, found {}",
            args.order
        )));
    }
    let (a, b) = (read(&args.a, Form::Line, &args.input)?, read(&args.b, Form::Line, &args.input)?);
    alike(&a, &b)?;
    let mut answer = Answer::of("emd", Unit::Nats);
    answer.numbers.insert("order".into(), json!(args.order));
    if a.taken == Taken::Table {
        let places: Vec<f64> = (0..a.array.values.len()).map(|i| i as f64).collect();
        let (p, q) = (a.masses()?, b.masses()?);
        answer.value = weighted_wasserstein_1d(&places, &p, &places, &q, args.order)?;
        answer.unit = "cells".into();
        answer.estimator = "sorting, exact; masses stand at 0, 1, 2, ...".into();
    } else {
        let (n, m, dim) = (a.array.rows, b.array.rows, a.array.columns);
        if dim > 1 && n.saturating_mul(m) > MOST_CELLS {
            return Err(usage(format!(
                "expected at most {MOST_CELLS} pairs of samples for an optimal plan, found {n} times \
                 {m}; take fewer samples of each"
            )));
        }
        answer.value = wasserstein_of_samples(&a.array.values, &b.array.values, dim, args.order)?;
        answer.unit = "in the samples' unit".into();
        answer.by = if dim == 1 { "sorting" } else { "optimal transport" };
        answer.estimator = format!("{} of the two samples, exact", answer.by);
        answer.bias = "above the distance of the laws: two samples of one law are apart, by about \
                       n^(-1/columns) for three columns or more"
            .into();
    }
    Ok(answer.with(vec![a, b], Unit::Nats))
}

/// The squared MMD.
pub fn mmd(args: &MmdArgs) -> Result<Answer> {
    if args.kernel != KernelName::Gaussian && args.bandwidth.is_some() {
        return Err(usage("--bandwidth: expected --kernel gaussian, found another kernel"));
    }
    let (a, b) = two(&args.a, &args.b, args.array.as_deref())?;
    let (x, y, dim) = (&a.array.values[..], &b.array.values[..], a.array.columns);
    let mut answer = Answer::of("mmd_squared", Unit::Nats);
    answer.unit.clear();
    let (kernel, words) = match (args.kernel, args.bandwidth) {
        (KernelName::Gaussian, given) => {
            let bandwidth = given.map_or_else(|| median_distance(x, y, dim), Ok)?;
            answer.numbers.insert("bandwidth".into(), json!(bandwidth));
            let how = if given.is_some() { "" } else { ", the median distance" };
            (Kernel::Gaussian { bandwidth }, format!("a Gaussian of bandwidth {bandwidth:.6}{how}"))
        }
        (KernelName::Cubic, _) => {
            let kernel = Kernel::Polynomial { degree: 3, scale: 1.0 / dim as f64, offset: 1.0 };
            (kernel, "cubic, (a b / columns + 1)^3".to_owned())
        }
        (KernelName::Linear, _) => (Kernel::Linear, "linear, a b".to_owned()),
    };
    let (estimate, name, bias): (fn(&_, &_, _, &_) -> _, _, _) = match args.estimate {
        Estimate::Unbiased => {
            (mmd_squared_unbiased, "unbiased", "none; negative about half the time for equal laws")
        }
        Estimate::Biased => (
            mmd_squared_biased,
            "biased",
            "above the truth, for equal laws by (1/n + 1/m)(E k(x, x) - E k(x, x'))",
        ),
        Estimate::Linear => {
            (mmd_squared_linear, "linear time", "none, for samples in random order; more variance")
        }
    };
    answer.value = estimate(x, y, dim, &kernel)?;
    (answer.by, answer.bias) = (name, bias.into());
    answer.estimator = format!("the {name} estimate (JMLR 13 (2012) 723); the kernel is {words}");
    Ok(answer.with(vec![a, b], Unit::Nats))
}

/// The Fréchet distance, squared.
pub fn frechet(args: &FrechetArgs) -> Result<Answer> {
    let (a, b) = two(&args.a, &args.b, args.array.as_deref())?;
    let (x, y, dim) = (&a.array.values[..], &b.array.values[..], a.array.columns);
    let mut answer = Answer::of("frechet_squared", Unit::Nats);
    answer.unit = "in the samples' unit, squared".into();
    if args.diagonal {
        let of = |values: &[f64]| -> Result<(Vec<f64>, Vec<f64>)> {
            let moments = sample_moments(values, dim, 1)?;
            let variances = moments.covariance.iter().step_by(dim + 1).copied().collect();
            Ok((moments.mean, variances))
        };
        let ((mu_a, var_a), (mu_b, var_b)) = (of(x)?, of(y)?);
        answer.value = frechet_distance_diagonal(&mu_a, &var_a, &mu_b, &var_b)?;
        answer.by = "diagonal";
        answer.estimator = "means and variances, columns taken as independent".into();
    } else {
        let found = frechet_distance_of_samples(x, y, dim, 1)?;
        answer.value = found.squared();
        answer.by = "full covariance";
        answer.estimator = "means and covariances (n - 1 below), FID's formula".into();
        answer.numbers.insert("mean_term".into(), json!(found.mean_term));
    }
    answer.numbers.insert("distance".into(), json!(answer.value.sqrt()));
    answer.bias =
        "above the truth, and less so the more samples there are (arXiv 1801.01401, section \
                   3): compare equal numbers only"
            .into();
    Ok(answer.with(vec![a, b], Unit::Nats))
}

fn two(a: &Path, b: &Path, array: Option<&str>) -> Result<(Input, Input)> {
    let (a, b) = (samples(a, array)?, samples(b, array)?);
    alike(&a, &b)?;
    Ok((a, b))
}
