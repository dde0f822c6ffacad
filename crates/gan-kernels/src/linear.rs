//! The matrix product and the linear layer.

use crate::backend::composed;
use crate::channel;
use crate::tiles::correlate::Finish;
use crate::tiles::matrix::{self, Matrix};
use crate::tiles::{OnUnit, Unit};
use crate::kernel::{Input, Kernel, Real, apply, if_tracked};
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
    let y = matmul_nt(x, weight)?;
    match bias {
        Some(b) => channel::add(&y, b),
        None => Ok(y),
    }
}

fn product(a: &Tensor, b: &Tensor, how: Product) -> Result<Tensor> {
    if composed(a) {
        let a = if how.ta { a.t()? } else { a.clone() };
        let b = if how.tb { b.t()? } else { b.clone() };
        return a.contiguous()?.matmul(&b.contiguous()?);
    }
    apply(how, &[a, b])
}

/// `a·b` on whichever unit the machine has.
struct OfMatrices<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
}

impl<T: Real> OnUnit<T> for OfMatrices<'_, T> {
    type Out = Vec<T>;

    fn run<U: Unit<Value = T>>(self) -> Vec<T> {
        matrix::product::<U>(&self.a, &self.b, Finish::NONE)
    }
}

impl Kernel for Product {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let ([r1, c1], [r2, c2]) = (inputs[0].dims, inputs[1].dims) else {
            bail!(
                "matmul: expected two matrices, found shapes {:?} and {:?}",
                inputs[0].dims,
                inputs[1].dims
            )
        };
        let (m, k) = if self.ta { (*c1, *r1) } else { (*r1, *c1) };
        let (k2, n) = if self.tb { (*c2, *r2) } else { (*r2, *c2) };
        if k != k2 {
            bail!("matmul: inner sizes differ: ({m}, {k}) by ({k2}, {n})")
        }
        let a = Matrix { data: inputs[0].data, rows: *r1, cols: *c1, transposed: self.ta };
        let b = Matrix { data: inputs[1].data, rows: *r2, cols: *c2, transposed: self.tb };
        let out = T::on_unit(OfMatrices { a, b });
        Ok((out, vec![m, n]))
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
