//! The bytes of a pickle, taken from the front; every length is checked against what is left.

/// A step that can fail, with what is wrong.
pub(super) type Step<T> = Result<T, String>;

/// Bytes and how many of them have been taken.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes taken so far.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return Err(format!(
                "cut short: {count} more bytes expected, {} left",
                self.bytes.len().saturating_sub(self.at)
            ));
        };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// An unsigned little-endian number of up to 8 bytes.
    pub fn count(&mut self, width: usize) -> Step<usize> {
        let number = self.take(width)?.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b));
        usize::try_from(number).map_err(|_| format!("a length of {number} bytes"))
    }

    /// Bytes after their own length.
    pub fn counted(&mut self, width: usize) -> Step<&'a [u8]> {
        let length = self.count(width)?;
        self.take(length)
    }

    /// A text that a line end closes.
    pub fn line(&mut self) -> Step<String> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let Some(end) = rest.iter().position(|b| *b == b'\n') else {
            return Err("cut short: a name without its end".to_owned());
        };
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    /// A little-endian integer of `width` bytes, in two's complement where it is signed.
    pub fn integer(&mut self, width: usize, signed: bool) -> Step<i128> {
        let bytes = self.take(width)?;
        if width > 16 {
            return Err(format!("an integer of {width} bytes; weights need 16 at most"));
        }
        let negative = signed && bytes.last().is_some_and(|b| *b >= 0x80);
        let mut all = [if negative { 0xff } else { 0 }; 16];
        all[..width].copy_from_slice(bytes);
        Ok(i128::from_le_bytes(all))
    }
}
