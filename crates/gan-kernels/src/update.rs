//! Optimiser updates in place. They read gradients and write parameters and moments; nothing of
//! this is recorded for a backward pass.

use crate::backend::composed;
use crate::kernel::Real;
use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;

/// One step of Adam (arXiv 1412.6980, algorithm 1); with `weight_decay`, AdamW (arXiv 1711.05101).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size α.
    pub lr: f64,
    /// Decay of the first moment β₁.
    pub beta1: f64,
    /// Decay of the second moment β₂.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay: the parameter shrinks by `lr·weight_decay` of itself.
    pub weight_decay: f64,
}

/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `p ← p − lr·m̂/(√v̂ + eps)`, with m̂, v̂ the
/// moments corrected for their start at zero; `t` counts from 1. All shapes equal.
///
/// # Errors
/// Where shapes or element types differ or `t` is 0.
pub fn adam(p: &Var, g: &Tensor, m: &Var, v: &Var, how: &Adam, t: u64) -> Result<()> {
    if t == 0 {
        bail!("adam: steps count from 1")
    }
    let (b1, b2) = (how.beta1, how.beta2);
    let (c1, c2) = (1.0 - b1.powf(t as f64), 1.0 - b2.powf(t as f64));
    blend(m, g, b1, 1.0 - b1)?;
    blend_square(v, g, b2, 1.0 - b2)?;
    let (step, keep) = (how.lr / c1, 1.0 - how.lr * how.weight_decay);
    if composed(p) {
        let denominator = (v.as_detached_tensor().affine(1.0 / c2, 0.0)?.sqrt()? + how.eps)?;
        let change = m.as_detached_tensor().div(&denominator)?.affine(step, 0.0)?;
        return p.set(&p.as_detached_tensor().affine(keep, 0.0)?.sub(&change)?);
    }
    in_place2(p, m, v, Step::Quotient { step, keep, root_scale: 1.0 / c2, eps: how.eps })
}

/// `v ← decay·v + (1−decay)·g²`, `p ← p − lr·g/(√v + eps)` (RMSProp, Tieleman and Hinton 2012,
/// with eps outside the root as in PyTorch).
///
/// # Errors
/// Where shapes or element types differ.
pub fn rmsprop(p: &Var, g: &Tensor, v: &Var, lr: f64, decay: f64, eps: f64) -> Result<()> {
    blend_square(v, g, decay, 1.0 - decay)?;
    if composed(p) {
        let change = g.div(&(v.as_detached_tensor().sqrt()? + eps)?)?.affine(lr, 0.0)?;
        return p.set(&p.as_detached_tensor().sub(&change)?);
    }
    in_place2(p, g, v, Step::Quotient { step: lr, keep: 1.0, root_scale: 1.0, eps })
}

/// `velocity ← momentum·velocity + g`, `p ← p − lr·velocity` (PyTorch's form of momentum).
///
/// # Errors
/// Where shapes or element types differ.
pub fn sgd(p: &Var, g: &Tensor, velocity: &Var, lr: f64, momentum: f64) -> Result<()> {
    blend(velocity, g, momentum, 1.0)?;
    blend(p, &velocity.as_detached_tensor(), 1.0, -lr)
}

/// `a ← keep·a + gain·b`: moving averages and plain gradient steps. Shapes equal.
///
/// # Errors
/// Where shapes or element types differ.
pub fn blend(a: &Var, b: &Tensor, keep: f64, gain: f64) -> Result<()> {
    if composed(a) {
        let sum = a.as_detached_tensor().affine(keep, 0.0)? + b.detach().affine(gain, 0.0)?;
        return a.set(&sum?);
    }
    in_place(a, b, Step::Blend { keep, gain })
}

fn blend_square(a: &Var, b: &Tensor, keep: f64, gain: f64) -> Result<()> {
    if composed(a) {
        return blend(a, &b.detach().sqr()?, keep, gain);
    }
    in_place(a, b, Step::BlendSquare { keep, gain })
}

#[derive(Clone, Copy)]
enum Step {
    /// `p ← keep·p + gain·a`
    Blend { keep: f64, gain: f64 },
    /// `p ← keep·p + gain·a²`
    BlendSquare { keep: f64, gain: f64 },
    /// `p ← keep·p − step·a/(√(b·root_scale) + eps)`
    Quotient { step: f64, keep: f64, root_scale: f64, eps: f64 },
}

fn in_place(p: &Var, a: &Tensor, step: Step) -> Result<()> {
    p.inplace_op2(&a.detach().contiguous()?, &step)
}

fn in_place2(p: &Var, a: &Tensor, b: &Tensor, step: Step) -> Result<()> {
    p.inplace_op3(&a.detach().contiguous()?, &b.detach().contiguous()?, &step)
}

fn whole<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("update: expected a contiguous tensor")
    };
    Ok(&T::cpu_storage_as_slice(storage)?[start..end])
}

impl Step {
    fn run<T: Real>(self, p: &mut [T], a: &[T], b: &[T]) -> Result<()> {
        if p.len() != a.len() || (matches!(self, Step::Quotient { .. }) && b.len() != a.len()) {
            bail!("update: {} parameters but {} gradients", p.len(), a.len())
        }
        const PIECE: usize = 1 << 15;
        match self {
            Step::Blend { keep, gain } => {
                let (keep, gain) = (T::real(keep), T::real(gain));
                p.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE)).for_each(|(p, a)| {
                    p.iter_mut().zip(a).for_each(|(p, &a)| *p = keep * *p + gain * a);
                });
            }
            Step::BlendSquare { keep, gain } => {
                let (keep, gain) = (T::real(keep), T::real(gain));
                p.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE)).for_each(|(p, a)| {
                    p.iter_mut().zip(a).for_each(|(p, &a)| *p = keep * *p + gain * (a * a));
                });
            }
            Step::Quotient { step, keep, root_scale, eps } => {
                let [step, keep, scale, eps] = [step, keep, root_scale, eps].map(T::real);
                let sources = a.par_chunks(PIECE).zip(b.par_chunks(PIECE));
                p.par_chunks_mut(PIECE).zip(sources).for_each(|(p, (a, b))| {
                    for ((p, &a), &b) in p.iter_mut().zip(a).zip(b) {
                        *p = keep * *p - step * a / (num_traits::Float::sqrt(b * scale) + eps);
                    }
                });
            }
        }
        Ok(())
    }

    fn typed(
        self,
        p: &mut CpuStorage,
        layout: &Layout,
        a: (&CpuStorage, &Layout),
        b: Option<(&CpuStorage, &Layout)>,
    ) -> Result<()> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("update: expected a contiguous parameter")
        };
        match p {
            CpuStorage::F32(p) => {
                let b = b.map_or(Ok(&[][..]), |b| whole::<f32>(b.0, b.1))?;
                self.run(&mut p[start..end], whole(a.0, a.1)?, b)
            }
            CpuStorage::F64(p) => {
                let b = b.map_or(Ok(&[][..]), |b| whole::<f64>(b.0, b.1))?;
                self.run(&mut p[start..end], whole(a.0, a.1)?, b)
            }
            _ => bail!("update: expected f32 or f64 parameters"),
        }
    }
}

impl InplaceOp2 for Step {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(
        &self,
        dst: &mut CpuStorage,
        layout: &Layout,
        a: &CpuStorage,
        la: &Layout,
    ) -> Result<()> {
        self.typed(dst, layout, (a, la), None)
    }
}

impl InplaceOp3 for Step {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(
        &self,
        dst: &mut CpuStorage,
        layout: &Layout,
        a: &CpuStorage,
        la: &Layout,
        b: &CpuStorage,
        lb: &Layout,
    ) -> Result<()> {
        self.typed(dst, layout, (a, la), Some((b, lb)))
    }
}

/// The sum of squares of all values, `Σ x²`: one pass that also finds what is not finite. In f64 on
/// the CPU; elsewhere in the tensor's own type.
///
/// # Errors
/// Where the element type is not `f32` or `f64`.
pub fn sum_of_squares(x: &Tensor) -> Result<f64> {
    let x = x.detach();
    if composed(&x) {
        return crate::read::scalar(&x.sqr()?.sum_all()?);
    }
    let x = x.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    match &*storage {
        candle_core::Storage::Cpu(CpuStorage::F32(_)) => {
            Ok(squares(whole::<f32>(cpu(&storage)?, layout)?))
        }
        candle_core::Storage::Cpu(CpuStorage::F64(_)) => {
            Ok(squares(whole::<f64>(cpu(&storage)?, layout)?))
        }
        _ => bail!("sum of squares: expected f32 or f64 on the CPU"),
    }
}

fn cpu(storage: &candle_core::Storage) -> Result<&CpuStorage> {
    match storage {
        candle_core::Storage::Cpu(s) => Ok(s),
        _ => bail!("sum of squares: expected a tensor on the CPU"),
    }
}

/// Sixteen running sums a piece, pieces added in order: fast, and the same for any thread count.
fn squares<T: Real>(x: &[T]) -> f64 {
    let piece = |piece: &[T]| {
        let mut lanes = [0.0f64; 16];
        for chunk in piece.chunks(16) {
            for (lane, v) in lanes.iter_mut().zip(chunk) {
                *lane += v.wide() * v.wide();
            }
        }
        lanes.iter().sum::<f64>()
    };
    let pieces: Vec<f64> = x.par_chunks(1 << 15).map(piece).collect();
    pieces.iter().sum()
}
