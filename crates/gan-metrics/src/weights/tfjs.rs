//! Keras weights as TensorFlow.js stores them: a manifest and shards, as plain files or as the
//! JavaScript modules of the npm package `nsfwjs`.

use super::js_literal::{exported, exported_text};
use super::state::Array;
use crate::{Error, Result};
use base64::Engine;
use half::f16;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a manifest that is read at all.
const LONGEST_MANIFEST: u64 = 16 << 20;
/// Bytes of a shard: TensorFlow.js cuts at 4 MB, nsfwjs' modules have 5.6 MB.
const LONGEST_SHARD: u64 = 1 << 30;

/// All weights of a model; the bytes of the shards are in memory.
pub(super) struct Tfjs {
    path: PathBuf,
    tensors: BTreeMap<String, Stored>,
    bytes: Vec<u8>,
}

/// Where a tensor's numbers are and how they are stored.
struct Stored {
    shape: Vec<usize>,
    start: usize,
    code: Code,
}

#[derive(Clone, Copy)]
enum Code {
    F32,
    F16,
    /// `q·scale + min`.
    U8 {
        scale: f64,
        min: f64,
    },
    U16 {
        scale: f64,
        min: f64,
    },
}

impl Code {
    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::U16 { .. } => 2,
            Self::U8 { .. } => 1,
        }
    }

    fn read(self, b: &[u8]) -> f32 {
        match self {
            Self::F32 => f32::from_le_bytes(b.first_chunk().copied().unwrap_or_default()),
            Self::F16 => f16::from_le_bytes(b.first_chunk().copied().unwrap_or_default()).to_f32(),
            // As TensorFlow.js computes it: in f64, rounded once.
            Self::U8 { scale, min } => {
                (f64::from(b.first().copied().unwrap_or_default()) * scale + min) as f32
            }
            Self::U16 { scale, min } => {
                let q = u16::from_le_bytes(b.first_chunk().copied().unwrap_or_default());
                (f64::from(q) * scale + min) as f32
            }
        }
    }
}

impl Tfjs {
    /// Opens a manifest, or the folder that holds one: `model.json` or `model.min.js`. The root of
    /// the unpacked npm package will do as well.
    pub fn open(path: &Path) -> Result<Self> {
        let manifest = find_manifest(path)?;
        let folder = manifest.parent().unwrap_or(Path::new("."));
        let wrong = |problem: String| Error::format(&manifest, problem);
        let model = exported(&read(&manifest, LONGEST_MANIFEST)?).map_err(wrong)?;
        let groups = model.get("weightsManifest").and_then(Value::as_array).ok_or_else(|| {
            wrong("no `weightsManifest` in it: expected a model of TensorFlow.js".to_owned())
        })?;
        let mut found =
            Self { path: manifest.clone(), tensors: BTreeMap::new(), bytes: Vec::new() };
        for group in groups {
            found.read_group(folder, group)?;
        }
        Ok(found)
    }

    fn read_group(&mut self, folder: &Path, group: &Value) -> Result<()> {
        let path = self.path.clone();
        let wrong = |problem: String| Error::format(&path, problem);
        let mut at = self.bytes.len();
        let list = |key| group.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut tensors = Vec::new();
        for weight in list("weights") {
            let (name, stored) = stored(weight, at).map_err(wrong)?;
            let size = stored.shape.iter().try_fold(stored.code.size(), |n, d| n.checked_mul(*d));
            at = size
                .and_then(|size| at.checked_add(size))
                .ok_or_else(|| wrong(format!("{name}: shape {:?} is too large", stored.shape)))?;
            tensors.push((name, stored));
        }
        let mut seen = BTreeSet::new();
        for shard in list("paths") {
            let name = shard.as_str().ok_or_else(|| wrong("a shard without a name".to_owned()))?;
            // Else a small folder could fill the memory.
            if !seen.insert(name) {
                return Err(wrong(format!("the shard {name} stands there twice")));
            }
            self.bytes.extend(read_shard(folder, name)?);
        }
        if self.bytes.len() != at {
            return Err(Error::format(
                &self.path,
                format!("its shards have {} bytes, expected {at}", self.bytes.len()),
            ));
        }
        for (name, stored) in tensors {
            if self.tensors.insert(name.clone(), stored).is_some() {
                return Err(Error::format(&self.path, format!("{name} stands there twice")));
            }
        }
        Ok(())
    }

    /// Names and shapes.
    pub fn listing(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, stored)| (name.as_str(), stored.shape.as_slice()))
    }

    /// The numbers of one tensor.
    pub fn load(&self, name: &str) -> Result<Array> {
        let missing = || Error::format(&self.path, format!("{name} is missing"));
        let stored = self.tensors.get(name).ok_or_else(missing)?;
        let size = stored.code.size();
        let length = stored.shape.iter().product::<usize>() * size;
        let bytes = self.bytes.get(stored.start..stored.start + length).ok_or_else(missing)?;
        let values = bytes.chunks_exact(size).map(|b| stored.code.read(b)).collect();
        Ok(Array { shape: stored.shape.clone(), values })
    }

    /// The manifest that was read.
    pub fn manifest(&self) -> &Path {
        &self.path
    }
}

fn find_manifest(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let package = Path::new("dist").join("models").join("inception_v3");
    for folder in [path.to_owned(), path.join(package)] {
        for name in ["model.json", "model.min.js", "model.js"] {
            if folder.join(name).is_file() {
                return Ok(folder.join(name));
            }
        }
    }
    Err(Error::format(
        path,
        "a folder without `model.json` or `model.min.js`; give that of a model of TensorFlow.js, \
         such as `dist/models/inception_v3` of the npm package nsfwjs",
    ))
}

/// `most` bytes at most of a file.
fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let size = file.metadata().map_err(Error::io(path, "read"))?.len();
    if size > most {
        return Err(Error::format(path, format!("{size} bytes; {most} at most are expected")));
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).map_err(Error::io(path, "read"))?;
    Ok(bytes)
}

fn stored(weight: &Value, start: usize) -> std::result::Result<(String, Stored), String> {
    let name = weight.get("name").and_then(Value::as_str).ok_or("a weight without a name")?;
    let shape = weight.get("shape").and_then(Value::as_array).ok_or("a weight without a shape")?;
    let shape: Option<Vec<usize>> =
        shape.iter().map(|d| d.as_u64().and_then(|d| usize::try_from(d).ok())).collect();
    let shape = shape.ok_or_else(|| format!("{name}: a shape that is none"))?;
    let text = |value: &Value, key| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |value: &Value, key| value.get(key).and_then(Value::as_f64);
    let dtype = text(weight, "dtype").unwrap_or_default();
    let quantized = weight.get("quantization");
    let how = quantized
        .map(|q| (text(q, "dtype").unwrap_or_default(), number(q, "scale"), number(q, "min")));
    let code = match (dtype.as_str(), how.as_ref().map(|(d, s, m)| (d.as_str(), *s, *m))) {
        ("float32", None) => Code::F32,
        ("float32", Some(("float16", ..))) => Code::F16,
        ("float32", Some(("uint8", Some(scale), Some(min)))) => Code::U8 { scale, min },
        ("float32", Some(("uint16", Some(scale), Some(min)))) => Code::U16 { scale, min },
        _ => return Err(format!("{name}: type `{dtype}`, quantized {how:?}, is not supported")),
    };
    Ok((name.to_owned(), Stored { shape, start, code }))
}

/// The bytes of a shard beside the manifest: the file itself, or a module of its base64 text.
fn read_shard(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "._- ".contains(c));
    if !plain || name.contains("..") {
        return Err(Error::format(folder, format!("a shard called {name:?}: refused")));
    }
    let path = folder.join(name);
    if path.is_file() {
        return read(&path, LONGEST_SHARD);
    }
    for end in ["min.js", "js"] {
        let path = folder.join(format!("{name}.{end}"));
        if path.is_file() {
            let text = read(&path, LONGEST_SHARD)?;
            let code = exported_text(&text).map_err(|e| Error::format(&path, e))?;
            let decoded = base64::engine::general_purpose::STANDARD.decode(code);
            return decoded.map_err(|e| Error::format(&path, format!("no base64 text: {e}")));
        }
    }
    Err(Error::format(&path, "this shard is missing; give the folder with all shards"))
}
