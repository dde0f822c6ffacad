//! The header of a .npy file as its three fields, before anybody asks whether they can be used.

use std::path::Path;

use crate::arrays::inflate::Bounded;
use crate::{Error, Result};

/// What a `.npy` file begins with.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header believed; NumPy's own are below 200 bytes.
const MAX_HEADER: u32 = 1 << 16;

/// The three fields of a header.
pub(crate) struct Fields {
    pub(crate) descr: String,
    pub(crate) columns_first: bool,
    pub(crate) shape: Vec<usize>,
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
    pub(crate) fn parse(header: &str) -> std::result::Result<Self, String> {
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
