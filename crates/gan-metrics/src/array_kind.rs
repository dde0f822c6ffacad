//! Whether NumPy's files hold images, features or statistics: by names and shapes, not elements.

use crate::moment_names::moment_names;
use crate::{Error, Result};
use gan_images::{NpzFile, read_npy_header};
use std::path::Path;

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
