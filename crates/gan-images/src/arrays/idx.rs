//! IDX files (the format of MNIST): unsigned bytes in 1, 3 or 4 dimensions, plain or gzip.
//!
//! Two zero bytes, the element type (8 is an unsigned byte), the number of dimensions, the
//! dimensions as big-endian 32 bit numbers, then the elements. Gzip is recognized by content.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};

use crate::arrays::array_images::image_shape;
use crate::arrays::inflate::{Bounded, most_inflated};
use crate::arrays::stack::interleave;
use crate::atomic::write_atomically;
use crate::{Error, ImageStack, Result};

/// Reads images: 3 dimensions `(count, height, width)`, or 4 with channels last or second.
///
/// # Errors
///
/// A file that cannot be read, is not an IDX file of unsigned bytes in 3 or 4 dimensions, or has
/// fewer or more bytes than its header says.
pub fn read_idx_images(path: &Path) -> Result<ImageStack> {
    let (file, len) = open(path)?;
    images(Bounded::plain_or_gzip(file, len, path)?, path)
}

/// As [`read_idx_images`], from bytes; `name` stands in messages.
///
/// # Errors
///
/// As [`read_idx_images`].
pub fn parse_idx_images(bytes: &[u8], name: &Path) -> Result<ImageStack> {
    images(Bounded::plain_or_gzip(bytes, bytes.len() as u64, name)?, name)
}

/// Reads labels: 1 dimension.
///
/// # Errors
///
/// A file that cannot be read, is not an IDX file of unsigned bytes in 1 dimension, or has fewer
/// or more bytes than its header says.
pub fn read_idx_labels(path: &Path) -> Result<Vec<u8>> {
    let (file, len) = open(path)?;
    labels(Bounded::plain_or_gzip(file, len, path)?, path)
}

/// As [`read_idx_labels`], from bytes; `name` stands in messages.
///
/// # Errors
///
/// As [`read_idx_labels`].
pub fn parse_idx_labels(bytes: &[u8], name: &Path) -> Result<Vec<u8>> {
    labels(Bounded::plain_or_gzip(bytes, bytes.len() as u64, name)?, name)
}

/// Writes images, gray ones in 3 dimensions, others in 4 with channels last; gzip if the name ends
/// in `.gz`. The same images give the same bytes.
///
/// # Errors
///
/// A dimension above 2³² − 1, or a file that cannot be written; the old file stays then.
pub fn write_idx_images(path: &Path, images: &ImageStack) -> Result<()> {
    let shape = [images.count, images.height, images.width, images.channels];
    let dimensions = if images.channels == 1 { &shape[..3] } else { &shape[..] };
    write(path, dimensions, &images.pixels)
}

/// Writes labels; gzip if the name ends in `.gz`.
///
/// # Errors
///
/// A file that cannot be written; the old file stays then.
pub fn write_idx_labels(path: &Path, labels: &[u8]) -> Result<()> {
    write(path, &[labels.len()], labels)
}

/// What a file's first bytes say where they are an IDX header.
pub(crate) struct IdxLook {
    /// Whether the elements are unsigned bytes.
    pub(crate) bytes: bool,
    pub(crate) dimensions: u8,
    /// Whether the file has as many bytes as the sizes ask for; of a packed one, whether it can.
    pub(crate) fits: bool,
}

/// Looks for an IDX header in `start`, the first bytes of a file of `len`, unpacked if need be.
///
/// Many files begin with two zero bytes (icons, TGA pictures, films): the element type must be one of
/// IDX's, and there must be one to eight dimensions.
pub(crate) fn look(start: &[u8], len: u64) -> Option<IdxLook> {
    let mut unpacked = Vec::new();
    let packed = start.starts_with(&[0x1f, 0x8b]);
    if packed {
        // The start alone ends early: what it gives is enough.
        let _ = MultiGzDecoder::new(start).take(64).read_to_end(&mut unpacked);
    }
    let header = if packed { &unpacked[..] } else { start };
    let [0, 0, element, dimensions @ 1..=8, sizes @ ..] = header else { return None };
    let width = match element {
        8 | 9 => 1,
        11 => 2,
        12 | 13 => 4,
        14 => 8,
        _ => return None,
    };
    let sides = sizes.as_chunks::<4>().0.iter().take(usize::from(*dimensions));
    let head = 4 + 4 * u64::from(*dimensions);
    let needed = sides.clone().try_fold(width, |product: u64, side| {
        product.checked_mul(u32::from_be_bytes(*side).into())
    });
    let needed = needed.and_then(|elements| elements.checked_add(head));
    let fits = sides.len() == usize::from(*dimensions)
        && needed.is_some_and(|needed| match packed {
            true => needed <= most_inflated(len),
            false => needed == len,
        });
    Some(IdxLook { bytes: *element == 8, dimensions: *dimensions, fits })
}

fn open(path: &Path) -> Result<(BufReader<File>, u64)> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let len = file.metadata().map_err(Error::io(path, "read"))?.len();
    Ok((BufReader::new(file), len))
}

fn images(mut bytes: Bounded<'_>, name: &Path) -> Result<ImageStack> {
    let shape = dimensions(&mut bytes, name, "images", &[3, 4])?;
    let (shape, planar) = image_shape(&shape, name)?;
    let [count, height, width, channels] = shape;
    let pixels = elements(&mut bytes, &shape, name)?;
    let pixels = if planar { interleave(&pixels, height * width, channels) } else { pixels };
    ImageStack::new([count, height, width, channels], pixels)
        .map_err(|error| Error::format(name, error.to_string()))
}

fn labels(mut bytes: Bounded<'_>, name: &Path) -> Result<Vec<u8>> {
    let shape = dimensions(&mut bytes, name, "labels", &[1])?;
    elements(&mut bytes, &shape, name)
}

/// Reads the header: the dimensions, if their number is one of `allowed`.
fn dimensions(
    bytes: &mut Bounded<'_>,
    name: &Path,
    what: &str,
    allowed: &[u8],
) -> Result<Vec<usize>> {
    let magic: [u8; 4] = bytes.exactly(name, "the IDX magic")?;
    let expected: Vec<String> =
        allowed.iter().map(|n| format!("0x{:08x}", 0x0800 + u32::from(*n))).collect();
    let wrong = |found: &str| {
        Err(Error::format(
            name,
            format!(
                "magic 0x{:08x}{found} (expected {} for IDX {what} of unsigned bytes)",
                u32::from_be_bytes(magic),
                expected.join(" or ")
            ),
        ))
    };
    match magic {
        [0, 0, 8, n] if allowed.contains(&n) => {}
        [0, 0, 8, 1] => return wrong(", a file of labels"),
        [0, 0, 8, 3] => return wrong(", a file of images"),
        [0, 0, 9 | 11..=14, _] => return wrong(", another element type"),
        _ => return wrong(", not an IDX file"),
    }
    let mut shape = Vec::with_capacity(usize::from(magic[3]));
    for _ in 0..magic[3] {
        let side = u32::from_be_bytes(bytes.exactly(name, "the IDX dimensions")?);
        shape.push(usize::try_from(side).unwrap_or(usize::MAX));
    }
    Ok(shape)
}

/// Reads the elements that `shape` asks for, and nothing may follow.
fn elements(bytes: &mut Bounded<'_>, shape: &[usize], name: &Path) -> Result<Vec<u8>> {
    let len = shape.iter().try_fold(1_u64, |len, side| len.checked_mul(*side as u64));
    let len = len.ok_or_else(|| {
        Error::format(name, format!("its header claims {shape:?} bytes: not believable"))
    })?;
    let elements = bytes.take(len, name)?;
    bytes.finish(name)?;
    Ok(elements)
}

fn write(path: &Path, dimensions: &[usize], elements: &[u8]) -> Result<()> {
    let mut header = vec![0, 0, 8, dimensions.len() as u8];
    for &side in dimensions {
        let side = u32::try_from(side).map_err(|_| {
            Error::format(
                path,
                format!("a dimension of {side} does not fit in an IDX file (at most {})", u32::MAX),
            )
        })?;
        header.extend(side.to_be_bytes());
    }
    let zipped = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    write_atomically(path, |writer| {
        if zipped {
            let mut encoder = GzEncoder::new(writer, Compression::best());
            both(&mut encoder, &header, elements)?;
            encoder.finish().map(drop)
        } else {
            both(writer, &header, elements)
        }
    })
}

fn both(writer: &mut impl Write, header: &[u8], elements: &[u8]) -> io::Result<()> {
    writer.write_all(header)?;
    writer.write_all(elements)
}
