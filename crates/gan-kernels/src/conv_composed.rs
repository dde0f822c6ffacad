//! Convolution from Candle's own ops, as CUDA and Metal take it, kept clear of Candle's faults.
//!
//! Candle's backward takes its output padding from the height alone, so the image is first padded
//! and then cut to the pixels that some window reads: nothing is left over in either direction.
//! Candle knows one stride and one dilation for both axes; where they differ, the convolution
//! runs at stride 1 with a kernel spread by zeros, and rows and columns are picked afterwards.

use crate::conv_geometry::Conv2d;
use crate::resample::{AxisMap, Padding, pad2d, separable};
use candle_core::{Result, Tensor};

fn spread(t: &Tensor, by: [usize; 2]) -> Result<Tensor> {
    if by == [1; 2] {
        return Ok(t.clone());
    }
    let (_, _, h, w) = t.dims4()?;
    let map = |size: usize, by: usize| {
        AxisMap::new(size, (size - 1) * by + 1, |o| {
            if o % by == 0 { vec![(o / by, 1.0)] } else { Vec::new() }
        })
    };
    separable(t, map(h, by[0]), map(w, by[1]))
}

fn pick(t: &Tensor, every: [usize; 2]) -> Result<Tensor> {
    let (_, _, h, w) = t.dims4()?;
    let map =
        |size: usize, by: usize| AxisMap::new(size, size.div_ceil(by), |o| vec![(o * by, 1.0)]);
    separable(t, map(h, every[0]), map(w, every[1]))
}

/// `y = x ∗ w`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where Candle's own convolution is made safe"
)]
pub(crate) fn forward(x: &Tensor, w: &Tensor, how: &Conv2d) -> Result<Tensor> {
    let (_, _, h, width) = x.dims4()?;
    let (_, _, kh, kw) = w.dims4()?;
    let out = how.output([h, width], [kh, kw])?;
    let used = |axis: usize, k: usize| {
        (out[axis] - 1) * how.stride[axis] + how.dilation[axis] * (k - 1) + 1
    };
    let x = pad2d(x, how.padding, Padding::Zero)?
        .narrow(2, 0, used(0, kh))?
        .narrow(3, 0, used(1, kw))?
        .contiguous()?;
    let ([sh, sw], [dh, dw]) = (how.stride, how.dilation);
    if sh == sw && dh == dw {
        return x.conv2d(&w.contiguous()?, 0, sh, dh, how.groups);
    }
    pick(&x.conv2d(&spread(w, how.dilation)?, 0, 1, 1, how.groups)?, how.stride)
}

/// The adjoint of [`forward`] in x: g spread by the stride, padded by what a kernel spans, and
/// convolved with the weight turned about and its channel axes swapped.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where Candle's own convolution is made safe"
)]
pub(crate) fn transposed(g: &Tensor, w: &Tensor, how: &Conv2d, size: [usize; 2]) -> Result<Tensor> {
    let (o, cg, kh, kw) = w.dims4()?;
    let groups = how.groups;
    let turn = |t: Tensor, axis: usize| -> Result<Tensor> {
        let n = t.dim(axis)? as u32;
        let back: Vec<u32> = (0..n).rev().collect();
        t.index_select(&Tensor::from_vec(back, n as usize, w.device())?, axis)
    };
    // (o, cg, kh, kw) → (groups, og, cg, kh, kw) → (groups·cg, og, kh, kw)
    let swapped = w.reshape((groups, o / groups, cg, kh * kw))?.transpose(1, 2)?.reshape((
        groups * cg,
        o / groups,
        kh,
        kw,
    ))?;
    let weight = turn(turn(swapped.contiguous()?, 2)?, 3)?;
    let weight = spread(&weight, how.dilation)?.contiguous()?;
    let g = spread(g, how.stride)?;
    let (_, _, gh, gw) = g.dims4()?;
    let (_, _, sh, sw) = weight.dims4()?;
    // Output pixel i reads the spread g from i + p − (span − 1) on; both margins may be negative.
    let margins = |axis: usize, span: usize, len: usize| {
        let before = span as isize - 1 - how.padding[2 * axis] as isize;
        let after = size[axis] as isize + span as isize - 1 - before - len as isize;
        (before, after)
    };
    let (top, bottom) = margins(0, sh, gh);
    let (left, right) = margins(1, sw, gw);
    let pad = [top, bottom, left, right].map(|m| m.max(0) as usize);
    let mut g = pad2d(&g, pad, Padding::Zero)?;
    for (axis, before, after) in [(2, top, bottom), (3, left, right)] {
        let cut = (-before).max(0) as usize;
        let keep = g.dim(axis)? - cut - (-after).max(0) as usize;
        g = g.narrow(axis, cut, keep)?;
    }
    g.contiguous()?.conv2d(&weight, 0, 1, 1, groups)
}
