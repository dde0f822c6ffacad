//! `gan forget`: drops what the generator draws a class with.

use super::eyes::EyesArgs;
use super::look::{LookArgs, fields};
use super::sheet::{blank, sheet};
use crate::format::table;
use crate::values::one_or_more;
use anyhow::Result;
use clap::{Args, ValueEnum};
use gan_images::Image;
use gan_inspect::feature_maps::Units;
use gan_runs::look::forgetting::{Effect, Forgotten, Plan, forget, name};
use serde_json::{Value, json};

/// Images a row of the picture.
const COLUMNS: usize = 16;

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
}

/// Runs the command.
pub fn run(args: &ForgetArgs) -> Result<u8> {
    let opened = args.look.open("forget")?;
    let shape = opened.shape()?;
    let mut eyes = args.eyes.open(opened.session.dataset.as_ref())?;
    let count = usize::try_from(args.count)?;
    let plan = Plan {
        class: args.class,
        layer: args.layer,
        units: args.units.units(),
        usual: args.fill == Fill::Usual,
        drop: args.drop.map(usize::try_from).transpose()?,
        count,
        seed: opened.seed,
    };
    let forgotten = forget(&opened.session, &mut eyes, &plan, &opened.device)?;
    let Forgotten { layer, width, found, order, has, before, effects, best } = forgotten;
    let (best, units) = (&effects[best], name(plan.units));
    let picture = picture(&before.images, &best.made.images, &has, shape)?;
    let share = has.iter().filter(|h| **h).count() as f64 / count as f64;
    let text = format!(
        "{}class {} by {}: {found} of {count} samples; hidden layer {layer}, {} of its {width} {units} \
         speak for it;\nshares are of {count} other samples, drawn with {} dropped",
        told(&effects, units, share),
        args.class,
        eyes.name(),
        order.len(),
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
        "units": units, "fill": format!("{:?}", args.fill).to_lowercase(),
        "units_in_layer": width, "units_for_the_class": order.len(), "share_before": share,
        "share_after": best.share, "dropped": &order[..best.dropped], "gone": best.gone,
        "others_kept": best.kept, "selectivity": best.selectivity(), "curve": curve,
    });
    args.look.finish(&opened, &picture, fields(extra), &text)
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
