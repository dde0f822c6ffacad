//! What `gan study disturbances` has found: an object, a table, and pictures.

use super::args::DisturbancesArgs;
use crate::format::{number, table};
use crate::study::panels::{COLORS, line, panels};
use anyhow::Result;
use gan_images::{Figure, Image};
use gan_metrics::Extractor;
use gan_runs::study::disturbances::{Curve, Images, OfSize, Place, REPEATS};
use gan_runs::study::score_list::{NAMES, PROTOCOL};
use serde_json::{Value, json};

/// Whether values rise from one to the next.
fn rises(places: &[Place]) -> bool {
    places.windows(2).all(|pair| pair[1].scores[0] > pair[0].scores[0])
}

fn named(values: &[f64; 8]) -> Value {
    NAMES
        .iter()
        .zip(values)
        .map(|(n, v)| ((*n).to_owned(), json!(v)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub fn object(
    args: &DisturbancesArgs,
    images: &Images,
    network: &dyn Extractor,
    curves: &[Curve],
    classes: &[Place],
    sizes: &[OfSize],
) -> Value {
    let curve = |places: &[Place], key: &str| -> Value {
        places.iter().map(|p| json!({ key: p.at, "scores": named(&p.scores) })).collect()
    };
    let disturbances: Vec<Value> = curves
        .iter()
        .map(|(kind, places)| {
            json!({ "name": kind.name(), "fid_rises": rises(places), "curve": curve(places, "alpha") })
        })
        .collect();
    let sizes: Vec<Value> = sizes
        .iter()
        .map(|(n, of)| {
            json!({
                "n": n, "mean": named(&of.map(|o| o.0)), "deviation": named(&of.map(|o| o.1)),
            })
        })
        .collect();
    json!({
        "study": "disturbances",
        "version": env!("CARGO_PKG_VERSION"),
        "data": images.data.info().spec,
        "images_a_side": images.count,
        "seed": args.seed,
        "network": { "layout": network.layout(), "sha256": network.hash() },
        "protocol": PROTOCOL.name(),
        "foreign": args.foreign.clone().unwrap_or_else(|| "stripes".into()),
        "repeats": REPEATS,
        "disturbances": disturbances,
        "classes_left": curve(classes, "classes"),
        "sizes": sizes,
    })
}

pub fn text(curves: &[Curve], classes: &[Place], sizes: &[OfSize]) -> String {
    let head = |first: &str| {
        std::iter::once(first.to_owned()).chain(NAMES.map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut rows = vec![head("disturbance")];
    let row = |name: String, scores: &[f64; 8]| {
        std::iter::once(name).chain(scores.iter().map(|s| number(*s))).collect::<Vec<_>>()
    };
    if let Some((_, places)) = curves.first() {
        rows.push(row("none".into(), &places[0].scores));
    }
    for (kind, places) in curves {
        for place in &places[1..] {
            rows.push(row(format!("{} {:.2}", kind.name(), place.at), &place.scores));
        }
    }
    for place in classes.iter().skip(1) {
        rows.push(row(format!("{} classes left", place.at), &place.scores));
    }
    for (n, of) in sizes {
        rows.push(row(format!("{n} samples"), &of.map(|o| o.0)));
        if !of[0].1.is_nan() {
            rows.push(row("  ± over draws".into(), &of.map(|o| o.1)));
        }
    }
    let rising = curves.iter().filter(|(_, places)| rises(places)).count();
    format!("{}FID rises at every step of {rising} of {} disturbances", table(&rows), curves.len())
}

fn figure(index: usize, x_label: &str) -> Figure {
    Figure { title: NAMES[index].into(), x_label: x_label.into(), ..Figure::default() }
}

pub fn disturbed_picture(curves: &[Curve]) -> Result<Image> {
    let one = |index: usize| {
        let mut figure = figure(index, "part of the paper's strongest");
        for ((kind, places), color) in curves.iter().zip(COLORS) {
            let points = places.iter().map(|p| (p.at / kind.most(), p.scores[index])).collect();
            // One legend is enough, and covers no other panel.
            let name = if index == 0 { kind.name() } else { "" };
            figure.series.extend(line(name, color, points));
        }
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}

pub fn classes_picture(classes: &[Place]) -> Result<Image> {
    let one = |index: usize| {
        let points = classes.iter().map(|p| (p.at, p.scores[index])).collect();
        let mut figure = figure(index, "classes left");
        figure.series.extend(line("", COLORS[0], points));
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}

pub fn sizes_picture(sizes: &[OfSize]) -> Result<Image> {
    let one = |index: usize| {
        let mut figure = figure(index, "samples; grey: one deviation");
        for sign in [-1.0, 1.0] {
            let edge = |(n, of): &OfSize| {
                let deviation = if of[index].1.is_nan() { 0.0 } else { of[index].1 };
                (*n as f64, of[index].0 + sign * deviation)
            };
            let points = sizes.iter().map(edge).collect();
            figure.series.extend(line("", [170, 170, 170], points).into_iter().take(1));
        }
        let points = sizes.iter().map(|(n, of)| (*n as f64, of[index].0)).collect();
        figure.series.extend(line("", COLORS[0], points));
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}
