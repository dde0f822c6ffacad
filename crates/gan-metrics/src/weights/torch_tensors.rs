//! Tensors in a pickle of PyTorch's: names, types, shapes and strides, checked before any is read.

use super::pickle::{Id, Pickle, Value};
use half::{bf16, f16};
use std::collections::BTreeMap;

/// The only names that a state dict may mention.
pub(super) const ALLOWED: &[&str] = &[
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch.FloatStorage",
    "torch.DoubleStorage",
    "torch.HalfStorage",
    "torch.BFloat16Storage",
    "torch.LongStorage",
    "torch.IntStorage",
    "torch.ShortStorage",
    "torch.CharStorage",
    "torch.ByteStorage",
    "torch.BoolStorage",
];

/// How one number is stored, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    Bf16,
    F32,
    F64,
    I64,
    I32,
    I16,
    I8,
    U8,
}

impl Number {
    fn of_storage(name: &str) -> Option<Self> {
        Some(match name {
            "torch.FloatStorage" => Self::F32,
            "torch.DoubleStorage" => Self::F64,
            "torch.HalfStorage" => Self::F16,
            "torch.BFloat16Storage" => Self::Bf16,
            "torch.LongStorage" => Self::I64,
            "torch.IntStorage" => Self::I32,
            "torch.ShortStorage" => Self::I16,
            "torch.CharStorage" => Self::I8,
            "torch.ByteStorage" | "torch.BoolStorage" => Self::U8,
            _ => return None,
        })
    }

    /// Bytes a number.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 => 1,
        }
    }

    /// The number in [`Number::size`] bytes, rounded to f32; 0 where there are fewer.
    pub fn read(self, bytes: &[u8]) -> f32 {
        fn le<const N: usize>(bytes: &[u8]) -> [u8; N] {
            bytes.first_chunk().copied().unwrap_or([0; N])
        }
        match self {
            Self::F16 => f16::from_le_bytes(le(bytes)).to_f32(),
            Self::Bf16 => bf16::from_le_bytes(le(bytes)).to_f32(),
            Self::F32 => f32::from_le_bytes(le(bytes)),
            Self::F64 => f64::from_le_bytes(le(bytes)) as f32,
            Self::I64 => i64::from_le_bytes(le(bytes)) as f32,
            Self::I32 => i32::from_le_bytes(le(bytes)) as f32,
            Self::I16 => f32::from(i16::from_le_bytes(le(bytes))),
            Self::I8 => f32::from(i8::from_le_bytes(le(bytes))),
            Self::U8 => f32::from(u8::from_le_bytes(le(bytes))),
        }
    }
}

/// A run of numbers outside the pickle that tensors look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub key: String,
    pub number: Number,
    pub count: usize,
    /// Where a legacy file's view of another storage begins.
    pub start: usize,
}

/// A tensor: which of a storage's numbers, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub storage: Storage,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub stride: Vec<usize>,
}

impl View {
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Refuses what reaches outside its storage or is larger than it.
    fn checked(self) -> Result<Self, String> {
        let outside = || {
            format!(
                "shape {:?} with strides {:?} from {} reaches outside its storage of {} numbers",
                self.shape, self.stride, self.offset, self.storage.count
            )
        };
        if self.shape.len() != self.stride.len() || self.shape.len() > 8 {
            return Err(format!("shape {:?} with strides {:?}", self.shape, self.stride));
        }
        let count = self.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        let count = count.ok_or_else(outside)?;
        if count == 0 {
            return Ok(self);
        }
        if count > self.storage.count {
            return Err(format!(
                "shape {:?} is larger than its storage of {} numbers; save it with `.contiguous()`",
                self.shape, self.storage.count
            ));
        }
        let last = self
            .shape
            .iter()
            .zip(&self.stride)
            .try_fold(self.offset, |at, (d, s)| at.checked_add((d - 1).checked_mul(*s)?));
        if last.is_none_or(|last| last >= self.storage.count) {
            return Err(outside());
        }
        Ok(self)
    }

    /// The tensor's numbers in row-major order, out of the bytes of its storage.
    pub fn gather(&self, bytes: &[u8]) -> Vec<f32> {
        let (number, size) = (self.storage.number, self.storage.number.size());
        let mut out = Vec::with_capacity(self.count());
        let mut index = vec![0; self.shape.len()];
        for _ in 0..self.count() {
            let at: usize = index.iter().zip(&self.stride).map(|(i, s)| i * s).sum();
            out.push(number.read(bytes.get((self.offset + at) * size..).unwrap_or(&[])));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        out
    }
}

/// The tensors of a state dict by name. It may be the whole pickle or stand under a usual key.
pub(super) fn state_dict(pickle: &Pickle) -> Result<BTreeMap<String, View>, String> {
    let Value::Dict(mut entries) = pickle.get(pickle.root).clone() else {
        return Err(
            "expected a state dict, a dictionary of tensors; save `net.state_dict()`".into()
        );
    };
    let text = |id: Id| match pickle.get(id) {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let wrapped = entries.iter().find(|(key, value)| {
        matches!(text(*key), Some("state_dict" | "model" | "model_state_dict"))
            && matches!(pickle.get(*value), Value::Dict(_))
    });
    if let Some((_, inner)) = wrapped
        && let Value::Dict(inner) = pickle.get(*inner)
    {
        entries = inner.clone();
    }
    let mut tensors = BTreeMap::new();
    for (key, value) in entries {
        // What is no tensor, such as an epoch's number, is not for us.
        let Some(name) = text(key).filter(|_| matches!(pickle.get(value), Value::Call(..))) else {
            continue;
        };
        let view = tensor(pickle, value, true).map_err(|problem| format!("{name}: {problem}"))?;
        if tensors.insert(name.to_owned(), view).is_some() {
            return Err(format!("{name} stands there twice"));
        }
    }
    if tensors.is_empty() {
        return Err("no tensors in it; expected a state dict, `net.state_dict()`".to_owned());
    }
    Ok(tensors)
}

fn tensor(pickle: &Pickle, id: Id, parameter: bool) -> Result<View, String> {
    let Value::Call(function, arguments) = pickle.get(id) else {
        return Err("no tensor".to_owned());
    };
    let Value::Tuple(arguments) = pickle.get(*arguments) else {
        return Err(format!("`{function}` without arguments"));
    };
    match (*function, arguments.as_slice()) {
        ("torch._utils._rebuild_parameter", [inner, ..]) if parameter => {
            tensor(pickle, *inner, false)
        }
        (
            "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2",
            [held, offset, shape, stride, ..],
        ) => View {
            storage: storage(pickle, *held)?,
            offset: natural(pickle, *offset)?,
            shape: naturals(pickle, *shape)?,
            stride: naturals(pickle, *stride)?,
        }
        .checked(),
        (function, arguments) => {
            Err(format!("`{function}` with {} arguments makes no tensor", arguments.len()))
        }
    }
}

fn storage(pickle: &Pickle, id: Id) -> Result<Storage, String> {
    match pickle.get(id) {
        Value::Persistent(id) => persistent(pickle, *id),
        _ => Err("a tensor without a storage".to_owned()),
    }
}

/// `('storage', type, key, place, count)`, and in old files what it is a view of.
fn persistent(pickle: &Pickle, id: Id) -> Result<Storage, String> {
    let wrong = || "a storage that PyTorch would not describe so".to_owned();
    let Value::Tuple(parts) = pickle.get(id) else { return Err(wrong()) };
    let (&[word, kind, key, _, count], rest) = parts.split_first_chunk().ok_or_else(wrong)?;
    let (Value::Text(word), Value::Global(kind), Value::Text(key)) =
        (pickle.get(word), pickle.get(kind), pickle.get(key))
    else {
        return Err(wrong());
    };
    let number = Number::of_storage(kind).filter(|_| word == "storage").ok_or_else(wrong)?;
    let mut storage =
        Storage { key: key.clone(), number, count: natural(pickle, count)?, start: 0 };
    // (key of the view, where it begins, its count)
    if let Some(Value::Tuple(view)) = rest.first().map(|id| pickle.get(*id)) {
        let &[_, start, count] = view.as_slice() else { return Err(wrong()) };
        let (start, count) = (natural(pickle, start)?, natural(pickle, count)?);
        if start.checked_add(count).is_none_or(|end| end > storage.count) {
            return Err("a view that reaches outside its storage".to_owned());
        }
        storage = Storage { count, start, ..storage };
    }
    Ok(storage)
}

/// Every storage that the pickle mentions, whole: its key, its type and its count.
pub(super) fn storages(pickle: &Pickle) -> Result<BTreeMap<String, (Number, usize)>, String> {
    let mut all = BTreeMap::new();
    for value in pickle.values() {
        let Value::Persistent(id) = value else { continue };
        let storage = persistent(pickle, *id)?;
        let Value::Tuple(parts) = pickle.get(*id) else { continue };
        let whole = natural(pickle, parts[4])?;
        if all
            .insert(storage.key.clone(), (storage.number, whole))
            .is_some_and(|old| old != (storage.number, whole))
        {
            return Err(format!("storage {} is described in two ways", storage.key));
        }
    }
    Ok(all)
}

fn natural(pickle: &Pickle, id: Id) -> Result<usize, String> {
    match pickle.get(id) {
        Value::Int(n) => usize::try_from(*n).map_err(|_| format!("{n} where a size is expected")),
        _ => Err("no number where a size is expected".to_owned()),
    }
}

fn naturals(pickle: &Pickle, id: Id) -> Result<Vec<usize>, String> {
    match pickle.get(id) {
        Value::Tuple(ids) | Value::List(ids) if ids.len() <= 8 => {
            ids.iter().map(|id| natural(pickle, *id)).collect()
        }
        _ => Err("no tuple of up to 8 sizes where a shape is expected".to_owned()),
    }
}
