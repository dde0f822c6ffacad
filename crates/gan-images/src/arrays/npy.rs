//! One NumPy array: its elements as bytes, floats or labels.

use std::path::Path;

use crate::arrays::element_type::{ElementType, Kind};
use crate::arrays::inflate::Bounded;
use crate::arrays::npy_header::NpyHeader;
use crate::arrays::npy_order::take_rows_first;
use crate::arrays::pickle::Meant;
use crate::{Error, Result};

/// Largest label believed, so that nobody can ask for billions of classes.
const MAX_LABEL: f64 = u16::MAX as f64;
/// From here on not every whole number is an f64: 2⁵³.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// An array as it lies in a `.npy` or `.npz` file, rows first; one in Fortran's order is turned
/// while it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumpyArray {
    /// Element type in NumPy's words: `|u1`, `<f4`, …
    pub descr: String,
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The elements, as many bytes each and in the byte order that `descr` says.
    pub bytes: Vec<u8>,
}

impl NumpyArray {
    /// Reads a whole array; `name` is the file and the member, `meant` what it should hold.
    pub(crate) fn read(bytes: &mut Bounded<'_>, name: &Path, meant: Meant) -> Result<Self> {
        let header = NpyHeader::read(bytes, name, meant)?;
        let elements = take_rows_first(bytes, &header, name)?;
        bytes.finish(name)?;
        Ok(Self { descr: header.descr, shape: header.shape, bytes: elements })
    }

    /// The elements as f64, from any type of number (`b1`, `u1` to `u8`, `i1` to `i8`, `f2`, `f4`,
    /// `f8`) in either byte order; exact.
    ///
    /// # Errors
    ///
    /// Another element type, or an integer from ±2⁵³ on, where f64 has gaps; `name` stands in the
    /// message.
    pub fn to_f64(&self, name: &Path) -> Result<Vec<f64>> {
        let element = ElementType::of(&self.descr, name)?;
        let mut values = Vec::with_capacity(self.bytes.len() / element.size);
        element.each(&self.bytes, |value| values.push(value));
        if element.kind != Kind::Float
            && let Some(beyond) = values.iter().find(|value| value.abs() >= MAX_WHOLE)
        {
            return Err(Error::format(
                name,
                format!(
                    "element type {}: {beyond} (expected integers below 2^53, which floats hold \
                     exactly)",
                    self.descr
                ),
            ));
        }
        Ok(values)
    }

    /// The elements as f32, from `f4` in either byte order; nothing where they are of another type.
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        let element = ElementType::parse(&self.descr)?;
        if (element.kind, element.size) != (Kind::Float, 4) {
            return None;
        }
        let mut values = Vec::with_capacity(self.bytes.len() / 4);
        element.each(&self.bytes, |value| values.push(value as f32));
        Some(values)
    }

    /// The elements as labels in `0..=65535`, from any type of number.
    pub(crate) fn labels(&self, name: &Path) -> Result<Vec<u32>> {
        let element = ElementType::of(&self.descr, name)?;
        let mut labels = Vec::with_capacity(self.bytes.len() / element.size);
        let mut wrong = None;
        element.each(&self.bytes, |value| {
            if (0.0..=MAX_LABEL).contains(&value) && value.fract() == 0.0 {
                labels.push(value as u32);
            } else {
                wrong.get_or_insert(value);
            }
        });
        let Some(value) = wrong else { return Ok(labels) };
        let whole = if value.fract() == 0.0 { "" } else { "whole numbers, " };
        Err(Error::format(name, format!("label {value} (expected {whole}0 to {MAX_LABEL})")))
    }
}
