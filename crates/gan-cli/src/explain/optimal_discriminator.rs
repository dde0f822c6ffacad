//! `gan explain optimal-discriminator`: what the best D answers, and what the game is then worth.

use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{
    Grid, js_of_densities, normal_log_density, optimal_discriminator_at,
    optimal_value_of_densities, total_variation_of_densities,
};
use serde_json::json;

/// How far apart the two laws stand, in standard deviations.
const SHOWN: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0];
/// The distance in the first picture.
const DRAWN: f64 = 2.0;
/// Distances of the second picture, in tenths.
const TENTHS: i32 = 80;

/// JSD, V(D*) and the best accuracy of two unit normals so far apart.
fn numbers(distance: f64) -> Result<[f64; 3]> {
    let p = |x: f64| normal_log_density(x, 0.0, 1.0);
    let q = |x: f64| normal_log_density(x, distance, 1.0);
    let grid = Grid { low: -12.0, high: 12.0 + distance, intervals: 4000 };
    let accuracy = 0.5 + 0.5 * total_variation_of_densities(p, q, grid)?;
    Ok([js_of_densities(p, q, grid)?, optimal_value_of_densities(p, q, grid)?, accuracy])
}

/// Runs the experiment.
pub fn run() -> Result<Explained> {
    let head = ["distance", "JSD, nats", "V(D*) = 2 JSD - log 4", "right answers of D*"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut all = Vec::new();
    for distance in SHOWN {
        let [js, value, accuracy] = numbers(distance)?;
        let accurate = format!("{:.1} %", 100.0 * accuracy);
        rows.push(vec![format!("{distance}"), format!("{js:.4}"), format!("{value:.4}"), accurate]);
        all.push(json!({ "distance": distance, "jsd": js, "value": value, "accuracy": accuracy }));
    }
    let text = format!(
        "The data are N(0, 1) and the generator's samples N(distance, 1); D* is the best D there can \
         be (arXiv 1406.2661,\nproposition 1):\n\n{}\nD*(x) = p(x)/(p(x) + q(x)): it says how often a \
         sample at x would be real, and is 1/2 where both are as likely.\nWith it the game is worth \
         2 JSD - log 4 (theorem 1): -log 4 = -1.3863 for a perfect generator, and 0 for one\nthat \
         shares nothing with the data. So a D at 1/2 everywhere is the sign of success only if it has \
         learned all it could.\nFar apart the value is flat: moving the generator a little changes \
         next to nothing, which is what saturation is made of\n(`gan explain saturation`).",
        table(&rows)
    );
    let pictures = [answers()?, worth()?];
    Ok(Explained { text, object: json!({ "pairs": all }), picture: grid(&pictures, 2, 6)? })
}

fn line(name: &str, color: [u8; 3], style: Style, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.into(), color, style, points }
}

/// Both densities and D*.
fn answers() -> Result<Image> {
    let p = |x: f64| normal_log_density(x, 0.0, 1.0);
    let q = |x: f64| normal_log_density(x, DRAWN, 1.0);
    let places: Vec<f64> = (-80..=120).map(|i| f64::from(i) / 20.0).collect();
    let of = |f: &dyn Fn(f64) -> f64| places.iter().map(|x| (*x, f(*x))).collect();
    let best = places
        .iter()
        .map(|x| Ok((*x, optimal_discriminator_at(p(*x), q(*x))?)))
        .collect::<Result<Vec<_>>>()?;
    let figure = Figure {
        title: format!("What the best D answers, distance {DRAWN}"),
        x_label: "x".into(),
        y_label: "density; D*(x)".into(),
        x_range: Some((-4.0, 6.0)),
        y_range: Some((0.0, 1.3)),
        series: vec![
            line("p: data", [150, 150, 150], Style::Area, of(&|x| p(x).exp())),
            line("q: generator", [255, 127, 14], Style::Area, of(&|x| q(x).exp())),
            line("D*", [31, 119, 180], Style::Line, best),
        ],
    };
    Ok(draw(&figure, 520, 400)?)
}

/// V(D*) over the distance, beside its ends.
fn worth() -> Result<Image> {
    let mut value = Vec::new();
    for tenth in 0..=TENTHS {
        let distance = f64::from(tenth) / 10.0;
        value.push((distance, numbers(distance)?[1]));
    }
    let end = f64::from(TENTHS) / 10.0;
    let flat = |at: f64| vec![(0.0, at), (end, at)];
    let figure = Figure {
        title: "What the game is then worth".into(),
        x_label: "distance of the two laws".into(),
        y_label: "nats".into(),
        x_range: Some((0.0, end)),
        y_range: Some((-1.6, 0.5)),
        series: vec![
            line("0: nothing shared", [150, 150, 150], Style::Line, flat(0.0)),
            line("-log 4: perfect", [44, 160, 44], Style::Line, flat(-(4f64.ln()))),
            line("V(D*)", [31, 119, 180], Style::Line, value),
        ],
    };
    Ok(draw(&figure, 520, 400)?)
}
