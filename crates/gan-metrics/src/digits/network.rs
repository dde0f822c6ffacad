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

/// Name and weight's shape of each layer: three convolutions, each with a ReLU and a 2×2 max
/// pooling, then two fully connected layers. 95,114 parameters.
pub(super) const LAYERS: [(&str, &[usize]); 5] = [
    ("conv1", &[24, 1, 5, 5]),
    ("conv2", &[48, 24, 3, 3]),
    ("conv3", &[64, 48, 3, 3]),
    ("features", &[WIDTH, 64 * 3 * 3]),
    ("classes", &[CLASSES, WIDTH]),
];

/// Weight and bias of each layer.
#[derive(Clone)]
pub(super) struct Layers(pub Vec<(Tensor, Tensor)>);

impl Layers {
    /// Features `(n, 96)` and logits `(n, 10)` of images `(n, 1, 28, 28)`. `mask`, `(n, 96)`, is
    /// multiplied into the features on their way to the classes: dropout.
    pub fn forward(&self, images: &Tensor, mask: Option<&Tensor>) -> Result<(Tensor, Tensor)> {
        let mut x = images.clone();
        let (convs, dense) = self.0.split_at(3.min(self.0.len()));
        for (weight, bias) in convs {
            let how = Conv2d::new(1, weight.dims4()?.2 / 2);
            x = relu(&conv2d(&x, weight, Some(bias), &how)?)?;
            x = max_pool2d(&x, &Pool::square(2))?; // 28 → 14 → 7 → 3 pixels
        }
        x = x.flatten_from(1)?; // (n, 64·3·3)
        let mut features = x.clone();
        for (index, (weight, bias)) in dense.iter().enumerate() {
            if index == 1 {
                features = x.clone();
                x = match mask {
                    Some(mask) => (&x * mask)?,
                    None => x,
                };
            }
            x = linear(&x, weight, Some(bias))?;
            if index == 0 {
                x = leaky_relu(&x, SLOPE)?;
            }
        }
        Ok((features, x))
    }
}
