//! The embedded classifier of digits: how good it is, and that its rows depend on their image alone.

use candle_core::{Device, Tensor};
use gan_images::{read_idx_images, read_idx_labels};
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, Wanted};
use std::path::{Path, PathBuf};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..").join("data").join(folder)
}

fn embedded(krate: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("embedded").join(name)
}

/// The 1,000 digits that training has not seen, in [0, 1], and their labels.
fn held_out() -> (Tensor, Vec<u8>) {
    let images = read_idx_images(&embedded("gan-data", "images.idx3-ubyte.gz")).unwrap();
    let labels = read_idx_labels(&embedded("gan-data", "labels.idx1-ubyte.gz")).unwrap();
    let pixels: Vec<f32> =
        images.pixels[9_000 * 784..].iter().map(|b| f32::from(*b) / 255.0).collect();
    let labels = labels[9_000..].to_vec();
    (Tensor::from_vec(pixels, (labels.len(), 1, 28, 28), &Device::Cpu).unwrap(), labels)
}

const ALL: Wanted = Wanted { tap: 96, logits: true, spatial: false };

#[test]
fn it_knows_985_of_1000_digits_that_it_has_not_seen() {
    let (images, labels) = held_out();
    let digits = Digits::embedded().unwrap();
    let found = digits.extract(&images, &ALL).unwrap();
    assert_eq!(found.pool.dims(), [1000, 96]);
    let guesses = found.logits.unwrap().argmax(1).unwrap().to_vec1::<u32>().unwrap();
    let right = guesses.iter().zip(&labels).filter(|(g, l)| **g == u32::from(**l)).count();
    assert!(right >= 985, "{right}");
    let readme = std::fs::read_to_string(data("digits").join("README.md")).unwrap();
    assert!(readme.contains(&format!("| {right} right (")), "README.md: {right} are right");
    // Features that are always the same would make covariances singular.
    let rows = found.pool.to_vec2::<f32>().unwrap();
    for feature in 0..96 {
        let values = || rows.iter().map(|row| row[feature]);
        let (low, high) = (values().fold(f32::MAX, f32::min), values().fold(f32::MIN, f32::max));
        assert!(high - low > 0.1, "feature {feature}: {low} to {high}");
    }
}

#[test]
fn the_embedded_file_is_small_and_is_the_one_in_the_repository() {
    let path = embedded("gan-metrics", "digits.safetensors");
    assert!(std::fs::metadata(&path).unwrap().len() < 500_000);
    let (embedded, file) = (Digits::embedded().unwrap(), Digits::open(&path).unwrap());
    assert_eq!(embedded.hash(), file.hash());
    assert_eq!((embedded.layout(), embedded.hash().len()), ("digits", 64));
}

#[test]
fn a_row_depends_on_its_image_alone() {
    let (images, _) = held_out();
    let digits = Digits::embedded().unwrap();
    let run = |threads: usize, start: usize, count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let batch = images.narrow(0, start, count).unwrap();
        let found = pool.install(|| digits.extract(&batch, &ALL)).unwrap();
        let rows = Tensor::cat(&[found.pool, found.logits.unwrap()], 1).unwrap();
        let rows = rows.to_vec2::<f32>().unwrap().into_iter();
        rows.map(|row| row.into_iter().map(f32::to_bits).collect()).collect::<Vec<Vec<u32>>>()
    };
    let whole = run(2, 0, 200);
    for (threads, start, count) in [(1, 0, 200), (1, 7, 1), (2, 199, 1), (1, 3, 7), (2, 60, 32)] {
        assert!(run(threads, start, count) == whole[start..start + count], "{count} from {start}");
    }
}

#[test]
fn wrong_images_and_wishes_are_named() {
    let (images, _) = held_out();
    let digits = Digits::embedded().unwrap();
    let few = images.narrow(0, 0, 2).unwrap();
    let error =
        |images: &Tensor, wanted: &Wanted| digits.extract(images, wanted).unwrap_err().to_string();
    assert!(error(&few, &Wanted::features(2048)).contains("width 2048 from digits: it has 96"));
    assert!(error(&few, &Wanted { spatial: true, ..ALL }).contains("spatial features"));
    let flat = few.flatten_from(1).unwrap();
    assert!(error(&flat, &ALL).contains("expected (n ≥ 1, 1, 28, 28)"));
    let path = data("mnist").join("README.md");
    let error = Digits::open(&path).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("README.md: not a whole safetensors file"), "{error}");
}
