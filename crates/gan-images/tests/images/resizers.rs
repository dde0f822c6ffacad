//! The resizers of image scores against the programs that they are named after.

use std::path::Path;

use gan_images::{Decoding, Image, PlaneResizer, Resizer};
use serde_json::Value;
use sha2::{Digest, Sha256};

const SIDE: usize = 299;
const STRIDE: usize = 1597;

/// The formula of `data/golden/metrics/make_resize.py`.
fn planes(height: usize, width: usize) -> Vec<Vec<f32>> {
    let plane = |c: usize| {
        let value = |i: usize| {
            let (y, x) = (i / width, i % width);
            (((y * y * 31 + x * 17 + x * y * 7 + c * 101) ^ (x * x / 8)) % 256) as f32
        };
        (0..height * width).map(value).collect()
    };
    (0..3).map(plane).collect()
}

fn resized(resizer: Resizer, planes: &[Vec<f32>], from: [usize; 2]) -> Vec<f32> {
    let prepared = PlaneResizer::new(resizer, from, [SIDE, SIDE]).unwrap();
    let mut all = vec![0.0; 3 * SIDE * SIDE];
    for (plane, out) in planes.iter().zip(all.chunks_exact_mut(SIDE * SIDE)) {
        prepared.resize(plane, out).unwrap();
    }
    all
}

/// The largest difference to the golden values.
fn worst(found: &[f32], golden: &Value) -> f64 {
    // Through f32, which they were: serde_json is not exact to the last bit of f64.
    let golden = golden.as_array().unwrap().iter();
    let golden: Vec<f64> = golden.map(|v| f64::from(v.as_f64().unwrap() as f32)).collect();
    let found: Vec<f64> = found.iter().step_by(STRIDE).map(|v| f64::from(*v)).collect();
    assert_eq!(found.len(), golden.len());
    found.iter().zip(&golden).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn resizers_agree_with_their_peers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/metrics/resize.json");
    let file: Value = serde_json::from_slice(&std::fs::read(Path::new(path)).unwrap()).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let size = [0, 1].map(|i| case["size"][i].as_u64().unwrap() as usize);
        let planes = planes(size[0], size[1]);

        let found = resized(Resizer::AsymmetricBilinear, &planes, size);
        assert_eq!(worst(&found, &case["asymmetric-bilinear"]), 0.0, "{size:?}");
        let bytes: Vec<u8> = found.iter().flat_map(|v| v.to_le_bytes()).collect();
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hash, case["asymmetric-bilinear sha256"], "{size:?}"); // bit for bit

        // PyTorch may fuse multiplication and addition, so a few units in the last place of f32.
        let unit: Vec<Vec<f32>> =
            planes.iter().map(|p| p.iter().map(|v| v / 255.0).collect()).collect();
        let found = resized(Resizer::HalfPixelBilinear, &unit, size);
        let difference = worst(&found, &case["half-pixel-bilinear"]);
        assert!(difference < 4e-7, "{size:?}: {difference:e} of 1");
        let found = resized(Resizer::AntialiasedBilinear, &planes, size);
        let difference = worst(&found, &case["antialiased-bilinear"]);
        assert!(difference < 1e-4, "{size:?}: {difference:e} of 255");
        let found = resized(Resizer::PillowBicubic, &planes, size);
        let difference = worst(&found, &case["pillow-bicubic"]);
        assert!(difference < 2e-5, "{size:?}: {difference:e} of 255");
    }
}

#[test]
fn equal_sizes_change_nothing() {
    let planes = planes(31, 17);
    for resizer in [
        Resizer::HalfPixelBilinear,
        Resizer::AsymmetricBilinear,
        Resizer::AntialiasedBilinear,
        Resizer::PillowBicubic,
    ] {
        let prepared = PlaneResizer::new(resizer, [31, 17], [31, 17]).unwrap();
        let mut out = vec![0.0; 31 * 17];
        prepared.resize(&planes[0], &mut out).unwrap();
        assert_eq!(out, planes[0], "{}", resizer.name());
        assert!(prepared.resize(&planes[0][1..], &mut out).is_err());
        assert!(PlaneResizer::new(resizer, [0, 1], [1, 1]).is_err());
        assert!(PlaneResizer::new(resizer, [1, 1], [1 << 20, 1 << 20]).is_err());
    }
}

#[test]
fn a_turned_photo_can_be_decoded_as_it_is_stored() {
    // 2 × 1 pixels that a camera wants turned by a quarter.
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    let pixels = image::GrayImage::from_raw(16, 8, vec![100; 128]).unwrap();
    pixels.write_with_encoder(encoder).unwrap();
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut turned = jpeg[..2].to_vec();
    turned.extend([0xff, 0xe1]);
    turned.extend((exif.len() as u16 + 2).to_be_bytes());
    turned.extend(exif);
    turned.extend(&jpeg[2..]);
    let name = Path::new("photo.jpg");
    let stored = Decoding { turn: false, ..Decoding::default() };
    let size = |image: Image| (image.width, image.height);
    assert_eq!(size(Image::decode(&turned, name).unwrap()), (8, 16));
    assert_eq!(size(Image::decode_with(&turned, name, &stored).unwrap()), (16, 8));
}
