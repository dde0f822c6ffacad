//! Data that cannot be trained on: a message that names it, exit code 1, nothing left behind.

use crate::gan::{Place, Told};
use crate::run_files::contents;
use crate::small_data::{cut, gzip, idx, idx_folder, npz, png_folder};
use std::fs;

/// Trains and checks `spec`, both of which must be refused with these words, and write nothing.
fn refused(place: &Place, spec: &str, words: &[&str]) {
    let before = contents(&place.path("."));
    for line in [
        format!("train vanilla --data {spec} --steps 2 --batch 2 --out new/run"),
        format!("train vanilla --data {spec} --steps 2 --batch 2"),
        format!("data check {spec}"),
    ] {
        let told: Told = place.gan(&line).with_code(1);
        told.error(words);
    }
    assert_eq!(before, contents(&place.path(".")), "{spec}");
}

#[test]
fn no_such_path() {
    let place = Place::new();
    refused(&place, "photos/cats", &["photos/cats: no such data set and no such path", "known:"]);
    refused(&place, "minst", &["did you mean mnist?"]);
    refused(&place, "toy:rings", &["did you mean toy:ring?"]);
}

#[test]
fn an_empty_folder() {
    let place = Place::new();
    fs::create_dir(place.path("photos")).unwrap();
    refused(&place, "photos", &["photos: no images", "expected .png, .jpg, .webp"]);
    fs::write(place.path("photos/notes.txt"), "no image").unwrap();
    refused(&place, "photos", &["photos: no images"]);
}

#[test]
fn a_truncated_gz() {
    let place = Place::new();
    let images = idx_folder(&place.path("digits"), 40);
    fs::write(&images, cut(&images, 0.5)).unwrap();
    refused(&place, "digits", &["train-images-idx3-ubyte.gz: ends", "truncated", "fetch it again"]);
    // Only the checksum at its end is missing.
    fs::write(&images, &gzip(&idx(&[40, 28, 28]))[..]).unwrap();
    let whole = fs::read(&images).unwrap();
    fs::write(&images, &whole[..whole.len() - 3]).unwrap();
    refused(&place, "digits", &["train-images-idx3-ubyte.gz: damaged or truncated", "fetch"]);
}

#[test]
fn a_wrong_idx_magic() {
    let place = Place::new();
    let images = idx_folder(&place.path("digits"), 40);
    let mut bytes = idx(&[40, 28, 28]);
    bytes[2] = 13;
    fs::write(&images, gzip(&bytes)).unwrap();
    let expected = "expected 0x00000803 or 0x00000804 for IDX images";
    refused(&place, "digits", &["ubyte.gz: magic 0x00000d03, another element type", expected]);
    fs::write(&images, gzip(&idx(&[40]))).unwrap();
    refused(&place, "digits", &["magic 0x00000801, a file of labels", expected]);
    fs::write(place.path("one-idx3-ubyte"), [0, 0, 99, 99, 1, 2, 3]).unwrap();
    refused(&place, "one-idx3-ubyte", &["magic 0x00006363, not an IDX file", expected]);
}

#[test]
fn labels_that_do_not_fit_the_images() {
    let place = Place::new();
    idx_folder(&place.path("digits"), 39);
    refused(&place, "digits", &["train-labels-idx1-ubyte.gz: ", "39 labels", "40 images"]);
}

#[test]
fn a_header_that_claims_more_than_there_is() {
    let place = Place::new();
    let mut bytes = idx(&[2, 28, 28]);
    bytes[4] = 0xff;
    fs::write(place.path("many-images-idx3-ubyte"), bytes).unwrap();
    refused(&place, "many-images-idx3-ubyte", &["its header claims", "not believable"]);
    npz(&place.path("few.npz"), 4, 8);
    fs::write(place.path("few.npz"), cut(&place.path("few.npz"), 0.6)).unwrap();
    refused(&place, "few.npz", &["few.npz: "]);
}

/// A PNG that is broken is named by training and by checking, and left out only if asked.
#[test]
fn a_corrupt_png() {
    let place = Place::new();
    for (what, part) in [("body", 0.6), ("header", 0.0)] {
        let folder = place.path(what);
        png_folder(&folder, 6, &[(40, 40)]);
        fs::write(folder.join("03.png"), cut(&folder.join("03.png"), part)).unwrap();
        let before = contents(&place.path("."));
        let train = format!("train vanilla --data {what} --size 28 --steps 2 --batch 5 --quiet");
        place.gan(&format!("{train} --out run")).with_code(1).error(&["03.png: "]);
        let told = place.gan(&format!("data check {what} --no-sheet")).with_code(1);
        assert!(told.out.contains(&format!("bad: {what}/03.png: ")), "{told:?}");
        assert!(told.out.contains("samples     5\n"), "{told:?}");
        assert_eq!(before, contents(&place.path(".")));

        let told = place.done(&format!("data check {what} --no-sheet --skip-bad"));
        assert!(told.out.contains("03.png"), "{told:?}");
        place.done(&format!("{train} --skip-bad --out {what}-run"));
        place.done(&format!("sample {what}-run --count 4 --out {what}.png"));
    }
}

#[test]
fn images_of_mixed_sizes_need_one() {
    let place = Place::new();
    png_folder(&place.path("photos"), 4, &[(40, 30), (28, 28)]);
    let told = place.gan("train vanilla --data photos --steps 1 --batch 2 --out run").with_code(1);
    told.error(&["photos: ", "--size", "40x30", "28x28"]);
    assert!(!place.path("run").exists());
}

#[test]
fn a_batch_larger_than_the_data() {
    let place = Place::new();
    let words = &["batch size 11 with 10 samples in mnist", "between 1 and 10", "smaller batch"];
    place.gan("train dcgan --limit 10 --batch 11 --out run").with_code(1).error(words);
    place.gan("train dcgan --batch 10001").with_code(1).error(&["with 9000 samples in mnist"]);
    assert!(contents(&place.path(".")).is_empty());
}
