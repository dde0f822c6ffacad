//! `gan` and `gan-metrics` agree on every folder: the same images in the same order, of the same
//! classes, with the same words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gan_data::{LoadOptions, Split, check, open};
use gan_images::{ArrayOptions, HeldOut, Image, OpenOptions};
use gan_metrics::{ImageSource, Images, SourceOptions};
use proptest::prelude::*;

/// What a program makes of a folder: each image's gray and class, and what it says.
#[derive(Debug, PartialEq)]
struct Seen {
    images: Vec<(u8, Option<String>)>,
    notes: Vec<String>,
}

fn by_gan(path: &Path, split: Split) -> Result<Seen, String> {
    let spec = path.to_str().unwrap();
    let options = LoadOptions { split, ..LoadOptions::default() };
    let data = open(spec, &options).map_err(|e| e.to_string())?;
    let info = data.info();
    let report = check(spec, &options).unwrap();
    assert_eq!((report.count, &report.notes), (info.len, &info.notes), "check and training");
    let mut values = vec![0.0; info.shape().iter().product()];
    let images = (0..info.len).map(|index| {
        let label = data.labeled(index, &mut values).unwrap();
        let grey = Image::from_planes(&values[..1], [1, 1, 1]).unwrap().pixels[0];
        (grey, label.map(|label| info.class_names()[label as usize].clone()))
    });
    Ok(Seen { images: images.collect(), notes: info.notes.clone() })
}

fn by_gan_metrics(path: &Path, split: Split) -> Result<Seen, String> {
    let (held_out, arrays) = (HeldOut::default(), ArrayOptions::default());
    let options = SourceOptions { open: OpenOptions { split, held_out, arrays }, max_pixels: None };
    let source = ImageSource::open_with(path, &options).map_err(|e| e.to_string())?;
    let mut images = Vec::new();
    source
        .visit(0..source.len(), &mut |index, found| {
            let class = source.labels().map(|labels| labels[index].clone());
            images.push((found.image.unwrap().pixels[0], class));
            true
        })
        .unwrap();
    let look = Images::new(source, None, &mut |_| {}).unwrap().look;
    Ok(Seen { images, notes: look.notes })
}

/// Writes a picture of one gray in the format of the name, text for other endings.
fn put(root: &Path, name: &str, grey: u8) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let png = Image::filled(2, 3, &[grey]).unwrap().to_png().unwrap();
    let bytes = match name.rsplit('.').next().unwrap() {
        "ppm" => [&b"P5 2 3 255\n"[..], &[grey; 6]].concat(),
        "txt" | "heic" => b"text".to_vec(),
        _ => png,
    };
    fs::write(path, bytes).unwrap();
}

fn agree(paths: &BTreeSet<String>, labels: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    for (index, path) in paths.iter().enumerate() {
        put(folder.path(), path, index as u8 * 9);
    }
    if let Some(labels) = labels {
        fs::write(folder.path().join("dataset.json"), labels).unwrap();
    }
    for split in [Split::All, Split::Train, Split::Val, Split::Test] {
        let (a, b) = (by_gan(folder.path(), split), by_gan_metrics(folder.path(), split));
        match (a, b) {
            (Ok(a), Ok(b)) => assert_eq!(a, b, "{split}: {paths:?}"),
            (Err(_), Err(_)) => {}
            (a, b) => panic!("{split}: {paths:?}\n{a:?}\n{b:?}"),
        }
    }
}

#[test]
fn dark_samples_of_16_bits() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3u8 {
        let bytes = [&b"P5 1 1 65535\n"[..], &[number, 200]].concat();
        fs::write(folder.path().join(format!("{number}.pgm")), bytes).unwrap();
    }
    let (a, b) = (by_gan(folder.path(), Split::All), by_gan_metrics(folder.path(), Split::All));
    let seen = a.unwrap();
    assert!(seen.notes[0].contains("use 200 to 712 of 65535"), "{seen:?}");
    assert_eq!(seen, b.unwrap());
}

#[test]
fn labels_of_stylegan() {
    let paths = ["00000/a.png", "00000/b.png", "00001/c.png"].map(str::to_owned).into();
    agree(
        &paths,
        Some(r#"{"labels": [["00000/a.png", 4], ["00000/b.png", 9], ["00001/c.png", 4]]}"#),
    );
    agree(&paths, Some(r#"{"labels": null}"#));
    agree(&paths, Some("{"));
    agree(&paths, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn on_any_folder(
        paths in prop::collection::btree_set(
            "(train/|val/|a/|b/|00000/|\\.c/)?(x/|y/|test/)?[0-3]\\.(png|ppm|dat|txt|heic)", 1..14,
        ),
    ) {
        agree(&paths, None);
    }
}
