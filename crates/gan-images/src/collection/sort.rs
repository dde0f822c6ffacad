//! What a file is taken for: by its content, and by its name only where that says nothing.

use std::path::Path;

use crate::arrays::idx::look;
use crate::arrays::npy_fields::MAGIC;
use crate::arrays::pickle::first_name;
use crate::decode::format::{Ending, Format, looks_like};

/// Bytes that tell what a file is; a packed IDX file needs the most.
pub(crate) const START: u64 = 4096;

/// What a file is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// An image of a format that is decoded, or a file that only its name calls an image.
    Image,
    /// An image of a format that is not decoded.
    Foreign(&'static str),
    /// An array or several.
    Array(ArrayKind),
    /// Anything else.
    Other,
}

/// The kinds of array files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArrayKind {
    /// IDX of unsigned bytes in 3 or 4 dimensions.
    IdxImages,
    /// IDX of unsigned bytes in 1 dimension.
    IdxLabels,
    /// Any other IDX file.
    Idx,
    Npy,
    Npz,
}

impl ArrayKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IdxImages | Self::IdxLabels | Self::Idx => "IDX",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
        }
    }
}

/// Sorts a file of `len` bytes that begins with `start` ([`START`] bytes, or all it has).
///
/// The name decides in three cases: a camera's raw file, which begins as TIFF does and holds a small
/// preview; an IDX file that is cut short or of another kind than its name says; and a file whose
/// content is of no known kind.
pub(crate) fn sort(path: &Path, start: &[u8], len: u64) -> Sort {
    let ending = Ending::of(path);
    match (Format::of(start), ending) {
        (Some(Format::Tiff), Ending::Foreign(raw @ "camera raw")) => return Sort::Foreign(raw),
        (Some(_), _) => return Sort::Image,
        (None, _) => {}
    }
    if let Some(
        name @ ("AVIF" | "HEIC" | "JPEG XL" | "JPEG 2000" | "SVG" | "Photoshop" | "OpenEXR" | "DDS"
        | "QOI" | "GIMP" | "Radiance HDR"),
    ) = looks_like(start)
    {
        return Sort::Foreign(name);
    }
    if let Some(kind) = array_kind(path, start, len) {
        return Sort::Array(kind);
    }
    match ending {
        Ending::Image => Sort::Image,
        Ending::Foreign(name) => Sort::Foreign(name),
        Ending::Other if names_idx_images(path) => Sort::Array(ArrayKind::IdxImages),
        Ending::Other => Sort::Other,
    }
}

fn array_kind(path: &Path, start: &[u8], len: u64) -> Option<ArrayKind> {
    if start.starts_with(MAGIC) {
        return Some(ArrayKind::Npy);
    }
    if start.starts_with(b"PK") && first_name(start).is_some_and(|name| name.ends_with(b".npy")) {
        return Some(ArrayKind::Npz);
    }
    // What is named as images is read as images, so that it fails in words where it is something else.
    if names_idx_images(path) {
        return look(start, len).map(|_| ArrayKind::IdxImages);
    }
    let header = look(start, len).filter(|header| header.fits)?;
    Some(match (header.bytes, header.dimensions) {
        (true, 3 | 4) => ArrayKind::IdxImages,
        (true, 1) => ArrayKind::IdxLabels,
        _ => ArrayKind::Idx,
    })
}

/// Whether a name is as those of MNIST's files.
pub(crate) fn names_idx(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.contains("idx") || name.contains("ubyte")
}

fn names_idx_images(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    names_idx(path) && name.contains("images")
}
