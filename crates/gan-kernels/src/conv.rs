//! Convolution and transposed convolution: any stride, dilation, groups and padding per side.
//!
//! Three operations close under differentiation: convolution, its gradient in the input (which is
//! transposed convolution) and its gradient in the weight. Each one's gradients are the other two.

use crate::activation::Then;
use crate::backend::composed;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::tiles::finish::Finish;
use crate::{channel, conv_composed, conv_cpu};
use candle_core::{Result, Tensor, bail};

pub use crate::conv_geometry::Conv2d;

/// Cross-correlation, as every deep-learning library's convolution:
/// `y[n,o,i,j] = b[o] + Σ x[n,c, i·s+u·d−p, j·s+v·d−p]·w[o,c,u,v]`.
///
/// `x`: `(n, in, h, w)`, `weight`: `(out, in/groups, kh, kw)`, `bias`: `(out,)`;
/// result `(n, out, oh, ow)`.
///
/// # Errors
/// Where shapes do not fit; the message names them.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, how: &Conv2d) -> Result<Tensor> {
    conv2d_then(x, weight, bias, how, Then::Nothing)
}

/// [`conv2d`] and what follows it, in one pass.
///
/// # Errors
/// Where shapes do not fit or the slope is negative.
pub fn conv2d_then(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    how: &Conv2d,
    then: Then,
) -> Result<Tensor> {
    then.check()?;
    let (_, c, h, w) = x.dims4()?;
    let (o, per_group, kh, kw) = weight.dims4()?;
    how.output([h, w], [kh, kw])?;
    if per_group * how.groups != c || o % how.groups != 0 {
        bail!(
            "convolution: {c} channels in {} groups need a weight (out, {}, kh, kw) with out a \
             multiple of the groups, found {:?}",
            how.groups,
            c / how.groups,
            weight.dims()
        )
    }
    check_bias(bias, o)?;
    if composed(x) {
        let y = forward(x, weight, how)?;
        return then.apply(bias.map_or(Ok(y.clone()), |b| channel::add(&y, b))?);
    }
    let inputs = [Some(x), Some(weight), bias];
    apply(Forward(*how, then), &inputs.into_iter().flatten().collect::<Vec<_>>())
}

fn check_bias(bias: Option<&Tensor>, channels: usize) -> Result<()> {
    match bias {
        Some(b) if b.dims() != [channels] => {
            bail!("convolution: expected {channels} biases, found shape {:?}", b.dims())
        }
        _ => Ok(()),
    }
}

/// Transposed convolution, the adjoint of [`conv2d`] with the same weight:
/// `y[n,o, i·s+u·d−p, j·s+v·d−p] += x[n,c,i,j]·w[c,o,u,v]`, plus the bias.
///
/// `x`: `(n, in, h, w)`, `weight`: `(in, out/groups, kh, kw)`, `bias`: `(out,)`; result height
/// `(h−1)·stride + dilation·(kh−1) + 1 − padding + output_padding`.
///
/// # Errors
/// Where shapes do not fit; the message names them.
pub fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    how: &Conv2d,
    output_padding: [usize; 2],
) -> Result<Tensor> {
    conv_transpose2d_then(x, weight, bias, how, output_padding, Then::Nothing)
}

/// [`conv_transpose2d`] and what follows it, in one pass.
///
/// # Errors
/// Where shapes do not fit or the slope is negative.
pub fn conv_transpose2d_then(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    how: &Conv2d,
    output_padding: [usize; 2],
    then: Then,
) -> Result<Tensor> {
    then.check()?;
    let (_, c, h, w) = x.dims4()?;
    let (wc, per_group, kh, kw) = weight.dims4()?;
    let size = how.transposed_output([h, w], [kh, kw], output_padding)?;
    if wc != c || c % how.groups != 0 {
        bail!(
            "transposed convolution: {c} channels in {} groups need a weight ({c}, out/groups, \
             kh, kw), found {:?}",
            how.groups,
            weight.dims()
        )
    }
    check_bias(bias, per_group * how.groups)?;
    if composed(x) {
        let y = input_grad(x, weight, how, size)?;
        return then.apply(bias.map_or(Ok(y.clone()), |b| channel::add(&y, b))?);
    }
    let inputs = [Some(x), Some(weight), bias];
    apply(InputGrad(*how, size, then), &inputs.into_iter().flatten().collect::<Vec<_>>())
}

fn forward(x: &Tensor, w: &Tensor, how: &Conv2d) -> Result<Tensor> {
    if composed(x) {
        conv_composed::forward(x, w, how)
    } else {
        apply(Forward(*how, Then::Nothing), &[x, w])
    }
}

fn input_grad(g: &Tensor, w: &Tensor, how: &Conv2d, size: [usize; 2]) -> Result<Tensor> {
    if composed(g) {
        conv_composed::transposed(g, w, how, size)
    } else {
        apply(InputGrad(*how, size, Then::Nothing), &[g, w])
    }
}

fn weight_grad(x: &Tensor, g: &Tensor, how: &Conv2d, kernel: [usize; 2]) -> Result<Tensor> {
    apply(WeightGrad(*how, kernel), &[x, g])
}

fn hw(t: &Tensor) -> Result<[usize; 2]> {
    let (_, _, h, w) = t.dims4()?;
    Ok([h, w])
}

fn finish<'a, T: Real>(bias: Option<&Input<'a, T>>, then: Then) -> Finish<'a, T> {
    Finish { bias: bias.map(|b| b.data), slope: then.slope() }
}

/// y = x ∗ w, plus a bias where there is one, and what follows.
struct Forward(Conv2d, Then);

impl Kernel for Forward {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let finish = finish(inputs.get(2), self.1);
        conv_cpu::forward(&inputs[0], &inputs[1], finish, &self.0)
    }

    fn grads(&self, inputs: &[&Tensor], y: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (x, w) = (inputs[0], inputs[1]);
        let g = &self.1.before(y, g)?;
        let gx = if_tracked(x, || input_grad(g, w, &self.0, hw(x)?))?;
        let gw = if_tracked(w, || weight_grad(x, g, &self.0, hw(w)?))?;
        let gb = inputs.get(2).map(|b| if_tracked(b, || channel::sum(g)));
        [Ok(gx), Ok(gw)].into_iter().chain(gb).collect()
    }
}

/// The gradient of y = x ∗ w in x, for a gradient g of y: linear in g and in w.
///
/// As transposed convolution it may have a bias, and something may follow.
struct InputGrad(Conv2d, [usize; 2], Then);

impl Kernel for InputGrad {
    fn name(&self) -> &'static str {
        "conv_transpose2d"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let finish = finish(inputs.get(2), self.2);
        conv_cpu::input_grad(&inputs[0], &inputs[1], finish, &self.0, self.1)
    }

    fn grads(&self, inputs: &[&Tensor], y: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (g, w) = (inputs[0], inputs[1]);
        let h = &self.2.before(y, h)?;
        let gg = if_tracked(g, || forward(h, w, &self.0))?;
        let gw = if_tracked(w, || weight_grad(h, g, &self.0, hw(w)?))?;
        let gb = inputs.get(2).map(|b| if_tracked(b, || channel::sum(h)));
        [Ok(gg), Ok(gw)].into_iter().chain(gb).collect()
    }
}

/// The gradient of y = x ∗ w in w, for a gradient g of y: linear in x and in g.
struct WeightGrad(Conv2d, [usize; 2]);

impl Kernel for WeightGrad {
    fn name(&self) -> &'static str {
        "conv2d weight gradient"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        conv_cpu::weight_grad(&inputs[0], &inputs[1], &self.0, self.1)
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (x, g) = (inputs[0], inputs[1]);
        let gx = if_tracked(x, || input_grad(g, h, &self.0, hw(x)?))?;
        Ok(vec![gx, if_tracked(g, || forward(x, h, &self.0))?])
    }
}
