//! `gan neighbors`: samples beside the training images nearest to them, in pixels and in features.

use super::eyes::EyesArgs;
use super::look::{LookArgs, Opened, fields};
use super::sheet::named_sheet;
use crate::failure::usage;
use crate::values::one_or_more;
use anyhow::Result;
use candle_core::DType;
use clap::Args;
use gan_data::Dataset;
use gan_images::Image;
use gan_runs::draw::Plan;
use gan_runs::nearest::{Nearest, images_at, nearest};
use gan_statistics::quantile;
use gan_train::{Sample, images};
use indicatif::ProgressBar;
use serde_json::{Value, json};

/// Most images in the picture.
const MOST: usize = 2048;

/// `gan neighbors`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each row is a sample, the training images nearest to it by the sum of squared differences of pixels,
and those nearest by the features of a network: a copy is near in both, a digit of the same shape a
pixel further on in features alone. Every image of the data is looked at, a tile at a time.

The command prints the median of squared distances from samples to their nearest training image, and the
same from training images to their nearest other one: far below that, samples are copies.

Examples:
  gan neighbors runs/dcgan-1
  gan neighbors runs/dcgan-1 --count 20 --near 3 --out near.png
  gan neighbors runs/faces-1 --weights fid-inception.safetensors --json")]
pub struct NeighborsArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// How many samples.
    #[arg(long, short = 'n', value_name = "N", default_value = "10", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// Training images beside each, of each kind.
    #[arg(long, value_name = "K", default_value = "4", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub near: u64,
    /// The network for features.
    #[command(flatten)]
    pub eyes: EyesArgs,
}

/// Runs the command.
pub fn run(args: &NeighborsArgs) -> Result<u8> {
    let (count, near) = (usize::try_from(args.count)?, usize::try_from(args.near)?);
    if count.saturating_mul(2 * near + 1) > MOST {
        return Err(usage(format!(
            "--count {count} --near {near}: a picture shows {MOST} images at most"
        )));
    }
    let opened = args.look.open("neighbours")?;
    opened.shape()?;
    let data = opened.session.dataset.as_ref();
    let mut eyes = args.eyes.open(data)?;
    let (values, samples) = drawn(&opened, count)?;
    let pixels = nearest(data, &values, near)?;
    let features = eyes.see(&samples)?.features;
    let bar = ProgressBar::new(data.info().len as u64);
    let by_features = eyes.nearest(data, &features, near, &mut |more| bar.inc(more as u64))?;
    bar.finish_and_clear();
    let own = distance_within(data, near.min(1), count)?;

    let mut tiles = Vec::new();
    for ((sample, pixels), features) in samples.iter().zip(&pixels).zip(&by_features) {
        tiles.push(sample.clone());
        for list in [pixels, features] {
            tiles.extend(images_at(data, list)?);
        }
    }
    let columns = tiles.len() / samples.len().max(1);
    let to_data = median(pixels.iter().filter_map(|list| list.first()).map(|n| n.distance));
    let text = format!(
        "{count} samples; squared distance in pixels to the nearest training image, median: \
         {to_data:.1} (between training images {own:.1}; 0 is a copy)\neach row: a sample, its \
         {near} nearest in pixels, its {near} nearest by {}",
        eyes.name()
    );
    let names = data.info().class_names();
    let told: Vec<Value> = pixels
        .iter()
        .zip(&by_features)
        .enumerate()
        .map(|(k, (pixels, features))| {
            let (pixels, features) = (objects(pixels, names), objects(features, names));
            json!({ "sample": k, "pixels": pixels, "features": features })
        })
        .collect();
    // Samples are asked for class after class.
    let own_names = opened.session.game.class_names();
    let rows: Vec<String> = own_names.iter().cycle().take(count).cloned().collect();
    let extra = json!({
        "network": eyes.name(), "median_distance": to_data, "median_distance_within_data": own,
        "samples": told,
    });
    args.look.finish(&opened, &named_sheet(&tiles, columns, &rows)?, fields(extra), &text)
}

/// The first samples, as `gan sample` draws them.
pub fn drawn(opened: &Opened, count: usize) -> Result<(Vec<f32>, Vec<Image>)> {
    let (game, trainer) = (opened.session.game.as_ref(), &opened.session.trainer);
    let classes = game.classes().and_then(|n| u32::try_from(n).ok());
    let labels = classes.map(|classes| (0..classes).collect());
    let plan = Plan { seed: opened.seed, labels, ..Plan::of(count) };
    let (mut values, mut tiles) = (Vec::new(), Vec::new());
    crate::draws::each(trainer, game, &plan, &mut |sample| {
        let Sample::Images(t) = sample else {
            return Err(usage("this model makes points; this needs images"));
        };
        values.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        tiles.extend(images(t)?);
        Ok(())
    })?;
    Ok((values, tiles))
}

/// The median squared distance of some training images to their nearest other one.
fn distance_within(data: &dyn Dataset, least: usize, count: usize) -> Result<f64> {
    let info = data.info();
    let size: usize = info.shape().iter().product();
    // Spread over all of the data, which may be sorted.
    let count = count.max(100).min(info.len);
    let mut values = vec![0.0; count * size];
    for (k, out) in values.chunks_exact_mut(size).enumerate() {
        data.labeled(k * info.len / count, out)?;
    }
    let found = nearest(data, &values, least + 1)?;
    // The first is the image itself, or another that is the same.
    Ok(median(found.iter().filter_map(|list| list.get(1)).map(|n| n.distance)))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(&values.collect::<Vec<_>>(), 0.5)
}

fn objects(list: &[Nearest], names: &[String]) -> Value {
    list.iter().map(|n| n.object(names)).collect()
}
