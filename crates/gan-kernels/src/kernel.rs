//! Kernels: plain Rust functions on slices with their gradients, and their values on tensors.

#[cfg(target_arch = "x86_64")]
use crate::isa::Isa;
use crate::number::Number;
#[cfg(target_arch = "x86_64")]
use crate::tiles::amx;
use crate::tiles::lanes;
use crate::tiles::unit::OnUnit;
use candle_core::{CpuStorage, Layout, Result, Shape, Storage, Tensor, bail};

/// The element types that kernels run on, each with its choice of unit.
pub(crate) trait Real: Number {
    /// Runs `work` on the best unit for products of tiles.
    fn on_unit<W: OnUnit<Self>>(work: W) -> W::Out;
}

impl Real for f32 {
    fn on_unit<W: OnUnit<f32>>(work: W) -> W::Out {
        #[cfg(target_arch = "x86_64")]
        match Isa::current() {
            Isa::Amx => return work.run::<amx::Amx>(),
            Isa::Avx512 => return work.run::<lanes::Avx512>(),
            Isa::Avx2 => return work.run::<lanes::Avx2>(),
            Isa::Baseline => {}
        }
        work.run::<lanes::Portable<f32>>()
    }
}

impl Real for f64 {
    fn on_unit<W: OnUnit<f64>>(work: W) -> W::Out {
        work.run::<lanes::Portable<f64>>()
    }
}

/// One contiguous argument of a kernel.
pub(crate) struct Input<'a, T> {
    pub data: &'a [T],
    pub dims: &'a [usize],
}

/// A function of one or more tensors with its gradient, which must itself be differentiable.
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

/// Calls `f` with the values of tensors on the CPU.
pub(crate) fn values<T: Real, R>(
    tensors: &[&Tensor],
    f: impl FnOnce(&[&[T]]) -> Result<R>,
) -> Result<R> {
    let tensors = tensors.iter().map(|t| t.contiguous()).collect::<Result<Vec<_>>>()?;
    let held: Vec<_> = tensors.iter().map(|t| t.storage_and_layout()).collect();
    let slices = held
        .iter()
        .map(|(storage, layout)| match &**storage {
            Storage::Cpu(s) => Ok(view::<T>("values", s, layout)?.data),
            _ => bail!("expected tensors on one device"),
        })
        .collect::<Result<Vec<_>>>()?;
    f(&slices)
}

/// The value of a kernel.
pub(crate) fn forward<K: Kernel>(kernel: &K, inputs: &[Tensor]) -> Result<(CpuStorage, Shape)> {
    let held: Vec<_> = inputs.iter().map(|t| t.storage_and_layout()).collect();
    let args = held
        .iter()
        .map(|(storage, layout)| match &**storage {
            Storage::Cpu(s) => Ok((s, *layout)),
            _ => bail!("{}: expected tensors on one device", kernel.name()),
        })
        .collect::<Result<Vec<_>>>()?;
    match args[0].0 {
        CpuStorage::F32(_) => typed::<f32, K>(kernel, &args),
        CpuStorage::F64(_) => typed::<f64, K>(kernel, &args),
        _ => bail!("{}: expected f32 or f64 tensors", kernel.name()),
    }
}

fn typed<T: Real, K: Kernel>(
    kernel: &K,
    args: &[(&CpuStorage, &Layout)],
) -> Result<(CpuStorage, Shape)> {
    let inputs =
        args.iter().map(|(s, l)| view::<T>(kernel.name(), s, l)).collect::<Result<Vec<_>>>()?;
    let (data, dims) = kernel.run(&inputs)?;
    debug_assert_eq!(data.len(), dims.iter().product::<usize>());
    Ok((T::to_cpu_storage_owned(data), Shape::from(dims)))
}

/// `Some(f())` where `t` is tracked: the gradient of anything else is never computed.
pub(crate) fn if_tracked(t: &Tensor, f: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
    if t.track_op() { f().map(Some) } else { Ok(None) }
}

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
