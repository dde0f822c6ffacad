//! `gan interpolate`: walks between samples, and how evenly the images change on the way.

use super::latents::{self, LabelArgs};
use super::look::{LookArgs, fields};
use super::sheet::named_sheet;
use crate::failure::usage;
use crate::values::one_or_more;
use anyhow::Result;
use clap::{Args, ValueEnum};
use gan_inspect::interpolation::{Course, Evenness, PARTS, evenness, path};
use gan_train::Distribution;
use serde_json::{Value, json};

/// Steps that evenness is measured in.
const FINE: usize = 64;
/// From this share within the largest step on, paths change in jumps: even two of them in one step
/// leave one half, and smooth changes are near 1/16.
const JUMPS: f64 = 0.4;
/// Mean largest share of one step above which images change in bursts: GANs that were trained on
/// 10,000 digits have 0.023 to 0.026, on 16 of them 0.043 to 0.057.
const BURSTS: f64 = 0.035;

/// `gan interpolate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each row is a path from one sample to the next. A generator that has learnt to draw changes its image
a little with every step; one that looks stored images up changes it in jumps, and a network that has
memorised a few rests on them and hurries between. The command prints, over 64 steps and in pixels, the
largest share of a path's change that falls into one step (1/64 were even; above 0.035, in bursts), and the
largest share of that step's when it is cut into 16 parts (1/16 were even; a jump, which nothing
divides, stays 1).

Examples:
  gan interpolate runs/dcgan-1
  gan interpolate runs/dcgan-1 --course spherical --paths 12 --steps 14 --out paths.png
  gan interpolate runs/cgan-1 --label 3 --json")]
pub struct InterpolateArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// How paths run.
    #[arg(long, value_enum, default_value = "both")]
    pub course: Choice,
    /// How many paths.
    #[arg(long, value_name = "N", default_value = "6", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub paths: u64,
    /// Steps that are drawn of each path; one more image.
    #[arg(long, value_name = "N", default_value = "11", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub steps: u64,
    /// Which class.
    #[command(flatten)]
    pub label: LabelArgs,
}

/// Which courses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// (1 − t)·a + t·b.
    Straight,
    /// Along the great circle.
    Spherical,
    /// A straight row above a spherical one.
    Both,
}

impl Choice {
    fn courses(self) -> &'static [(Course, &'static str)] {
        const ALL: [(Course, &str); 2] =
            [(Course::Straight, "straight"), (Course::Spherical, "spherical")];
        match self {
            Self::Straight => &ALL[..1],
            Self::Spherical => &ALL[1..],
            Self::Both => &ALL,
        }
    }
}

/// Runs the command.
pub fn run(args: &InterpolateArgs) -> Result<u8> {
    let (paths, steps) = (usize::try_from(args.paths)?, usize::try_from(args.steps)?);
    if paths.saturating_mul(steps + 1) > 2048 {
        return Err(usage(format!(
            "--paths {paths} --steps {steps}: a picture shows 2048 images at most"
        )));
    }
    let opened = args.look.open("interpolate")?;
    opened.shape()?;
    let ends = latents::numbered(&opened, &(0..=paths).collect::<Vec<_>>())?;
    let class = args.label.class(&opened)?;
    let (mut tiles, mut told, mut means) = (Vec::new(), Vec::new(), Vec::new());
    let mut all: Vec<(&str, Vec<Evenness>)> = Vec::new();
    for (number, pair) in ends.windows(2).enumerate() {
        for (course, name) in args.course.courses() {
            let rows = |steps| -> Result<Vec<Vec<f32>>> {
                let flat = path(&pair[0], &pair[1], steps, *course)?;
                Ok(flat.chunks_exact(pair[0].len()).map(<[f32]>::to_vec).collect())
            };
            tiles.extend(latents::make(&opened, &rows(steps)?, &class)?.images);
            let width = pair[0].len();
            let mut generate = |z: &[f32]| {
                let rows: Vec<Vec<f32>> = z.chunks_exact(width).map(<[f32]>::to_vec).collect();
                let made = latents::make(&opened, &rows, &class);
                made.map(|made| made.values).map_err(gan_inspect::Error::source)
            };
            let of = evenness(&mut generate, &pair[0], &pair[1], FINE, *course)?;
            told.push(object(number, name, &of));
            match all.iter_mut().find(|(known, _)| known == name) {
                Some((_, list)) => list.push(of),
                None => all.push((name, vec![of])),
            }
        }
    }
    let mut lines = vec![format!(
        "{paths} paths{}, {FINE} steps each ({:.4} were even)",
        class.words(),
        1.0 / FINE as f64
    )];
    for (name, list) in &all {
        let mean = |of: fn(&Evenness) -> f64| list.iter().map(of).sum::<f64>() / list.len() as f64;
        let (share, within) = (mean(|e| e.largest_share), mean(|e| e.share_within));
        let verdict = verdict(share, within);
        lines.push(format!(
            "{name:<9}  largest share of one step {share:.4} · cut into {PARTS}, of one part \
             {within:.3}: {verdict}"
        ));
        means.push(json!({
            "course": name, "largest_share": share, "share_within": within, "verdict": verdict,
        }));
    }
    if latents::latent(&opened)?.distribution == Distribution::Uniform {
        lines.push("the prior is uniform: spherical paths are for normal ones".to_owned());
    }
    let names = vec![class.name.clone().unwrap_or_default(); told.len()];
    let picture = named_sheet(&tiles, steps + 1, &names)?;
    let mut extra =
        json!({ "fine_steps": FINE, "even": 1.0 / FINE as f64, "means": means, "paths": told });
    class.add_to(&mut extra);
    args.look.finish(&opened, &picture, fields(extra), &lines.join("\n"))
}

/// What the mean largest share, and that within the largest step, say.
fn verdict(share: f64, within: f64) -> &'static str {
    match within {
        r if r.is_nan() => "the images do not change at all",
        r if r >= JUMPS => "in jumps, as where stored images are looked up",
        _ if share >= BURSTS => "in bursts, as between memorized images",
        _ => "smooth",
    }
}

fn object(number: usize, course: &str, of: &Evenness) -> Value {
    json!({
        "from": number, "to": number + 1, "course": course, "length": of.length,
        "largest_share": of.largest_share, "share_within": of.share_within,
    })
}
