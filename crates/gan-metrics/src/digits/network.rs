//! The network of the digits' classifier.

use crate::Result;
use candle_core::Tensor;
use gan_kernels::activation::{leaky_relu, relu};
use gan_kernels::conv::{Conv2d, conv2d};
use gan_kernels::linear::linear;
use gan_kernels::pool::{Pool, max_pool2d};

/// Width of the features.
pub(super) const WIDTH: usize = 96;
/// One for each digit.
pub(super) const CLASSES: usize = 10;

/// Slope of the features below zero: with a plain ReLU a quarter of them never fired, and features
/// that are always zero make every covariance singular.
const SLOPE: f64 = 0.1;

/// Name and weight's shape of each layer; a bias has the first number of that shape. Three
/// convolutions, each with a ReLU and a 2×2 max pooling, then two fully connected layers: 95,114
/// parameters.
pub const LAYERS: [(&str, &[usize]); 5] = [
    ("conv1", &[24, 1, 5, 5]),
    ("conv2", &[48, 24, 3, 3]),
    ("conv3", &[64, 48, 3, 3]),
    ("features", &[WIDTH, 64 * 3 * 3]),
    ("classes", &[CLASSES, WIDTH]),
];

/// Weight and bias of each of [`LAYERS`], f32, in their order.
#[derive(Debug, Clone)]
pub struct Layers(pub [(Tensor, Tensor); 5]);

impl Layers {
    /// Features `(n, 96)` of images `(n, 1, 28, 28)` in [0, 1].
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn features(&self, images: &Tensor) -> Result<Tensor> {
        let [convs @ .., (weight, bias), _] = &self.0;
        let mut x = images.clone();
        for (weight, bias) in convs {
            let how = Conv2d::new(1, weight.dims4()?.2 / 2);
            x = relu(&conv2d(&x, weight, Some(bias), &how)?)?;
            x = max_pool2d(&x, &Pool::square(2))?; // 28 → 14 → 7 → 3 pixels
        }
        let x = x.flatten_from(1)?; // (n, 64·3·3)
        Ok(leaky_relu(&linear(&x, weight, Some(bias))?, SLOPE)?)
    }

    /// Logits `(n, 10)` of features `(n, 96)`, any real numbers.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn logits(&self, features: &Tensor) -> Result<Tensor> {
        let [.., (weight, bias)] = &self.0;
        Ok(linear(features, weight, Some(bias))?)
    }
}
