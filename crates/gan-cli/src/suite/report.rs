//! What a suite came to: the table, the JSON object and the picture.

use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_models::suite::Suite;
use gan_runs::suite::contestant::Contestant;
use gan_runs::suite::judge::{Judge, Verdict, WITHIN};
use gan_statistics::mean_and_standard_error;
use serde_json::{Value, json};
use std::path::Path;

/// A contestant and what each of its runs came to, with the seconds of its training.
pub struct Runs {
    /// Who.
    pub contestant: Contestant,
    /// One a seed.
    pub runs: Vec<(Verdict, f64)>,
}

/// Side of a contestant's picture in pixels.
const SIDE: usize = 400;
/// Images along an edge, where samples are images.
const EDGE: usize = 10;

/// Mean and standard error over a contestant's seeds.
fn over(runs: &Runs, value: impl Fn(&Verdict, f64) -> f64) -> Result<(f64, f64)> {
    let values: Vec<f64> = runs.runs.iter().map(|(v, seconds)| value(v, *seconds)).collect();
    Ok(mean_and_standard_error(&values)?)
}

/// One line a contestant.
pub fn rows(judge: &Judge, results: &[Runs]) -> Result<String> {
    let (_, heading, factor) = judge.second();
    let of = format!("modes of {}", judge.modes());
    let mut rows = vec![vec!["contestant".to_owned(), of, heading.into(), "s".into()]];
    for result in results {
        let show = |(mean, error): (f64, f64), digits: usize| match error.is_nan() {
            true => format!("{mean:.digits$}"),
            false => format!("{mean:.digits$} ± {error:.digits$}"),
        };
        let digits = if factor == 1.0 { 3 } else { 1 };
        rows.push(vec![
            result.contestant.name.clone(),
            show(over(result, |v, _| v.modes as f64)?, 1),
            show(over(result, |v, _| factor * v.second)?, digits),
            format!("{:.0}", over(result, |_, seconds| seconds)?.0),
        ]);
    }
    Ok(table(&rows))
}

/// Everything as one object.
pub fn object(
    suite: &Suite,
    judge: &Judge,
    (seeds, samples): (u64, usize),
    results: &[Runs],
) -> Result<Value> {
    let (second, ..) = judge.second();
    let mut all = Vec::new();
    for result in results {
        let each = |value: &dyn Fn(&Verdict, f64) -> f64| -> Result<Value> {
            let (mean, error) = over(result, value)?;
            let values: Vec<f64> = result.runs.iter().map(|(v, s)| value(v, *s)).collect();
            Ok(json!({ "mean": mean, "standard_error": error, "each": values }))
        };
        let mut object = json!({
            "name": result.contestant.name,
            "modes": each(&|v, _| v.modes as f64)?,
            "seconds": each(&|_, seconds| seconds)?,
            "train": serde_json::to_value(&result.contestant.config.train)?,
            "model": serde_json::to_value(&result.contestant.config.model)?,
        });
        object[second] = each(&|v, _| v.second)?;
        all.push(object);
    }
    let mut object = json!({
        "suite": suite.name,
        "data": suite.data,
        "version": env!("CARGO_PKG_VERSION"),
        "modes": judge.modes(),
        "samples": samples,
        "seeds": seeds,
        "contestants": all,
    });
    if let Judge::Places(modes) = judge {
        object["std"] = json!(modes.std);
        object["within_std"] = json!(WITHIN);
    }
    Ok(object)
}

/// The samples of each contestant's first seed: points over the modes' centers, or images.
pub fn picture(path: &Path, judge: &Judge, results: &[Runs]) -> Result<()> {
    let images = results
        .iter()
        .map(|result| match (judge, result.runs.first()) {
            (Judge::Places(modes), Some((verdict, _))) => {
                scatter(&result.contestant.name, modes, &verdict.points)
            }
            (_, Some((verdict, _))) => Ok(grid(&verdict.images, EDGE, 1)?),
            (_, None) => Ok(Image::new(1, 1, 3, vec![255; 3])?),
        })
        .collect::<Result<Vec<_>>>()?;
    let columns = images.len().min(3);
    Ok(grid(&images, columns, 4)?.write_png(path)?)
}

fn scatter(title: &str, modes: &gan_data::Modes, points: &[(f64, f64)]) -> Result<Image> {
    let edge = modes.centres.iter().flatten().fold(0.0, |m: f64, v| m.max(v.abs()));
    let range = Some((-1.25 * edge, 1.25 * edge));
    let style = Style::Points;
    let centres = modes.centres.iter().map(|c| (c[0], c[1])).collect();
    let of = |name: &str, color, points| Series { name: name.into(), color, style, points };
    let figure = Figure {
        title: title.to_owned(),
        x_range: range,
        y_range: range,
        series: vec![
            of("generated", [31, 119, 180], points.to_vec()),
            of("modes", [214, 39, 40], centres),
        ],
        ..Figure::default()
    };
    Ok(draw(&figure, SIDE, SIDE)?)
}
