//! Latents of numbered samples, as `gan sample` draws them, and the images that are made of latents.

use super::look::Opened;
use crate::failure::usage;
use anyhow::Result;
use candle_core::{DType, Tensor};
use clap::Args;
use gan_images::Image;
use gan_layers::StepRng;
use gan_runs::draw::CHUNK;
use gan_train::{Fields, Game, Latent, Sample, Tap, images, untouched};

/// The class of a conditional model.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The class that a conditional model draws; 0 unless given.
    #[arg(long, value_name = "CLASS")]
    pub label: Option<u32>,
}

/// The latent of a model; a refusal where it has none.
pub fn latent(opened: &Opened) -> Result<Latent> {
    opened.session.game.inside().generator()?.latent().ok_or_else(|| {
        usage(format!(
            "{}: {} makes no samples from latents; `dcgan` is one that does",
            opened.run.dir.display(),
            opened.config.entry
        ))
    })
}

/// The latents of samples by number: sample k of `gan sample` with the same seed has the k-th.
pub fn numbered(opened: &Opened, numbers: &[usize]) -> Result<Vec<Vec<f32>>> {
    let latent = latent(opened)?;
    let mut drawn: Option<(usize, Vec<Vec<f32>>)> = None;
    let mut all = Vec::with_capacity(numbers.len());
    for number in numbers {
        let chunk = number / CHUNK;
        let rows = match &drawn {
            Some((at, rows)) if *at == chunk => rows,
            _ => {
                let mut rng = StepRng::new(opened.seed, u64::MAX - chunk as u64);
                let z = latent.draw(CHUNK, &mut rng)?;
                &drawn.insert((chunk, z.to_vec2()?)).1
            }
        };
        all.push(rows[number % CHUNK].clone());
    }
    Ok(all)
}

/// Images in `[-1, 1]`, one after the other in `values`, and as pictures.
pub struct Made {
    /// `(n, channels, height, width)`, flattened.
    pub values: Vec<f32>,
    /// The same as bytes.
    pub images: Vec<Image>,
}

/// What the generator makes of latents, of a class where the model is conditional.
pub fn make(opened: &Opened, latents: &[Vec<f32>], label: Option<u32>) -> Result<Made> {
    let labels = match (opened.session.game.classes(), label) {
        (None, Some(label)) => {
            let entry = &opened.config.entry;
            return Err(usage(format!("--label {label}: {entry} draws no classes; leave it out")));
        }
        (classes, label) => classes.map(|_| vec![label.unwrap_or(0); latents.len()]),
    };
    opened.with(|game| make_with(game, opened, latents, labels.as_deref(), &mut untouched))
}

/// The same of a model that is in place, with its hidden layers shown, a chunk at a time.
pub fn make_with(
    game: &dyn Game,
    opened: &Opened,
    latents: &[Vec<f32>],
    labels: Option<&[u32]>,
    tap: &mut Tap<'_>,
) -> Result<Made> {
    let mut made = Made { values: Vec::new(), images: Vec::new() };
    for (number, chunk) in latents.chunks(CHUNK).enumerate() {
        let shape = (chunk.len(), chunk[0].len());
        let z = Tensor::from_vec(chunk.concat(), shape, &opened.device)?;
        let from = number * CHUNK;
        let labels = labels.map(|all| &all[from..from + chunk.len()]);
        let given = match labels {
            Some(labels) => Fields::of_classes(labels, &opened.device)?,
            None => Fields::none(),
        };
        let Sample::Images(t) = game.inside().generator()?.generate(&z, &given, tap)? else {
            return Err(usage("this model makes points; this needs images"));
        };
        made.values.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        made.images.extend(images(&t)?);
    }
    Ok(made)
}
