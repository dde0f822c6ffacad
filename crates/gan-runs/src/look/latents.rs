//! Latents of numbered samples, as `gan sample` draws them, and the images that are made of latents.

use crate::draw::CHUNK;
use crate::error::{Result, refused};
use candle_core::{DType, Device, Tensor};
use gan_images::Image;
use gan_layers::StepRng;
use gan_train::{Fields, Game, Latent, Sample, Tap, images};

/// The latent of a model.
///
/// # Errors
/// A refusal where it makes no samples from latents.
pub fn latent(game: &dyn Game) -> Result<Latent> {
    game.inside().generator()?.latent().ok_or_else(|| {
        refused("a model that makes no samples from latents; `dcgan` is one that does")
    })
}

/// The latents of samples by number, rows of values: sample k of `gan sample` with the same seed has
/// the k-th.
///
/// # Errors
/// Those of [`latent`].
pub fn numbered(game: &dyn Game, numbers: &[usize], seed: u64) -> Result<Vec<Vec<f32>>> {
    let latent = latent(game)?;
    let mut drawn: Option<(usize, Vec<Vec<f32>>)> = None;
    let mut all = Vec::with_capacity(numbers.len());
    for number in numbers {
        let chunk = number / CHUNK;
        let rows = match &drawn {
            Some((at, rows)) if *at == chunk => rows,
            _ => {
                let mut rng = StepRng::new(seed, u64::MAX - chunk as u64);
                let z = latent.draw(CHUNK, &mut rng)?;
                &drawn.insert((chunk, z.to_vec2()?)).1
            }
        };
        all.push(rows[number % CHUNK].clone());
    }
    Ok(all)
}

/// Images in `[-1, 1]`, one after the other in `values`, and as pictures.
#[derive(Debug, Default)]
pub struct Made {
    /// `(n, channels, height, width)`, flattened.
    pub values: Vec<f32>,
    /// The same as bytes.
    pub images: Vec<Image>,
}

/// What the generator makes of rows of latents, a chunk at a time, of a class each where the model is
/// conditional; `tap` sees and may change its hidden layers.
///
/// # Errors
/// A refusal where the model makes points.
pub fn make(
    game: &dyn Game,
    latents: &[Vec<f32>],
    labels: Option<&[u32]>,
    device: &Device,
    tap: &mut Tap<'_>,
) -> Result<Made> {
    let mut made = Made::default();
    for (number, chunk) in latents.chunks(CHUNK).enumerate() {
        let shape = (chunk.len(), chunk[0].len());
        let z = Tensor::from_vec(chunk.concat(), shape, device)?;
        let from = number * CHUNK;
        let labels = labels.map(|all| &all[from..from + chunk.len()]);
        let given = match labels {
            Some(labels) => Fields::of_classes(labels, device)?,
            None => Fields::none(),
        };
        let Sample::Images(t) = game.inside().generator()?.generate(&z, &given, tap)? else {
            return Err(refused("this model makes points; this needs images"));
        };
        made.values.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        made.images.extend(images(&t)?);
    }
    Ok(made)
}
