//! JPEG files against libjpeg-turbo by way of Pillow: `data/golden/images/make_jpeg.py`.

use base64::{Engine, engine::general_purpose::STANDARD};
use gan_images::{Image, JPEG_DECODER};
use serde_json::Value;
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
