//! Folders as people have them: mixed formats, parts, StyleGAN's labels, 16 bits, huge pictures.

use crate::gan::Place;
use crate::run_files::names;
use crate::small_data::png;
use image::{DynamicImage, ImageBuffer, Luma, RgbImage};
use serde_json::json;
use std::fs;

const TINY: &str = "vanilla --steps 2 --batch 4 --samples 4 --set generator_hidden=[8] \
                    --set discriminator_hidden=[8] --quiet";

/// Writes a picture in the format of the name's ending.
fn picture(place: &Place, name: &str, number: u8) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let color = [number, number * 2, 9];
    RgbImage::from_pixel(8, 8, image::Rgb(color)).save(path).unwrap();
}

#[test]
fn every_picture_of_a_mixed_folder_is_used_and_the_rest_is_named() {
    let place = Place::new();
    let endings = ["png", "jpg", "webp", "bmp", "tif", "ppm", "gif"];
    for number in 0..16u8 {
        let ending = endings[usize::from(number) % endings.len()];
        picture(&place, &format!("photos/{number:02}.{ending}"), number);
    }
    fs::write(place.path("photos/x.heic"), "no picture").unwrap();
    let checked = place.json("data check photos --json");
    assert_eq!(
        (&checked["count"], &checked["left_out"]),
        (&16.into(), &json!([["x.heic", "HEIC"]]))
    );
    let told =
        place.done(&format!("train {} --data photos --out run", TINY.replace("--quiet", "")));
    assert!(told.err.contains("note: 1 image is left out") && told.err.contains("x.heic (HEIC)"));
    assert!(told.err.contains("on photos: 16 samples of 3×8×8"), "{told:?}");
}

#[test]
fn parts_are_parts_and_stylegans_folders_are_no_classes() {
    let place = Place::new();
    for (at, name) in
        ["train/cats/1", "train/dogs/1", "train/dogs/2", "val/dogs/3"].iter().enumerate()
    {
        picture(&place, &format!("photos/{name}.png"), at as u8);
    }
    let train = place.json("data check photos --json");
    assert_eq!(train["classes"], json!([["cats", 1], ["dogs", 2]]));
    assert!(train["notes"][0].as_str().unwrap().contains("val (1 images, --split val) is left"));
    let val = place.json("data check photos --split val --json");
    assert_eq!(val["classes"], json!([["dogs", 1]]));

    for at in 0..4 {
        picture(&place, &format!("faces/0000{}/img{at}.png", at / 2), at);
    }
    assert_eq!(place.json("data check faces --json")["classes"], json!([]));
    let labels = (0..4).map(|at| json!([format!("0000{}/img{at}.png", at / 2), 3 + at % 2]));
    let labels = json!({ "labels": labels.collect::<Vec<_>>() });
    fs::write(place.path("faces/dataset.json"), labels.to_string()).unwrap();
    let labeled = place.json("data check faces --json");
    assert_eq!(labeled["classes"], json!([["3", 2], ["4", 2]]));
}

#[test]
fn models_that_hold_samples_out_take_a_plain_folder() {
    for model in ["vae", "autoencoder", "rbm"] {
        let place = Place::new();
        for number in 0..20 {
            fs::create_dir_all(place.path("photos")).unwrap();
            png(&place.path(&format!("photos/{number:02}.png")), 8, 8, number);
        }
        let line = format!(
            "train {model} --data photos --channels 1 --steps 1 --batch 4 --samples 4 --out run"
        );
        let told = place.done(&line);
        assert!(
            told.err.contains("2 of 20 images are held out as part test, by seed 0"),
            "{told:?}"
        );
        let toml = fs::read_to_string(place.path("run/run.toml")).unwrap();
        for words in ["split = \"train\"", "held_out = 0.1", "held_out_seed = 0"] {
            assert!(toml.contains(words), "{words}: {toml}");
        }
    }
}

#[test]
fn dark_samples_of_16_bits_are_told_and_stretched() {
    let place = Place::new();
    fs::create_dir(place.path("scans")).unwrap();
    for number in 0..5u16 {
        let deep = ImageBuffer::from_fn(8, 8, |x, y| Luma([(x * 64 + y) as u16 + number * 900]));
        let path = place.path(&format!("scans/{number}.png"));
        DynamicImage::ImageLuma16(deep).save(path).unwrap();
    }
    let note = |options: &str| {
        let checked = place.json(&format!("data check scans {options} --json"));
        checked["notes"].as_array().unwrap().iter().map(|n| n.to_string()).collect::<String>()
    };
    assert!(note("").contains("--range 0..4095 takes them as 12 bits"), "{}", note(""));
    assert_eq!(note("--range 0..4095"), "");
    assert!(note("--stretch").contains("0 to 4055 become 0 to 255"), "{}", note("--stretch"));
    place.done(&format!("train {TINY} --data scans --range 0..4095 --out run"));
    let toml = fs::read_to_string(place.path("run/run.toml")).unwrap();
    assert!(toml.contains("4095.0"), "{toml}");
    place.gan("data check scans --range 9..1").with_code(2).error(&["expected LO..HI"]);
}

#[test]
fn a_huge_picture_names_the_option_that_reads_it() {
    let place = Place::new();
    for number in 0..4 {
        picture(&place, &format!("photos/{number}.jpg"), number);
    }
    RgbImage::from_pixel(200, 100, image::Rgb([9, 8, 7])).save(place.path("photos/z.jpg")).unwrap();
    let train = format!("train {TINY} --data photos --size 8 --max-pixels");
    place.gan(&format!("{train} 100")).with_code(1).error(&["z.jpg", "--max-pixels 20000"]);
    // At an eighth it fits: 25×13 pixels.
    place.done(&format!("{train} 400 --out scaled"));
    place.done(&format!("{train} 20000 --out whole"));
    place.done(&format!("{train} 100 --skip-bad --out without"));
    assert_eq!(names(&place.path(".")), ["photos", "scaled", "whole", "without"]);
}
