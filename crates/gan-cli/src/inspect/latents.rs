//! Latents of numbered samples, as `gan sample` draws them, and the images that are made of latents.

use super::look::Opened;
use crate::failure::usage;
use crate::sample::given;
use anyhow::Result;
use candle_core::{DType, Tensor};
use clap::Args;
use gan_images::Image;
use gan_layers::StepRng;
use gan_runs::draw::CHUNK;
use gan_train::{Fields, Game, Latent, Sample, Tap, images, untouched};
use serde_json::{Value, json};

/// The class of a conditional model.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The class that a conditional model draws, by its number or its name; 0 unless given.
    #[arg(long, value_name = "CLASS")]
    pub label: Option<String>,
}

/// The class that a model was asked to draw.
pub struct Class {
    /// Nothing where the model takes none.
    pub number: Option<u32>,
    /// Where the data have one.
    pub name: Option<String>,
}

impl LabelArgs {
    /// The class that was asked for, or the first where the model takes classes.
    ///
    /// # Errors
    /// A class that the model does not know, or takes none at all.
    pub fn class(&self, opened: &Opened) -> Result<Class> {
        let game = opened.session.game.as_ref();
        let number = match (game.classes(), &self.label) {
            (None, None) => None,
            (None, Some(label)) => {
                let entry = &opened.config.entry;
                return Err(usage(format!(
                    "--label {label}: {entry} draws no classes; leave it out"
                )));
            }
            (Some(_), None) => Some(0),
            (Some(count), Some(label)) => Some(given::class(label, count, &game.class_names())?),
        };
        let name = number.and_then(|number| game.class_names().get(number as usize).cloned());
        Ok(Class { number, name })
    }
}

impl Class {
    /// For receipts.
    pub fn add_to(&self, object: &mut Value) {
        object["label"] = json!(self.number);
        object["class"] = json!(self.name);
    }

    /// Such as `, class dogs`, after what the samples are; nothing where the model takes none.
    pub fn words(&self) -> String {
        let name = self.name.clone().or_else(|| self.number.map(|number| number.to_string()));
        name.map_or_else(String::new, |name| format!(", class {name}"))
    }
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
pub fn make(opened: &Opened, latents: &[Vec<f32>], class: &Class) -> Result<Made> {
    let labels = class.number.map(|number| vec![number; latents.len()]);
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
