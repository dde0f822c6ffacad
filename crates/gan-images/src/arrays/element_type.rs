//! The type of an array's elements, NumPy's `descr`, and the numbers that bytes of it hold.

use std::path::Path;

use crate::{Error, Result};

/// What kind of number an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `b1`: false is a zero byte.
    Bool,
    /// `u1`, `u2`, `u4`, `u8`.
    Unsigned,
    /// `i1`, `i2`, `i4`, `i8`.
    Signed,
    /// `f2`, `f4`, `f8`.
    Float,
}

/// A numeric type that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ElementType {
    pub(crate) kind: Kind,
    /// Bytes an element takes: 1, 2, 4 or 8.
    pub(crate) size: usize,
    big_endian: bool,
}

impl ElementType {
    /// The type that `descr` names, in either byte order; `=`, `|` or no sign is this machine's.
    pub(crate) fn parse(descr: &str) -> Option<Self> {
        let (order, rest) = split_order(descr);
        let big_endian = match order {
            Some('<') => false,
            Some('>') => true,
            _ => cfg!(target_endian = "big"),
        };
        let (kind, size) = match rest {
            "b1" => (Kind::Bool, 1),
            "u1" => (Kind::Unsigned, 1),
            "u2" => (Kind::Unsigned, 2),
            "u4" => (Kind::Unsigned, 4),
            "u8" => (Kind::Unsigned, 8),
            "i1" => (Kind::Signed, 1),
            "i2" => (Kind::Signed, 2),
            "i4" => (Kind::Signed, 4),
            "i8" => (Kind::Signed, 8),
            "f2" => (Kind::Float, 2),
            "f4" => (Kind::Float, 4),
            "f8" => (Kind::Float, 8),
            _ => return None,
        };
        Some(Self { kind, size, big_endian })
    }

    /// As [`ElementType::parse`]; `name` stands in the message.
    ///
    /// # Errors
    ///
    /// Text, complex numbers, dates and all else that is no number.
    pub(crate) fn of(descr: &str, name: &Path) -> Result<Self> {
        Self::parse(descr).ok_or_else(|| {
            let remedy = match split_order(descr).1.starts_with(['U', 'S']) {
                true => "where its text names classes, numpy.unique(array, return_inverse=True)[1]",
                false => "array.astype(\"float32\")",
            };
            Error::format(
                name,
                format!(
                    "element type {descr} (expected bool, integers or floats of at most 8 bytes, \
                     such as |u1 or <f4); save numbers instead: {remedy}"
                ),
            )
        })
    }

    /// Whether an element is a pixel as it is: one unsigned byte.
    pub(crate) fn is_byte(self) -> bool {
        self.kind == Kind::Unsigned && self.size == 1
    }

    /// Calls `take` with every element of `bytes`. Exact, integers beyond 2⁵³ excepted.
    pub(crate) fn each(self, bytes: &[u8], mut take: impl FnMut(f64)) {
        let big = self.big_endian;
        match (self.kind, self.size) {
            (Kind::Bool, _) => walk(bytes, big, |[b]: [u8; 1]| take(f64::from(u8::from(b != 0)))),
            (Kind::Unsigned, 1) => walk(bytes, big, |[b]: [u8; 1]| take(f64::from(b))),
            (Kind::Unsigned, 2) => walk(bytes, big, |b| take(f64::from(u16::from_le_bytes(b)))),
            (Kind::Unsigned, 4) => walk(bytes, big, |b| take(f64::from(u32::from_le_bytes(b)))),
            (Kind::Unsigned, _) => walk(bytes, big, |b| take(u64::from_le_bytes(b) as f64)),
            (Kind::Signed, 1) => walk(bytes, big, |b| take(f64::from(i8::from_le_bytes(b)))),
            (Kind::Signed, 2) => walk(bytes, big, |b| take(f64::from(i16::from_le_bytes(b)))),
            (Kind::Signed, 4) => walk(bytes, big, |b| take(f64::from(i32::from_le_bytes(b)))),
            (Kind::Signed, _) => walk(bytes, big, |b| take(i64::from_le_bytes(b) as f64)),
            (Kind::Float, 2) => walk(bytes, big, |b| take(half(u16::from_le_bytes(b)))),
            (Kind::Float, 4) => walk(bytes, big, |b| take(f64::from(f32::from_le_bytes(b)))),
            (Kind::Float, _) => walk(bytes, big, |b| take(f64::from_le_bytes(b))),
        }
    }
}

/// Whether `descr` names Python objects, which NumPy stores as a pickle.
pub(crate) fn is_object(descr: &str) -> bool {
    split_order(descr).1.starts_with('O')
}

/// The sign of the byte order, where there is one, and the rest.
fn split_order(descr: &str) -> (Option<char>, &str) {
    let mut rest = descr.chars();
    match rest.next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (Some(order), rest.as_str()),
        _ => (None, descr),
    }
}

/// Calls `take` with each element's bytes, the least significant first.
fn walk<const N: usize>(bytes: &[u8], big_endian: bool, mut take: impl FnMut([u8; N])) {
    for chunk in bytes.chunks_exact(N) {
        let mut element = [0; N];
        element.copy_from_slice(chunk);
        if big_endian {
            element.reverse();
        }
        take(element);
    }
}

/// A number of IEEE 754's 16 bits.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (u64::from((bits >> 10) & 31), f64::from(bits & 1023));
    let power = |exponent: u64| f64::from_bits(exponent << 52); // 2^(exponent − 1023)
    let size = match exponent {
        0 => fraction * power(1023 - 24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * power(exponent + 1023 - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2f64.powi(-24)),
            (0x03ff, 1023.0 * 2f64.powi(-24)),
            (0x0400, 2f64.powi(-14)),
            (0x3555, 0.333_251_953_125),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn both_byte_orders_are_one_number() {
        let of = |descr: &str, bytes: &[u8]| {
            let mut found = Vec::new();
            if let Some(element) = ElementType::parse(descr) {
                element.each(bytes, |value| found.push(value));
            }
            found
        };
        assert_eq!(of("<u2", &[1, 2, 0, 1]), [513.0, 256.0]);
        assert_eq!(of(">u2", &[1, 2, 0, 1]), [258.0, 1.0]);
        assert_eq!(of("=u2", &1234u16.to_ne_bytes()), [1234.0]);
        assert_eq!(of("|i4", &(-5i32).to_ne_bytes()), [-5.0]);
        assert_eq!(of(">i8", &(-3i64).to_be_bytes()), [-3.0]);
        assert_eq!(of(">f8", &0.1f64.to_be_bytes()), [0.1]);
        assert_eq!(of("|b1", &[0, 1, 7]), [0.0, 1.0, 1.0]);
        for other in ["<f16", "<c8", "|V2", "<U3", "|S1", "<M8[ns]", "", "<", "ü1", "<f3"] {
            assert!(ElementType::parse(other).is_none(), "{other}");
        }
        assert!(is_object("|O") && is_object("O8") && !is_object("<f4"));
    }
}
