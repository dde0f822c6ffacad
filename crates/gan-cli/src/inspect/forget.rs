//! `gan forget`: drops the feature maps of the generator that draw a class.

use super::eyes::{Eyes, EyesArgs};
use super::latents::{self, Made};
use super::look::{LookArgs, Opened, fields};
use super::sheet::{blank, sheet};
use crate::args::one_or_more;
use crate::failure::usage;
use crate::format::table;
use anyhow::Result;
use candle_core::{DType, Tensor};
use clap::Args;
use gan_images::Image;
use gan_inspect::feature_maps::{dropped, means, speaking_for, weights};
use serde_json::{Value, json};

/// Images a row of the picture.
const COLUMNS: usize = 16;
/// Images of the class that a regression needs.
const LEAST: usize = 5;

/// `gan forget`.
#[derive(Debug, Args)]
#[command(after_help = "\
Section 6.3.1 of arXiv 1511.06434: samples are drawn, a classifier says which show the class, and a
logistic regression finds the maps of one hidden layer of the generator that respond to it. Those with
the largest positive weights are dropped everywhere, and the same latents are drawn again. How many are
dropped is --maps, or what takes most samples away from the class while most others keep theirs. The
picture shows samples of the class, then others, each row above what the crippled generator makes of
the same latents.

Examples:
  gan forget runs/dcgan-1 --class 7
  gan forget runs/dcgan-1 --class 0 --layer 1 --maps 4 --out forgot.png
  gan forget runs/faces-1 --class 409 --weights inception.safetensors --json")]
pub struct ForgetArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// The class to forget, as the classifier numbers them.
    #[arg(long, value_name = "CLASS")]
    pub class: u32,
    /// The hidden layer of the generator, counted from 0 at the latent's side; the second highest
    /// unless given.
    #[arg(long, value_name = "L")]
    pub layer: Option<usize>,
    /// How many maps are dropped.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub maps: Option<u64>,
    /// Samples that the maps are found with.
    #[arg(long, short = 'n', value_name = "N", default_value = "1000", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// The classifier.
    #[command(flatten)]
    pub eyes: EyesArgs,
}

/// What dropping so many maps comes to.
struct Effect {
    maps: usize,
    /// Samples of the class afterwards, over all samples.
    share: f64,
    /// Those of the class that have left it, over all of the class.
    gone: f64,
    /// Other samples that keep their class.
    kept: f64,
    made: Made,
}

/// Runs the command.
pub fn run(args: &ForgetArgs) -> Result<u8> {
    let opened = args.look.open("forget")?;
    let shape = opened.shape()?;
    let mut eyes = Eyes::open(&args.eyes, shape)?;
    if args.class as usize >= eyes.classes() {
        return Err(usage(format!(
            "--class {}: {} knows {} classes, from 0",
            args.class,
            eyes.name(),
            eyes.classes()
        )));
    }
    let count = usize::try_from(args.count)?;
    let z = latents::numbered(&opened, &(0..count).collect::<Vec<_>>())?;
    let labels: Option<Vec<u32>> = opened
        .session
        .game
        .classes()
        .map(|classes| (0..count).map(|k| (k % classes) as u32).collect());
    let layer = layer(args, &opened, &z[..1], labels.as_deref())?;
    let mut rows = Vec::new();
    let mut maps = 0;
    let before = opened.with(|game| {
        latents::make_with(game, &opened, &z, labels.as_deref(), &mut |at, y| {
            if at == layer {
                let means = means(&y.detach())?.to_dtype(DType::F32)?;
                maps = means.dim(1)?;
                rows.extend(means.flatten_all()?.to_vec1::<f32>()?);
            }
            Ok(y.clone())
        })
    })?;
    let classes = eyes.classify(&before.images)?;
    let has: Vec<bool> = classes.iter().map(|c| *c == args.class).collect();
    let found = has.iter().filter(|h| **h).count();
    if found < LEAST || found > count - LEAST {
        return Err(usage(format!(
            "--class {}: {found} of {count} samples are of it; {LEAST} at least must be, and as many \
             not: raise --count, or choose another class",
            args.class
        )));
    }
    let weights = weights(&rows, maps, &has)?;
    let order = speaking_for(&weights);
    let tried = match args.maps {
        Some(n) => {
            let n = usize::try_from(n)?;
            if n > order.len() {
                return Err(usage(format!(
                    "--maps {n}: {} of the layer's {maps} maps speak for the class",
                    order.len()
                )));
            }
            vec![n]
        }
        None => doubling(order.len()),
    };
    let mut effects = Vec::new();
    for n in tried {
        let effect = effect(
            &opened,
            &mut eyes,
            &z,
            labels.as_deref(),
            layer,
            &order[..n],
            (&classes, args.class),
        )?;
        effects.push(effect);
    }
    let score = |e: &Effect| e.gone + e.kept;
    let first = effects.first();
    let best = effects.iter().fold(first, |best, e| match best {
        Some(b) if score(e) <= score(b) => best,
        _ => Some(e),
    });
    let Some(best) = best else { return Err(usage("no map of this layer speaks for the class")) };

    let picture = picture(&before.images, &best.made.images, &has, shape)?;
    let share = found as f64 / count as f64;
    let percent = |v: f64| format!("{:.1}", 100.0 * v);
    let mut lines = vec![
        ["maps dropped", "class share %", "of the class gone %", "others kept %"]
            .map(str::to_owned)
            .to_vec(),
    ];
    lines.push(vec!["0".into(), percent(share), "0.0".into(), "100.0".into()]);
    for e in &effects {
        lines.push(vec![e.maps.to_string(), percent(e.share), percent(e.gone), percent(e.kept)]);
    }
    let text = format!(
        "{}class {} by {}: {} of {} samples; hidden layer {layer}, {} of its {maps} maps speak for it; \
         drawn with {} dropped",
        table(&lines),
        args.class,
        eyes.name(),
        found,
        count,
        order.len(),
        best.maps
    );
    let curve: Vec<Value> = effects
        .iter()
        .map(|e| json!({ "maps": e.maps, "share": e.share, "gone": e.gone, "others_kept": e.kept }))
        .collect();
    let extra = json!({
        "class": args.class, "classifier": eyes.name(), "samples": count, "layer": layer,
        "maps_in_layer": maps, "maps_for_the_class": order.len(), "share_before": share,
        "share_after": best.share, "dropped": &order[..best.maps], "others_kept": best.kept,
        "curve": curve,
    });
    args.look.finish(&opened, &picture, fields(extra), &text)
}

/// 1, 2, 4, … and all.
fn doubling(all: usize) -> Vec<usize> {
    let mut list: Vec<usize> = (0..).map(|k| 1 << k).take_while(|n| *n < all).collect();
    if all > 0 {
        list.push(all);
    }
    list
}

/// The layer that was asked for, or the second highest.
fn layer(
    args: &ForgetArgs,
    opened: &Opened,
    z: &[Vec<f32>],
    labels: Option<&[u32]>,
) -> Result<usize> {
    let mut layers = 0;
    let labels = labels.map(|all| &all[..z.len()]);
    opened.with(|game| {
        latents::make_with(game, opened, z, labels, &mut |at, y| {
            layers = at + 1;
            Ok(y.clone())
        })
    })?;
    match args.layer {
        _ if layers == 0 => Err(usage("this generator has no hidden layers")),
        Some(layer) if layer >= layers => Err(usage(format!(
            "--layer {layer}: the generator has hidden layers 0 to {}",
            layers - 1
        ))),
        Some(layer) => Ok(layer),
        None => Ok(layers.saturating_sub(2)),
    }
}

fn effect(
    opened: &Opened,
    eyes: &mut Eyes,
    z: &[Vec<f32>],
    labels: Option<&[u32]>,
    layer: usize,
    maps: &[usize],
    (classes, class): (&[u32], u32),
) -> Result<Effect> {
    let made = opened.with(|game| {
        latents::make_with(game, opened, z, labels, &mut |at, y: &Tensor| {
            if at == layer { dropped(y, maps) } else { Ok(y.clone()) }
        })
    })?;
    let after = eyes.classify(&made.images)?;
    let share = |of: &dyn Fn(u32, u32) -> bool, over: &dyn Fn(u32) -> bool| {
        let pairs = || classes.iter().zip(&after).filter(|(b, _)| over(**b));
        let hits = pairs().filter(|(b, a)| of(**b, **a)).count();
        hits as f64 / pairs().count().max(1) as f64
    };
    Ok(Effect {
        maps: maps.len(),
        share: share(&|_, a| a == class, &|_| true),
        gone: share(&|_, a| a != class, &|b| b == class),
        kept: share(&|b, a| a == b, &|b| b != class),
        made,
    })
}

/// Two rows of the class and two of others, each above what became of it.
fn picture(before: &[Image], after: &[Image], has: &[bool], shape: [usize; 3]) -> Result<Image> {
    let mut tiles = Vec::new();
    for (number, wanted) in [true, false].into_iter().enumerate() {
        if number > 0 {
            tiles.extend(std::iter::repeat_n(blank(shape)?, COLUMNS));
        }
        let of: Vec<usize> =
            (0..has.len()).filter(|k| has[*k] == wanted).take(2 * COLUMNS).collect();
        for row in of.chunks(COLUMNS) {
            for images in [before, after] {
                tiles.extend(row.iter().map(|k| images[*k].clone()));
                tiles.extend(std::iter::repeat_n(blank(shape)?, COLUMNS - row.len()));
            }
        }
    }
    sheet(&tiles, COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_double_up_to_all() {
        assert_eq!(doubling(0), Vec::<usize>::new());
        assert_eq!(doubling(1), [1]);
        assert_eq!(doubling(8), [1, 2, 4, 8]);
        assert_eq!(doubling(11), [1, 2, 4, 8, 11]);
    }
}
