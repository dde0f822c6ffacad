//! Feature maps that make an attribute, found and dropped: "forgetting to draw windows" (arXiv
//! 1511.06434, section 6.3.1).

use crate::linear_classifier::{Cost, FitOptions, LinearClassifier};
use crate::{Error, Result};
use candle_core::{DType, Tensor};

/// The mean of each map, `(n, maps)`, of a hidden layer `(n, maps, …)`.
///
/// # Errors
/// Candle's, where there is no axis of maps.
pub fn means(y: &Tensor) -> candle_core::Result<Tensor> {
    if y.rank() == 2 { Ok(y.clone()) } else { y.flatten_from(2)?.mean(2) }
}

/// How much each map speaks for an attribute: its weight in a logistic regression of the attribute
/// on the maps' means, which are first brought to mean 0 and deviation 1. A map that never changes
/// has weight 0.
///
/// `activations`: rows of `maps` values; `has`: whether the row's image has the attribute.
///
/// # Errors
/// Counts that do not fit, or where all images have it or none has.
pub fn weights(activations: &[f32], maps: usize, has: &[bool]) -> Result<Vec<f64>> {
    let count = has.iter().filter(|h| **h).count();
    if maps == 0 || activations.len() != maps * has.len() {
        return Err(Error::argument(format!(
            "{} values of {maps} maps for {} images",
            activations.len(),
            has.len()
        )));
    }
    if count == 0 || count == has.len() {
        return Err(Error::argument(format!(
            "{count} of {} images have the attribute: some must have it, and some not",
            has.len()
        )));
    }
    let n = has.len() as f64;
    let column = |m: usize| activations.iter().skip(m).step_by(maps).map(|v| f64::from(*v));
    let mut standard = vec![0.0f32; activations.len()];
    for m in 0..maps {
        let mean = column(m).sum::<f64>() / n;
        let std = (column(m).map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        if std > 0.0 {
            for (row, v) in column(m).enumerate() {
                standard[row * maps + m] = ((v - mean) / std) as f32;
            }
        }
    }
    let labels: Vec<u32> = has.iter().map(|h| u32::from(*h)).collect();
    let options = FitOptions { cost: Cost::Logistic, c: 1.0, ..FitOptions::default() };
    LinearClassifier::fit(&standard, &labels, 2, &options)?.weights(1)
}

/// The maps with weights above 0, the largest first.
pub fn speaking_for(weights: &[f64]) -> Vec<usize> {
    let mut maps: Vec<usize> = (0..weights.len()).filter(|m| weights[*m] > 0.0).collect();
    maps.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    maps
}

/// A hidden layer `(n, maps, …)` with some maps set to 0 at every place.
///
/// # Errors
/// A map that the layer has not.
pub fn dropped(y: &Tensor, maps: &[usize]) -> candle_core::Result<Tensor> {
    let count = y.dim(1)?;
    let mut keep = vec![1f32; count];
    for map in maps {
        match keep.get_mut(*map) {
            Some(keep) => *keep = 0.0,
            None => candle_core::bail!("map {map} of a layer with {count}"),
        }
    }
    let mut shape = vec![1; y.rank()];
    shape[1] = count;
    let keep = Tensor::from_vec(keep, shape, y.device())?.to_dtype(DType::F32)?;
    y.broadcast_mul(&keep.to_dtype(y.dtype())?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use candle_core::Device;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_maps_that_make_the_attribute_are_found() {
        // Maps 2 and 5 are strong where the attribute is, 3 weak; 6 never changes.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut rows, mut has) = (Vec::new(), Vec::new());
        for _ in 0..600 {
            let attribute = rng.random::<f32>() < 0.3;
            for map in 0..7 {
                let push = match (map, attribute) {
                    (2, true) => 1.0,
                    (5, true) => 0.6,
                    (3, true) => -0.8,
                    _ => 0.0,
                };
                let noise = if map == 6 { 0.0 } else { rng.random::<f32>() };
                rows.push(100.0 * (push + noise));
            }
            has.push(attribute);
        }
        let weights = weights(&rows, 7, &has).unwrap();
        let order = speaking_for(&weights);
        assert_eq!(order[..2], [2, 5], "{weights:?}");
        assert!(!order.contains(&3) && weights[6] == 0.0, "{weights:?}");
        assert!(super::weights(&rows, 7, &[true; 600]).is_err());
        assert!(super::weights(&rows, 6, &has).is_err());
    }

    #[test]
    fn maps_are_dropped_at_every_place() {
        let y = Tensor::ones((2, 3, 2, 2), DType::F32, &Device::Cpu).unwrap();
        let left = means(&dropped(&y, &[1]).unwrap()).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(left, [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]);
        assert!(dropped(&y, &[3]).is_err());
        let flat = Tensor::ones((2, 3), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(dropped(&flat, &[0]).unwrap().to_vec2::<f32>().unwrap()[1], [0.0, 1.0, 1.0]);
    }
}
