//! `gan explain dirac`: simulated eigenvalues beside the closed form, and the paths they make.

use super::args::ExplainArgs;
use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{DiracTraining, Eigenvalue, dirac_eigenvalues, dirac_measured, dirac_step};
use serde_json::{Value, json};

/// The learning rate; small enough for the paths to be smooth, large enough for them to be short.
const RATE: f64 = 0.2;
/// Steps unless told otherwise.
const STEPS: u64 = 300;
/// Ways to train, with γ of half the critical one, so that its path still turns.
const WAYS: [(&str, DiracTraining); 4] = [
    ("simultaneous", DiracTraining::Simultaneous),
    ("alternating", DiracTraining::Alternating),
    ("R1, gamma 0.5", DiracTraining::R1 { gamma: 0.5 }),
    ("consensus, weight 1", DiracTraining::Consensus { weight: 1.0 }),
];

/// What it teaches, as options of `gan train dcgan`, whose D has batch norm of itself.
pub const ADVICE: [&str; 2] = [
    "--set techniques.gradient_penalty=10 --set techniques.penalty=r1 --set \
     techniques.discriminator_norm=none",
    "--set techniques.consensus=0.1",
];

/// Runs the experiment.
pub fn run(args: &ExplainArgs) -> Result<Explained> {
    let steps = args.steps.unwrap_or(STEPS) as usize;
    let head =
        ["way of training", "eigenvalues, closed form", "simulated", "size", "|(θ, ψ)| at the end"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let (mut all, mut pictures) = (Vec::new(), Vec::new());
    for (name, how) in WAYS {
        let closed = dirac_eigenvalues(how, RATE)?;
        let measured = dirac_measured(how, RATE, steps)?;
        let mut path: Vec<(f64, f64)> = vec![(1.0, 1.0)];
        for k in 0..steps {
            path.push(dirac_step(how, RATE, path[k]));
        }
        let (theta, psi) = path[steps];
        let distance = theta.hypot(psi);
        let size = closed[0].modulus().max(closed[1].modulus());
        rows.push(vec![
            name.to_owned(),
            pair(closed),
            pair(measured),
            format!("{size:.6}"),
            if distance < 0.01 { format!("{distance:.2e}") } else { format!("{distance:.3}") },
        ]);
        all.push(json!({
            "way": name,
            "closed": closed.map(number),
            "simulated": measured.map(number),
            "size": size,
            "distance": distance,
        }));
        pictures.push(picture(name, path)?);
    }
    let text = format!(
        "The Dirac-GAN (arXiv 1801.04406): the data are a point at 0, the generator's a point at θ, \
         D(x) = ψx.\nThe equilibrium is θ = ψ = 0; every way starts at (1, 1) with learning rate \
         {RATE} and makes {steps} steps.\n\n{}\nAn update multiplies the distance to the \
         equilibrium by the eigenvalues' size. Simultaneous descent has a size\nabove 1 whatever \
         the learning rate: it leaves. Alternating descent has exactly 1: it circles. A zero-centred\n\
         gradient penalty and consensus optimization push it below 1: they arrive. Of a DCGAN:\n  \
         gan train dcgan {}\n  gan train dcgan {}",
        table(&rows),
        ADVICE[0],
        ADVICE[1],
    );
    let object = json!({ "rate": RATE, "steps": steps, "start": [1.0, 1.0], "ways": all });
    Ok(Explained { text, object, picture: grid(&pictures, 2, 6)? })
}

fn number(value: Eigenvalue) -> Value {
    json!({ "re": value.re, "im": value.im })
}

fn pair([a, b]: [Eigenvalue; 2]) -> String {
    match a.im == 0.0 {
        true => format!("{:.6}, {:.6}", a.re, b.re),
        false => format!("{:.6} ± {:.6}i", a.re, a.im.abs()),
    }
}

fn picture(name: &str, path: Vec<(f64, f64)>) -> Result<Image> {
    let one = |name: &str, color, style, points| Series { name: name.into(), color, style, points };
    let ends = vec![path[0]];
    let figure = Figure {
        title: name.to_owned(),
        x_label: "theta: the generator".into(),
        y_label: "psi: the discriminator".into(),
        x_range: Some((-3.0, 3.0)),
        y_range: Some((-3.0, 3.0)),
        series: vec![
            one("path", [31, 119, 180], Style::Line, path),
            one("start", [255, 127, 14], Style::Points, ends),
            one("equilibrium", [214, 39, 40], Style::Points, vec![(0.0, 0.0)]),
        ],
    };
    Ok(draw(&figure, 460, 400)?)
}
