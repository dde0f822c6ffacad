//! `gan explain two-modes`: one normal fitted to two modes under three divergences.

use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{FitObjective, NormalFit, NormalMixture, fit_normal, normal_log_density};
use serde_json::{Map, json};

/// How far the modes stand from 0: as far as JSD covers both, and a little farther.
const DISTANCES: [f64; 2] = [2.5, 3.0];
/// The standard deviation of a mode.
const SIGMA: f64 = 0.8;
/// The shares of the modes.
const WEIGHTS: [f64; 2] = [0.4, 0.6];
/// The objectives with their names and colors; JSD's normal lies on another's and is drawn last.
const OBJECTIVES: [(&str, &str, FitObjective, [u8; 3]); 3] = [
    ("KL(p || q)", "kl", FitObjective::ForwardKl, [31, 119, 180]),
    ("KL(q || p)", "reverse_kl", FitObjective::ReverseKl, [214, 39, 40]),
    ("JSD(p, q)", "jsd", FitObjective::JensenShannon, [44, 160, 44]),
];
/// Half of the range that is drawn.
const REACH: f64 = 7.0;
/// Steps of a curve on each side of 0.
const STEPS: i32 = 280;
/// Steps between the points of JSD's.
const APART: i32 = 14;

/// Runs the experiment.
pub fn run() -> Result<Explained> {
    let head = ["modes at", "minimized", "mean", "sigma", "nats left", "mass between the modes"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let (mut all, mut pictures) = (Vec::new(), Vec::new());
    for distance in DISTANCES {
        let modes = NormalMixture {
            weights: WEIGHTS.to_vec(),
            means: vec![-distance, distance],
            sigmas: vec![SIGMA; 2],
        };
        let mut fits = Vec::new();
        let mut object = Map::new();
        for (name, key, objective, _) in OBJECTIVES {
            let fit = fit_normal(&modes, objective)?;
            let NormalFit { mean, sigma, divergence } = fit;
            let cdf = |x: f64| gan_statistics::normal_cdf((x - mean) / sigma);
            let between = cdf(0.5 * distance) - cdf(-0.5 * distance);
            let numbers = [mean, sigma, divergence].map(|value| format!("{value:.4}"));
            let first = [format!("±{distance}"), name.to_owned()];
            rows.push([&first[..], &numbers, &[format!("{:.1} %", 100.0 * between)]].concat());
            object.insert(
                key.into(),
                json!({ "mean": mean, "sigma": sigma, "divergence": divergence, "between": between }),
            );
            fits.push(fit);
        }
        all.push(json!({ "distance": distance, "fits": object }));
        pictures.push(picture(distance, &modes, &fits)?);
    }
    let text = format!(
        "The data p have two modes, the left of 40 % and the right of 60 %; one normal q is fitted to \
         them by each divergence:\n\n{}\nKL(p || q), which maximum likelihood minimizes, asks for mass \
         wherever the data have some: q covers both modes and\nwhat lies between them, where no data \
         are. KL(q || p) asks for none where the data have none: q picks the larger\nmode and forgets \
         the other. JSD, which a GAN with the best D minimizes (arXiv 1406.2661, theorem 1), lies \
         between the\ntwo: it covers modes at ±2.5 and picks one at ±3. So sharp samples of a part of \
         the data and blurred ones of all of it\nare two sides of one choice, made by what is minimized \
         and not by the network.",
        table(&rows)
    );
    let object = json!({ "weights": WEIGHTS, "sigma": SIGMA, "pairs": all });
    Ok(Explained { text, object, picture: grid(&pictures, 2, 6)? })
}

/// The data, and the normals of [`OBJECTIVES`].
fn picture(distance: f64, modes: &NormalMixture, fits: &[NormalFit]) -> Result<Image> {
    let curve = |step: i32, log_density: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        let places = (-STEPS / step..=STEPS / step).map(|i| f64::from(i * step));
        let places = places.map(|place| REACH * place / f64::from(STEPS));
        places.map(|x| (x, log_density(x).exp())).collect()
    };
    let mut series = vec![Series {
        name: "p".into(),
        color: [150, 150, 150],
        style: Style::Area,
        points: curve(1, &|x| modes.log_density(x)),
    }];
    for ((name, _, objective, color), fit) in OBJECTIVES.into_iter().zip(fits) {
        let (style, step) = match objective {
            FitObjective::JensenShannon => (Style::Points, APART),
            _ => (Style::Line, 1),
        };
        let points = curve(step, &|x| normal_log_density(x, fit.mean, fit.sigma));
        series.push(Series { name: name.into(), color, style, points });
    }
    let figure = Figure {
        title: format!("One normal for modes at -{distance} and {distance}"),
        x_label: "x".into(),
        y_label: "density".into(),
        x_range: Some((-REACH, REACH)),
        y_range: Some((0.0, 0.55)),
        series,
    };
    Ok(draw(&figure, 560, 400)?)
}
