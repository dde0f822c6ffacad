//! `gan dedup`: near-duplicates in data, by an autoencoder's binary codes and a second look.

mod images;
mod second_look;

use super::look::{fields, free, refuse_existing, write_picture};
use super::sheet::sheet;
use crate::compute::ComputeArgs;
use crate::data::args::LoadArgs;
use crate::failure::usage;
use crate::fitted::fitted;
use crate::format::table;
use crate::output::{self, note};
use crate::stop::{INTERRUPTED, Stop};
use crate::values::{one_or_more, zero_or_more};
use anyhow::Result;
use clap::Args;
use gan_images::Image;
use gan_inspect::binary_codes::{BinaryCodes, Pair, distance, groups, medians, pairs_within};
use gan_models::Entry;
use gan_runs::configuration::Override;
use gan_runs::configuration::{self, Layers};
use images::{Images, planted};
use second_look::looked_at;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use toml::Value as Toml;

/// The model whose codes are taken.
const MODEL: &str = "autoencoder";
/// Pairs in the picture.
const SHOWN: usize = 60;
/// Pairs that are told one by one.
const TOLD: usize = 1000;

/// `gan dedup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Semantic hashing (arXiv 1511.06434, section 4.1): an autoencoder with one layer is trained on the images,
each value of its code becomes a bit (above or below its median over the data), and images whose codes
differ in at most --within bits are candidates. Brightness and contrast are levelled before, and the
second image of a pair is also tried moved by up to --shift pixels. Each candidate is then looked at
again: near-duplicates are those where the second picture, moved a little, turned by up to 5° and in
whatever brightness, leaves at most --apart of the first one's variance unexplained.

--plant N first hides N changed copies of images among them (turned by up to 3°, moved by up to a pixel,
darker by up to 15 %, a little noise) and tells how many of these are found, and how many other pairs
with them: by bits, and by what is left unexplained, so that both can be chosen. Some of the others are
true duplicates that were in the data before. The picture shows the closest pairs that were not
planted, side by side. Exit code 0 whether there are any or not.

Examples:
  gan dedup photos/ --size 64
  gan dedup mnist --plant 500
  gan dedup mnist --plant 500 --apart 0.01 --shift 2 --out pairs.png --json")]
pub struct DedupArgs {
    /// The data: a name or a path, as for `gan train`.
    pub data: String,
    /// How it is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Bits in which candidates may differ.
    #[arg(long, value_name = "D", default_value = "16", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub within: u64,
    /// Share of a picture's variance that its duplicate may leave unexplained, 0 to 1; 1 takes every
    /// candidate.
    #[arg(long, value_name = "R", default_value = "0.015", value_parser = share)]
    #[arg(allow_negative_numbers = true)]
    pub apart: f64,
    /// Changed copies that are hidden among the data.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub plant: u64,
    /// Pixels that an image may be moved by: (2N + 1)² times as much is compared.
    #[arg(long, value_name = "N", default_value = "1")]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=8), allow_negative_numbers = true)]
    pub shift: u8,
    /// Bits of a code.
    #[arg(long, value_name = "N", default_value = "128", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub bits: u64,
    /// Steps the autoencoder is trained for.
    #[arg(long, value_name = "N", default_value = "1500", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub steps: u64,
    /// Any setting of the autoencoder, as for `gan train`; may be repeated.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub sets: Vec<String>,
    /// Where the picture goes; the first free dedup-N.png here unless given.
    #[arg(long, short, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub seed: u64,
    /// Replace the file at --out.
    #[arg(long)]
    pub force: bool,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &DedupArgs) -> Result<u8> {
    let out = args.out.clone().unwrap_or_else(|| free(Path::new("."), "dedup", "png"));
    refuse_existing("--out", &out, args.force)?;
    let entry = configuration::entry(MODEL)?;
    let mut config = config(args, entry)?;
    let device = args.compute.start()?;
    let data = gan_data::open(&config.data.spec, &config.data.options()?)?;
    let info = data.info();
    let shape: [usize; 3] = info.shape().try_into().map_err(|_| {
        usage(format!("{}: these are points; only images have near-duplicates here", info.spec))
    })?;
    let plant = usize::try_from(args.plant)?;
    if info.len < 2 {
        return Err(usage(format!("{}: one image; a pair needs two", info.spec)));
    }
    if plant > info.len {
        let len = info.len;
        return Err(usage(format!("--plant {plant}: expected no more copies than images, {len}")));
    }
    config.train.batch = config.train.batch.min(info.len);
    Stop::listen()?;
    let stop = Stop::training(None, note);
    note(&format!("training {} on {} images for {} steps", entry.name, info.len, args.steps));
    let Some(session) = fitted(entry, &config, &device, &stop)? else {
        note("stopped before the end: nothing was written");
        return Ok(INTERRUPTED);
    };
    let planted = planted(data.as_ref(), shape, plant, args.seed)?;
    let images = Images { data: data.as_ref(), shape, planted };
    let values = images.encoded(session.game.as_ref(), isize::from(args.shift), &device)?;
    let width = values[0].len() / images.len();
    // Thresholds of the data alone, as they are: what is planted or moved must not set them.
    let thresholds = medians(&values[0][..info.len * width], width)?;
    let forms: Vec<BinaryCodes> =
        values.iter().map(|v| BinaryCodes::new(v, &thresholds)).collect::<Result<_, _>>()?;
    let within = u32::try_from(args.within.min(width as u64))?;
    let pairs = pairs_within(&forms, within)?;
    let curve = curve(&images, &forms, &pairs, within);
    note(&format!("looking again at {} candidates", pairs.len()));
    let Some(mut looked) = looked_at(&images, &pairs, usize::from(args.shift), &stop)? else {
        note("stopped before the end: nothing was written");
        return Ok(INTERRUPTED);
    };
    looked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let steps = second_curve(&images, &looked, args.apart);
    let own: Vec<(Pair, f64)> =
        looked.into_iter().filter(|(p, apart)| p.b < info.len && *apart <= args.apart).collect();
    let (own, apart): (Vec<Pair>, Vec<f64>) = own.into_iter().unzip();
    let found = groups(info.len, &own);
    write_picture(&picture(&images, &own)?, &out)?;

    let extra: usize = found.iter().map(|g| g.len() - 1).sum();
    let mut text = format!(
        "{} pairs of {} images, of codes that differ in at most {within} of {width} bits, leave at most {} unexplained: {} groups, {extra} images more than needed",
        own.len(),
        info.len,
        args.apart,
        found.len()
    );
    if plant > 0 {
        text.push_str(&format!("\n\n{}", told("bits", &curve, plant)));
        text.push_str(&format!("\n{}", told("unexplained", &steps, plant)));
    }
    if args.json {
        let list = |k: usize| json!([own[k].a, own[k].b, own[k].distance, apart[k]]);
        let points = |key: &str, curve: &[Point]| -> Vec<Value> {
            let point = |c: &Point| json!({ key: c.limit, "planted_found": c.found, "other_pairs": c.others });
            curve.iter().map(point).collect()
        };
        let (curve, steps) = (points("within", &curve), points("apart", &steps));
        let last = steps.last().cloned().unwrap_or_default();
        let share = |count: &Value| count.as_f64().map(|c| c / plant as f64);
        let object = fields(json!({
            "data": info.spec, "images": info.len, "model": entry.name, "bits": width,
            "within": within, "apart": args.apart, "shift": args.shift, "seed": args.seed, "pairs": own.len(), "groups": found,
            "closest": (0..own.len().min(TOLD)).map(list).collect::<Vec<_>>(), "planted": plant,
            "recall": if plant > 0 { share(&last["planted_found"]) } else { None },
            "other_pairs": last["other_pairs"], "curve": curve, "second_curve": steps,
            "out": out.display().to_string(),
        }));
        output::json(&Value::Object(object))?;
    } else {
        output::result(&format!("{}\n{}", text.trim_end(), out.display()))?;
    }
    Ok(0)
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 to 1".into()),
    }
}

fn config(args: &DedupArgs, entry: &Entry) -> Result<gan_train::RunConfig> {
    let whole = |n: u64| i64::try_from(n).map(Toml::Integer);
    let mut options = Vec::new();
    let mut add = |flag, path, value| options.push(Override { flag, path, value });
    add("DATA", "data.spec", Toml::String(args.data.clone()));
    add("--steps", "train.steps", whole(args.steps)?);
    add("--seed", "train.seed", whole(args.seed)?);
    add("--split", "data.split", Toml::String(args.load.split.clone().unwrap_or("all".into())));
    for (flag, path, value) in
        [("--size", "data.size", args.load.size), ("--limit", "data.limit", args.load.limit)]
    {
        if let Some(value) = value {
            add(flag, path, whole(value)?);
        }
    }
    if let Some(fit) = &args.load.fit {
        add("--fit", "data.fit", Toml::String(fit.clone()));
    }
    if let Some(channels) = args.load.channels.as_deref().and_then(|c| c.parse().ok()) {
        add("--channels", "data.channels", Toml::Integer(channels));
    }
    if args.load.skip_bad {
        add("--skip-bad", "data.skip_bad", Toml::Boolean(true));
    }
    add("--bits", "model.code", whole(args.bits)?);
    // Deep codes put what looks different to the eye on one side; those of one layer keep distances.
    add("dedup", "model.hidden", Toml::Array(Vec::new()));
    Ok(configuration::resolve(entry, Layers { options, sets: &args.sets, ..Layers::default() })?)
}

/// What a limit comes to.
struct Point {
    limit: Value,
    found: usize,
    others: usize,
}

fn curve(images: &Images<'_>, forms: &[BinaryCodes], pairs: &[Pair], within: u32) -> Vec<Point> {
    let len = images.data.info().len;
    let planted: Vec<u32> = images
        .planted
        .iter()
        .enumerate()
        .map(|(k, (from, _))| distance(forms, *from, len + k))
        .collect();
    (0..=within)
        .map(|within| Point {
            limit: within.into(),
            found: planted.iter().filter(|d| **d <= within).count(),
            others: pairs.iter().filter(|p| p.distance <= within && !images.is_planted(p)).count(),
        })
        .collect()
}

/// The same by what pairs leave unexplained, up to `most`.
fn second_curve(images: &Images<'_>, looked: &[(Pair, f64)], most: f64) -> Vec<Point> {
    let limits = [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1].into_iter();
    let point = |limit: f64| {
        let near = || looked.iter().filter(|(_, apart)| *apart <= limit);
        let found = near().filter(|(p, _)| images.is_planted(p)).count();
        Point { limit: limit.into(), found, others: near().count() - found }
    };
    limits.filter(|limit| *limit < most).chain([most]).map(point).collect()
}

fn told(of: &str, curve: &[Point], plant: usize) -> String {
    let mut rows =
        vec![[of, "planted found", "recall %", "other pairs"].map(str::to_owned).to_vec()];
    for point in curve {
        rows.push(vec![
            point.limit.to_string(),
            format!("{} of {plant}", point.found),
            format!("{:.1}", 100.0 * point.found as f64 / plant as f64),
            point.others.to_string(),
        ]);
    }
    table(&rows)
}

/// The closest pairs of the data's own, side by side; the first image where there is none.
fn picture(images: &Images<'_>, pairs: &[Pair]) -> Result<Image> {
    let mut values = vec![0.0; images.shape.iter().product()];
    let mut one = |k: usize| -> Result<Image> {
        images.read(k, &mut values)?;
        Ok(Image::from_planes(&values, images.shape)?)
    };
    let mut tiles = Vec::new();
    for pair in pairs.iter().take(SHOWN) {
        tiles.push(one(pair.a)?);
        tiles.push(one(pair.b)?);
    }
    if tiles.is_empty() {
        tiles.push(super::sheet::blank(images.shape)?);
    }
    sheet(&tiles, 12)
}
