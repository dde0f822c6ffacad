//! `gan explain collapse`: a ring of eight modes, a GAN that loses most of them, and its cures.

use super::args::ExplainArgs;
use super::explained::Explained;
use super::training::trained;
use crate::format::table;
use crate::output::note;
use anyhow::{Result, anyhow};
use candle_core::Device;
use gan_data::{Modes, toy_modes};
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{ModeCoverage, mode_coverage};
use gan_models::suite::SUITES;
use gan_runs::suite::contestant::Contestant;
use gan_train::SampleRequest;
use serde_json::json;

/// Steps unless told otherwise.
const STEPS: u64 = 3000;
/// Samples that are counted (arXiv 1712.04086, section 4.1).
const SAMPLES: usize = 2500;
/// Standard deviations within which a sample belongs to a mode.
const WITHIN: f64 = 3.0;
/// Pictures of each run: after these shares of its steps.
const SHARES: [f64; 4] = [0.1, 0.3, 0.6, 1.0];
/// The failure, and two cures, with the networks of `gan suite ring`. A generator that learns ten
/// times as fast as D runs after it from mode to mode.
const RUNS: [(&str, &str); 3] = [
    ("plain GAN", "vanilla+techniques.discriminator.lr=1e-4"),
    ("packing 4", "vanilla+techniques.discriminator.lr=1e-4+techniques.packing=4"),
    ("gradient penalty", "wgan-gp"),
];

/// Samples as points.
type Points = Vec<(f64, f64)>;

/// Runs the experiment.
pub fn run(args: &ExplainArgs, device: &Device) -> Result<Explained> {
    let steps = args.steps.unwrap_or(STEPS);
    let suite = SUITES.iter().find(|s| s.name == "ring").ok_or_else(|| anyhow!("no ring"))?;
    let data = suite.data;
    let modes = toy_modes(data)?.ok_or_else(|| anyhow!("{data}: its modes are not known"))?;
    let looks: Vec<u64> =
        SHARES.iter().map(|s| ((s * steps as f64).round() as u64).clamp(1, steps)).collect();
    let head = ["run", "modes of 8, on the way", "high quality %", "smallest mode's share %"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let (mut all, mut pictures) = (Vec::new(), Vec::new());
    for (name, contestant) in RUNS {
        let mut contestant = Contestant::new(contestant, suite, Some(steps))?;
        contestant.config.train.seed = args.seed;
        let mut seen: Vec<(ModeCoverage, Points)> = Vec::new();
        trained(contestant.entry, &contestant.config, device, &mut |tick| {
            for _ in looks.iter().filter(|look| **look == tick.report.step) {
                let request = SampleRequest::of(SAMPLES);
                let sample = tick.trainer.sample(tick.game, &request, args.seed)?;
                let values = gan_kernels::read::values(sample.tensor())?;
                seen.push((coverage(&values, &modes)?, points(&values)));
            }
            Ok(())
        })?;
        let (last, _) = seen.last().ok_or_else(|| anyhow!("{name}: no step"))?;
        let least = last.each.iter().min().copied().unwrap_or(0) as f64 / SAMPLES as f64;
        let course: Vec<usize> = seen.iter().map(|(c, _)| c.modes).collect();
        let words: Vec<String> = course.iter().map(usize::to_string).collect();
        rows.push(vec![
            name.to_owned(),
            words.join(", "),
            format!("{:.1}", 100.0 * last.high_quality),
            format!("{:.1}", 100.0 * least),
        ]);
        note(&format!("{name}: {} of {} modes", last.modes, modes.centres.len()));
        all.push(json!({
            "run": name, "contestant": contestant.name, "looks": looks, "modes": course,
            "each": last.each, "high_quality": last.high_quality,
        }));
        for ((_, points), look) in seen.iter().zip(&looks) {
            pictures.push(picture(&format!("{name}, step {look}"), points, &modes)?);
        }
    }
    let text = format!(
        "Eight modes on a ring, the same networks, {steps} steps; {SAMPLES} samples are counted \
         after {} steps:\n\n{}\nA plain generator puts all it makes where D is wrong at the moment, \
         and moves on when D has learnt better\n(arXiv 1611.02163, section 3.1). D that judges four \
         samples together sees that they are alike (arXiv 1712.04086:\n--set techniques.packing=4); \
         a critic of bounded slope has a gradient towards every mode that is missing\n(arXiv \
         1704.00028: `gan train wgan-gp`). Seeds differ: --seed N runs another.",
        looks.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
        table(&rows)
    );
    let object = json!({ "data": data, "steps": steps, "seed": args.seed, "runs": all });
    Ok(Explained { text, object, picture: grid(&pictures, SHARES.len(), 4)? })
}

fn coverage(values: &[f64], modes: &Modes) -> Result<ModeCoverage> {
    let centres: Vec<f64> = modes.centres.iter().flatten().copied().collect();
    Ok(mode_coverage(values, &centres, 2, WITHIN * modes.std)?)
}

fn points(values: &[f64]) -> Points {
    values.chunks_exact(2).map(|p| (p[0], p[1])).collect()
}

fn picture(title: &str, points: &Points, modes: &Modes) -> Result<Image> {
    let edge = 1.25 * modes.centres.iter().flatten().fold(0.0, |m: f64, v| m.max(v.abs()));
    let style = Style::Points;
    let of = |name: &str, color, points| Series { name: name.into(), color, style, points };
    let figure = Figure {
        title: title.to_owned(),
        x_range: Some((-edge, edge)),
        y_range: Some((-edge, edge)),
        series: vec![
            of("generated", [31, 119, 180], points.clone()),
            of("modes", [214, 39, 40], modes.centres.iter().map(|c| (c[0], c[1])).collect()),
        ],
        ..Figure::default()
    };
    Ok(draw(&figure, 300, 300)?)
}
