//! The forward pass through the table of blocks.

use super::GROUP;
use super::blocks::{Block, Branch, Pooling, SPATIAL_BLOCK};
use super::fold::Folded;
use super::pooling::{Window, pool};
use crate::extractor::Wanted;
use crate::{Error, Result};
use candle_core::Tensor;
use gan_kernels::activation::Then;
use gan_kernels::pool::{Pool, avg_pool2d};
use gan_kernels::{channel, conv, linear};

/// Channels of the spatial features of sFID.
const SPATIAL_CHANNELS: usize = 7;

/// A max pooling that halves height and width.
const HALVING: Window = Window::Max { stride: 2, padding: 0 };

/// What Inception gives for n images.
#[derive(Debug, Clone)]
pub struct Activations {
    /// Width and features `(n, width)` of the taps that were kept, in the order of depth.
    pub taps: Vec<(usize, Tensor)>,
    /// `(n, 2023)`: the first 7 channels of `mixed_6/conv` as (row, column, channel).
    pub spatial: Option<Tensor>,
    /// `(n, classes)`: the last layer without its bias.
    pub logits_unbiased: Option<Tensor>,
    /// `(n, classes)`.
    pub logits: Option<Tensor>,
}

impl Activations {
    /// Removes and returns the features of width `tap`.
    pub(super) fn take_tap(&mut self, tap: usize) -> Result<Tensor> {
        let at = self.taps.iter().position(|(width, _)| *width == tap).ok_or_else(|| {
            Error::argument(format!("features of width {tap}: they were not computed"))
        })?;
        Ok(self.taps.swap_remove(at).1)
    }

    /// The rows of `parts` one after the other.
    pub(super) fn join(parts: &[Self]) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(Error::argument("no images: expected one or more"));
        };
        let rows = |of: &dyn Fn(&Self) -> Option<Tensor>| -> Result<Option<Tensor>> {
            let all: Option<Vec<Tensor>> = parts.iter().map(of).collect();
            all.map(|all| Ok(Tensor::cat(&all, 0)?)).transpose()
        };
        let mut taps = Vec::new();
        for (at, &(width, _)) in first.taps.iter().enumerate() {
            if let Some(joined) = rows(&|part| part.taps.get(at).map(|(_, rows)| rows.clone()))? {
                taps.push((width, joined));
            }
        }
        Ok(Self {
            taps,
            spatial: rows(&|part| part.spatial.clone())?,
            logits_unbiased: rows(&|part| part.logits_unbiased.clone())?,
            logits: rows(&|part| part.logits.clone())?,
        })
    }
}

/// Runs `x`, `(n, 3, 299, 299)`, as deep as `wanted` needs; with `all` every tap on the way is kept.
pub(super) fn forward(
    blocks: &[Block<Folded>],
    head: &[(Tensor, Tensor)],
    x: &Tensor,
    wanted: &Wanted,
    all: bool,
) -> Result<Activations> {
    let mut x = x.clone();
    let mut found =
        Activations { taps: Vec::new(), spatial: None, logits_unbiased: None, logits: None };
    for block in blocks {
        let outputs: Vec<Tensor> =
            block.branches.iter().map(|b| branch(&x, b)).collect::<Result<_>>()?;
        if block.name == SPATIAL_BLOCK
            && wanted.spatial
            && let Some(first) = outputs.first()
        {
            found.spatial = Some(spatial(first)?);
        }
        x = joined(outputs)?;
        if block.shrink {
            x = pool(&x, HALVING)?;
        }
        if let Some(tap) = block.tap {
            if all || tap == wanted.tap {
                found.taps.push((tap, averaged(&x)?));
            }
            let spatial_done = !wanted.spatial || found.spatial.is_some();
            if tap >= wanted.tap && spatial_done && !wanted.logits && !all {
                return Ok(found);
            }
        }
    }
    if wanted.logits {
        let (unbiased, logits) = logits(&averaged(&x)?, head)?;
        found.logits_unbiased = Some(unbiased);
        found.logits = Some(logits);
    }
    Ok(found)
}

fn branch(x: &Tensor, branch: &Branch<Folded>) -> Result<Tensor> {
    let mut x = match branch.pooling {
        Pooling::None => x.clone(),
        Pooling::Average { counts_padding } => pool(x, Window::Average { counts_padding })?,
        Pooling::Max => pool(x, Window::Max { stride: 1, padding: 1 })?,
        Pooling::MaxHalving => pool(x, HALVING)?,
    };
    for conv in &branch.chain {
        x = conv_relu(&x, conv)?;
    }
    if branch.fork.is_empty() {
        return Ok(x);
    }
    joined(branch.fork.iter().map(|conv| conv_relu(&x, conv)).collect::<Result<_>>()?)
}

/// The one place where a convolution is run. // (n, c, h, w) → (n, out, oh, ow)
fn conv_relu(x: &Tensor, folded: &Folded) -> Result<Tensor> {
    let relu = Then::LeakyRelu(0.0);
    Ok(conv::conv2d_then(x, &folded.weight, Some(&folded.bias), &folded.how, relu)?)
}

fn joined(mut outputs: Vec<Tensor>) -> Result<Tensor> {
    match outputs.len() {
        1 => Ok(outputs.swap_remove(0)),
        _ => Ok(Tensor::cat(&outputs, 1)?),
    }
}

/// The mean over all pixels. // (n, c, h, w) → (n, c)
fn averaged(x: &Tensor) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    let whole = Pool { kernel: [h, w], stride: [1; 2], padding: [0; 2], count_include_pad: false };
    Ok(avg_pool2d(x, &whole)?.flatten_from(1)?)
}

/// The first channels, pixel by pixel. // (n, c, h, w) → (n, h·w·7)
fn spatial(x: &Tensor) -> Result<Tensor> {
    let pixels = x.narrow(1, 0, SPATIAL_CHANNELS)?.permute((0, 2, 3, 1))?;
    Ok(pixels.contiguous()?.flatten_from(1)?)
}

/// The last layer without and with its bias. // (n, 2048) → (n, classes)
fn logits(pool: &Tensor, head: &[(Tensor, Tensor)]) -> Result<(Tensor, Tensor)> {
    let Some(((weight, bias), hidden)) = head.split_last() else {
        return Err(Error::argument("logits: these weights have no fully connected layer"));
    };
    // Always as many rows: a product with one row rounds differently than one with several.
    let n = pool.dims()[0];
    let mut x = pool.pad_with_zeros(0, 0, GROUP.saturating_sub(n))?.contiguous()?;
    for (weight, bias) in hidden {
        x = linear::linear_then(&x, weight, Some(bias), Then::LeakyRelu(0.0))?;
    }
    let unbiased = linear::linear(&x, weight, None)?.narrow(0, 0, n)?;
    let logits = channel::add(&unbiased, bias)?;
    Ok((unbiased, logits))
}
