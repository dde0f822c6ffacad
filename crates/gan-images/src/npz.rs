//! NumPy's `.npz`: a zip of arrays, here one of images and perhaps one of labels.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::atomic::write_atomically;
use crate::idx::interleave;
use crate::inflate::{Bounded, most_inflated};
use crate::npy::{Array, image_shape};
use crate::{Error, ImageStack, Result};

/// Members that hold images, in order of preference.
const IMAGES: [&str; 3] = ["arr_0", "images", "x"];
/// Members that hold labels, in order of preference.
const LABELS: [&str; 3] = ["labels", "y", "arr_1"];

/// Reads images and, if they are there, labels.
///
/// Images are the member `arr_0`, `images` or `x`, or the only member: bytes or floats, 3
/// dimensions `(count, height, width)` or 4 with channels last or second. Floats are taken to be in
/// `[0, 1]`, `[-1, 1]` or `[0, 255]`, the first of these that holds them all. Labels are the
/// one-dimensional member `labels`, `y` or `arr_1`: integers from 0 to 65,535.
///
/// # Errors
///
/// A file that cannot be read, has no member for images, holds an array of another shape or type,
/// or has as many labels as images not.
pub fn read_npz(path: &Path) -> Result<(ImageStack, Option<Vec<u32>>)> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
        Error::format(path, format!("not a whole .npz file ({error}); fetch it again"))
    })?;
    let members: Vec<String> = archive
        .file_names()
        .flatten()
        .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
        .collect();
    let find = |wanted: &[&str]| {
        wanted.iter().find(|name| members.iter().any(|m| m == *name)).map(ToString::to_string)
    };
    let only = || if members.len() == 1 { members.first().cloned() } else { None };
    let images = find(&IMAGES).or_else(only).ok_or_else(|| {
        Error::format(
            path,
            format!(
                "no array of images: expected a member {}, found {}",
                IMAGES.join(", "),
                if members.is_empty() { "none".to_owned() } else { members.join(", ") }
            ),
        )
    })?;

    let (array, name) = read_member(&mut archive, path, &images)?;
    let (shape, planar) = image_shape(&array.shape, &name)?;
    let [count, height, width, channels] = shape;
    let pixels = array.into_pixels(&name)?;
    let pixels = if planar { interleave(&pixels, height * width, channels) } else { pixels };
    let stack = ImageStack::new([count, height, width, channels], pixels)
        .map_err(|error| Error::format(&name, error.to_string()))?;

    let Some(labels) = find(&LABELS) else { return Ok((stack, None)) };
    let (array, name) = read_member(&mut archive, path, &labels)?;
    if array.shape.len() != 1 {
        return Ok((stack, None)); // an array of something else under NumPy's default name
    }
    let labels = array.labels(&name)?;
    if labels.len() != count {
        return Err(Error::format(
            &name,
            format!(
                "{} labels for {count} images; the two arrays do not belong together (expected equal counts)",
                labels.len()
            ),
        ));
    }
    Ok((stack, Some(labels)))
}

/// Writes images as `arr_0`, bytes `(count, height, width, channels)`, and labels as `arr_1`, 64 bit
/// integers; stored, as `numpy.savez` does. The same input gives the same bytes.
///
/// # Errors
///
/// As many labels as images not, or a file that cannot be written; the old file stays then.
pub fn write_npz(path: &Path, images: &ImageStack, labels: Option<&[u32]>) -> Result<()> {
    if let Some(labels) = labels
        && labels.len() != images.count
    {
        return Err(Error::argument(format!(
            "{} labels for {} images (expected equal counts)",
            labels.len(),
            images.count
        )));
    }
    write_atomically(path, |writer| write_archive(writer, images, labels))
}

fn write_archive(
    writer: &mut BufWriter<File>,
    images: &ImageStack,
    labels: Option<&[u32]>,
) -> io::Result<()> {
    // In memory first: a `ZipWriter` whose file fails half-way prints to stderr when dropped.
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::with_capacity(images.pixels.len() + 1024)));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .large_file(images.pixels.len() as u64 >= u64::from(u32::MAX) - (1 << 16));
    zip.start_file("arr_0.npy", options)?;
    let ImageStack { count, height, width, channels, .. } = images;
    zip.write_all(&header("|u1", &format!("({count}, {height}, {width}, {channels})")))?;
    zip.write_all(&images.pixels)?;
    if let Some(labels) = labels {
        zip.start_file("arr_1.npy", options)?;
        zip.write_all(&header("<i8", &format!("({},)", labels.len())))?;
        let bytes: Vec<u8> =
            labels.iter().flat_map(|&label| i64::from(label).to_le_bytes()).collect();
        zip.write_all(&bytes)?;
    }
    writer.write_all(&zip.finish()?.into_inner())
}

/// A `.npy` header of version 1, padded with spaces so that the data begin at a multiple of 64.
fn header(descr: &str, shape: &str) -> Vec<u8> {
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

/// Reads one array; the name returned is for messages.
fn read_member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    member: &str,
) -> Result<(Array, PathBuf)> {
    let name = PathBuf::from(format!("{}[{member}]", path.display()));
    let file = archive.by_name(&format!("{member}.npy")).map_err(|error| {
        Error::format(&name, format!("cannot be read from the zip ({error}); fetch it again"))
    })?;
    let most = match file.compression() {
        CompressionMethod::Stored => file.compressed_size(),
        _ => most_inflated(file.compressed_size()),
    };
    let mut bytes = Bounded { reader: Box::new(BufReader::new(file)), most };
    Ok((Array::read(&mut bytes, &name)?, name))
}
