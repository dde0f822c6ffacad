//! The bridge from a plain Rust function on slices to a differentiable Candle op.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail,
};
use std::sync::Arc;

/// The element types that kernels run on: `f32` for work, `f64` for proofs.
pub(crate) trait Real:
    WithDType + faer::traits::ComplexField + num_traits::Float + std::iter::Sum
{
    /// The nearest value of this type.
    fn real(v: f64) -> Self {
        <Self as WithDType>::from_f64(v)
    }

    /// The same value in f64.
    fn wide(self) -> f64 {
        <Self as WithDType>::to_f64(self)
    }
}
impl Real for f32 {}
impl Real for f64 {}

/// One contiguous argument of a kernel.
pub(crate) struct Input<'a, T> {
    pub data: &'a [T],
    pub dims: &'a [usize],
}

/// A function of one to three tensors with its gradient, which must itself be differentiable.
pub(crate) trait Kernel: Send + Sync + 'static {
    /// Named in error messages.
    fn name(&self) -> &'static str;

    /// The value and its shape. Inputs are contiguous.
    fn run<T: Real>(&self, inputs: &[Input<'_, T>]) -> Result<(Vec<T>, Vec<usize>)>;

    /// The gradient of each input, or `None` where it is zero or nobody tracks that input.
    fn grads(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<Vec<Option<Tensor>>>;
}

/// Applies a kernel. Nothing is recorded where no input is tracked.
pub(crate) fn apply<K: Kernel>(kernel: K, inputs: &[&Tensor]) -> Result<Tensor> {
    let op = Op(kernel);
    let tracked = inputs.iter().any(|t| t.track_op());
    // `contiguous` is free where nothing has to move.
    match inputs {
        [a] => {
            let a = a.contiguous()?;
            if tracked { a.apply_op1_arc(Arc::new(Box::new(op))) } else { a.apply_op1_no_bwd(&op) }
        }
        [a, b] => {
            let (a, b) = (a.contiguous()?, b.contiguous()?);
            if tracked {
                a.apply_op2_arc(&b, Arc::new(Box::new(op)))
            } else {
                a.apply_op2_no_bwd(&b, &op)
            }
        }
        [a, b, c] => {
            let (a, b, c) = (a.contiguous()?, b.contiguous()?, c.contiguous()?);
            if tracked {
                a.apply_op3_arc(&b, &c, Arc::new(Box::new(op)))
            } else {
                a.apply_op3_no_bwd(&b, &c, &op)
            }
        }
        _ => bail!("{}: a kernel takes one to three tensors, got {}", op.0.name(), inputs.len()),
    }
}

/// `Some(f())` where `t` is tracked: the gradient of anything else is never computed.
pub(crate) fn if_tracked(t: &Tensor, f: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
    if t.track_op() { f().map(Some) } else { Ok(None) }
}

struct Op<K>(K);

fn view<'a, T: Real>(
    name: &str,
    storage: &'a CpuStorage,
    layout: &'a Layout,
) -> Result<Input<'a, T>> {
    let data = T::cpu_storage_as_slice(storage)?;
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("{name}: expected a contiguous tensor, found strides {:?}", layout.stride())
    };
    Ok(Input { data: &data[start..end], dims: layout.dims() })
}

impl<K: Kernel> Op<K> {
    fn typed<T: Real>(&self, args: &[(&CpuStorage, &Layout)]) -> Result<(CpuStorage, Shape)> {
        let inputs =
            args.iter().map(|(s, l)| view::<T>(self.0.name(), s, l)).collect::<Result<Vec<_>>>()?;
        let (data, dims) = self.0.run(&inputs)?;
        debug_assert_eq!(data.len(), dims.iter().product::<usize>());
        Ok((T::to_cpu_storage_owned(data), Shape::from(dims)))
    }

    fn forward(&self, args: &[(&CpuStorage, &Layout)]) -> Result<(CpuStorage, Shape)> {
        match args[0].0 {
            CpuStorage::F32(_) => self.typed::<f32>(args),
            CpuStorage::F64(_) => self.typed::<f64>(args),
            _ => bail!("{}: expected f32 or f64 tensors", self.0.name()),
        }
    }
}

impl<K: Kernel> CustomOp1 for Op<K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(s, l)])
    }

    fn bwd(&self, a: &Tensor, res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.0.grads(&[a], res, grad)?.pop().flatten())
    }
}

impl<K: Kernel> CustomOp2 for Op<K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(s1, l1), (s2, l2)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut grads = self.0.grads(&[a, b], res, grad)?.into_iter();
        Ok((grads.next().flatten(), grads.next().flatten()))
    }
}

impl<K: Kernel> CustomOp3 for Op<K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(s1, l1), (s2, l2), (s3, l3)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut grads = self.0.grads(&[a, b, c], res, grad)?.into_iter();
        Ok((grads.next().flatten(), grads.next().flatten(), grads.next().flatten()))
    }
}
