//! JPEG files against libjpeg-turbo by way of Pillow: `data/golden/images/make_jpeg.py`.

use base64::{Engine, engine::general_purpose::STANDARD};
use gan_images::{Decoding, Image, JPEG_DECODER};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

#[test]
fn pixels_are_libjpeg_turbos_or_close_to_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/images/jpeg.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let bytes = |key: &str| STANDARD.decode(case[key].as_str().unwrap()).unwrap();
        let image = Image::decode(&bytes("jpeg"), Path::new("x.jpg")).unwrap();
        assert_eq!((image.height, image.width), (29, 37));
        let theirs = bytes("pixels");
        assert_eq!(image.pixels.len(), theirs.len());
        let differences: Vec<u8> =
            image.pixels.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).collect();
        let worst = differences.iter().max().unwrap();
        let mean =
            differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64;
        let name = &case["name"];
        if JPEG_DECODER == "libjpeg-turbo" {
            assert_eq!(*worst, 0, "{name}");
        } else {
            // What the documentation says of the default decoder.
            assert!(*worst <= 10 && mean < 0.5, "{name}: worst {worst}, mean {mean}");
        }
    }
}

/// A picture read at a part of its size is training data: a run must not depend on the processor.
#[test]
fn scaled_pixels_are_the_same_on_every_machine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/images/jpeg.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let half = Decoding { max_pixels: 37 * 29 - 1, needed: Some(10), ..Decoding::default() };
    let mut hash = Sha256::new();
    for case in file["cases"].as_array().unwrap() {
        let bytes = STANDARD.decode(case["jpeg"].as_str().unwrap()).unwrap();
        let image = Image::decode_with(&bytes, Path::new("x.jpg"), &half).unwrap();
        assert_eq!((image.height, image.width), (15, 19));
        hash.update(&image.pixels);
    }
    let found: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, "2d848c952ffc8fea");
}
