//! Batch norm folded into the convolution before it.
//!
//! On the host: weights are folded there once; the network computes where they are.

use super::blocks::{Conv, full_name};
use super::head_name;
use crate::weights::State;
use crate::{Error, Result};
use candle_core::{Device, Tensor};
use gan_kernels::conv::Conv2d;

/// Added to the variance; the same in all three layouts.
const EPS: f64 = 1e-3;

/// A convolution with its bias; a ReLU follows.
pub(super) struct Folded {
    /// `(out, in, kh, kw)`.
    pub weight: Tensor,
    /// `(out,)`.
    pub bias: Tensor,
    pub how: Conv2d,
}

/// `w' = w·γ/√(σ² + ε)` and `b' = β − μ·γ/√(σ² + ε)`, in f64, rounded once. Also returns the
/// output channels.
pub(super) fn fold(
    state: &State,
    block: &str,
    input: usize,
    conv: &Conv,
) -> Result<(Folded, usize)> {
    let name = full_name(block, conv.name);
    let shape = [conv.out, input, conv.kernel[0], conv.kernel[1]];
    let weight = state.tensor(&format!("{name}.conv.weight"), &shape)?;
    let norm = |part: &str| state.tensor(&format!("{name}.bn.{part}"), &shape[..1]);
    let (gamma, beta) = (norm("weight")?, norm("bias")?);
    let (mean, var) = (norm("running_mean")?, norm("running_var")?);
    if let Some(bad) = var.iter().find(|v| v.is_nan() || **v < 0.0) {
        return Err(Error::argument(format!(
            "the weights' {name}.bn.running_var: expected variances ≥ 0, found {bad}"
        )));
    }
    let each = shape[1..].iter().product::<usize>().max(1);
    let mut weights = Vec::with_capacity(weight.len());
    let mut bias = Vec::with_capacity(conv.out);
    for (o, row) in weight.chunks(each).enumerate() {
        let scale = f64::from(gamma[o]) / (f64::from(var[o]) + EPS).sqrt();
        weights.extend(row.iter().map(|&w| (f64::from(w) * scale) as f32));
        bias.push((f64::from(beta[o]) - f64::from(mean[o]) * scale) as f32);
    }
    let [pad_h, pad_w] = conv.padding;
    let how = Conv2d {
        stride: [conv.stride; 2],
        padding: [pad_h, pad_h, pad_w, pad_w],
        ..Conv2d::default()
    };
    let folded = Folded {
        weight: Tensor::from_vec(weights, &shape, &Device::Cpu)?,
        bias: Tensor::from_vec(bias, conv.out, &Device::Cpu)?,
        how,
    };
    Ok((folded, conv.out))
}

/// Weight and bias of each fully connected layer.
pub(super) fn head(state: &State) -> Result<Vec<(Tensor, Tensor)>> {
    let widths = state.head();
    let mut input = 2048;
    let mut layers = Vec::new();
    for (index, &out) in widths.iter().enumerate() {
        let name = head_name(index, widths.len());
        let weight = state.tensor(&format!("{name}.weight"), &[out, input])?;
        let bias = state.tensor(&format!("{name}.bias"), &[out])?;
        layers.push((
            Tensor::from_vec(weight.to_vec(), (out, input), &Device::Cpu)?,
            Tensor::from_vec(bias.to_vec(), out, &Device::Cpu)?,
        ));
        input = out;
    }
    Ok(layers)
}
