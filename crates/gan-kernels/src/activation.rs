//! Activations with stated gradients at zero: 0 for ReLU, the slope for leaky ReLU.

use crate::backend::composed;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::parallel;
use candle_core::{Result, Tensor, bail};

/// `max(x, 0)`; the gradient at 0 is 0.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    leaky_relu(x, 0.0)
}

/// `x` where `x > 0`, else `slope·x`; the gradient at 0 is `slope`.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    slope_by_sign(x, x, slope)
}

/// What follows a layer in the same pass over memory.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// [`leaky_relu`] with this slope, 0 or more; 0 is [`relu`].
    LeakyRelu(f64),
}

impl Then {
    /// The slope below zero, if anything follows.
    pub(crate) fn slope<T: Real>(self) -> Option<T> {
        match self {
            Then::Nothing => None,
            Then::LeakyRelu(slope) => Some(T::real(slope)),
        }
    }

    /// The activation by itself.
    ///
    /// # Errors
    /// Candle's, where the element type is not `f32` or `f64`.
    pub fn apply(self, x: Tensor) -> Result<Tensor> {
        match self {
            Then::Nothing => Ok(x),
            Then::LeakyRelu(slope) => leaky_relu(&x, slope),
        }
    }

    /// The gradient before the activation, from its result `y` and the gradient after it. With a
    /// slope of 0 or more the result has the sign of what went in.
    pub(crate) fn before(self, y: &Tensor, g: &Tensor) -> Result<Tensor> {
        match self {
            Then::Nothing => Ok(g.clone()),
            Then::LeakyRelu(slope) => slope_by_sign(y, g, slope),
        }
    }

    pub(crate) fn check(self) -> Result<()> {
        match self {
            Then::LeakyRelu(slope) if !(slope >= 0.0 && slope.is_finite()) => {
                bail!("a fused leaky ReLU needs a slope of 0 or more, found {slope}")
            }
            _ => Ok(()),
        }
    }
}

/// `g` where `x > 0`, else `slope·g`: linear in `g`, so it is leaky ReLU and its own gradient.
fn slope_by_sign(x: &Tensor, g: &Tensor, slope: f64) -> Result<Tensor> {
    if composed(x) {
        let positive = x.detach().gt(0.0)?.to_dtype(x.dtype())?;
        return g.mul(&positive.affine(1.0 - slope, slope)?);
    }
    apply(SlopeBySign(slope), &[&x.detach(), g])
}

struct SlopeBySign(f64);

impl Kernel for SlopeBySign {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (zero, one, slope) = (T::real(0.0), T::real(1.0), T::real(self.0));
        // A choice of factors compiles to a select, a choice of results to a branch.
        let f = move |g: T, x: T| g * if x > zero { one } else { slope };
        Ok((parallel::zip(inputs[1].data, inputs[0].data, f), inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let x = inputs[0];
        Ok(vec![None, if_tracked(inputs[1], || slope_by_sign(x, h, self.0))?])
    }
}

/// Hyperbolic tangent, range `(−1, 1)`.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn tanh(x: &Tensor) -> Result<Tensor> {
    if composed(x) { x.tanh() } else { apply(Smooth::Tanh, &[x]) }
}

/// The logistic function σ(x) = 1/(1 + e⁻ˣ), range `(0, 1)`, without overflow at any x.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    if composed(x) {
        return x.affine(0.5, 0.0)?.tanh()?.affine(0.5, 0.5);
    }
    apply(Smooth::Sigmoid, &[x])
}

/// `ln(1 + eˣ)` as `max(x, 0) + ln(1 + e^−|x|)`: exact to rounding at any x, where the usual
/// formula overflows from 88 in f32.
///
/// # Errors
/// Candle's, where the element type is not `f32` or `f64`.
pub fn softplus(x: &Tensor) -> Result<Tensor> {
    if composed(x) {
        let minus_abs = slope_by_sign(x, x, -1.0)?.neg()?;
        return relu(x)? + (minus_abs.exp()? + 1.0)?.log()?;
    }
    apply(Smooth::Softplus, &[x])
}

#[derive(Clone, Copy)]
enum Smooth {
    Tanh,
    Sigmoid,
    Softplus,
}

/// [`sigmoid`] of a number.
#[inline(always)]
pub(crate) fn logistic<T: Real>(x: T) -> T {
    let one = T::real(1.0);
    let e = (-num_traits::Float::abs(x)).exp_of_negative();
    (if x >= T::real(0.0) { one } else { e }) / (one + e)
}

impl Kernel for Smooth {
    fn name(&self) -> &'static str {
        match self {
            Smooth::Tanh => "tanh",
            Smooth::Sigmoid => "sigmoid",
            Smooth::Softplus => "softplus",
        }
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        use num_traits::Float;
        let zero = T::real(0.0);
        let out = match self {
            Smooth::Tanh => parallel::map(inputs[0].data, T::hyperbolic_tangent),
            Smooth::Sigmoid => parallel::map(inputs[0].data, logistic),
            Smooth::Softplus => parallel::map(inputs[0].data, move |x| {
                // Written so that NaN stays NaN.
                let positive = if x < zero { zero } else { x };
                positive + (-Float::abs(x)).exp_of_negative().ln_1p_of_share()
            }),
        };
        Ok((out, inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], y: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(match self {
            Smooth::Tanh => apply(TanhGrad, &[y, g])?,
            Smooth::Sigmoid => g.mul(&y.sub(&y.sqr()?)?)?,
            Smooth::Softplus => g.mul(&sigmoid(inputs[0])?)?,
        })])
    }
}

/// `g·(1 − y²)`, the gradient of tanh from its result.
struct TanhGrad;

impl Kernel for TanhGrad {
    fn name(&self) -> &'static str {
        "tanh gradient"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let one = T::real(1.0);
        let f = move |g: T, y: T| g * (one - y * y);
        Ok((parallel::zip(inputs[1].data, inputs[0].data, f), inputs[0].dims.to_vec()))
    }

    fn grads(&self, inputs: &[&Tensor], _: &Tensor, h: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (y, g) = (inputs[0], inputs[1]);
        let gy = if_tracked(y, || y.mul(g)?.mul(h)?.affine(-2.0, 0.0))?;
        Ok(vec![gy, if_tracked(g, || apply(TanhGrad, &[y, h]))?])
    }
}

/// Maxout (arXiv 1302.4389, equation 2): the largest of `pieces` neighboring features.
/// `x`: `(batch, units·pieces)`; result `(batch, units)`. Among equals the first gets the gradient.
///
/// # Errors
/// Where `pieces` does not divide the features.
pub fn maxout(x: &Tensor, pieces: usize) -> Result<Tensor> {
    let (n, features) = x.dims2()?;
    if pieces == 0 || features % pieces != 0 {
        bail!("maxout: {pieces} pieces do not divide {features} features")
    }
    // Candle's `gather` has no right second order; `index_select` on the flat tensor has.
    let best = x.detach().reshape((n * features / pieces, pieces))?.argmax(1)?;
    let starts = Tensor::arange_step(0, (n * features) as u32, pieces as u32, x.device())?;
    x.flatten_all()?.index_select(&(best + starts)?, 0)?.reshape((n, features / pieces))
}
