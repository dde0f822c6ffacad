//! Training on data of every kind: folders, archives, arrays, toys.

use crate::gan::Place;
use crate::run_files::{checkpoint, sha256};
use crate::small_data::{gzip, idx, idx_folder, npz, picture, png, png_folder};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Trains a little on `spec`, draws samples, and returns `gan data check`'s object.
fn trains(place: &Place, entry: &str, spec: &str, options: &str) -> Value {
    let checked = place.json(&format!("data check {spec} {options} --no-sheet --json"));
    let tiny = "--steps 3 --batch 5 --samples 9 --quiet";
    let run = format!("run-{}", checked["kind"].as_str().unwrap());
    place.done(&format!("train {entry} --data {spec} {options} {tiny} --out {run}"));
    picture(&place.path(&run).join("samples/step-00000003.png"));
    // Sampling finds the data again by itself.
    place.done(&format!("sample {run} --count 3 --out {run}.png"));
    picture(&place.path(&format!("{run}.png")));
    checked
}

#[test]
fn a_folder_of_pngs_of_mixed_sizes() {
    let place = Place::new();
    png_folder(&place.path("photos"), 7, &[(40, 30), (28, 28), (33, 64)]);
    let checked = trains(&place, "vanilla", "photos", "--size 28");
    assert_eq!(checked["shape"], serde_json::json!([3, 28, 28]));
    assert_eq!((&checked["count"], &checked["distinct_sizes"]), (&7.into(), &3.into()));
    let image = picture(&place.path("run-folder/samples/step-00000003.png"));
    assert_eq!(image.color().channel_count(), 3);
    // Each way to fit an image into a square is another set of images.
    let hash = |fit: &str| {
        let line = "--set features=4 --size 32 --channels 1 --steps 1 --batch 5 --quiet";
        place.done(&format!("train dcgan --data photos {line} --fit {fit} --out {fit}"));
        sha256(&checkpoint(&place.path(fit), 1))
    };
    let all = ["crop", "resize", "pad"].map(hash);
    assert!(all[0] != all[1] && all[1] != all[2] && all[2] != all[0]);
}

#[test]
fn folders_by_class_train_a_conditional_model() {
    let place = Place::new();
    for (number, class) in ["cats", "dogs"].iter().enumerate() {
        png_folder(&place.path("pets").join(class), 4, &[(28, 28)]);
        png(&place.path("pets").join(class).join("x.PNG"), 28, 28, 90 + number as u32);
    }
    let checked = trains(&place, "cgan", "pets", "");
    assert_eq!(checked["classes"], serde_json::json!([["cats", 5], ["dogs", 5]]));
    let drawn = place.json("sample run-folder --count 5 --out s.png --json");
    assert_eq!(drawn["labels"], serde_json::json!([0, 1, 0, 1, 0]));
    let words = &["class 2: expected a number from 0 to 1 or one of cats, dogs"];
    let dogs = place.json("sample run-folder --count 3 --given class=dogs --out u.png --json");
    assert_eq!(dogs["labels"], serde_json::json!([1, 1, 1]));
    place.gan("sample run-folder --label 2 --out t.png").with_code(2).error(words);

    // Names stand where numbers would: in objects, in words, and on pictures.
    assert_eq!(drawn["classes"], serde_json::json!(["cats", "dogs", "cats", "dogs", "cats"]));
    let near = place.json("neighbors run-folder --count 2 --near 1 --extractor digits --json");
    let found = &near["samples"][1]["pixels"][0];
    let names = ["cats", "dogs"];
    assert_eq!(found["class"], names[found["label"].as_u64().unwrap() as usize]);
    let told = place.done("interpolate run-folder --label dogs --paths 1 --steps 2 --out i.png");
    assert!(told.out.contains("1 paths, class dogs, 64 steps"), "{told:?}");
    let by_number = "interpolate run-folder --label 1 --paths 1 --steps 2 --out n.png --json";
    let object = place.json(by_number);
    assert_eq!((&object["label"], &object["class"]), (&1.into(), &"dogs".into()));
    assert_eq!(sha256(&place.path("i.png")), sha256(&place.path("n.png")));
    place.gan("interpolate run-folder --label birds").with_code(2).error(&["one of cats, dogs"]);
    // A row for each class of at most three images, and a margin of four letters for the names.
    let size = |name: &str| {
        let image = picture(&place.path(name));
        (image.width(), image.height())
    };
    assert_eq!(size("s.png"), (4 * 7 + 2 * 4 + 3 * 60 + 4, 2 * 60 + 4));
}

#[test]
fn a_zip_of_pngs() {
    let place = Place::new();
    png_folder(&place.path("photos"), 6, &[(28, 28)]);
    let mut zip = ZipWriter::new(File::create(place.path("photos.zip")).unwrap());
    for number in 0..6 {
        let name = format!("{number:02}.png");
        zip.start_file(&name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(place.path("photos").join(&name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let checked = trains(&place, "dcgan --set features=4", "photos.zip", "");
    assert_eq!(checked["count"], 6);
    // The same images in the same order are the same data.
    trains(&place, "dcgan --set features=4", "photos", "");
    let hash = |run: &str| sha256(&checkpoint(&place.path(run), 3));
    assert_eq!(hash("run-zip"), hash("run-folder"));
}

#[test]
fn an_npz_and_idx_files() {
    let place = Place::new();
    npz(&place.path("mine.npz"), 12, 16);
    let checked = trains(&place, "dcgan --set features=4", "mine.npz", "");
    assert_eq!(checked["shape"], serde_json::json!([1, 16, 16]));
    assert_eq!(checked["count"], 12);

    idx_folder(&place.path("digits"), 40);
    fs::write(place.path("digits/t10k-images-idx3-ubyte.gz"), gzip(&idx(&[6, 28, 28]))).unwrap();
    fs::write(place.path("digits/t10k-labels-idx1-ubyte.gz"), gzip(&idx(&[6]))).unwrap();
    let checked = trains(&place, "cgan", "digits", "");
    assert_eq!((&checked["count"], &checked["kind"]), (&40.into(), &"idx".into()));
    let test = place.json("data check digits --split test --no-sheet --json");
    assert_eq!(test["count"], 6);
}

#[test]
fn cifar_files() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..8 * 3073_u32)
        .map(|at| if at % 3073 == 0 { (at / 3073) as u8 } else { (at % 251) as u8 })
        .collect();
    fs::create_dir(place.path("cifar")).unwrap();
    fs::write(place.path("cifar/data_batch_1.bin"), bytes).unwrap();
    let checked = trains(&place, "dcgan --set features=4", "cifar", "");
    assert_eq!(checked["shape"], serde_json::json!([3, 32, 32]));
}

#[test]
fn toys() {
    for toy in ["ring", "grid", "swiss-roll", "ring?modes=5&std=0.1"] {
        let place = Place::new();
        let checked = trains(&place, "vanilla", &format!("toy:{toy}"), "");
        assert_eq!(checked["shape"], serde_json::json!([2]), "{toy}");
    }
    let place = Place::new();
    trains(&place, "gaussian1d", "toy:mixture", "");
    // Points as lines of numbers.
    place.done("sample run-toy --count 7 --out points.csv");
    let text = fs::read_to_string(place.path("points.csv")).unwrap();
    assert_eq!(text.lines().count(), 7);
    assert!(text.lines().all(|line| line.parse::<f32>().unwrap().is_finite()), "{text}");
}

/// Where Debian's package is installed it trains; elsewhere its name is told.
#[test]
fn fashion_mnist() {
    let place = Place::new();
    if Path::new("/usr/share/datasets/fashion-mnist").is_dir() {
        let checked = trains(&place, "vanilla", "fashion-mnist", "");
        assert_eq!(checked["count"], 60_000);
    } else {
        let words = &["fashion-mnist: not found", "apt install dataset-fashion-mnist"];
        let line = "train vanilla --data fashion-mnist --steps 1";
        place.gan(line).with_code(1).error(words);
    }
}
