//! `gan study disturbances`: what every score makes of images that are known to be worse.

use super::panels::{COLORS, line, panels};
use super::score_list::{NAMES, scores, seen};
use crate::args::{LoadArgs, one_or_more, zero_or_more};
use crate::compute::ComputeArgs;
use crate::eval_args::NetworkArgs;
use crate::evaluator::network;
use crate::failure::usage;
use crate::format::{number, table};
use crate::output::{self, note};
use crate::{data_check, run_folder};
use anyhow::{Context, Result};
use clap::Args;
use gan_data::{Dataset, LoadOptions};
use gan_images::{Figure, Image};
use gan_inspect::disturbance::{Disturbance, replaced, stripes};
use gan_inspect::quantiles::mean_and_deviation;
use gan_metrics::{Extractor, FeatureMatrix, Protocol, ScoredSet};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A number of images, and each score's mean and deviation over draws of so many.
type OfSize = (usize, [(f64, f64); 8]);

/// Draws of each sample size.
const REPEATS: usize = 5;
/// Smallest number of images a side.
const LEAST: usize = 50;

/// `gan study disturbances`.
#[derive(Debug, Args)]
#[command(after_help = "\
The data are cut into two halves that share no image. One is the reference; the other is disturbed by
the six of arXiv 1706.08500 (appendix A1) at rising strength, then robbed of one class after the other,
then made smaller, and scored each time. FID should rise with every disturbance; a score's bias shows
where it moves with the number of samples alone (arXiv 1711.10337). Lengths are the paper's in
proportion to the images' side. Contamination is by --foreign, or by stripes where none is given.
Written are study.json, disturbances.png, classes.png and sizes.png.

Examples:
  gan study disturbances
  gan study disturbances --count 5000 --strengths 5 --out study
  gan study disturbances --data photos/ --size 64 --weights fid-inception.safetensors --json")]
pub struct DisturbancesArgs {
    /// The data: a name or a path, as for `gan train`.
    #[arg(long, value_name = "SPEC", default_value = "mnist")]
    pub data: String,
    /// How it is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Images a side; half of the data at most.
    #[arg(long, short = 'n', value_name = "N", default_value = "2000", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// Strengths of each disturbance, up to the paper's strongest.
    #[arg(long, value_name = "N", default_value = "3", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub strengths: u64,
    /// Data whose images contaminate.
    #[arg(long, value_name = "SPEC")]
    pub foreign: Option<String>,
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The folder of results, new or empty; the first free runs/study-disturbances-N unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value = "0", value_parser = zero_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub seed: u64,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// Scores at one place of a curve.
struct Place {
    at: f64,
    scores: [f64; 8],
}

/// The images of a study.
struct Images {
    data: std::sync::Arc<dyn Dataset>,
    foreign: Option<std::sync::Arc<dyn Dataset>>,
    shape: [usize; 3],
    count: usize,
    seed: u64,
}

/// Runs the command.
pub fn run(args: &DisturbancesArgs) -> Result<u8> {
    if args.network.protocol != Protocol::PytorchFid || args.network.no_cache {
        return Err(usage("study: its sides are all made as pytorch-fid does, and none is cached"));
    }
    if args.strengths > 20 {
        return Err(usage(format!("--strengths {}: expected 1 to 20", args.strengths)));
    }
    let images = open(args)?;
    let network = network(&args.network, images.shape)?;
    let dir = run_folder::for_results(args.out.as_deref(), "study-disturbances")?;
    let network = network.as_ref();
    // Even numbers are the reference, odd ones are disturbed: data may be sorted.
    let reference = images.side(network, 0, &mut |_, _| Ok(()))?;
    let clean = images.side(network, 1, &mut |_, _| Ok(()))?;
    let first = scores(&clean, &reference)?;

    let mut curves = Vec::new();
    for kind in Disturbance::ALL {
        let mut places = vec![Place { at: 0.0, scores: first }];
        for step in 1..=args.strengths {
            let alpha = kind.most() * step as f64 / args.strengths as f64;
            let disturbed = images.disturbed(network, kind, alpha)?;
            places.push(Place { at: alpha, scores: scores(&disturbed, &reference)? });
            note(&format!(
                "{} {alpha:.2}: FID {:.2}",
                kind.name(),
                places[places.len() - 1].scores[0]
            ));
        }
        curves.push((kind, places));
    }
    let classes = dropped_classes(&images, &clean, &reference)?;
    let sizes = sizes(&clean, &reference, images.seed)?;

    let object = object(args, &images, network, &curves, &classes, &sizes);
    let mut pictures = vec![("disturbances.png", disturbed_picture(&curves)?)];
    if !classes.is_empty() {
        pictures.push(("classes.png", classes_picture(&classes)?));
    }
    pictures.push(("sizes.png", sizes_picture(&sizes)?));
    super::write(&dir, &object, &pictures)?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&text(&curves, &classes, &sizes))?;
        note(&format!("{0}/study.json and its pictures", dir.display()));
    }
    Ok(0)
}

fn open(args: &DisturbancesArgs) -> Result<Images> {
    let data = gan_data::open(&args.data, &data_check::options(&args.load)?)?;
    let info = data.info();
    let shape: [usize; 3] = info.shape.as_slice().try_into().map_err(|_| {
        usage(format!("{}: these are points; only images can be disturbed so", info.spec))
    })?;
    let count = usize::try_from(args.count)?.min(info.len / 2);
    if count < LEAST {
        return Err(usage(format!(
            "{count} images a side: expected {LEAST} at least, and twice as many in the data"
        )));
    }
    let foreign = match &args.foreign {
        None => None,
        Some(spec) => {
            let options = LoadOptions {
                size: Some(shape[1]),
                channels: Some(shape[0]),
                ..LoadOptions::default()
            };
            let foreign = gan_data::open(spec, &options).context("--foreign")?;
            if foreign.info().shape != info.shape {
                return Err(usage(format!(
                    "--foreign {spec}: images of {:?}, expected {:?}",
                    foreign.info().shape,
                    info.shape
                )));
            }
            Some(foreign)
        }
    };
    Ok(Images { data, foreign, shape, count, seed: args.seed })
}

impl Images {
    /// What the network sees of every second image from `start`, after `change`.
    fn side(
        &self,
        network: &dyn Extractor,
        start: usize,
        change: &mut dyn FnMut(usize, &mut [f32]) -> Result<()>,
    ) -> Result<ScoredSet> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let mut image = |k: usize| -> Result<Image> {
            self.data.read(self.index(start, k), &mut values)?;
            change(k, &mut values)?;
            Ok(Image::from_planes(&values, self.shape)?)
        };
        seen(network, self.count, &mut image, &self.data.info().spec)
    }

    /// The k-th image of a side, spread over all of the data.
    fn index(&self, start: usize, k: usize) -> usize {
        2 * (k * (self.data.info().len / 2) / self.count) + start
    }

    fn disturbed(
        &self,
        network: &dyn Extractor,
        kind: Disturbance,
        alpha: f64,
    ) -> Result<ScoredSet> {
        let mut gone = vec![false; self.count];
        if kind == Disturbance::Contamination {
            replaced(self.count, alpha, self.seed).into_iter().for_each(|k| gone[k] = true);
        }
        self.side(network, 1, &mut |k, values| {
            let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(k as u64);
            match (gone[k], &self.foreign) {
                (true, Some(foreign)) => {
                    foreign.read(k % foreign.info().len, values)?;
                }
                (true, None) => values.copy_from_slice(&stripes(self.shape, seed)),
                (false, _) => kind.apply(values, self.shape, alpha, seed)?,
            }
            Ok(())
        })
    }

    /// The classes of a side's images, where the data have labels.
    fn labels(&self, start: usize) -> Result<Option<Vec<u32>>> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let mut all = Vec::with_capacity(self.count);
        for k in 0..self.count {
            match self.data.read(self.index(start, k), &mut values)? {
                Some(label) => all.push(label),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }
}

/// A set of some rows of another.
fn subset(set: &ScoredSet, rows: &[usize]) -> Result<Option<ScoredSet>> {
    let Some(features) = &set.pool.features else { return Ok(None) };
    let pick = |m: &FeatureMatrix| m.select(rows);
    let mut part = set.clone();
    part.pool.features = Some(pick(features)?);
    part.pool.statistics = None;
    part.logits = set.logits.as_ref().map(pick).transpose()?;
    part.receipt.n = rows.len() as u64;
    Ok(Some(part))
}

/// Scores with only the first classes left, from all of them down to one.
fn dropped_classes(
    images: &Images,
    clean: &ScoredSet,
    reference: &ScoredSet,
) -> Result<Vec<Place>> {
    let Some(labels) = images.labels(1)? else { return Ok(Vec::new()) };
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let mut places = Vec::new();
    for left in (1..=classes).rev() {
        let rows: Vec<usize> = (0..labels.len()).filter(|k| labels[*k] < left).collect();
        if rows.len() < LEAST {
            break;
        }
        if let Some(part) = subset(clean, &rows)? {
            places.push(Place { at: f64::from(left), scores: scores(&part, reference)? });
        }
    }
    Ok(places)
}

/// Scores of random parts of the clean side: how far they lie on average, and how they spread.
fn sizes(clean: &ScoredSet, reference: &ScoredSet, seed: u64) -> Result<Vec<OfSize>> {
    let all = clean.receipt.n as usize;
    let mut out = Vec::new();
    let mut size = all;
    let mut counts = Vec::new();
    while size >= LEAST.max(all / 16) {
        counts.push(size);
        size /= 2;
    }
    for size in counts.into_iter().rev() {
        let mut each: Vec<[f64; 8]> = Vec::new();
        for repeat in 0..REPEATS {
            if size == all && repeat > 0 {
                break;
            }
            let rows = replaced(all, size as f64 / all as f64, seed ^ (repeat as u64 + 1));
            if let Some(part) = subset(clean, &rows)? {
                each.push(scores(&part, reference)?);
            }
        }
        let of = |i: usize| mean_and_deviation(&each.iter().map(|s| s[i]).collect::<Vec<_>>());
        out.push((size, std::array::from_fn(of)));
    }
    Ok(out)
}

/// Whether values rise from one to the next.
fn rises(places: &[Place]) -> bool {
    places.windows(2).all(|pair| pair[1].scores[0] > pair[0].scores[0])
}

fn named(values: &[f64; 8]) -> Value {
    NAMES
        .iter()
        .zip(values)
        .map(|(n, v)| ((*n).to_owned(), json!(v)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn object(
    args: &DisturbancesArgs,
    images: &Images,
    network: &dyn Extractor,
    curves: &[(Disturbance, Vec<Place>)],
    classes: &[Place],
    sizes: &[OfSize],
) -> Value {
    let curve = |places: &[Place], key: &str| -> Value {
        places.iter().map(|p| json!({ key: p.at, "scores": named(&p.scores) })).collect()
    };
    let disturbances: Vec<Value> = curves
        .iter()
        .map(|(kind, places)| {
            json!({ "name": kind.name(), "fid_rises": rises(places), "curve": curve(places, "alpha") })
        })
        .collect();
    let sizes: Vec<Value> = sizes
        .iter()
        .map(|(n, of)| {
            json!({
                "n": n, "mean": named(&of.map(|o| o.0)), "deviation": named(&of.map(|o| o.1)),
            })
        })
        .collect();
    json!({
        "study": "disturbances",
        "version": env!("CARGO_PKG_VERSION"),
        "data": images.data.info().spec,
        "images_a_side": images.count,
        "seed": args.seed,
        "network": { "layout": network.layout(), "sha256": network.hash() },
        "protocol": super::score_list::PROTOCOL.name(),
        "foreign": args.foreign.clone().unwrap_or_else(|| "stripes".into()),
        "repeats": REPEATS,
        "disturbances": disturbances,
        "classes_left": curve(classes, "classes"),
        "sizes": sizes,
    })
}

fn text(curves: &[(Disturbance, Vec<Place>)], classes: &[Place], sizes: &[OfSize]) -> String {
    let head = |first: &str| {
        std::iter::once(first.to_owned()).chain(NAMES.map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut rows = vec![head("disturbance")];
    let row = |name: String, scores: &[f64; 8]| {
        std::iter::once(name).chain(scores.iter().map(|s| number(*s))).collect::<Vec<_>>()
    };
    if let Some((_, places)) = curves.first() {
        rows.push(row("none".into(), &places[0].scores));
    }
    for (kind, places) in curves {
        for place in &places[1..] {
            rows.push(row(format!("{} {:.2}", kind.name(), place.at), &place.scores));
        }
    }
    for place in classes.iter().skip(1) {
        rows.push(row(format!("{} classes left", place.at), &place.scores));
    }
    for (n, of) in sizes {
        rows.push(row(format!("{n} samples"), &of.map(|o| o.0)));
        if !of[0].1.is_nan() {
            rows.push(row("  ± over draws".into(), &of.map(|o| o.1)));
        }
    }
    let rising = curves.iter().filter(|(_, places)| rises(places)).count();
    format!("{}FID rises at every step of {rising} of {} disturbances", table(&rows), curves.len())
}

fn figure(index: usize, x_label: &str) -> Figure {
    Figure { title: NAMES[index].into(), x_label: x_label.into(), ..Figure::default() }
}

fn disturbed_picture(curves: &[(Disturbance, Vec<Place>)]) -> Result<Image> {
    let one = |index: usize| {
        let mut figure = figure(index, "part of the paper's strongest");
        for ((kind, places), color) in curves.iter().zip(COLORS) {
            let points = places.iter().map(|p| (p.at / kind.most(), p.scores[index])).collect();
            // One legend is enough, and covers no other panel.
            let name = if index == 0 { kind.name() } else { "" };
            figure.series.extend(line(name, color, points));
        }
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}

fn classes_picture(classes: &[Place]) -> Result<Image> {
    let one = |index: usize| {
        let points = classes.iter().map(|p| (p.at, p.scores[index])).collect();
        let mut figure = figure(index, "classes left");
        figure.series.extend(line("", COLORS[0], points));
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}

fn sizes_picture(sizes: &[OfSize]) -> Result<Image> {
    let one = |index: usize| {
        let mut figure = figure(index, "samples; grey: one deviation");
        for sign in [-1.0, 1.0] {
            let edge = |(n, of): &OfSize| {
                let deviation = if of[index].1.is_nan() { 0.0 } else { of[index].1 };
                (*n as f64, of[index].0 + sign * deviation)
            };
            let points = sizes.iter().map(edge).collect();
            figure.series.extend(line("", [170, 170, 170], points).into_iter().take(1));
        }
        let points = sizes.iter().map(|(n, of)| (*n as f64, of[index].0)).collect();
        figure.series.extend(line("", COLORS[0], points));
        figure
    };
    panels(&(0..NAMES.len()).map(one).collect::<Vec<_>>(), 4)
}
