//! Data of every kind through `open`, `check`, `Batches` and `Prefetch`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batching;
mod checking;
mod fields;
mod opening;
mod prepared;
mod refusing;

use std::fs;
use std::path::Path;

use gan_data::{Dataset, LoadOptions};
use gan_images::Image;

/// Default options.
pub fn options() -> LoadOptions {
    LoadOptions::default()
}

/// All of sample `index`.
pub fn sample(data: &dyn Dataset, index: usize) -> (Vec<f32>, Option<u32>) {
    let mut values = vec![0.0; data.info().shape().iter().product()];
    let label = data.labeled(index, &mut values).unwrap();
    (values, label)
}

/// Writes a PNG of one color, whose pixel is `color`, and its folders.
pub fn plain(path: &Path, width: usize, height: usize, color: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    Image::filled(width, height, color).unwrap().write_png(path).unwrap();
}

/// Damages the body of a PNG and leaves its header whole.
pub fn corrupt(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() - 20;
    bytes[middle] ^= 0xff;
    fs::write(path, bytes).unwrap();
}
