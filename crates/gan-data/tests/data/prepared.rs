//! Pictures are decoded once, on any number of threads, and nobody can tell from a batch.

use std::fs;
use std::path::Path;

use gan_data::{Batches, LoadOptions, open};
use gan_images::Image;

use crate::options;

/// Seven pictures of unlike sizes, each its own.
fn pictures(folder: &Path) {
    for number in 0..7 {
        let (width, height) = (9 + number, 12 - number);
        let pixels = (0..width * height * 3).map(|i| (i * (number + 3) % 256) as u8).collect();
        let image = Image::new(width, height, 3, pixels).unwrap();
        image.write_png(&folder.join(format!("{number}.png"))).unwrap();
    }
}

#[test]
fn batches_are_the_same_with_and_without_and_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path());
    let batches = |no_cache, threads| {
        let options = LoadOptions { size: Some(8), no_cache, ..options() };
        let data = open(folder.path().to_str().unwrap(), &options).unwrap();
        Batches::new(data, 3, 5).unwrap().on_threads(threads)
    };
    let (plain, one, four) = (batches(true, 1), batches(false, 1), batches(false, 4));
    // Three epochs: the second and third find every picture.
    for number in 0..6 {
        let expected = plain.get(number).unwrap();
        assert_eq!(one.get(number).unwrap(), expected, "{number}");
        assert_eq!(four.get(number).unwrap(), expected, "{number}");
        assert_eq!(batches(true, 3).get(number).unwrap(), expected, "{number}");
    }
}

#[test]
fn kept_pictures_need_no_file_and_others_say_that_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path());
    let open = |no_cache| {
        let options = LoadOptions { size: Some(8), no_cache, ..options() };
        open(folder.path().to_str().unwrap(), &options).unwrap()
    };
    let (kept, plain) = (open(false), open(true));
    let before = crate::sample(kept.as_ref(), 2);
    fs::remove_file(folder.path().join("2.png")).unwrap();
    assert_eq!(crate::sample(kept.as_ref(), 2), before);
    let batches = Batches::new(plain, 7, 0).unwrap().on_threads(3);
    let told = batches.get(0).unwrap_err().to_string();
    assert!(told.contains("2.png"), "{told}");
}
