//! The header of a `.npy` file or member: element type, order and shape, before any element.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::Read;
use std::path::Path;

use crate::element_type::{ElementType, Kind, is_object};
use crate::inflate::Bounded;
use crate::pickle::{self, GLANCE, Meant};
use crate::{Error, Result};

/// What a `.npy` file begins with.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header believed; NumPy's own are below 200 bytes.
const MAX_HEADER: u32 = 1 << 16;

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

/// The three fields of a header.
pub(crate) struct Fields {
    pub(crate) descr: String,
    columns_first: bool,
    shape: Vec<usize>,
}

impl Fields {
    /// Reads magic, version, length and fields.
    pub(crate) fn read(bytes: &mut Bounded<'_>, name: &Path) -> Result<Self> {
        let start: [u8; 8] = bytes.exactly(name, "the .npy header")?;
        if !start.starts_with(MAGIC) {
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
        Self::parse(&String::from_utf8_lossy(&header))
            .map_err(|problem| Error::format(name, problem))
    }

    /// Reads `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28), }`, in any order.
    fn parse(header: &str) -> std::result::Result<Self, String> {
        let mut text = Literal { rest: header };
        let (mut descr, mut columns_first, mut shape) = (None, None, None);
        let damaged = || {
            "its .npy header is no dictionary of descr, fortran_order and shape: \
                          damaged, or no array; fetch it again"
                .to_owned()
        };
        if !text.eat("{") {
            return Err(damaged());
        }
        while !text.eat("}") {
            let key = text.string().ok_or_else(damaged)?;
            if !text.eat(":") {
                return Err(damaged());
            }
            let wrong = || format!("no usable {key} in its .npy header");
            match key {
                "descr" if text.begins_with(&['[', '(']) => return Err(structured()),
                "descr" => descr = Some(text.string().ok_or_else(wrong)?.to_owned()),
                "fortran_order" => columns_first = Some(text.boolean().ok_or_else(wrong)?),
                "shape" => shape = Some(text.sides().ok_or_else(wrong)?),
                _ => return Err(damaged()),
            }
            if !text.eat(",") && !text.begins_with(&['}']) {
                return Err(damaged());
            }
        }
        let missing = |key: &str| format!("no {key} in its .npy header");
        Ok(Self {
            descr: descr.ok_or_else(|| missing("descr"))?,
            columns_first: columns_first.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }
}

fn structured() -> String {
    "a structured array, whose elements are records of fields (expected plain numbers, such as |u1 \
     or <f4); save one field instead: numpy.save(\"field.npy\", array[\"NAME\"])"
        .to_owned()
}

/// What is left of a header, as Python writes its constants.
struct Literal<'a> {
    rest: &'a str,
}

impl<'a> Literal<'a> {
    fn begins_with(&mut self, signs: &[char]) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.starts_with(signs)
    }

    fn eat(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `'text'` or `"text"`, without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = if self.eat("'") {
            '\''
        } else if self.eat("\"") {
            '"'
        } else {
            return None;
        };
        let (text, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(text)
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.eat("True") {
            return Some(true);
        }
        self.eat("False").then_some(false)
    }

    /// `()`, `(3,)` or `(3, 28)`; `3L` is how Python 2 wrote a long.
    fn sides(&mut self) -> Option<Vec<usize>> {
        let mut sides = Vec::new();
        if !self.eat("(") {
            return None;
        }
        while !self.eat(")") {
            self.rest = self.rest.trim_start();
            let digits = self.rest.find(|c: char| !c.is_ascii_digit())?;
            sides.push(self.rest[..digits].parse().ok()?);
            self.rest = &self.rest[digits..];
            let _ = self.eat("L");
            if !self.eat(",") && !self.begins_with(&[')']) {
                return None;
            }
        }
        Some(sides)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
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
