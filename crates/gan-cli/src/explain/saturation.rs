//! `gan explain saturation`: a generator that stands still, a D that gets better, and how much
//! gradient is left for the generator under two losses.

use super::args::ExplainArgs;
use super::explained::Explained;
use super::training::trained;
use crate::format::table;
use anyhow::{Context, Result};
use candle_core::Device;
use gan_images::{Figure, Series, Style, draw};
use gan_runs::configuration;
use serde_json::json;

/// Steps of D unless told otherwise.
const STEPS: u64 = 300;
/// The two losses of arXiv 1406.2661, section 3.
const LOSSES: [&str; 2] = ["minimax", "non-saturating"];
/// Rows of the table.
const ROWS: usize = 6;

/// One step: D(x), D(G(z)), and the generator's gradient norm.
type Point = (f64, f64, f64);

/// Runs the experiment.
pub fn run(args: &ExplainArgs, device: &Device) -> Result<Explained> {
    let steps = args.steps.unwrap_or(STEPS);
    let mut curves: Vec<Vec<Point>> = Vec::new();
    for loss in LOSSES {
        // A rate of 0 holds the generator still; its gradient is taken all the same. Both runs see
        // the same batches and the same fakes, and D's loss is one and the same.
        let settings = [
            format!("train.steps={steps}"),
            format!("train.seed={}", args.seed),
            format!("techniques.loss={loss}"),
            "techniques.generator.lr=0".to_owned(),
        ];
        let mut points = Vec::new();
        let entry = configuration::entry("vanilla")?;
        let layers = configuration::Layers { sets: &settings, ..Default::default() };
        let config = configuration::resolve(entry, layers)?;
        trained(entry, &config, device, &mut |tick| {
            let report = tick.report;
            let generator = report.players.iter().find(|p| p.name == "generator");
            let generator = generator.context("the generator's turn")?;
            let d = |name| report.term(name).context("D's answers");
            points.push((d("d_real")?, d("d_fake")?, generator.grad_norm));
            Ok(())
        })?;
        curves.push(points);
    }
    let (minimax, other) = (&curves[0], &curves[1]);
    let head = ["D's step", "D(x)", "D(G(z))", "minimax", "non-saturating"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut shown: Vec<usize> = (0..ROWS)
        .map(|k| (minimax.len() as f64).powf(k as f64 / (ROWS - 1) as f64) as usize)
        .collect();
    shown.dedup();
    for step in shown {
        let (real, fake, norm) = minimax[step - 1];
        let beside = other[step - 1].2;
        let cells = [
            step.to_string(),
            format!("{real:.4}"),
            format!("{fake:.2e}"),
            format!("{norm:.2e}"),
            format!("{beside:.2e}"),
        ];
        rows.push(cells.to_vec());
    }
    let last = minimax.len() - 1;
    let times = other[last].2 / minimax[last].2;
    let text = format!(
        "A generator stands still while D learns, for {steps} steps, to tell its images from MNIST's \
         digits.\nThe generator's gradient norm under the two losses of arXiv 1406.2661, section 3:\
         \n\n{}\nUnder the minimax loss, log(1 − D(G(z))), the gradient falls with D(G(z)): once D is \
         sure, nothing is left to\nlearn from (arXiv 1701.04862, theorem 2.4). Under −log D(G(z)) it \
         is {times:.0} times as large at the end. That is\nwhy `non-saturating` is the default here \
         (--set techniques.loss=minimax changes it).",
        table(&rows)
    );
    let of =
        |points: &[Point], part: fn(&Point) -> f64| points.iter().map(part).collect::<Vec<_>>();
    let object = json!({
        "steps": steps,
        "d_real": of(minimax, |p| p.0),
        "d_fake": of(minimax, |p| p.1),
        "minimax": of(minimax, |p| p.2),
        "non_saturating": of(other, |p| p.2),
        "times": times,
    });
    let line = |name: &str, color, points: &[Point], part: fn(&Point) -> f64| Series {
        name: name.into(),
        color,
        style: Style::Line,
        points: points.iter().zip(1..).map(|(p, k)| (f64::from(k), part(p).log10())).collect(),
    };
    let figure = Figure {
        title: "A generator's gradient while D gets better".into(),
        x_label: "steps of D".into(),
        y_label: "log10".into(),
        series: vec![
            line("minimax", [214, 39, 40], minimax, |p| p.2),
            line("non-saturating", [31, 119, 180], other, |p| p.2),
            line("D(G(z))", [150, 150, 150], minimax, |p| p.1),
        ],
        ..Figure::default()
    };
    Ok(Explained { text, object, picture: draw(&figure, 860, 480)? })
}
