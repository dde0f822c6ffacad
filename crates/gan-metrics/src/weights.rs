//! Weight files: reading in every published format, converting, checking.
//!
//! | format | from |
//! | --- | --- |
//! | `.pth`, zip form and the older stream | PyTorch: pytorch-fid, torch-fidelity, torchvision |
//! | a folder with `model.json` or `model.min.js` and shards | Keras by TensorFlow.js: npm `nsfwjs` |
//! | `.safetensors` | this crate, or anybody with the names of PyTorch or of Keras |
//!
//! Pickles are read by a machine that builds data and executes nothing; names that weights do not
//! need are refused. No reader reserves more memory than the file has bytes for.

mod bundle;
mod cache;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile;
mod input;
mod js_literal;
mod naming;
mod opcode;
mod pickle;
mod pth;
mod state;
mod tensor_file;
mod tfjs;
mod torch_tensors;

pub use cache::cached;
pub use gan_images::cache_folder;
pub use state::State;
pub(crate) use state::{Array, fingerprint, hexadecimal};
pub use tensor_file::{About, write};
pub(crate) use tensor_file::{TensorFile, write_tensors};

use crate::inception::Layout;
use crate::{Error, Result};
use bundle::Bundle;
use naming::Source;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Where the weights that FID is defined on are published; pytorch-fid's and torch-fidelity's
/// files are the same.
pub const PUBLISHED_URL: &str = "https://github.com/mseitzer/pytorch-fid/releases/download/\
                                 fid_weights/pt_inception-2015-12-05-6726825d.pth";
/// SHA-256 of that file of 95,628,359 bytes.
pub const PUBLISHED_SHA256: &str =
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2";

/// Reads the weights of an Inception-v3 from a file of any known format, or from the folder of a
/// model of TensorFlow.js. `layout` says which one it is where the file does not.
///
/// # Errors
/// A file that is damaged, hostile or of another network: missing, extra and misshapen tensors,
/// and values that are not finite, are named.
pub fn read(path: &Path, layout: Option<Layout>) -> Result<State> {
    read_with_origin(path, layout).map(|(state, _)| state)
}

/// Reads as [`read`] does, and says what a file of ours tells about itself.
///
/// # Errors
/// As [`read`]; and where the weights are not those that the file's own hash was made of.
pub fn read_with_origin(path: &Path, layout: Option<Layout>) -> Result<(State, Option<About>)> {
    let wrong = |problem: String| Error::format(path, problem);
    let mut bundle = Bundle::open(path)?;
    let about = bundle.about().cloned();
    let stated: Option<Layout> =
        about.as_ref().map(|a| a.layout.parse().map_err(wrong)).transpose()?;
    let plan = naming::plan(&bundle.listing(), layout, stated).map_err(wrong)?;
    let mut arrays = BTreeMap::new();
    for (name, shape, source) in plan.tensors {
        let array = load(&mut bundle, &shape, &source)?;
        if let Some(bad) = array.values.iter().find(|v| !v.is_finite()) {
            return Err(wrong(format!("{name} holds {bad}: the weights are spoilt")));
        }
        arrays.insert(name, array);
    }
    let state = State::checked(plan.layout, plan.head, arrays);
    if let Some(stated) = about.as_ref().map(|a| &a.weights_sha256)
        && *stated != state.hash()
    {
        return Err(wrong(format!(
            "its weights have the hash {}, expected {stated}: they were changed after they were \
             converted; convert or fetch them again",
            state.hash()
        )));
    }
    Ok((state, about))
}

fn load(bundle: &mut Bundle, shape: &[usize], source: &Source) -> Result<Array> {
    let values = match source {
        Source::Same(name) => return bundle.load(name),
        Source::Ones => vec![1.0; shape.iter().product()],
        // Both are transpositions: (everything else, out) → (out, everything else) …
        Source::Dense(name) => transposed(&bundle.load(name)?.values, shape[0]),
        // … and for a convolution (kh·kw, in) → (in, kh·kw) within each output.
        Source::Convolution(name) => {
            let [out, input, kh, kw] = *shape else {
                return Err(Error::argument(format!("{name}: shape {shape:?}")));
            };
            let by_output = transposed(&bundle.load(name)?.values, out); // (out, kh·kw·in)
            let rows = by_output.chunks((kh * kw * input).max(1));
            rows.flat_map(|row| transposed(row, input)).collect()
        }
    };
    Ok(Array { shape: shape.to_vec(), values })
}

/// The transpose of a matrix with `columns` columns.
fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns.max(1);
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

/// Converts weights of any known format to a safetensors file that says where they are from.
///
/// # Errors
/// As [`read`]; and where `to` cannot be written, in which case nothing has been changed.
pub fn convert(from: &Path, to: &Path, layout: Option<Layout>) -> Result<State> {
    let (state, about) = read_with_origin(from, layout)?;
    let (source, sha256) = match about {
        // The origin stays the origin.
        Some(about) => (about.source, about.source_sha256),
        None => origin(from)?,
    };
    write(to, &state, &source, &sha256)?;
    Ok(state)
}

/// Name and hash of what weights were read from.
fn origin(path: &Path) -> Result<(String, String)> {
    let file =
        if path.is_dir() { tfjs::Tfjs::open(path)?.manifest().to_owned() } else { path.into() };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, file_sha256(&file)?))
}

/// SHA-256 of a file as 64 hexadecimal digits.
///
/// # Errors
/// Where it cannot be read.
pub fn file_sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io(path, "open"))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer).map_err(Error::io(path, "read"))?;
        if count == 0 {
            return Ok(hexadecimal(&sha.finalize()));
        }
        sha.update(&buffer[..count]);
    }
}
