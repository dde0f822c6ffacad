//! `gan saliency`: which pixels speak for the discriminator's answer.

use super::look::{LookArgs, Opened, fields};
use super::neighbors::drawn;
use super::sheet::{blank, sheet, signed};
use crate::failure::usage;
use crate::values::one_or_more;
use anyhow::Result;
use candle_core::{DType, Tensor};
use clap::Args;
use gan_images::Image;
use gan_inspect::guided::{Rule, Tap, Target, backpropagate};
use gan_train::{Fields, Game, untouched};
use serde_json::{Value, json};

/// Most images a row.
const MOST: usize = 64;

/// `gan saliency`.
#[derive(Debug, Args)]
#[command(after_help = "\
The picture has three rows for samples and three for real images: the image, guided backpropagation
(arXiv 1412.6806: a gradient passes only where it is positive and the activation is), and the plain
gradient. Grey images' maps are red where a brighter pixel speaks for the answer and blue where a
darker one does, white where it does not matter. The answer is D's logit, that the image is real;
--layer and --map choose one feature map of a hidden layer instead, followed from its largest value.

Examples:
  gan saliency runs/dcgan-1
  gan saliency runs/dcgan-1 --count 12 --layer 1 --map 5 --out map.png
  gan saliency runs/cgan-1 --json")]
pub struct SaliencyArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// Samples, and as many real images.
    #[arg(long, short = 'n', value_name = "N", default_value = "10", value_parser = one_or_more)]
    #[arg(allow_negative_numbers = true)]
    pub count: u64,
    /// The hidden layer of the map, counted from 0 at the image's side.
    #[arg(long, value_name = "L", requires = "map")]
    pub layer: Option<usize>,
    /// The map, counted from 0.
    #[arg(long, value_name = "M", requires = "layer")]
    pub map: Option<usize>,
}

/// Images with their labels, where the model takes them.
struct Subject {
    name: &'static str,
    values: Vec<f32>,
    images: Vec<Image>,
    labels: Vec<Option<u32>>,
}

/// Runs the command.
pub fn run(args: &SaliencyArgs) -> Result<u8> {
    let count = usize::try_from(args.count)?;
    if count > MOST {
        return Err(usage(format!("--count {count}: expected 1 to {MOST}")));
    }
    let target = match (args.layer, args.map) {
        (Some(layer), Some(map)) => Target::Map { layer, map },
        _ => Target::Output,
    };
    let opened = args.look.open("saliency")?;
    let shape = opened.shape()?;
    // Says what is wrong, with its exit code, before any work.
    check(&opened, shape, target)?;
    let classes = opened.session.game.classes();
    let (values, images) = drawn(&opened, count)?;
    let labels = (0..count).map(|k| classes.map(|n| (k % n) as u32)).collect();
    let generated = Subject { name: "generated", values, images, labels };
    let subjects = [generated, real(&opened, count, shape)?];

    let mut tiles = Vec::new();
    let mut told = Vec::new();
    let size: usize = shape.iter().product();
    for (number, subject) in subjects.iter().enumerate() {
        if number > 0 {
            let gap = blank(shape)?;
            tiles.extend(std::iter::repeat_n(gap, count));
        }
        tiles.extend(subject.images.iter().cloned());
        let mut maps = [Vec::new(), Vec::new()];
        for (k, values) in subject.values.chunks_exact(size).enumerate() {
            let label = subject.labels[k].filter(|_| classes.is_some());
            let (logit, both) = opened.with(|game| one(game, &opened, values, label, target))?;
            let mass = |map: &[f32]| map.iter().map(|v| f64::from(v.abs())).sum::<f64>();
            told.push(json!({
                "kind": subject.name, "number": k, "logit": logit,
                "guided": mass(&both[0]), "plain": mass(&both[1]),
            }));
            for (list, map) in maps.iter_mut().zip(&both) {
                list.push(signed(map, shape)?);
            }
        }
        tiles.extend(maps.into_iter().flatten());
    }
    let mean = |kind: &str| {
        let all: Vec<f64> =
            told.iter().filter(|t| t["kind"] == kind).filter_map(|t| t["logit"].as_f64()).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let text = format!(
        "{count} samples (mean logit {:.2}) and {count} real images (mean logit {:.2})\n\
         rows: image, guided backpropagation, plain gradient",
        mean("generated"),
        mean("real")
    );
    let target = match target {
        Target::Map { layer, map } => json!({ "layer": layer, "map": map }),
        Target::Output => Value::from("logit"),
    };
    let extra = json!({ "target": target, "images": told });
    args.look.finish(&opened, &sheet(&tiles, count)?, fields(extra), &text)
}

/// Refuses a model without such a discriminator, and a layer or map that it has not.
fn check(opened: &Opened, shape: [usize; 3], target: Target) -> Result<()> {
    let [channels, height, width] = shape;
    let x = Tensor::zeros((1, channels, height, width), DType::F32, &opened.device)?;
    let mut maps = Vec::new();
    opened.with(|game| {
        let given = match game.classes() {
            Some(_) => Fields::of_classes(&[0], &opened.device)?,
            None => Fields::none(),
        };
        game.inside().discriminator()?.judge(&x, &given, &mut |_, y| {
            maps.push(y.dim(1)?);
            Ok(y.clone())
        })?;
        Ok(())
    })?;
    let Target::Map { layer, map } = target else { return Ok(()) };
    match maps.get(layer) {
        None => Err(usage(format!(
            "--layer {layer}: D has {} hidden layers, counted from 0",
            maps.len()
        ))),
        Some(count) if map >= *count => {
            Err(usage(format!("--map {map}: hidden layer {layer} has maps 0 to {}", count - 1)))
        }
        _ => Ok(()),
    }
}

/// Real images, spread over the data.
fn real(opened: &Opened, count: usize, shape: [usize; 3]) -> Result<Subject> {
    let data = opened.session.dataset.as_ref();
    let size: usize = shape.iter().product();
    let mut subject = Subject {
        name: "real",
        values: vec![0.0; count * size],
        images: Vec::new(),
        labels: Vec::new(),
    };
    for (k, out) in subject.values.chunks_exact_mut(size).enumerate() {
        subject.labels.push(data.labeled(k * data.info().len / count, out)?);
        subject.images.push(Image::from_planes(out, shape)?);
    }
    Ok(subject)
}

/// The logit of one image, and the maps of both rules. By itself: with minibatch discrimination
/// the answer to an image depends on the others.
fn one(
    game: &dyn Game,
    opened: &Opened,
    values: &[f32],
    label: Option<u32>,
    target: Target,
) -> Result<(f64, [Vec<f32>; 2])> {
    let [channels, height, width] = opened.shape()?;
    let x = Tensor::from_slice(values, (1, channels, height, width), &opened.device)?;
    let given = match label {
        Some(label) => Fields::of_classes(&[label], &opened.device)?,
        None => Fields::none(),
    };
    let discriminator = game.inside().discriminator()?;
    let network = |x: &Tensor, tap: &mut Tap<'_>| {
        discriminator.judge(x, &given, tap).map_err(gan_inspect::Error::source)
    };
    let logit = discriminator.judge(&x, &given, &mut untouched)?;
    let map = |rule| -> Result<Vec<f32>> {
        let map = backpropagate(&network, &x, target, rule)?;
        Ok(map.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
    };
    Ok((
        gan_kernels::read::scalar(&logit.flatten_all()?.get(0)?)?,
        [map(Rule::Guided)?, map(Rule::Plain)?],
    ))
}
