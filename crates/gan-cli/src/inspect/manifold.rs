//! `gan manifold`: a plane of the latent space.

use super::latents::{self, LabelArgs};
use super::look::{LookArgs, fields};
use super::sheet::sheet;
use crate::failure::usage;
use crate::values::one_or_more;
use anyhow::Result;
use clap::Args;
use gan_inspect::manifold::{Plane, Prior, latents as grid, random_directions};
use gan_train::Distribution;
use serde_json::json;

/// Most images a side.
const MOST: usize = 64;

/// `gan manifold`.
#[derive(Debug, Args)]
#[command(after_help = "\
Steps between neighbours hold equal probability: they are cut by the inverse of the prior's
distribution function, as in figure 4 of arXiv 1312.6114. A latent of two dimensions is drawn whole.
Of one with more, the sample --at stands in the middle, and two random directions (another pair for
another --seed) lead away from it over the sphere of latents that are as long as it, 45° a standard
deviation: a plane would leave the length that all the prior's draws have. With --axes two dimensions
take the values, while the others keep those of the sample --at.

Examples:
  gan manifold runs/dcgan-1
  gan manifold runs/dcgan-1 --side 20 --seed 3
  gan manifold runs/dcgan-1 --axes 4,17 --at 12 --out plane.png --json")]
pub struct ManifoldArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// Images a side.
    #[arg(long, value_name = "N", default_value = "12", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub side: u64,
    /// Two dimensions of the latent, across and up, counted from 0.
    #[arg(long, value_name = "I,J", value_delimiter = ',', num_args = 1)]
    pub axes: Vec<usize>,
    /// The sample in the middle, or whose other dimensions are kept.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub at: usize,
    /// Which class.
    #[command(flatten)]
    pub label: LabelArgs,
}

/// Runs the command.
pub fn run(args: &ManifoldArgs) -> Result<u8> {
    let side = usize::try_from(args.side)?;
    if side > MOST {
        return Err(usage(format!("--side {side}: expected 1 to {MOST}")));
    }
    let axes = match args.axes[..] {
        [] => None,
        [across, up] if across != up => Some([across, up]),
        _ => return Err(usage("--axes: expected two different dimensions, such as 4,17")),
    };
    let opened = args.look.open("manifold")?;
    opened.shape()?;
    let latent = latents::latent(&opened)?;
    if let Some(wrong) = axes.iter().flatten().find(|a| **a >= latent.width) {
        let most = latent.width - 1;
        return Err(usage(format!("--axes: dimension {wrong}; this latent has 0 to {most}")));
    }
    let prior = match latent.distribution {
        // Without noise there is no prior; the plane around the one point is as good as any.
        Distribution::Normal | Distribution::Constant => Prior::Normal,
        Distribution::Uniform => Prior::Uniform,
    };
    let (plane, what) = match (axes, latent.width) {
        (Some(axes), _) => {
            let base = latents::numbered(&opened, &[args.at])?.concat();
            let what = format!("dimensions {} and {} at sample {}", axes[0], axes[1], args.at);
            (Plane::Axes { axes, base }, what)
        }
        (None, 1) => (Plane::Axes { axes: [0, 0], base: vec![0.0] }, "the latent's line".into()),
        (None, 2) => {
            (Plane::Axes { axes: [0, 1], base: vec![0.0; 2] }, "the latent's plane".into())
        }
        (None, width) => {
            let base = latents::numbered(&opened, &[args.at])?.concat();
            let directions = random_directions(width, opened.seed);
            let what = format!("two random directions of {width} from sample {}", args.at);
            (Plane::Sphere { base, directions }, what)
        }
    };
    let all = grid(prior, side, &plane)?;
    let class = args.label.class(&opened)?;
    let made = latents::make(&opened, &all, &class)?;
    let kind = match &plane {
        Plane::Axes { .. } => "axes",
        Plane::Sphere { .. } => "sphere",
    };
    let mut extra = json!({
        "side": side, "images": all.len(), "width": latent.width, "plane": kind, "axes": axes,
        "at": if latent.width > 2 || axes.is_some() { Some(args.at) } else { None },
    });
    class.add_to(&mut extra);
    let text =
        format!("{what}{}, {} images at equal steps of probability", class.words(), all.len());
    args.look.finish(&opened, &sheet(&made.images, side)?, fields(extra), &text)
}
