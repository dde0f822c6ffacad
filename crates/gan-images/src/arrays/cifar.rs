//! CIFAR-10's binary files: records of one label and 3 planes of 32×32 bytes.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use crate::arrays::inflate::Bounded;
use crate::arrays::stack::interleave;
use crate::{Error, ImageStack, Result};

/// Width and height of a CIFAR image.
const SIDE: usize = 32;
/// Bytes of a record: the label, then red, green and blue.
const RECORD: usize = 1 + 3 * SIDE * SIDE;

/// The names of CIFAR-10's classes, by label.
pub const CIFAR10_NAMES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// How many records a file of `len` bytes holds, where its length is that of whole ones and each
/// begins with a label of CIFAR-10. The format has no signature, so that this stays a guess.
///
/// # Errors
///
/// A file that cannot be read.
pub(crate) fn count_records(path: &Path, len: u64) -> Result<Option<u64>> {
    let count = len / RECORD as u64;
    if count == 0 || !len.is_multiple_of(RECORD as u64) {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(Error::io(path, "open"))?;
    for record in 0..count {
        let mut label = [0];
        file.seek(SeekFrom::Start(record * RECORD as u64)).map_err(Error::io(path, "read"))?;
        std::io::Read::read_exact(&mut file, &mut label).map_err(Error::io(path, "read"))?;
        if label[0] > 9 {
            return Ok(None);
        }
    }
    Ok(Some(count))
}

/// Reads one binary file of CIFAR-10: RGB images of 32×32 and a label in `0..10` for each.
///
/// # Errors
///
/// A file that cannot be read, whose length is no multiple of 3,073, or with a label above 9.
pub fn read_cifar(path: &Path) -> Result<(ImageStack, Vec<u32>)> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let len = file.metadata().map_err(Error::io(path, "read"))?.len();
    if len == 0 || len % RECORD as u64 != 0 {
        return Err(Error::format(
            path,
            format!(
                "{len} bytes (expected a multiple of {RECORD}, CIFAR-10's binary record): truncated, or another format"
            ),
        ));
    }
    let mut bytes = Bounded { reader: Box::new(BufReader::new(file)), most: len };
    let records = bytes.take(len, path)?;
    let count = records.len() / RECORD;
    let mut labels = Vec::with_capacity(count);
    let mut pixels = Vec::with_capacity(count * (RECORD - 1));
    for (index, record) in records.chunks_exact(RECORD).enumerate() {
        if record[0] > 9 {
            return Err(Error::format(
                path,
                format!(
                    "record {index} has label {} (expected 0 to 9): not a CIFAR-10 binary file",
                    record[0]
                ),
            ));
        }
        labels.push(u32::from(record[0]));
        pixels.extend(interleave(&record[1..], SIDE * SIDE, 3));
    }
    Ok((ImageStack::new([count, SIDE, SIDE, 3], pixels)?, labels))
}
