//! The matrix product and the linear layer.

use crate::activation::Then;
use crate::backend::composed;
use crate::channel;
use crate::graph::apply;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::tiles::finish::Finish;
use crate::tiles::matrix::{self, Matrix};
use crate::tiles::unit::{OnUnit, Unit};
use candle_core::{Result, Tensor, bail};

/// `op(a)·op(b)` with either side transposed in place of a copy.
#[derive(Clone, Copy)]
struct Product {
    ta: bool,
    tb: bool,
}

/// The matrix product `a·b`. `a`: `(m, k)`, `b`: `(k, n)`; result `(m, n)`.
///
/// # Errors
/// Where either is not a matrix or the inner sizes differ.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    product(a, b, Product { ta: false, tb: false })
}

/// The matrix product `a·bᵀ`. `a`: `(m, k)`, `b`: `(n, k)`; result `(m, n)`.
///
/// # Errors
/// Where either is not a matrix or the inner sizes differ.
pub fn matmul_nt(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    product(a, b, Product { ta: false, tb: true })
}

/// The linear layer `x·Wᵀ + b`. `x`: `(batch, in)`, `weight`: `(out, in)`, `bias`: `(out,)`;
/// result `(batch, out)`.
///
/// # Errors
/// Where the shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    linear_then(x, weight, bias, Then::Nothing)
}

/// [`linear`] and what follows it, in one pass.
///
/// # Errors
/// Where the shapes do not fit or the slope is negative.
pub fn linear_then(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    then: Then,
) -> Result<Tensor> {
    then.check()?;
    let Some(bias) = bias else { return then.apply(matmul_nt(x, weight)?) };
    let outputs = weight.dim(0)?;
    if bias.dims() != [outputs] {
        bail!("linear: expected {outputs} biases, found shape {:?}", bias.dims())
    }
    if composed(x) {
        return then.apply(channel::add(&matmul_nt(x, weight)?, bias)?);
    }
    apply(Layer(then), &[x, weight, bias])
}

/// `x·Wᵀ + b` and what follows.
struct Layer(Then);

impl Kernel for Layer {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let finish = Finish { bias: Some(inputs[2].data), slope: self.0.slope() };
        multiply(Product { ta: false, tb: true }, &inputs[0], &inputs[1], finish)
    }

    fn grads(&self, inputs: &[&Tensor], y: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (x, w) = (inputs[0], inputs[1]);
        let g = self.0.before(y, g)?;
        let gx = if_tracked(x, || matmul(&g, w))?;
        let gw = if_tracked(w, || product(&g, x, Product { ta: true, tb: false }))?;
        Ok(vec![gx, gw, if_tracked(inputs[2], || channel::sum(&g))?])
    }
}

#[expect(clippy::disallowed_methods, reason = "composed of Candle's own where no kernel runs")]
fn product(a: &Tensor, b: &Tensor, how: Product) -> Result<Tensor> {
    if composed(a) {
        let a = if how.ta { a.t()? } else { a.clone() };
        let b = if how.tb { b.t()? } else { b.clone() };
        return a.contiguous()?.matmul(&b.contiguous()?);
    }
    apply(how, &[a, b])
}

/// `op(a)·op(b)`, finished column by column.
fn multiply<T: Real>(
    how: Product,
    a: &Input<'_, T>,
    b: &Input<'_, T>,
    finish: Finish<'_, T>,
) -> Result<(Vec<T>, Vec<usize>)> {
    let ([r1, c1], [r2, c2]) = (a.dims, b.dims) else {
        bail!("matmul: expected two matrices, found shapes {:?} and {:?}", a.dims, b.dims)
    };
    let (m, k) = if how.ta { (*c1, *r1) } else { (*r1, *c1) };
    let (k2, n) = if how.tb { (*c2, *r2) } else { (*r2, *c2) };
    if k != k2 {
        bail!("matmul: inner sizes differ: ({m}, {k}) by ({k2}, {n})")
    }
    let left = Matrix { data: a.data, rows: *r1, cols: *c1, transposed: how.ta };
    let right = Matrix { data: b.data, rows: *r2, cols: *c2, transposed: how.tb };
    let out = T::on_unit(OfMatrices { a: left, b: right, finish });
    Ok((out, vec![m, n]))
}

/// `a·b` on whichever unit the machine has.
struct OfMatrices<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    finish: Finish<'a, T>,
}

impl<T: Real> OnUnit<T> for OfMatrices<'_, T> {
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        matrix::product::<U>(&self.a, &self.b, self.finish)
    }
}

impl Kernel for Product {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        multiply(*self, &inputs[0], &inputs[1], Finish::NONE)
    }

    // C = A·B: Ā = C̄·Bᵀ, B̄ = Aᵀ·C̄; where an operand came transposed, so does its gradient.
    fn grads(&self, inputs: &[&Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let (a, b) = (inputs[0], inputs[1]);
        let ga = if_tracked(a, || match self.ta {
            false => product(g, b, Product { ta: false, tb: !self.tb }),
            true => product(b, g, Product { ta: self.tb, tb: true }),
        })?;
        let gb = if_tracked(b, || match self.tb {
            false => product(a, g, Product { ta: !self.ta, tb: false }),
            true => product(g, a, Product { ta: true, tb: self.ta }),
        })?;
        Ok(vec![ga, gb])
    }
}
