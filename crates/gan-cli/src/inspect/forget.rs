//! `gan forget`: drops what the generator draws a class with.

mod effect;

use super::eyes::{Eyes, EyesArgs};
use super::latents;
use super::look::{LookArgs, Opened, fields};
use super::sheet::{blank, sheet};
use crate::failure::usage;
use crate::format::table;
use crate::values::one_or_more;
use anyhow::Result;
use candle_core::DType;
use clap::{Args, ValueEnum};
use effect::{Before, Effect, effect};
use gan_images::Image;
use gan_inspect::feature_maps::{Units, speaking_for, usual, weights};
use serde_json::{Value, json};

/// Images a row of the picture.
const COLUMNS: usize = 16;
/// Images of the class that a regression needs.
const LEAST: usize = 5;

/// `gan forget`.
#[derive(Debug, Args)]
#[command(after_help = "\
After section 6.3.1 of arXiv 1511.06434: samples are drawn, a classifier says which show the class, and
a logistic regression finds the units of one hidden layer of the generator that speak for it. Those with
the largest weights are dropped, up to all with a weight above 0, and other samples drawn without them.
The command prints the share of the class that is gone, the share of others that keep theirs, and their
sum less 100 %: the selectivity, 0 for what spares nothing and 100 for what takes the class alone.

Units are whole maps, as in the paper, where a window looks alike wherever it is; or, better for what has
its place as digits have, a map at one place (--units places, the default). A dropped unit is set to
what it is in samples without the class (--fill usual, the default), or to 0 as in the paper. How many
are dropped is --drop, or what is most selective. The picture shows samples of the class, then others,
each row above what the crippled generator makes of the same latents.

Examples:
  gan forget runs/dcgan-1 --class 7
  gan forget runs/dcgan-1 --class 0 --units maps --fill zero
  gan forget runs/dcgan-1 --class 0 --layer 1 --drop 64 --out forgot.png
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
    /// What is dropped at a time.
    #[arg(long, value_enum, default_value = "places")]
    pub units: UnitsArg,
    /// What takes its place.
    #[arg(long, value_enum, default_value = "usual")]
    pub fill: Fill,
    /// How many units are dropped.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub drop: Option<u64>,
    /// Samples that units are found with; as many others show the effect.
    #[arg(long, short = 'n', value_name = "N", default_value = "1000", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// The classifier.
    #[command(flatten)]
    pub eyes: EyesArgs,
}

/// What is dropped at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnitsArg {
    /// A map, everywhere.
    Maps,
    /// A map at one place.
    Places,
}

/// What a dropped unit is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fill {
    /// Its mean over samples that do not show the class.
    Usual,
    /// 0.
    Zero,
}

impl UnitsArg {
    fn units(self) -> Units {
        match self {
            Self::Maps => Units::Maps,
            Self::Places => Units::Places,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Maps => "maps",
            Self::Places => "places",
        }
    }
}

/// Runs the command.
pub fn run(args: &ForgetArgs) -> Result<u8> {
    let opened = args.look.open("forget")?;
    let shape = opened.shape()?;
    let mut eyes = Eyes::open(&args.eyes, opened.session.dataset.as_ref())?;
    if args.class as usize >= eyes.classes() {
        return Err(usage(format!(
            "--class {}: {} knows {} classes, from 0",
            args.class,
            eyes.name(),
            eyes.classes()
        )));
    }
    let count = usize::try_from(args.count)?;
    let layer = layer(args, &opened)?;
    let units = args.units.units();
    // Units are found with some samples and judged by others, or what fits by chance would count.
    let mut rows = Vec::new();
    let before = Before::draw(&opened, &mut eyes, 0..count, &mut |at, y| {
        if at == layer {
            let values = units.values(&y.detach())?.to_dtype(DType::F32)?;
            rows.extend(values.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(y.clone())
    })?;
    let has = before.has(args.class);
    let found = enough(args, &has)?;
    let width = rows.len() / count;
    let weights = weights(&rows, width, &has)?;
    let order = speaking_for(&weights);
    let fill = match args.fill {
        Fill::Usual => usual(&rows, width, &has)?,
        Fill::Zero => vec![0.0; width],
    };
    drop(rows);
    let tried = match args.drop {
        Some(n) => {
            let n = usize::try_from(n)?;
            if n > order.len() {
                return Err(usage(format!(
                    "--drop {n}: {} of the layer's {width} {} speak for the class",
                    order.len(),
                    args.units.name()
                )));
            }
            vec![n]
        }
        None => doubling(order.len()),
    };
    let judged = Before::draw(&opened, &mut eyes, count..2 * count, &mut gan_train::untouched)?;
    enough(args, &judged.has(args.class))?;
    let mut effects = Vec::new();
    for n in tried {
        let set: Vec<(usize, f32)> = order[..n].iter().map(|k| (*k, fill[*k])).collect();
        effects.push(effect(&opened, &mut eyes, &judged, (layer, units), &set, args.class)?);
    }
    let first = effects.first();
    let best = effects.iter().fold(first, |best, e| match best {
        Some(b) if e.selectivity() <= b.selectivity() => best,
        _ => Some(e),
    });
    let Some(best) = best else {
        return Err(usage("no unit of this layer speaks for the class: choose another --layer"));
    };

    let has = judged.has(args.class);
    let picture = picture(&judged.made.images, &best.made.images, &has, shape)?;
    let share = has.iter().filter(|h| **h).count() as f64 / count as f64;
    let text = format!(
        "{}class {} by {}: {found} of {count} samples; hidden layer {layer}, {} of its {width} {} speak \
         for it;\nshares are of {count} other samples, drawn with {} dropped",
        told(&effects, args.units.name(), share),
        args.class,
        eyes.name(),
        order.len(),
        args.units.name(),
        best.dropped
    );
    let curve: Vec<Value> = effects
        .iter()
        .map(|e| {
            json!({
                "dropped": e.dropped, "share": e.share, "gone": e.gone, "others_kept": e.kept,
                "selectivity": e.selectivity(),
            })
        })
        .collect();
    let extra = json!({
        "class": args.class, "classifier": eyes.name(), "samples": count, "layer": layer,
        "units": args.units.name(), "fill": format!("{:?}", args.fill).to_lowercase(),
        "units_in_layer": width, "units_for_the_class": order.len(), "share_before": share,
        "share_after": best.share, "dropped": &order[..best.dropped], "gone": best.gone,
        "others_kept": best.kept, "selectivity": best.selectivity(), "curve": curve,
    });
    args.look.finish(&opened, &picture, fields(extra), &text)
}

/// How many samples show the class; a refusal where too few do, or too few do not.
fn enough(args: &ForgetArgs, has: &[bool]) -> Result<usize> {
    let (found, count) = (has.iter().filter(|h| **h).count(), has.len());
    if found < LEAST || found + LEAST > count {
        return Err(usage(format!(
            "--class {}: {found} of {count} samples are of it; {LEAST} at least must be, and as many \
             not: raise --count, or choose another class",
            args.class
        )));
    }
    Ok(found)
}

fn told(effects: &[Effect], units: &str, share: f64) -> String {
    let percent = |v: f64| format!("{:.1}", 100.0 * v);
    let head =
        ["dropped", "class share %", "of the class gone %", "others kept %", "selectivity %"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines[0][0] = format!("{units} dropped");
    lines.push(["0".into(), percent(share), "0.0".into(), "100.0".into(), "0.0".into()].to_vec());
    for e in effects {
        let numbers = [e.share, e.gone, e.kept, e.selectivity()].map(percent);
        lines.push(std::iter::once(e.dropped.to_string()).chain(numbers).collect());
    }
    table(&lines)
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
fn layer(args: &ForgetArgs, opened: &Opened) -> Result<usize> {
    let mut layers = 0;
    let z = latents::numbered(opened, &[0])?;
    let labels = opened.session.game.classes().map(|_| [0]);
    opened.with(|game| {
        let labels = labels.as_ref().map(|l| l.as_slice());
        latents::make_with(game, opened, &z, labels, &mut |at, y| {
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
