//! The header of a `.npy` file or member: element type, order and shape, before any element.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::Read;
use std::path::Path;

use crate::arrays::element_type::{ElementType, Kind, is_object};
use crate::arrays::inflate::Bounded;
use crate::arrays::npy_fields::Fields;
use crate::arrays::pickle::{self, GLANCE, Meant};
use crate::{Error, Result};

/// What the header of a `.npy` file or of an `.npz`'s member says, the elements still to be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NpyHeader {
    /// Element type in NumPy's words: `|u1`, `<f4`, …
    pub descr: String,
    /// The length of each dimension.
    pub shape: Vec<usize>,
    pub(crate) element: ElementType,
    /// Whether the first index runs fastest: Fortran's order.
    pub(crate) columns_first: bool,
    /// Bytes of all elements together.
    pub(crate) len: u64,
}

impl NpyHeader {
    /// Reads the header; `name` is the file and the member, `meant` what it should hold.
    pub(crate) fn read(bytes: &mut Bounded<'_>, name: &Path, meant: Meant) -> Result<Self> {
        let Fields { descr, columns_first, shape } = Fields::read(bytes, name)?;
        if is_object(&descr) {
            let mut start = Vec::new();
            // A pickle that ends early is refused all the same.
            let _ = bytes.reader.by_ref().take(GLANCE).read_to_end(&mut start);
            return Err(Error::format(name, pickle::objects(&start, meant)));
        }
        let element = ElementType::of(&descr, name)?;
        let len = shape
            .iter()
            .try_fold(element.size as u64, |len, side| len.checked_mul(*side as u64))
            .ok_or_else(|| Error::format(name, format!("shape {shape:?}: not believable")))?;
        Ok(Self { descr, shape, element, columns_first, len })
    }

    /// Whether the elements are floats: `f2`, `f4` or `f8`, in either byte order.
    pub fn is_float(&self) -> bool {
        self.element.kind == Kind::Float
    }

    /// Whether the elements are bytes in rows, which can be read image by image.
    pub(crate) fn is_rows_of_bytes(&self) -> bool {
        self.element.is_byte() && !self.columns_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_numpy_are_understood() {
        let read = |text: &str| Fields::parse(text).map(|f| (f.descr, f.columns_first, f.shape));
        let plain = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28), }   \n";
        assert_eq!(read(plain).unwrap(), ("|u1".to_owned(), false, vec![3, 28]));
        let other = "{\"shape\":(3L,28L),\"fortran_order\":True,\"descr\":\">f8\"}";
        assert_eq!(read(other).unwrap(), (">f8".to_owned(), true, vec![3, 28]));
        for (shape, sides) in [("()", vec![]), ("(3,)", vec![3]), ("(3L,)", vec![3])] {
            assert_eq!(read(&plain.replace("(3, 28)", shape)).unwrap().2, sides, "{shape}");
        }
        for shape in ["(-3,)", "3", "(3 28)", "(3, 28", "(x,)", "(,)", "(99999999999999999999,)"] {
            let problem = read(&plain.replace("(3, 28)", shape)).unwrap_err();
            assert!(problem.contains("no usable shape"), "{shape}: {problem}");
        }
        for (from, to, expected) in [
            ("'|u1'", "[('x', '<f4'), ('y', '<i4')]", "structured array"),
            ("'|u1'", "('<f4', (2,))", "structured array"),
            ("'|u1'", "u1", "no usable descr"),
            ("False", "Perhaps", "no usable fortran_order"),
            ("'descr': '|u1', ", "", "no descr in its"),
            ("'shape'", "'sharp'", "no dictionary"),
            ("{", "", "no dictionary"),
            ("}", "", "no dictionary"),
        ] {
            let problem = read(&plain.replacen(from, to, 1)).unwrap_err();
            assert!(problem.contains(expected), "{to}: {problem}");
        }
    }
}
