//! The training image nearest to each sample: has the model learnt to copy?

use anyhow::Result;
use gan_data::Dataset;
use gan_images::{Image, grid};
use rayon::prelude::*;

/// Values of training images that are in memory at once.
const BLOCK: usize = 1 << 21;

/// A training image and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its index in the data.
    pub index: usize,
    /// Its class, where the data have labels.
    pub label: Option<u32>,
    /// Sum of squared differences of all values, pixels in `[-1, 1]`.
    pub distance: f32,
}

/// Finds for each of `samples` (values of one after the other) the nearest of the data. The data
/// are read once, in order; the first of equals wins.
pub fn nearest(dataset: &dyn Dataset, samples: &[f32]) -> Result<Vec<Nearest>> {
    let info = dataset.info();
    let size = info.shape.iter().product::<usize>().max(1);
    let none = Nearest { index: 0, label: None, distance: f32::INFINITY };
    let mut best = vec![none; samples.len() / size];
    let block = (BLOCK / size).max(1);
    let mut values = vec![0.0; block * size];
    for start in (0..info.len).step_by(block) {
        let count = block.min(info.len - start);
        let mut labels = Vec::with_capacity(count);
        for (offset, out) in values.chunks_exact_mut(size).take(count).enumerate() {
            labels.push(dataset.read(start + offset, out)?);
        }
        best.par_iter_mut().zip(samples.par_chunks_exact(size)).for_each(|(best, sample)| {
            for (offset, real) in values.chunks_exact(size).take(count).enumerate() {
                if let Some(distance) = closer(sample, real, best.distance) {
                    *best = Nearest { index: start + offset, label: labels[offset], distance };
                }
            }
        });
    }
    Ok(best)
}

/// The squared distance, if it is below `than`; gives up as soon as it is not.
fn closer(a: &[f32], b: &[f32], than: f32) -> Option<f32> {
    let mut sum = 0.0;
    for (a, b) in a.chunks(256).zip(b.chunks(256)) {
        sum += a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        if sum >= than {
            return None;
        }
    }
    (sum < than).then_some(sum)
}

/// Pairs side by side: each sample, and to its right what is nearest.
pub fn pairs(dataset: &dyn Dataset, samples: &[Image], found: &[Nearest]) -> Result<Image> {
    let info = dataset.info();
    let mut values = vec![0.0; info.shape.iter().product()];
    let mut tiles = Vec::with_capacity(2 * samples.len());
    for (sample, found) in samples.iter().zip(found) {
        dataset.read(found.index, &mut values)?;
        let shape = [sample.channels, sample.height, sample.width];
        for image in [sample.clone(), Image::from_planes(&values, shape)?] {
            let factor = if image.width <= 32 { 2 } else { 1 };
            tiles.push(image.enlarge(factor)?);
        }
    }
    let columns = 2 * ((samples.len() as f64 / 2.0).sqrt().ceil() as usize).max(1);
    Ok(grid(&tiles, columns, 4)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use gan_data::{LoadOptions, open};

    #[test]
    fn a_training_image_is_nearest_to_itself() {
        let options = LoadOptions { limit: Some(3000), ..LoadOptions::default() };
        let data = open("mnist", &options).unwrap();
        let mut samples = vec![0.0; 2 * 784];
        let labels: Vec<_> = [2999, 5]
            .iter()
            .zip(samples.chunks_exact_mut(784))
            .map(|(index, out)| data.read(*index, out).unwrap())
            .collect();
        samples[784] += 0.5;
        let found = nearest(data.as_ref(), &samples).unwrap();
        assert_eq!(found[0], Nearest { index: 2999, label: labels[0], distance: 0.0 });
        assert_eq!(found[1], Nearest { index: 5, label: labels[1], distance: 0.25 });
    }
}
