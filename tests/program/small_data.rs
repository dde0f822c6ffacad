//! Small data made for a test, and what was drawn read back, neither through the program's own code.

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{DynamicImage, ImageReader, Rgb, RgbImage};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Writes a color PNG; `number` makes each differ.
pub fn png(path: &Path, width: u32, height: u32, number: u32) {
    let pixel = |x: u32, y: u32| Rgb([x * 7 + number * 31, y * 5 + number, x * y].map(|v| v as u8));
    RgbImage::from_fn(width, height, pixel).save(path).unwrap();
}

/// Makes a folder of PNGs of these sizes in turn, `00.png` and on.
pub fn png_folder(folder: &Path, count: u32, sizes: &[(u32, u32)]) {
    fs::create_dir_all(folder).unwrap();
    for (number, (width, height)) in (0..count).zip(sizes.iter().cycle()) {
        png(&folder.join(format!("{number:02}.png")), *width, *height, number);
    }
}

/// The bytes of an IDX file: type 8, the dimensions, then as many bytes.
pub fn idx(dimensions: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|side| side.to_be_bytes()));
    let count: u32 = dimensions.iter().product();
    // Labels stay below 10; for pixels that is dark, but not constant.
    bytes.extend((0..count).map(|number| (number % 10) as u8));
    bytes
}

/// Bytes, packed by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Writes an `.npz` of gray bytes `(count, side, side)`, as NumPy does.
pub fn npz(path: &Path, count: usize, side: usize) {
    let mut header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {side}, {side}), }}");
    // The data begin at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend((header.len() as u16).to_le_bytes());
    array.extend(header.bytes());
    array.extend((0..count * side * side).map(|at| (at * 31 % 251) as u8));
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    zip.start_file("arr_0.npy", SimpleFileOptions::default()).unwrap();
    zip.write_all(&array).unwrap();
    zip.finish().unwrap();
}

/// An array of an `.npz`: its header's text and its bytes.
pub fn array(path: &Path, name: &str) -> (String, Vec<u8>) {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes[..7], *b"\x93NUMPY\x01");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    (String::from_utf8(bytes[10..end].to_vec()).unwrap(), bytes[end..].to_vec())
}

/// The arrays of an `.npz`.
pub fn array_names(path: &Path) -> Vec<String> {
    let zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    zip.file_names().map(|name| name.unwrap().into_owned()).collect()
}

/// Decodes a picture, which must not be of one color only.
pub fn picture(path: &Path) -> DynamicImage {
    let opened = ImageReader::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let image = opened.decode().unwrap();
    let bytes = image.as_bytes();
    assert!(bytes.iter().any(|byte| *byte != bytes[0]), "{}: one color", path.display());
    image
}

/// A copy of a file, cut to a part of its length.
pub fn cut(path: &Path, part: f64) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    bytes[..(bytes.len() as f64 * part) as usize].to_vec()
}

/// MNIST-like files in a folder: 40 images and so many labels.
pub fn idx_folder(folder: &Path, labels: u32) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let images = folder.join("train-images-idx3-ubyte.gz");
    fs::write(&images, gzip(&idx(&[40, 28, 28]))).unwrap();
    fs::write(folder.join("train-labels-idx1-ubyte.gz"), gzip(&idx(&[labels]))).unwrap();
    images
}
