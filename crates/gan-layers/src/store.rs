//! The parameter store: every tensor a checkpoint must hold, by name.

use crate::init::Init;
use candle_core::{DType, Device, Result, Tensor, Var, bail};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A trainable tensor, shared between the store and a layer.
#[derive(Debug, Clone)]
pub struct Param {
    var: Var,
    active: Arc<AtomicBool>,
}

impl Param {
    /// The value: tracked while its player trains, a constant otherwise.
    pub fn get(&self) -> Tensor {
        if self.is_active() { self.var.as_tensor().clone() } else { self.var.as_detached_tensor() }
    }

    /// Whether gradients flow into it now; see [`ParamStore::activate`].
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// The variable behind it.
    pub fn var(&self) -> &Var {
        &self.var
    }
}

/// A tensor that is kept but not trained: running statistics, a power iteration's vector.
#[derive(Debug, Clone)]
pub struct Buffer(Var);

impl Buffer {
    /// The value, a constant.
    pub fn get(&self) -> Tensor {
        self.0.as_detached_tensor()
    }

    /// Replaces the value.
    ///
    /// # Errors
    /// Where the shape or element type differs.
    pub fn set(&self, value: &Tensor) -> Result<()> {
        self.0.set(&value.detach())
    }

    /// The variable behind it.
    pub fn var(&self) -> &Var {
        &self.0
    }
}

/// Every tensor of a model, by name, in the order of the names.
///
/// Names are dotted paths whose first part names the network: `g.conv2.weight`.
#[derive(Debug)]
pub struct ParamStore {
    seed: u64,
    dtype: DType,
    device: Device,
    params: BTreeMap<String, Param>,
    buffers: BTreeMap<String, Buffer>,
}

impl ParamStore {
    /// An empty store whose initializers draw under `seed`.
    pub fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        Self {
            seed,
            dtype,
            device: device.clone(),
            params: BTreeMap::new(),
            buffers: BTreeMap::new(),
        }
    }

    /// Element type of every tensor.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Where every tensor lives.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn free(&self, name: &str) -> Result<()> {
        if self.params.contains_key(name) || self.buffers.contains_key(name) {
            bail!("parameter store: {name} exists already; names must be unique")
        }
        Ok(())
    }

    /// Adds a parameter.
    ///
    /// # Errors
    /// Where the name is taken.
    pub fn param(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Param> {
        self.free(name)?;
        let start = init.tensor(self.seed, name, shape, self.dtype, &self.device)?;
        let param =
            Param { var: Var::from_tensor(&start)?, active: Arc::new(AtomicBool::new(true)) };
        self.params.insert(name.to_owned(), param.clone());
        Ok(param)
    }

    /// Adds a buffer.
    ///
    /// # Errors
    /// Where the name is taken.
    pub fn buffer(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Buffer> {
        self.free(name)?;
        let start = init.tensor(self.seed, name, shape, self.dtype, &self.device)?;
        let buffer = Buffer(Var::from_tensor(&start)?);
        self.buffers.insert(name.to_owned(), buffer.clone());
        Ok(buffer)
    }

    /// Tracks gradients of the parameters under these prefixes and of no others.
    pub fn activate(&self, prefixes: &[impl AsRef<str>]) {
        for (name, param) in &self.params {
            param.active.store(under(name, prefixes), Ordering::Relaxed);
        }
    }

    /// Tracks gradients of no parameter.
    pub fn freeze(&self) {
        self.params.values().for_each(|param| param.active.store(false, Ordering::Relaxed));
    }

    /// Runs `work` with these prefixes tracked *as well*, then restores what was.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn also_active<T>(
        &self,
        prefixes: &[impl AsRef<str>],
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let before: Vec<bool> = self.params.values().map(Param::is_active).collect();
        for (name, param) in &self.params {
            if under(name, prefixes) {
                param.active.store(true, Ordering::Relaxed);
            }
        }
        let result = work();
        for (param, was) in self.params.values().zip(before) {
            param.active.store(was, Ordering::Relaxed);
        }
        result
    }

    /// The parameters under these prefixes, in the order of their names.
    pub fn owned<'a>(
        &'a self,
        prefixes: &'a [impl AsRef<str>],
    ) -> impl Iterator<Item = (&'a str, &'a Param)> {
        self.params.iter().map(|(n, p)| (n.as_str(), p)).filter(|(n, _)| under(n, prefixes))
    }

    /// Every tensor, parameters before buffers, each in the order of their names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Var)> {
        let params = self.params.iter().map(|(n, p)| (n.as_str(), p.var()));
        params.chain(self.buffers.iter().map(|(n, b)| (n.as_str(), b.var())))
    }

    /// The buffers, in the order of their names.
    pub fn buffers(&self) -> impl Iterator<Item = &Var> {
        self.buffers.values().map(Buffer::var)
    }

    /// Number of trainable values under these prefixes.
    pub fn count(&self, prefixes: &[impl AsRef<str>]) -> usize {
        self.owned(prefixes).map(|(_, p)| p.var().elem_count()).sum()
    }
}

/// Whether a name lies under one of the prefixes.
fn under(name: &str, prefixes: &[impl AsRef<str>]) -> bool {
    prefixes.iter().any(|p| name.starts_with(p.as_ref()))
}
