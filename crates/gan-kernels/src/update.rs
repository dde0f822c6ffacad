//! Optimizer updates in place. They read gradients and write parameters and moments; nothing of
//! this is recorded for a backward pass. On the CPU each is one pass over its tensors.

use crate::backend::composed;
use crate::isa::wide;
use crate::kernel::Real;
use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Storage, Tensor, Var, bail};
use num_traits::Float;
use rayon::prelude::*;
use std::cell::RefCell;
use std::marker::PhantomData;

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
    let (step, keep) = (how.lr / c1, 1.0 - how.lr * how.weight_decay);
    if composed(p) {
        blend(m, g, b1, 1.0 - b1)?;
        blend_square(v, g, b2, 1.0 - b2)?;
        let denominator = (v.as_detached_tensor().affine(1.0 / c2, 0.0)?.sqrt()? + how.eps)?;
        let change = m.as_detached_tensor().div(&denominator)?.affine(step, 0.0)?;
        return p.set(&p.as_detached_tensor().affine(keep, 0.0)?.sub(&change)?);
    }
    let rule = AdamRule { b1, b2, step, keep, root_scale: 1.0 / c2, eps: how.eps };
    match p.dtype() {
        DType::F32 => rule.run::<f32>(p, g, m, v),
        DType::F64 => rule.run::<f64>(p, g, m, v),
        other => bail!("adam: expected f32 or f64 parameters, found {other:?}"),
    }
}

struct AdamRule {
    b1: f64,
    b2: f64,
    step: f64,
    keep: f64,
    root_scale: f64,
    eps: f64,
}

impl AdamRule {
    fn run<T: Real>(&self, p: &Var, g: &Tensor, m: &Var, v: &Var) -> Result<()> {
        let [b1, b2, step, keep] = [self.b1, self.b2, self.step, self.keep].map(T::real);
        let [scale, eps] = [self.root_scale, self.eps].map(T::real);
        let [g1, g2] = [1.0 - self.b1, 1.0 - self.b2].map(T::real);
        in_place3::<T>([p, m, v], g, move |[p, m, v], g| {
            *m = b1 * *m + g1 * g;
            *v = b2 * *v + g2 * (g * g);
            *p = keep * *p - step * *m / (Float::sqrt(*v * scale) + eps);
        })
    }
}

/// `v ← decay·v + (1−decay)·g²`, `p ← p − lr·g/(√v + eps)` (RMSProp, Tieleman and Hinton 2012,
/// with eps outside the root as in PyTorch).
///
/// # Errors
/// Where shapes or element types differ.
pub fn rmsprop(p: &Var, g: &Tensor, v: &Var, lr: f64, decay: f64, eps: f64) -> Result<()> {
    fn run<T: Real>(p: &Var, g: &Tensor, v: &Var, how: [f64; 4]) -> Result<()> {
        let [lr, decay, gain, eps] = how.map(T::real);
        in_place2::<T>([p, v], g, move |[p, v], g| {
            *v = decay * *v + gain * (g * g);
            *p -= lr * g / (Float::sqrt(*v) + eps);
        })
    }
    if composed(p) {
        blend_square(v, g, decay, 1.0 - decay)?;
        let change = g.div(&(v.as_detached_tensor().sqrt()? + eps)?)?.affine(lr, 0.0)?;
        return p.set(&p.as_detached_tensor().sub(&change)?);
    }
    let how = [lr, decay, 1.0 - decay, eps];
    match p.dtype() {
        DType::F32 => run::<f32>(p, g, v, how),
        DType::F64 => run::<f64>(p, g, v, how),
        other => bail!("rmsprop: expected f32 or f64 parameters, found {other:?}"),
    }
}

/// `velocity ← momentum·velocity + g`, `p ← p − lr·velocity` (PyTorch's form of momentum).
///
/// # Errors
/// Where shapes or element types differ.
pub fn sgd(p: &Var, g: &Tensor, velocity: &Var, lr: f64, momentum: f64) -> Result<()> {
    fn run<T: Real>(p: &Var, g: &Tensor, velocity: &Var, how: [f64; 2]) -> Result<()> {
        let [lr, momentum] = how.map(T::real);
        in_place2::<T>([p, velocity], g, move |[p, velocity], g| {
            *velocity = momentum * *velocity + g;
            *p -= lr * *velocity;
        })
    }
    if composed(p) {
        blend(velocity, g, momentum, 1.0)?;
        return blend(p, &velocity.as_detached_tensor(), 1.0, -lr);
    }
    match p.dtype() {
        DType::F32 => run::<f32>(p, g, velocity, [lr, momentum]),
        DType::F64 => run::<f64>(p, g, velocity, [lr, momentum]),
        other => bail!("sgd: expected f32 or f64 parameters, found {other:?}"),
    }
}

/// `a ← keep·a + gain·b`: moving averages and plain gradient steps. Shapes equal.
///
/// # Errors
/// Where shapes or element types differ.
pub fn blend(a: &Var, b: &Tensor, keep: f64, gain: f64) -> Result<()> {
    fn run<T: Real>(a: &Var, b: &Tensor, how: [f64; 2]) -> Result<()> {
        let [keep, gain] = how.map(T::real);
        in_place::<T>(a, b, move |a, b| *a = keep * *a + gain * b)
    }
    if composed(a) {
        let sum = a.as_detached_tensor().affine(keep, 0.0)? + b.detach().affine(gain, 0.0)?;
        return a.set(&sum?);
    }
    match a.dtype() {
        DType::F32 => run::<f32>(a, b, [keep, gain]),
        DType::F64 => run::<f64>(a, b, [keep, gain]),
        other => bail!("blend: expected f32 or f64 variables, found {other:?}"),
    }
}

/// `a ← keep·a + gain·b²`, composed.
fn blend_square(a: &Var, b: &Tensor, keep: f64, gain: f64) -> Result<()> {
    blend(a, &b.detach().sqr()?, keep, gain)
}

/// Elements a piece of work.
const PIECE: usize = 1 << 15;

fn same_length<T>(p: &[T], others: &[&[T]]) -> Result<()> {
    match others.iter().find(|o| o.len() != p.len()) {
        Some(o) => bail!("update: {} parameters but {} gradients or moments", p.len(), o.len()),
        None => Ok(()),
    }
}

fn in_place<T: Real>(
    p: &Var,
    g: &Tensor,
    f: impl Fn(&mut T, T) + Sync + Send + Copy,
) -> Result<()> {
    reading(g, |g: &[T]| {
        writing(p, |p: &mut [T]| {
            same_length(p, &[g])?;
            p.par_chunks_mut(PIECE).zip(g.par_chunks(PIECE)).for_each(|(p, g)| {
                wide(|| p.iter_mut().zip(g).for_each(|(p, &g)| f(p, g)));
            });
            Ok(())
        })
    })
}

fn in_place2<T: Real>(
    [p, v]: [&Var; 2],
    g: &Tensor,
    f: impl Fn([&mut T; 2], T) + Sync + Send + Copy,
) -> Result<()> {
    reading(g, |g: &[T]| {
        writing(p, |p: &mut [T]| {
            writing(v, |v: &mut [T]| {
                same_length(p, &[g, v])?;
                let rest = v.par_chunks_mut(PIECE).zip(g.par_chunks(PIECE));
                p.par_chunks_mut(PIECE).zip(rest).for_each(|(p, (v, g))| {
                    wide(|| p.iter_mut().zip(v).zip(g).for_each(|((p, v), &g)| f([p, v], g)));
                });
                Ok(())
            })
        })
    })
}

fn in_place3<T: Real>(
    [p, m, v]: [&Var; 3],
    g: &Tensor,
    f: impl Fn([&mut T; 3], T) + Sync + Send + Copy,
) -> Result<()> {
    reading(g, |g: &[T]| {
        writing(p, |p: &mut [T]| {
            writing(m, |m: &mut [T]| {
                writing(v, |v: &mut [T]| {
                    same_length(p, &[g, m, v])?;
                    let moments = m.par_chunks_mut(PIECE).zip(v.par_chunks_mut(PIECE));
                    let rest = moments.zip(g.par_chunks(PIECE));
                    p.par_chunks_mut(PIECE).zip(rest).for_each(|(p, ((m, v), g))| {
                        wide(|| {
                            let all = p.iter_mut().zip(m).zip(v).zip(g);
                            all.for_each(|(((p, m), v), &g)| f([p, m, v], g));
                        });
                    });
                    Ok(())
                })
            })
        })
    })
}

fn whole<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("update: expected a contiguous tensor")
    };
    Ok(&T::cpu_storage_as_slice(storage)?[start..end])
}

/// Calls `f` with a tensor's values.
fn reading<T: Real, R>(x: &Tensor, f: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let x = x.detach().contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(whole::<T>(storage, layout)?),
        _ => bail!("update: expected tensors on one device"),
    }
}

/// Calls `f` with a variable's values, to be changed in place.
fn writing<T: Real>(x: &Var, f: impl FnOnce(&mut [T]) -> Result<()>) -> Result<()> {
    struct Once<F, T>(RefCell<Option<F>>, PhantomData<fn(T)>);
    impl<T: Real, F: FnOnce(&mut [T]) -> Result<()>> InplaceOp1 for Once<F, T> {
        fn name(&self) -> &'static str {
            "update"
        }

        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
            let Some((start, end)) = layout.contiguous_offsets() else {
                bail!("update: expected a contiguous parameter")
            };
            match (T::values_mut(storage), self.0.take()) {
                (Some(values), Some(f)) => f(&mut values[start..end]),
                _ => bail!("update: parameters and gradients differ in type"),
            }
        }
    }
    x.inplace_op1(&Once(RefCell::new(Some(f)), PhantomData))
}

/// The sum of squares of all values, `Σ x²`: one pass that also finds what is not finite. In f64 on
/// the CPU; elsewhere in the tensor's own type.
///
/// # Errors
/// Where the element type is not `f32` or `f64`.
pub fn sum_of_squares(x: &Tensor) -> Result<f64> {
    if composed(x) {
        return crate::read::scalar(&x.detach().sqr()?.sum_all()?);
    }
    match x.dtype() {
        DType::F32 => reading(x, |x: &[f32]| Ok(squares(x))),
        DType::F64 => reading(x, |x: &[f64]| Ok(squares(x))),
        other => bail!("sum of squares: expected f32 or f64, found {other:?}"),
    }
}

/// Sixteen running sums a piece, pieces added in order: fast, and the same for any thread count.
fn squares<T: Real>(x: &[T]) -> f64 {
    let piece = |piece: &[T]| {
        wide(|| {
            let mut lanes = [0.0f64; 16];
            let whole = piece.chunks_exact(16);
            let rest = whole.remainder();
            for chunk in whole {
                for (lane, v) in lanes.iter_mut().zip(chunk) {
                    *lane += v.wide() * v.wide();
                }
            }
            lanes.iter().sum::<f64>() + rest.iter().map(|v| v.wide() * v.wide()).sum::<f64>()
        })
    };
    let pieces: Vec<f64> = x.par_chunks(1 << 15).map(piece).collect();
    pieces.iter().sum()
}
