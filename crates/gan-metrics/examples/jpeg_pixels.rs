//! How far this program's JPEG decoder is from libjpeg-turbo, on the files of
//! `benches/peers/make_jpegs.py`: `jpeg_pixels NAME-jpeg NAME-png`.
#![allow(clippy::print_stdout)]

use gan_metrics::ImageSource;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [jpeg, png] = [1, 2].map(|i| std::env::args().nth(i).unwrap_or_default());
    let images = |path: &str| -> gan_metrics::Result<Vec<_>> {
        let source = ImageSource::open(Path::new(path))?;
        let mut all = Vec::new();
        source.visit(0..source.len(), &mut |_, found| {
            all.push(found.image);
            true
        })?;
        all.into_iter().collect()
    };
    let (ours, theirs) = (images(&jpeg)?, images(&png)?);
    let mut histogram = [0u64; 256];
    for (a, b) in ours.iter().zip(&theirs) {
        let b = b.to_channels(a.channels)?;
        for (x, y) in a.pixels.iter().zip(&b.pixels) {
            histogram[usize::from(x.abs_diff(*y))] += 1;
        }
    }
    let total: u64 = histogram.iter().sum();
    println!("{} images, {total} values", ours.len());
    for (difference, count) in histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
        println!("off by {difference}: {count} ({:.4} %)", *count as f64 * 100.0 / total as f64);
    }
    Ok(())
}
