//! Feature maps that make an attribute, found and dropped: "forgetting to draw windows" (arXiv
//! 1511.06434, section 6.3.1).

use crate::linear_classifier::{Cost, FitOptions, LinearClassifier};
use crate::{Error, Result};
use candle_core::Tensor;

/// What of a hidden layer is dropped at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// A map, at all places: what it means must not depend on where.
    Maps,
    /// A map at one place.
    Places,
}

impl Units {
    /// The value of each unit, `(n, units)`, of a hidden layer `(n, maps, …)`: a map's mean, or the
    /// layer's values as they are.
    ///
    /// # Errors
    /// Candle's, where there is no axis of maps.
    pub fn values(self, y: &Tensor) -> candle_core::Result<Tensor> {
        match (self, y.rank()) {
            (_, 2) => Ok(y.clone()),
            (Self::Maps, _) => y.flatten_from(2)?.mean(2),
            (Self::Places, _) => y.flatten_from(1),
        }
    }

    /// A hidden layer `(n, maps, …)` in which some units are set to other values, such as 0.
    ///
    /// # Errors
    /// A unit that the layer has not.
    pub fn set(self, y: &Tensor, units: &[(usize, f32)]) -> candle_core::Result<Tensor> {
        let mut shape = y.dims().to_vec();
        shape[0] = 1;
        if self == Self::Maps {
            shape[2..].fill(1);
        }
        let count = shape.iter().product();
        let (mut keep, mut put) = (vec![1f32; count], vec![0f32; count]);
        for (unit, value) in units {
            match keep.get_mut(*unit) {
                Some(keep) => (*keep, put[*unit]) = (0.0, *value),
                None => candle_core::bail!("unit {unit} of a layer with {count}"),
            }
        }
        let tensor = |values: Vec<f32>| {
            Tensor::from_vec(values, shape.as_slice(), y.device())?.to_dtype(y.dtype())
        };
        y.broadcast_mul(&tensor(keep)?)?.broadcast_add(&tensor(put)?)
    }
}

/// How much each unit speaks for an attribute: its weight in a logistic regression of the attribute
/// on all units, which are first brought to mean 0 and deviation 1. A unit that never changes has
/// weight 0.
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

/// The mean of each of `units` values over the images without an attribute; 0 where all have it.
///
/// # Errors
/// Counts that do not fit.
pub fn usual(activations: &[f32], units: usize, has: &[bool]) -> Result<Vec<f32>> {
    if units == 0 || activations.len() != units * has.len() {
        let found = activations.len();
        return Err(Error::argument(format!("{found} values of {units} units for {}", has.len())));
    }
    let mut sums = vec![0.0f64; units];
    let rows = activations.chunks_exact(units).zip(has).filter(|(_, has)| !**has);
    rows.for_each(|(row, _)| sums.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v)));
    let count = has.iter().filter(|h| !**h).count().max(1) as f64;
    Ok(sums.into_iter().map(|s| (s / count) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
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
    fn units_are_set_everywhere_or_at_one_place() {
        let y = Tensor::ones((2, 3, 2, 2), DType::F32, &Device::Cpu).unwrap();
        let left = |units: Units, set: &[(usize, f32)]| {
            let y = units.set(&y, set).unwrap();
            Units::Maps.values(&y).unwrap().to_vec2::<f32>().unwrap()
        };
        assert_eq!(left(Units::Maps, &[(1, 0.0)]), [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]);
        assert_eq!(left(Units::Maps, &[(0, 0.5)]), [[0.5, 1.0, 1.0], [0.5, 1.0, 1.0]]);
        // The sixth of twelve values is the second map's second.
        assert_eq!(left(Units::Places, &[(5, 0.0)]), [[1.0, 0.75, 1.0], [1.0, 0.75, 1.0]]);
        assert_eq!(Units::Places.values(&y).unwrap().dims(), [2, 12]);
        assert!(Units::Maps.set(&y, &[(3, 0.0)]).is_err());
        assert!(Units::Places.set(&y, &[(12, 0.0)]).is_err());
        let flat = Tensor::ones((2, 3), DType::F32, &Device::Cpu).unwrap();
        for units in [Units::Maps, Units::Places] {
            let set = units.set(&flat, &[(0, 0.0)]).unwrap();
            assert_eq!(set.to_vec2::<f32>().unwrap()[1], [0.0, 1.0, 1.0]);
        }
    }

    #[test]
    fn what_is_usual_is_the_mean_of_the_others() {
        let rows = [1.0, 10.0, 3.0, 20.0, 100.0, 100.0];
        assert_eq!(usual(&rows, 2, &[false, false, true]).unwrap(), [2.0, 15.0]);
        assert_eq!(usual(&rows, 2, &[true; 3]).unwrap(), [0.0, 0.0]);
        assert!(usual(&rows, 4, &[true; 3]).is_err());
    }
}
