//! What files of arrays are and hold, images, features or statistics: by names and shapes, not
//! elements.

use crate::moment_names::moment_names;
use crate::{Error, Result};
use gan_images::{NpzFile, is_npz, read_npy_header};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The form of a file that may hold features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Npy,
    Npz,
    Safetensors,
}

impl Form {
    /// The form that a name's ending asks for.
    pub(crate) fn named(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_ascii_lowercase();
        match ending.to_str()? {
            "npy" => Some(Self::Npy),
            "npz" => Some(Self::Npz),
            "safetensors" => Some(Self::Safetensors),
            _ => None,
        }
    }

    /// The form of a file by its content, and by its name where that says nothing, as where the file
    /// is empty or cut short.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>> {
        let mut start = Vec::new();
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let len = file.metadata().map_err(Error::io(path, "read"))?.len();
        file.take(9).read_to_end(&mut start).map_err(Error::io(path, "read"))?;
        Ok(match start[..] {
            // A zip of images, whatever its name, holds no features.
            [b'P', b'K', ..] => is_npz(path)?.then_some(Self::Npz),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            // The length of the header, which is JSON.
            [a, b, c, d, e, f, g, h, b'{']
                if u64::from_le_bytes([a, b, c, d, e, f, g, h]) <= len - 8 =>
            {
                Some(Self::Safetensors)
            }
            _ => Self::named(path),
        })
    }
}

/// Whether a `.npy` holds features and not images.
///
/// # Errors
/// A file that cannot be read, or pooled features that kept their axes.
pub(crate) fn is_rows(path: &Path) -> Result<bool> {
    let shape = read_npy_header(path)?.shape;
    if !matches!(shape.len(), 3 | 4) {
        return Ok(true);
    }
    // Pooled features keep axes of length 1, as (n, 2048, 1, 1): no picture is one pixel wide.
    let sides: Vec<usize> = shape[1..].iter().copied().filter(|side| *side > 1).collect();
    match sides[..] {
        [width] => Err(Error::format(
            path,
            format!(
                "shape {shape:?}, {width} numbers an image in one line (expected features of shape \
                 (images, width), or images of more than one row and column); for features save \
                 array.reshape(len(array), -1)"
            ),
        )),
        _ => Ok(false),
    }
}

/// What an npz holds.
pub(crate) enum Holds {
    Images,
    Features,
    Statistics,
}

/// Looks at names, types and shapes.
///
/// # Errors
/// A file that cannot be read, or arrays that could be either of two things.
pub(crate) fn of_npz(path: &Path) -> Result<Holds> {
    let mut file = NpzFile::open(path)?;
    let members = file.members().to_vec();
    let has = |name: &str| members.iter().any(|m| m == name);
    if has("features") {
        return Ok(Holds::Features);
    }
    if has("arr_0") && matches!(file.header("arr_0")?.shape.len(), 3 | 4) {
        return Ok(Holds::Images);
    }
    if moment_names(&mut file, path)?.is_some() {
        return Ok(Holds::Statistics);
    }
    // Floats in two dimensions under NumPy's own name are features; bytes may be flat pictures.
    let only = members.first().filter(|_| members.len() == 1);
    if let Some(name) = if has("arr_0") { Some("arr_0") } else { only.map(String::as_str) } {
        let header = file.header(name)?;
        if header.is_float() && header.shape.len() == 2 {
            return Ok(Holds::Features);
        }
    }
    Ok(Holds::Images)
}
