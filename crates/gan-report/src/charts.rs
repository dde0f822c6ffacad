//! Which curves share a chart, and what a page needs to draw them.

use crate::decimate::{extremes, means};
use crate::log::{EVAL, SAMPLES, Series};
use crate::{Modes, RunFolder};
use serde_json::{Map, Value, json};

/// Points of a curve that are drawn; two for each pixel of a wide screen would be no better.
const MOST_POINTS: usize = 900;
/// Stretches that a noisy curve is averaged over.
const MEANS: usize = 150;

/// One curve of a chart.
#[derive(Debug, Clone, PartialEq)]
struct Curve {
    run: usize,
    name: String,
    points: Vec<(u64, f64)>,
}

/// A pair of axes.
#[derive(Debug, Clone, PartialEq)]
struct Chart {
    title: String,
    about: String,
    log: bool,
    curves: Vec<Curve>,
}

/// Where a series belongs: the order of its chart, the chart's title, what it says, whether its
/// axis is logarithmic, and the curve's name in it.
fn place(series: &Series) -> (u8, String, &'static str, bool, String) {
    let (owner, name) = (series.owner.as_str(), series.name.as_str());
    let of = |order, title: &str, about, log, curve: &str| {
        (order, title.to_owned(), about, log, curve.to_owned())
    };
    match (owner, name) {
        (EVAL, _) => {
            let title = score(name).map_or_else(|| name.to_owned(), str::to_owned);
            (
                7,
                title.clone(),
                "A score of the samples against the data; its receipt is below.",
                false,
                title,
            )
        }
        (SAMPLES, "modes" | "modes_of") => of(
            6,
            MODES,
            "How many modes of the data, or classes, samples were found in.",
            false,
            if name == "modes" { "found" } else { "there are" },
        ),
        (SAMPLES, _) => of(
            5,
            "Samples",
            "What a batch of samples looks like beside as many real ones; 1 is like the data.",
            false,
            name,
        ),
        (_, "loss") => of(0, "Losses", "What each player minimizes.", false, owner),
        (_, "d_real") => of(1, "What D says", ON_D, false, "D(x)"),
        (_, "d_fake") => of(1, "What D says", ON_D, false, "D(G(z))"),
        (_, "grad_norm") => {
            of(2, "Gradient norms", "Euclidean norm of each player's gradient.", true, owner)
        }
        (_, "lr") => of(4, "Learning rates", "As each player's optimizer used them.", false, owner),
        _ => (
            3,
            format!("{owner}: {name}"),
            "A term that is logged, not trained.",
            false,
            name.to_owned(),
        ),
    }
}

const MODES: &str = "Modes";
const ON_D: &str = "D's mean answer to real samples, D(x), and to generated ones, D(G(z)).";

/// A score's name as people write it; `None` for what is beside scores, such as counts.
pub(crate) fn score(name: &str) -> Option<&'static str> {
    Some(match name {
        "fid" => "FID",
        "kid_mean" => "KID",
        "is_mean" => "Inception score",
        "precision" => "Precision",
        "recall" => "Recall",
        "density" => "Density",
        "coverage" => "Coverage",
        _ => return None,
    })
}

/// Whether a series is drawn: what is beside scores and modes, such as counts, is not.
fn is_drawn(series: &Series) -> bool {
    match series.owner.as_str() {
        EVAL => score(&series.name).is_some(),
        SAMPLES => !["modes_samples", "modes_rarest"].contains(&series.name.as_str()),
        _ => true,
    }
}

/// Every chart of these runs, as the page's script takes them; `modes` is what each reaches.
pub(crate) fn charts(runs: &[RunFolder], modes: &[Option<Modes>]) -> Value {
    let mut charts: Vec<(u8, Chart)> = Vec::new();
    for (run, folder) in runs.iter().enumerate() {
        for series in folder.log.series().iter().filter(|series| is_drawn(series)) {
            let (order, title, about, log, name) = place(series);
            let about = about.to_owned();
            let curve = Curve { run, name, points: series.points.clone() };
            match charts.iter_mut().find(|(_, c)| c.title == title) {
                Some((_, chart)) => chart.curves.push(curve),
                None => charts.push((order, Chart { title, about, log, curves: vec![curve] })),
            }
        }
    }
    charts.sort_by_key(|(order, _)| *order);
    if let Some((_, chart)) = charts.iter_mut().find(|(_, c)| c.title == MODES) {
        for (run, modes) in runs.iter().zip(modes) {
            let Some(modes) = modes else { continue };
            let whose = if runs.len() > 1 { format!("{}, ", run.name) } else { String::new() };
            let (step, words) = (modes.step, modes.words());
            chart.about.push_str(&format!(" {whose}step {step}: {words}."));
        }
    }
    charts.iter().map(|(_, chart)| chart.to_json()).collect()
}

impl Chart {
    fn to_json(&self) -> Value {
        let curves: Vec<Value> = self.curves.iter().map(Curve::to_json).collect();
        json!({ "title": self.title, "about": self.about, "log": self.log, "curves": curves })
    }
}

impl Curve {
    fn to_json(&self) -> Value {
        let shown = extremes(&self.points, MOST_POINTS);
        let mut map = Map::new();
        map.insert("run".into(), self.run.into());
        map.insert("name".into(), self.name.as_str().into());
        map.insert("of".into(), self.points.len().into());
        map.insert("x".into(), shown.iter().map(|p| p.0).collect());
        map.insert("y".into(), shown.iter().map(|p| rounded(p.1)).collect());
        let means = means(&self.points, MEANS);
        map.insert("mx".into(), means.iter().map(|p| rounded(p.0)).collect());
        map.insert("my".into(), means.iter().map(|p| rounded(p.1)).collect());
        map.into()
    }
}

/// Seven digits: what an `f32` has, and a third of the bytes.
fn rounded(value: f64) -> Value {
    format!("{value:.6e}").parse::<f64>().map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_put_where_they_belong() {
        let mut run = RunFolder::default();
        for (owner, name) in [
            (EVAL, "fid"),
            (EVAL, "n_a"),
            ("generator", "loss"),
            ("discriminator", "d_real"),
            ("discriminator", "loss"),
            ("discriminator", "d_fake"),
            ("discriminator", "penalty"),
            (SAMPLES, "spread"),
        ] {
            run.log.add(1, owner, name, 0.123456789);
        }
        let all = charts(&[run.clone(), run], &[None, None]);
        let titles: Vec<_> =
            all.as_array().unwrap().iter().map(|c| c["title"].as_str().unwrap()).collect();
        let expected = ["Losses", "What D says", "discriminator: penalty", "Samples", "FID"];
        assert_eq!(titles, expected);
        assert_eq!(all[0]["curves"].as_array().unwrap().len(), 4);
        assert_eq!(all[1]["curves"][1]["name"], "D(G(z))");
        assert_eq!(all[0]["curves"][0]["y"][0], 0.1234568);
        assert_eq!(all[0]["curves"][3]["run"], 1);
    }
}
