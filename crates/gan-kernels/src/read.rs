//! Values out of tensors, from any device: Metal has no f64, so they are widened on the CPU.

use candle_core::{DType, Device, Result, Tensor};

/// The value of a scalar.
///
/// # Errors
/// Where `t` has more than one value.
pub fn scalar(t: &Tensor) -> Result<f64> {
    wide(t)?.to_scalar()
}

/// All values in row-major order.
///
/// # Errors
/// Candle's, where they cannot be copied.
pub fn values(t: &Tensor) -> Result<Vec<f64>> {
    wide(t)?.flatten_all()?.to_vec1()
}

fn wide(t: &Tensor) -> Result<Tensor> {
    // On the host: values are read.
    t.detach().to_device(&Device::Cpu)?.to_dtype(DType::F64)
}
