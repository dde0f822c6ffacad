//! How kernels stand in Candle's graph: as scalars, so that gradients are handed on, not copied.
//!
//! Candle adds the gradient that an operation returns to a tensor of zeros as large as the
//! argument. Between two large operations that is three passes over memory for nothing. So an
//! operation of ours appears in the graph as a *token*: a scalar whose arguments are the tokens of
//! the operations that made its inputs. Candle walks the tokens in the right order and adds scalar
//! zeros; the gradients themselves wait in the operation's [`Slot`] until its turn comes. The
//! result's tensor hangs on its token, so that Candle's own operations can be mixed with ours
//! freely and `backward` is called as always.

mod addition;
mod switches;
mod token;

use crate::backend::composed;
use crate::kernel::{Kernel, forward};
use addition::Add;
use candle_core::backprop::GradStore;
use candle_core::{
    CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor, TensorId, bail,
};
use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use switches::{second_order, while_detached};
use token::{Turn, token};

pub(crate) use switches::{first_only, recording};

type Boxed1 = Box<dyn CustomOp1 + Send + Sync>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is a single step, so a panic leaves them usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// Gradients of variables, while [`gradients_of`] runs on this thread.
    static COLLECTED: RefCell<Option<HashMap<TensorId, Tensor>>> = const { RefCell::new(None) };
}

/// Keeps a variable's gradient where somebody collects them, else gives it back.
fn collect(variable: &Tensor, grad: Tensor) -> Result<Option<Tensor>> {
    COLLECTED.with_borrow_mut(|collected| {
        let Some(map) = collected else { return Ok(Some(grad)) };
        let grad = if second_order() { grad } else { grad.detach() };
        match map.entry(variable.id()) {
            Entry::Occupied(mut sum) => {
                let both = add(sum.get(), &grad)?;
                sum.insert(both);
            }
            Entry::Vacant(place) => {
                place.insert(grad);
            }
        }
        Ok(None)
    })
}

/// Candle's backward pass, and the gradients of variables that it did not have to add up.
pub(crate) fn gradients_of(loss: &Tensor) -> Result<(GradStore, HashMap<TensorId, Tensor>)> {
    /// Restores what was collected outside even when the pass unwinds.
    struct Restore(Option<HashMap<TensorId, Tensor>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            COLLECTED.replace(self.0.take());
        }
    }
    let _restore = Restore(COLLECTED.replace(Some(HashMap::new())));
    let store = loss.backward()?;
    Ok((store, COLLECTED.take().unwrap_or_default()))
}

/// The gradient of a result, complete once all who used the result have had their turn, with the
/// result itself. One entry a thread that is in a backward pass.
#[derive(Default)]
struct Slot(Mutex<Vec<(ThreadId, Tensor, Tensor)>>);

impl Slot {
    fn add(&self, grad: Tensor, result: &Tensor) -> Result<()> {
        let thread = std::thread::current().id();
        let mut pending = lock(&self.0);
        match pending.iter_mut().find(|(t, ..)| *t == thread) {
            Some((_, sum, _)) => *sum = add(sum, &grad)?,
            None => pending.push((thread, grad, result.clone())),
        }
        Ok(())
    }

    fn take(&self) -> Option<(Tensor, Tensor)> {
        let thread = std::thread::current().id();
        let mut pending = lock(&self.0);
        let at = pending.iter().position(|(t, ..)| *t == thread)?;
        let (_, grad, result) = pending.swap_remove(at);
        Some((grad, result))
    }
}

/// An operation's token, where the gradient of its result is left, and what it was made of.
#[derive(Clone)]
struct Source {
    token: Tensor,
    slot: Arc<Slot>,
    inputs: Arc<Vec<Tensor>>,
}

/// Every tensor behind `loss` that an operation made, ours and Candle's, in the order in which
/// they were made as far as one needs another.
pub(crate) fn results(loss: &Tensor) -> Vec<Tensor> {
    let known = lock(&SOURCES);
    let tokens: HashSet<TensorId> = known.values().map(|s| s.token.id()).collect();
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    for node in loss.sorted_nodes().into_iter().rev() {
        // Depth first, with a stack of our own: graphs can be deep.
        let mut stack = vec![(node.clone(), false)];
        while let Some((tensor, ready)) = stack.pop() {
            let id = tensor.id();
            if ready {
                out.push(tensor);
            } else if !tokens.contains(&id) && !tensor.is_variable() && seen.insert(id) {
                let inputs = known.get(&id).map(|s| s.inputs.clone()).unwrap_or_default();
                stack.push((tensor, true));
                let made = inputs.iter().rev().filter(|t| t.track_op());
                stack.extend(made.map(|t| (t.clone(), false)));
            }
        }
    }
    // What is dropped here may be the last of its kind, and wants the lock.
    drop(known);
    out
}

/// The source of every living result of a kernel.
static SOURCES: LazyLock<Mutex<HashMap<TensorId, Source>>> = LazyLock::new(Mutex::default);

/// A zero that stands for a gradient left in a slot.
fn nothing() -> Result<Tensor> {
    static ZERO: OnceLock<Tensor> = OnceLock::new();
    if let Some(zero) = ZERO.get() {
        return Ok(zero.clone());
    }
    // On the host: nobody computes with it.
    let zero = Tensor::zeros((), DType::F32, &Device::Cpu)?;
    Ok(ZERO.get_or_init(|| zero).clone())
}

/// Applies a kernel. Nothing is recorded where no input is tracked.
pub(crate) fn apply<K: Kernel>(kernel: K, inputs: &[&Tensor]) -> Result<Tensor> {
    // `contiguous` is free where nothing has to move.
    let inputs = inputs.iter().map(|t| t.contiguous()).collect::<Result<Vec<_>>>()?;
    if !recording() || !inputs.iter().any(|t| t.track_op()) {
        return plain(|| forward(&kernel, &inputs), &inputs[0]);
    }
    record(kernel, inputs)
}

/// `a + b`, shapes equal.
///
/// # Errors
/// Where the shapes differ.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() != b.dims() {
        bail!("sum: shapes differ: {:?} and {:?}", a.dims(), b.dims())
    }
    if composed(a) { a.add(b) } else { apply(Add, &[a, b]) }
}

/// A tensor from a value, outside every graph.
fn plain(value: impl FnOnce() -> Result<(CpuStorage, Shape)>, like: &Tensor) -> Result<Tensor> {
    let result =
        Value { value: Mutex::new(Some(value()?)), slot: Arc::default(), id: OnceLock::new() };
    like.apply_op1_no_bwd(&result)
}

/// Applies a kernel and records it.
fn record<K: Kernel>(kernel: K, inputs: Vec<Tensor>) -> Result<Tensor> {
    let value = forward(&kernel, &inputs)?;
    let sources: Vec<Option<Source>> = {
        let known = lock(&SOURCES);
        inputs.iter().map(|t| known.get(&t.id()).cloned()).collect()
    };
    let slot = Arc::new(Slot::default());
    let mut args: Vec<(usize, Tensor)> = Vec::new();
    for (index, (input, source)) in inputs.iter().zip(&sources).enumerate() {
        match source {
            Some(source) => args.push((index, source.token.clone())),
            None if input.track_op() => args.push((index, input.clone())),
            None => {}
        }
    }
    let indices = args.iter().map(|(index, _)| *index).collect();
    let inputs = Arc::new(inputs);
    let node = Node { kernel, inputs: inputs.clone(), sources, indices, slot: slot.clone() };
    let args: Vec<&Tensor> = args.iter().map(|(_, arg)| arg).collect();
    let token = token(node, &args)?;
    let id = OnceLock::new();
    let value = Arc::new(Value { value: Mutex::new(Some(value)), slot: slot.clone(), id });
    let op: Arc<Boxed1> = Arc::new(Box::new(Handle(value.clone())));
    let result = token.apply_op1_arc(op)?;
    // The entry goes with the value's last tensor.
    let _ = value.id.set(result.id());
    lock(&SOURCES).insert(result.id(), Source { token, slot, inputs });
    Ok(result)
}

/// A kernel's place in the graph: its token.
struct Node<K> {
    kernel: K,
    inputs: Arc<Vec<Tensor>>,
    sources: Vec<Option<Source>>,
    /// The inputs that are arguments of the token.
    indices: Vec<usize>,
    slot: Arc<Slot>,
}

impl<K: Kernel> Turn for Node<K> {
    fn name(&self) -> &'static str {
        self.kernel.name()
    }

    fn backward(&self) -> Result<Vec<Option<Tensor>>> {
        let mut grads = match self.slot.take() {
            Some((grad, result)) => while_detached(|| {
                let grad = if recording() { grad } else { grad.detach() };
                let inputs: Vec<&Tensor> = self.inputs.iter().collect();
                self.kernel.grads(&inputs, &result, &grad)
            })?,
            None => vec![None; self.inputs.len()],
        };
        let mut out = Vec::with_capacity(3);
        for &index in &self.indices {
            let (input, grad) = (&self.inputs[index], grads[index].take());
            out.push(match (&self.sources[index], grad) {
                (Some(source), Some(grad)) => {
                    source.slot.add(grad, input)?;
                    Some(nothing()?)
                }
                (Some(_), None) => Some(nothing()?),
                // Candle does not miss the gradient of a variable.
                (None, Some(grad)) if input.is_variable() => collect(input, grad)?,
                (None, Some(grad)) => Some(grad),
                (None, None) => Some(input.zeros_like()?),
            });
        }
        out.resize(3, None);
        Ok(out)
    }
}

/// The result of a kernel, until it is a tensor.
struct Value {
    value: Mutex<Option<(CpuStorage, Shape)>>,
    slot: Arc<Slot>,
    id: OnceLock<TensorId>,
}

impl CustomOp1 for Value {
    fn name(&self) -> &'static str {
        "result"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let Some(value) = lock(&self.value).take() else { bail!("a result is made once") };
        Ok(value)
    }
}

/// The operation that hangs a result's tensor on its token.
struct Handle(Arc<Value>);

impl CustomOp1 for Handle {
    fn name(&self) -> &'static str {
        "result"
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        self.0.cpu_fwd(s, l)
    }

    /// Candle's own operations leave their gradient here.
    fn bwd(&self, _: &Tensor, result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        self.0.slot.add(grad.clone(), result)?;
        nothing().map(Some)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Taken out under the lock, dropped after it: it may be the last to hold other results.
        let gone = self.0.id.get().and_then(|id| lock(&SOURCES).remove(id));
        drop(gone);
    }
}
