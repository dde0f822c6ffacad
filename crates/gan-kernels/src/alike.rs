//! How alike the samples of a batch are: the sums of minibatch discrimination.

use crate::backend::composed;
use crate::graph;
use crate::graph::apply;
use crate::isa;
use crate::kernel::{Input, Kernel, Real, if_tracked};
use crate::parallel;
use candle_core::{Result, Tensor, bail};

/// `o_ib = Σ_j exp(−Σ_c |m_ibc − m_jbc|)` over the batch, j = i included (arXiv 1606.03498,
/// section 3.2). `m`: `(n, B, C)`; result `(n, B)`, from 1 to n.
///
/// # Errors
/// Where `m` has not three axes.
pub fn alike(m: &Tensor) -> Result<Tensor> {
    m.dims3()?;
    if composed(m) {
        return pairs(m)?.0.sum(1);
    }
    apply(Alike, &[m])
}

/// `exp(−Σ_c |m_ibc − m_jbc|)`, `(n, n, B)`, and the differences, `(n, n, B, C)`.
fn pairs(m: &Tensor) -> Result<(Tensor, Tensor)> {
    let apart = m.unsqueeze(1)?.broadcast_sub(&m.unsqueeze(0)?)?;
    Ok((apart.abs()?.sum(3)?.neg()?.exp()?, apart))
}

/// The sizes of `m`.
fn sizes(dims: &[usize]) -> Result<(usize, usize, usize)> {
    match *dims {
        [n, b, c] => Ok((n, b, c)),
        _ => bail!("alike: expected (samples, kernels, dimensions), found {dims:?}"),
    }
}

/// The likeness of two samples in every kernel, `(B,)`.
#[inline(always)]
fn likeness<T: Real>(a: &[T], b: &[T], dims: usize, out: &mut [T]) {
    for (out, (a, b)) in out.iter_mut().zip(a.chunks_exact(dims).zip(b.chunks_exact(dims))) {
        let apart = a.iter().zip(b).fold(T::real(0.0), |sum, (a, b)| sum + (*a - *b).abs());
        *out = -apart;
    }
    for value in out {
        *value = value.exp_of_negative();
    }
}

struct Alike;

impl Kernel for Alike {
    fn name(&self) -> &'static str {
        "alike"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (m, (n, kernels, dims)) = (inputs[0].data, sizes(inputs[0].dims)?);
        let row = kernels * dims;
        let mut out = vec![T::real(0.0); n * kernels];
        parallel::pieces(&mut out, kernels, |i, out| {
            isa::wide(|| {
                let mut now = vec![T::real(0.0); kernels];
                for other in m.chunks_exact(row) {
                    likeness(&m[i * row..(i + 1) * row], other, dims, &mut now);
                    out.iter_mut().zip(&now).for_each(|(sum, v)| *sum += *v);
                }
            });
        });
        Ok((out, vec![n, kernels]))
    }

    /// `∂/∂m_ibc = −Σ_j (g_ib + g_jb)·exp(−‖m_ib − m_jb‖₁)·sign(m_ibc − m_jbc)`.
    fn grads(&self, inputs: &[&Tensor], _: &Tensor, grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let m = inputs[0];
        let of_m = if_tracked(m, || {
            if !graph::recording() {
                return apply(AlikeGradient, &[m, grad]);
            }
            let (alike, apart) = pairs(m)?;
            let both = grad.unsqueeze(1)?.broadcast_add(&grad.unsqueeze(0)?)?; // (n, n, B)
            let sign = apart.detach().sign()?;
            (both * alike)?.unsqueeze(3)?.broadcast_mul(&sign)?.sum(1)?.neg()
        })?;
        Ok(vec![of_m])
    }
}

/// [`Alike`]'s gradient, where nobody asks for the gradient of that.
struct AlikeGradient;

impl Kernel for AlikeGradient {
    fn name(&self) -> &'static str {
        "alike's gradient"
    }

    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)> {
        let (m, g, (n, kernels, dims)) = (inputs[0].data, inputs[1].data, sizes(inputs[0].dims)?);
        let row = kernels * dims;
        let mut out = vec![T::real(0.0); n * row];
        parallel::pieces(&mut out, row, |i, out| {
            isa::wide(|| {
                let mut now = vec![T::real(0.0); kernels];
                let (mine, own) = (&m[i * row..(i + 1) * row], &g[i * kernels..(i + 1) * kernels]);
                for (other, theirs) in m.chunks_exact(row).zip(g.chunks_exact(kernels)) {
                    likeness(mine, other, dims, &mut now);
                    for b in 0..kernels {
                        let weight = now[b] * (own[b] + theirs[b]);
                        let at = b * dims..(b + 1) * dims;
                        let apart = mine[at.clone()].iter().zip(&other[at.clone()]);
                        for (out, (a, b)) in out[at].iter_mut().zip(apart) {
                            let up = if a > b { weight } else { T::real(0.0) };
                            *out -= if a < b { -weight } else { up };
                        }
                    }
                }
            });
        });
        Ok((out, inputs[0].dims.to_vec()))
    }

    fn grads(&self, _: &[&Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>> {
        bail!("alike: its gradient was taken where gradients of gradients are not recorded")
    }
}
