//! One NumPy array: the header of a `.npy` member and its elements as bytes, floats or labels.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::path::Path;

use crate::image::check_size;
use crate::inflate::Bounded;
use crate::{Error, Result};

/// Longest header believed; NumPy's own are below 200 bytes.
const MAX_HEADER: u32 = 1 << 16;
/// Largest label believed, so that nobody can ask for billions of classes.
const MAX_LABEL: i64 = u16::MAX as i64;

/// An array as it lies in a `.npy` or `.npz` file, rows first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumpyArray {
    /// Element type in NumPy's words: `|u1`, `<f4`, …
    pub descr: String,
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The elements, as many bytes each as `descr` says.
    pub bytes: Vec<u8>,
}

/// What a `.npy` header says, the elements still to be read.
pub(crate) struct NpyHeader {
    pub(crate) descr: String,
    pub(crate) shape: Vec<usize>,
    /// Bytes of all elements together.
    pub(crate) len: u64,
}

impl NpyHeader {
    /// Reads the header; `name` is the file and the member.
    pub(crate) fn read(bytes: &mut Bounded<'_>, name: &Path) -> Result<Self> {
        let start: [u8; 8] = bytes.exactly(name, "the .npy header")?;
        if !start.starts_with(b"\x93NUMPY") {
            return Err(Error::format(
                name,
                "not a NumPy array (expected it to begin with \\x93NUMPY)",
            ));
        }
        let len = match start[6] {
            1 => u32::from(u16::from_le_bytes(bytes.exactly(name, "the .npy header")?)),
            2 | 3 => u32::from_le_bytes(bytes.exactly(name, "the .npy header")?),
            version => {
                return Err(Error::format(
                    name,
                    format!(".npy version {version} (expected 1, 2 or 3)"),
                ));
            }
        };
        if len > MAX_HEADER {
            return Err(Error::format(
                name,
                format!("a .npy header of {len} bytes (expected at most {MAX_HEADER})"),
            ));
        }
        let header = bytes.take(u64::from(len), name)?;
        let header = String::from_utf8_lossy(&header);
        let (descr, shape) = parse_header(&header, name)?;
        let len = shape
            .iter()
            .try_fold(element_size(&descr, name)?, |len, side| len.checked_mul(*side as u64))
            .ok_or_else(|| Error::format(name, format!("shape {shape:?}: not believable")))?;
        Ok(Self { descr, shape, len })
    }
}

impl NumpyArray {
    /// Reads a whole array; `name` is the file and the member.
    pub(crate) fn read(bytes: &mut Bounded<'_>, name: &Path) -> Result<Self> {
        let NpyHeader { descr, shape, len } = NpyHeader::read(bytes, name)?;
        let elements = bytes.take(len, name)?;
        bytes.finish(name)?;
        Ok(Self { descr, shape, bytes: elements })
    }

    /// The elements as f64, from `<f4` and `<f8`; exact.
    ///
    /// # Errors
    ///
    /// Another element type; `name` stands in the message.
    pub fn to_f64(&self, name: &Path) -> Result<Vec<f64>> {
        match self.descr.as_str() {
            "<f4" => Ok(self.f4().map(f64::from).collect()),
            "<f8" => Ok(self.f8().collect()),
            _ => Err(self.wrong_type(name, "expected floats, <f4 or <f8")),
        }
    }

    /// The elements as f32, from `<f4`; nothing where they are of another type.
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        (self.descr == "<f4").then(|| self.f4().collect())
    }

    fn f4(&self) -> impl Iterator<Item = f32> + '_ {
        self.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn f8(&self) -> impl Iterator<Item = f64> + '_ {
        let value = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        self.bytes.chunks_exact(8).map(value)
    }

    /// The elements as pixels: bytes as they are, floats from `[-1, 1]`, `[0, 1]` or `[0, 255]`.
    pub(crate) fn into_pixels(self, name: &Path) -> Result<Vec<u8>> {
        if self.descr == "|u1" {
            return Ok(self.bytes);
        }
        let values: Vec<f64> = match self.descr.as_str() {
            "<f4" => self.f4().map(f64::from).collect(),
            "<f8" => self.f8().collect(),
            _ => return Err(self.wrong_type(name, "images need |u1, <f4 or <f8")),
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Error::format(name, "holds values that are not finite"));
        }
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (scale, offset) = match (least, most) {
            (least, most) if least >= 0.0 && most <= 1.0 => (255.0, 0.0),
            (least, most) if least >= -1.0 && most <= 1.0 => (127.5, 127.5),
            (least, most) if least >= 0.0 && most <= 255.0 => (1.0, 0.0),
            _ => {
                return Err(Error::format(
                    name,
                    format!(
                        "floats from {least} to {most} (expected a range of [-1, 1], [0, 1] or [0, 255])"
                    ),
                ));
            }
        };
        Ok(values.iter().map(|value| (value * scale + offset).round() as u8).collect())
    }

    /// The elements as labels in `0..=65535`.
    pub(crate) fn labels(&self, name: &Path) -> Result<Vec<u32>> {
        let b = &self.bytes;
        let values: Vec<i64> = match self.descr.as_str() {
            "|u1" => b.iter().map(|&b| i64::from(b)).collect(),
            "|i1" => b.iter().map(|&b| i64::from(b as i8)).collect(),
            "<u2" => {
                b.chunks_exact(2).map(|b| i64::from(u16::from_le_bytes([b[0], b[1]]))).collect()
            }
            "<i2" => {
                b.chunks_exact(2).map(|b| i64::from(i16::from_le_bytes([b[0], b[1]]))).collect()
            }
            "<u4" => b
                .chunks_exact(4)
                .map(|b| i64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])))
                .collect(),
            "<i4" => b
                .chunks_exact(4)
                .map(|b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])))
                .collect(),
            "<i8" | "<u8" => b
                .chunks_exact(8)
                .map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                .collect(),
            _ => return Err(self.wrong_type(name, "labels need integers, little-endian")),
        };
        let label = |value: i64| match u32::try_from(value) {
            Ok(label) if value <= MAX_LABEL => Ok(label),
            _ => Err(Error::format(name, format!("label {value} (expected 0 to {MAX_LABEL})"))),
        };
        values.into_iter().map(label).collect()
    }

    fn wrong_type(&self, name: &Path, expected: &str) -> Error {
        Error::format(name, format!("element type {} ({expected})", self.descr))
    }
}

/// Shape `[count, height, width, channels]` of an image array, and whether its channels come before
/// its rows; 3 dimensions are grey, and where 4 fit both ways channels are last.
pub(crate) fn image_shape(shape: &[usize], name: &Path) -> Result<([usize; 4], bool)> {
    let (images, planar) = match *shape {
        [n, h, w] => ([n, h, w, 1], false),
        [n, h, w, c @ (1 | 3 | 4)] => ([n, h, w, c], false),
        [n, c @ (1 | 3 | 4), h, w] => ([n, h, w, c], true),
        _ => {
            return Err(Error::format(
                name,
                format!(
                    "shape {shape:?} (expected (count, height, width), or 4 dimensions with 1, 3 or 4 channels last or second)"
                ),
            ));
        }
    };
    check_size(images[2], images[1]).map_err(|error| Error::format(name, error.to_string()))?;
    Ok((images, planar))
}

/// Type and shape out of `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28), }`.
fn parse_header(header: &str, name: &Path) -> Result<(String, Vec<usize>)> {
    let wrong = |what: &str| Error::format(name, format!("no usable {what} in its .npy header"));
    let after = |key: &str| {
        let (_, rest) = header.split_once(&format!("'{key}'"))?;
        Some(rest.split_once(':')?.1.trim_start())
    };
    let descr =
        after("descr").and_then(|rest| rest.split('\'').nth(1)).ok_or_else(|| wrong("descr"))?;
    let fortran = after("fortran_order").ok_or_else(|| wrong("fortran_order"))?;
    if !fortran.starts_with("False") {
        return Err(Error::format(
            name,
            "is in Fortran order; save numpy.ascontiguousarray(array) instead",
        ));
    }
    let shape = after("shape")
        .and_then(|rest| rest.strip_prefix('('))
        .and_then(|rest| rest.split_once(')'))
        .ok_or_else(|| wrong("shape"))?
        .0;
    let sides = shape.split(',').map(str::trim).filter(|side| !side.is_empty());
    let shape: std::result::Result<Vec<usize>, _> = sides.map(str::parse).collect();
    Ok((descr.to_owned(), shape.map_err(|_| wrong("shape"))?))
}

/// Bytes an element of `descr` takes.
fn element_size(descr: &str, name: &Path) -> Result<u64> {
    match descr.get(1..) {
        Some("u1" | "i1" | "b1") => Ok(1),
        Some("u2" | "i2" | "f2") => Ok(2),
        Some("u4" | "i4" | "f4") => Ok(4),
        Some("u8" | "i8" | "f8") => Ok(8),
        _ => Err(Error::format(
            name,
            format!("element type {descr} (expected numbers, such as |u1 or <f4)"),
        )),
    }
}
