//! Plain or compressed bytes behind one reader, with the most that they can unpack to.

use std::io::{BufRead, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::{Error, Result};

/// Deflate cannot pack better than 1032 to 1.
const DEFLATE_RATIO: u64 = 1032;
/// Up to here every ratio that deflate can reach is believed.
const FREE_BYTES: u64 = 1 << 30;
/// Beyond [`FREE_BYTES`] more than this is taken for a bomb; real images pack 2 to 10 to 1.
const HONEST_RATIO: u64 = 100;
/// Reserved at once for an array; more only as bytes arrive.
const FIRST_RESERVE: u64 = 1 << 28;

/// The most bytes that `packed` deflated bytes are believed to hold.
pub(crate) fn most_inflated(packed: u64) -> u64 {
    let possible = packed.saturating_mul(DEFLATE_RATIO).saturating_add(1024);
    possible.min(packed.saturating_mul(HONEST_RATIO).max(FREE_BYTES))
}

/// A stream of bytes and the most it can hold.
pub(crate) struct Bounded<'a> {
    pub(crate) reader: Box<dyn Read + 'a>,
    pub(crate) most: u64,
}

impl<'a> Bounded<'a> {
    /// `len` bytes that are unpacked if they begin as gzip does, whatever the file's name.
    pub(crate) fn plain_or_gzip(
        mut reader: impl BufRead + 'a,
        len: u64,
        name: &Path,
    ) -> Result<Self> {
        let start = reader.fill_buf().map_err(Error::io(name, "read"))?;
        if start.starts_with(&[0x1f, 0x8b]) {
            let most = most_inflated(len);
            Ok(Self { reader: Box::new(MultiGzDecoder::new(reader)), most })
        } else {
            Ok(Self { reader: Box::new(reader), most: len })
        }
    }

    /// The next `N` bytes.
    pub(crate) fn exactly<const N: usize>(&mut self, name: &Path, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|error| {
            Error::format(name, format!("ends within {what} ({error}): truncated; fetch it again"))
        })?;
        Ok(bytes)
    }

    /// The next `len` bytes; refused before reserving memory if they cannot be there.
    pub(crate) fn take(&mut self, len: u64, name: &Path) -> Result<Vec<u8>> {
        if len > self.most {
            return Err(Error::format(
                name,
                format!(
                    "its header claims {len} bytes of data, the file can hold at most {}: not believable",
                    self.most
                ),
            ));
        }
        let mut bytes = Vec::new();
        let reserve = usize::try_from(len.min(FIRST_RESERVE)).unwrap_or(usize::MAX);
        bytes.try_reserve_exact(reserve).map_err(|_| {
            Error::format(name, format!("{len} bytes of data do not fit in memory"))
        })?;
        let read = self.reader.by_ref().take(len).read_to_end(&mut bytes);
        match read {
            Ok(found) if found as u64 == len => Ok(bytes),
            Ok(found) => Err(truncated(name, found as u64, len, "")),
            Err(error) => Err(truncated(name, bytes.len() as u64, len, &format!(" ({error})"))),
        }
    }

    /// Refuses bytes after the end of the data, and reads checksums that follow them.
    pub(crate) fn finish(&mut self, name: &Path) -> Result<()> {
        let mut one = [0];
        match self.reader.read(&mut one) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::format(
                name,
                "holds more bytes than its header says; the header or the file is wrong",
            )),
            Err(error) => Err(Error::format(
                name,
                format!("damaged or truncated after its data ({error}); fetch it again"),
            )),
        }
    }
}

fn truncated(name: &Path, found: u64, expected: u64, why: &str) -> Error {
    Error::format(
        name,
        format!(
            "ends after {found} of {expected} bytes of data{why}: truncated or damaged; fetch it again"
        ),
    )
}
