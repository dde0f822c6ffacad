//! A network's hidden layers as one row of features: "max-pooling each layer's representation to
//! produce a 4 × 4 spatial grid; these features are then flattened and concatenated" (arXiv
//! 1511.06434, section 5.1).

use crate::guided::Network;
use crate::{Error, Result};
use candle_core::Tensor;
use gan_kernels::pool::{Pool, max_pool2d};
use std::cell::RefCell;

/// The grid's side.
const SIDE: usize = 4;

/// Features `(n, width)` of inputs `x`, `(n, …)`: every hidden layer of the network.
///
/// # Errors
/// Those of the network, and a network without hidden layers.
pub fn features(network: &Network<'_>, x: &Tensor) -> Result<Tensor> {
    let parts = RefCell::new(Vec::new());
    network(x, &mut |_, y| {
        parts.borrow_mut().push(pooled(&y.detach())?);
        Ok(y.clone())
    })?;
    let parts = parts.into_inner();
    if parts.is_empty() {
        return Err(Error::argument(
            "this network has no hidden layers whose features could be used",
        ));
    }
    Ok(Tensor::cat(&parts, 1)?)
}

/// Maps `(n, c, h, w)` as `(n, c·4·4)` of each window's largest value; smaller maps and layers
/// without maps as they are, flattened. Where 4 does not divide a side, windows overlap: the i-th
/// reaches from ⌊i·h/4⌋ to ⌈(i+1)·h/4⌉, as PyTorch's adaptive pooling has it.
///
/// # Errors
/// Candle's, where there is no batch axis.
pub fn pooled(y: &Tensor) -> candle_core::Result<Tensor> {
    let &[_, _, height, width] = y.dims() else { return y.flatten_from(1) };
    if height % SIDE == 0 && width % SIDE == 0 {
        let pool = Pool {
            kernel: [height / SIDE, width / SIDE],
            stride: [height / SIDE, width / SIDE],
            ..Pool::square(1)
        };
        return max_pool2d(&y.contiguous()?, &pool)?.flatten_from(1);
    }
    let y = along(y, 2)?;
    along(&y, 3)?.flatten_from(1)
}

/// The largest values of four windows along an axis.
fn along(y: &Tensor, axis: usize) -> candle_core::Result<Tensor> {
    let size = y.dim(axis)?;
    if size <= SIDE {
        return Ok(y.clone());
    }
    let window = |i: usize| {
        let (start, end) = (i * size / SIDE, ((i + 1) * size).div_ceil(SIDE));
        y.narrow(axis, start, end - start)?.max_keepdim(axis)
    };
    Tensor::cat(&(0..SIDE).map(window).collect::<candle_core::Result<Vec<_>>>()?, axis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn windows_cover_every_size() {
        let image = |side: usize| {
            let values: Vec<f32> = (0..side * side).map(|i| i as f32).collect();
            Tensor::from_vec(values, (1, 1, side, side), &Device::Cpu).unwrap()
        };
        let of = |side| pooled(&image(side)).unwrap().to_vec2::<f32>().unwrap()[0].clone();
        assert_eq!(of(8)[..5], [9.0, 11.0, 13.0, 15.0, 25.0]);
        // 7 pixels: windows 0–1, 1–3, 3–5, 5–6.
        assert_eq!(of(7)[..4], [8.0, 10.0, 12.0, 13.0]);
        assert_eq!(of(7).len(), 16);
        assert_eq!(of(3).len(), 9);
        assert_eq!(of(14)[15], 195.0);
        let flat = Tensor::zeros((2, 5), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert_eq!(pooled(&flat).unwrap().dims(), [2, 5]);
    }

    #[test]
    fn every_layer_is_there() {
        let net = |x: &Tensor, tap: &mut crate::guided::Tap<'_>| -> Result<Tensor> {
            let y = tap(0, &(x * 2.0)?)?;
            Ok(tap(1, &y.mean((2, 3))?)?)
        };
        let x = Tensor::ones((3, 2, 8, 8), candle_core::DType::F32, &Device::Cpu).unwrap();
        let found = features(&net, &x).unwrap();
        assert_eq!(found.dims(), [3, 2 * 16 + 2]);
        let none = |x: &Tensor, _: &mut crate::guided::Tap<'_>| -> Result<Tensor> { Ok(x.clone()) };
        assert!(features(&none, &x).unwrap_err().to_string().contains("no hidden layers"));
    }
}
