//! safetensors files: reading any, and writing ours with where the weights are from.

use super::state::{Array, State};
use super::torch_tensors::Number;
use crate::{Error, Result};
use gan_images::write_atomically;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The version of what this crate writes; a reader refuses newer ones.
const FORMAT: u64 = 1;

/// What a file written by this crate says about its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The layout's name.
    pub layout: String,
    /// Name of the file that the weights were converted from, without its folder.
    pub source: String,
    /// SHA-256 of that file; for a folder of TensorFlow.js, of its manifest.
    pub source_sha256: String,
    /// The weights' own hash, [`State::hash`].
    pub weights_sha256: String,
}

/// A safetensors file in memory.
pub(crate) struct TensorFile {
    path: PathBuf,
    bytes: Vec<u8>,
    tensors: BTreeMap<String, (Vec<usize>, Number, usize)>,
    about: Option<About>,
}

impl TensorFile {
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(path, std::fs::read(path).map_err(Error::io(path, "read"))?)
    }

    /// The bytes of a file; `path` is what messages call it.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let wrong = |e: &dyn std::fmt::Display| {
            Error::format(path, format!("not a whole safetensors file ({e}); fetch it again"))
        };
        let (length, header) = SafeTensors::read_metadata(&bytes).map_err(|e| wrong(&e))?;
        // Checks that offsets, shapes and sizes agree with one another and with the file.
        let file = SafeTensors::deserialize(&bytes).map_err(|e| wrong(&e))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let number = number(view.dtype()).ok_or_else(|| {
                Error::format(path, format!("{name}: numbers of type {:?}", view.dtype()))
            })?;
            let info = header.info(&name).ok_or_else(|| wrong(&"a tensor without a place"))?;
            let start = 8 + length + info.data_offsets.0;
            tensors.insert(name, (view.shape().to_vec(), number, start));
        }
        let about = about(path, header.metadata().as_ref())?;
        Ok(Self { path: path.to_owned(), bytes, tensors, about })
    }

    pub fn listing(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, (shape, ..))| (name.as_str(), shape.as_slice()))
    }

    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    pub fn load(&self, name: &str) -> Result<Array> {
        let missing = || Error::format(&self.path, format!("{name} is missing"));
        let (shape, number, start) = self.tensors.get(name).ok_or_else(missing)?;
        let length = shape.iter().product::<usize>() * number.size();
        let bytes = self.bytes.get(*start..start + length).ok_or_else(missing)?;
        let values = bytes.chunks_exact(number.size()).map(|b| number.read(b)).collect();
        Ok(Array { shape: shape.clone(), values })
    }
}

fn number(dtype: Dtype) -> Option<Number> {
    Some(match dtype {
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        Dtype::F32 => Number::F32,
        Dtype::F64 => Number::F64,
        Dtype::I64 => Number::I64,
        Dtype::I32 => Number::I32,
        Dtype::U8 => Number::U8,
        _ => return None,
    })
}

/// The metadata, where it is ours.
fn about(
    path: &Path,
    metadata: Option<&std::collections::HashMap<String, String>>,
) -> Result<Option<About>> {
    let get = |key: &str| metadata.and_then(|m| m.get(key)).cloned();
    let (Some(format), Some(layout)) = (get("format"), get("layout")) else { return Ok(None) };
    let Some(version) = format.strip_prefix("gan-metrics weights ") else { return Ok(None) };
    if version.parse::<u64>().is_ok_and(|v| v > FORMAT) {
        return Err(Error::format(
            path,
            format!("weights of format {version}; this program reads up to {FORMAT}: update it"),
        ));
    }
    Ok(Some(About {
        layout,
        source: get("source").unwrap_or_default(),
        source_sha256: get("source_sha256").unwrap_or_default(),
        weights_sha256: get("weights_sha256").unwrap_or_default(),
    }))
}

/// Writes weights with their origin; the same weights of the same file give the same bytes.
///
/// # Errors
/// Where the file cannot be written; what was there before stays.
pub fn write(path: &Path, state: &State, source: &str, source_sha256: &str) -> Result<()> {
    let about = [
        ("format", format!("gan-metrics weights {FORMAT}")),
        ("layout", state.layout().to_string()),
        ("source", source.to_owned()),
        ("source_sha256", source_sha256.to_owned()),
        ("weights_sha256", state.hash()),
    ];
    write_tensors(path, &about, state.arrays())
}

/// Writes tensors in the order of their names, with metadata: the same ones give the same bytes.
pub(crate) fn write_tensors(
    path: &Path,
    metadata: &[(&str, String)],
    arrays: &BTreeMap<String, Array>,
) -> Result<()> {
    let metadata: Map<String, Value> =
        metadata.iter().map(|(k, v)| ((*k).to_owned(), Value::from(v.as_str()))).collect();
    let mut header = Map::from_iter([("__metadata__".to_owned(), Value::Object(metadata))]);
    let mut at = 0;
    for (name, array) in arrays {
        let end = at + 4 * array.values.len();
        let entry = json!({"dtype": "F32", "shape": array.shape, "data_offsets": [at, end]});
        header.insert(name.clone(), entry);
        at = end;
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // The format asks for numbers aligned to 8 bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    write_atomically(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        for value in arrays.values().flat_map(|array| &array.values) {
            file.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    })?;
    Ok(())
}
