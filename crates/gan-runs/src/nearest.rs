//! The training images nearest to each sample: has the model learned to copy?

use crate::error::{Error, Result, refused};
use gan_data::Dataset;
use gan_images::{Image, grid};
use gan_statistics::{Neighbor, ReadRows};
use serde_json::{Value, json};

/// A training image and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its index in the data.
    pub index: usize,
    /// Its class, where the data have labels.
    pub label: Option<u32>,
    /// Sum of squared differences of all values; pixels are in `[-1, 1]`.
    pub distance: f64,
}

impl Nearest {
    /// For receipts, with the class's name where `names` has one.
    pub fn object(&self, names: &[String]) -> Value {
        let class = self.label.and_then(|label| names.get(label as usize));
        json!({
            "index": self.index, "label": self.label, "class": class, "distance": self.distance,
        })
    }
}

/// Finds for each of `samples` (values of one after the other) the `k` nearest of the data. The
/// data are read once, in order; the first of equals wins.
///
/// # Errors
/// Samples that cannot be read.
pub fn nearest(dataset: &dyn Dataset, samples: &[f32], k: usize) -> Result<Vec<Vec<Nearest>>> {
    let size = dataset.info().shape().iter().product::<usize>().max(1);
    nearest_rows(dataset, samples, size, k, &mut |range, out| -> Result<()> {
        for (index, out) in range.zip(out.chunks_exact_mut(size)) {
            dataset.labeled(index, out)?;
        }
        Ok(())
    })
}

/// The same by rows of `width` values that `read` makes of the data.
///
/// # Errors
/// Those of `read`, and samples that cannot be read.
pub fn nearest_rows<E: From<Error>>(
    dataset: &dyn Dataset,
    queries: &[f32],
    width: usize,
    k: usize,
    read: &mut ReadRows<'_, E>,
) -> Result<Vec<Vec<Nearest>>, E> {
    let found = gan_statistics::nearest(queries, width, k, dataset.info().len, read)?;
    let mut values = vec![0.0; dataset.info().shape().iter().product()];
    let mut known = |n: &Neighbor| -> Result<Nearest, E> {
        let label = dataset.labeled(n.index, &mut values).map_err(Error::from)?;
        Ok(Nearest { index: n.index, label, distance: n.distance })
    };
    found.iter().map(|list| list.iter().map(&mut known).collect()).collect()
}

/// Training images, by where they were found.
pub fn images_at(dataset: &dyn Dataset, found: &[Nearest]) -> Result<Vec<Image>> {
    let info = dataset.info();
    let mut values = vec![0.0; info.shape().iter().product()];
    let shape: [usize; 3] = info
        .shape()
        .try_into()
        .map_err(|_| refused(format!("{}: points have no images", info.spec)))?;
    let mut one = |n: &Nearest| -> Result<Image> {
        dataset.labeled(n.index, &mut values)?;
        Ok(Image::from_planes(&values, shape)?)
    };
    found.iter().map(&mut one).collect()
}

/// Pairs side by side: each sample, and to its right what is nearest.
pub fn pairs(dataset: &dyn Dataset, samples: &[Image], found: &[Nearest]) -> Result<Image> {
    let mut tiles = Vec::with_capacity(2 * samples.len());
    for (sample, real) in samples.iter().zip(images_at(dataset, found)?) {
        for image in [sample.clone(), real] {
            let factor = if image.width <= 32 { 2 } else { 1 };
            tiles.push(image.enlarge(factor)?);
        }
    }
    let columns = 2 * ((samples.len() as f64 / 2.0).sqrt().ceil() as usize).max(1);
    Ok(grid(&tiles, columns, 4)?)
}

#[cfg(test)]
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
            .map(|(index, out)| data.labeled(*index, out).unwrap())
            .collect();
        samples[784] += 0.5;
        let found = nearest(data.as_ref(), &samples, 2).unwrap();
        assert_eq!(found[0][0], Nearest { index: 2999, label: labels[0], distance: 0.0 });
        assert_eq!(found[1][0], Nearest { index: 5, label: labels[1], distance: 0.25 });
        assert!(found[0].len() == 2 && found[0][1].distance > 0.25);
        assert_eq!(images_at(data.as_ref(), &found[0]).unwrap().len(), 2);
    }
}
