//! Writing NumPy's `.npy` and `.npz` files: stored, and the same bytes for the same arrays.

use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::atomic::write_atomically;
use crate::{NumpyArray, Result};

/// Name, element type, shape and bytes of an array in an `.npz`.
pub(crate) type Member<'a> = (&'a str, &'a str, &'a [usize], &'a [u8]);

/// Writes one array as a `.npy` file.
///
/// # Errors
///
/// A file that cannot be written; the old file stays then.
pub fn write_npy(path: &Path, array: &NumpyArray) -> Result<()> {
    write_atomically(path, |writer| {
        writer.write_all(&header(&array.descr, &array.shape))?;
        writer.write_all(&array.bytes)
    })
}

/// Writes arrays with their names as an `.npz` file, stored, as `numpy.savez` does.
///
/// # Errors
///
/// A file that cannot be written; the old file stays then.
pub fn write_npz_arrays(path: &Path, arrays: &[(&str, NumpyArray)]) -> Result<()> {
    let members: Vec<Member<'_>> = arrays
        .iter()
        .map(|(name, a)| (*name, a.descr.as_str(), a.shape.as_slice(), a.bytes.as_slice()))
        .collect();
    write_members(path, &members)
}

pub(crate) fn write_members(path: &Path, members: &[Member<'_>]) -> Result<()> {
    write_atomically(path, |writer| {
        // In memory first: a `ZipWriter` whose file fails half-way prints to stderr when dropped.
        let size = members.iter().map(|member| member.3.len() + 1024).sum();
        let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(size)));
        for (name, descr, shape, bytes) in members {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(zip::DateTime::default())
                .large_file(bytes.len() as u64 >= u64::from(u32::MAX) - (1 << 16));
            zip.start_file(format!("{name}.npy"), options)?;
            zip.write_all(&header(descr, shape))?;
            zip.write_all(bytes)?;
        }
        writer.write_all(&zip.finish()?.into_inner())
    })
}

/// A `.npy` header of version 1, padded with spaces so that the data begin at a multiple of 64.
fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", sides.join(", "));
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let start = 10; // magic, version and length
    let len = (start + text.len() + 1).next_multiple_of(64) - start;
    text.extend(std::iter::repeat_n(' ', len - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((len as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}
