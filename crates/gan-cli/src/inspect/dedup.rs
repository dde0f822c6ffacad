//! `gan dedup`: near-duplicates in data, by an autoencoder's binary codes and a second look.

use super::look::{fields, free, refuse_existing, write_picture};
use super::sheet::sheet;
use crate::compute::ComputeArgs;
use crate::data::args::LoadArgs;
use crate::fitted::fitted;
use crate::format::table;
use crate::output::{self, note};
use crate::stop::{INTERRUPTED, Stop};
use crate::values::{one_or_more, zero_or_more};
use anyhow::Result;
use clap::Args;
use gan_images::Image;
use gan_inspect::binary_codes::Pair;
use gan_models::Entry;
use gan_runs::configuration::Override;
use gan_runs::configuration::{self, Layers};
use gan_runs::look::near_duplicates::{Collection, Found, Limits, Point};
use serde_json::{Value, json};
use std::fmt::Display;
use std::ops::ControlFlow;
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
    let plant = usize::try_from(args.plant)?;
    let images = Collection::new(data.as_ref(), plant, args.seed)?;
    config.train.batch = config.train.batch.min(info.len);
    Stop::listen()?;
    let stop = Stop::training(None, note);
    note(&format!("training {} on {} images for {} steps", entry.name, info.len, args.steps));
    let found = match fitted(entry, &config, &device, &stop)? {
        None => None,
        Some(session) => {
            let within = u32::try_from(args.within).unwrap_or(u32::MAX);
            let limits = Limits { within, apart: args.apart, shift: args.shift };
            let mut told = false;
            images.search(session.game.as_ref(), limits, &device, &mut |candidates| {
                if !std::mem::replace(&mut told, true) {
                    note(&format!("looking again at {candidates} candidates"));
                }
                if stop.reason().is_some() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?
        }
    };
    let Some(Found { bits, within, pairs: own, groups: found, by_bits, by_pixels }) = found else {
        note("stopped before the end: nothing was written");
        return Ok(INTERRUPTED);
    };
    write_picture(&picture(&images, &own)?, &out)?;

    let extra: usize = found.iter().map(|g| g.len() - 1).sum();
    let mut text = format!(
        "{} pairs of {} images, of codes that differ in at most {within} of {bits} bits, leave at most {} unexplained: {} groups, {extra} images more than needed",
        own.len(),
        info.len,
        args.apart,
        found.len()
    );
    if plant > 0 {
        text.push_str(&format!("\n\n{}", told("bits", &by_bits, plant)));
        text.push_str(&format!("\n{}", told("unexplained", &by_pixels, plant)));
    }
    if args.json {
        let list = |(pair, apart): &(Pair, f64)| json!([pair.a, pair.b, pair.distance, apart]);
        let (curve, steps) = (points("within", &by_bits), points("apart", &by_pixels));
        let last = by_pixels.last();
        let recall = last.filter(|_| plant > 0).map(|l| l.found as f64 / plant as f64);
        let object = fields(json!({
            "data": info.spec, "images": info.len, "model": entry.name, "bits": bits,
            "within": within, "apart": args.apart, "shift": args.shift, "seed": args.seed, "pairs": own.len(), "groups": found,
            "closest": own.iter().take(TOLD).map(list).collect::<Vec<_>>(), "planted": plant,
            "recall": recall, "other_pairs": last.map(|l| l.others), "curve": curve, "second_curve": steps,
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

fn points<T: Copy + Into<Value>>(key: &str, curve: &[Point<T>]) -> Vec<Value> {
    let point = |p: &Point<T>| json!({ key: p.limit.into(), "planted_found": p.found, "other_pairs": p.others });
    curve.iter().map(point).collect()
}

fn told<T: Display>(of: &str, curve: &[Point<T>], plant: usize) -> String {
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
fn picture(images: &Collection<'_>, pairs: &[(Pair, f64)]) -> Result<Image> {
    let mut values = vec![0.0; images.shape().iter().product()];
    let mut tiles = Vec::new();
    for k in pairs.iter().take(SHOWN).flat_map(|(pair, _)| [pair.a, pair.b]) {
        images.read(k, &mut values)?;
        tiles.push(Image::from_planes(&values, images.shape())?);
    }
    if tiles.is_empty() {
        tiles.push(super::sheet::blank(images.shape())?);
    }
    sheet(&tiles, 12)
}
