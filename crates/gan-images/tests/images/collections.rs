//! One reader for folders, archives and arrays: which images, in which part, of which classes.

use std::fs;
use std::io::Write;
use std::path::Path;

use gan_images::{
    Collection, Decoding, HeldOut, Image, ImageStack, OpenOptions, SourceKind, Split, write_npz,
};
use image::{DynamicImage, ImageFormat};
use proptest::prelude::*;

fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A picture of one gray, in the format that the name's ending says.
fn picture(root: &Path, name: &str, grey: u8) {
    let image =
        DynamicImage::ImageRgb8(image::ImageBuffer::from_pixel(4, 3, image::Rgb([grey; 3])));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::from_path(name).unwrap()).unwrap();
    put(root, name, &bytes.into_inner());
}

fn open(path: &Path, split: Split) -> Collection {
    Collection::open(path, &OpenOptions { split, ..OpenOptions::default() }).unwrap()
}

fn refused(path: &Path, split: Split) -> String {
    let options = OpenOptions { split, ..OpenOptions::default() };
    Collection::open(path, &options).unwrap_err().to_string()
}

fn names(found: &Collection) -> Vec<String> {
    (0..found.len()).map(|i| found.name(i).display().to_string()).collect()
}

/// The class of every image by name.
fn classes(found: &Collection) -> Vec<String> {
    found.labels().unwrap_or_default().iter().map(|l| found.class_name(*l)).collect()
}

#[test]
fn every_format_is_read_and_what_is_not_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let good = ["a.webp", "b.bmp", "c.tif", "d.ppm", "e.gif", "f.jpg", "g.PNG"];
    for (index, name) in good.iter().enumerate() {
        picture(root, name, index as u8 * 30);
    }
    // By content: neither a wrong ending nor none matters.
    picture(root, "h.png", 200);
    fs::rename(root.join("h.png"), root.join("h.dat")).unwrap();
    picture(root, "i.webp", 210);
    fs::rename(root.join("i.webp"), root.join("i.jpg")).unwrap();
    put(root, "j.heic", b"....ftypheic");
    put(root, "k.svg", b"<svg/>");
    put(root, "l.bin", b"\0\0\0\x1cftypavif");
    put(root, "notes.txt", b"P1 is a fine name");
    put(root, ".hidden.png", b"x");
    put(root, "._g.PNG", b"macOS writes these");
    let found = open(root, Split::All);
    assert_eq!(names(&found).join(" "), "a.webp b.bmp c.tif d.ppm e.gif f.jpg g.PNG h.dat i.jpg");
    for index in 0..found.len() {
        let image = found.image(index, &Decoding::default()).unwrap();
        assert_eq!((image.width, image.height, image.channels), (4, 3, 3), "{index}");
        assert_eq!(found.header(index).unwrap().width, 4);
    }
    let left: Vec<_> =
        found.left_out().iter().map(|f| (f.path.to_str().unwrap(), f.format)).collect();
    assert_eq!(left, [("j.heic", "HEIC"), ("k.svg", "SVG"), ("l.bin", "AVIF")]);
    let notes = found.notes().join("\n");
    assert!(notes.contains("3 images are left out") && notes.contains("j.heic (HEIC)"), "{notes}");
    assert!(notes.contains("1 hidden image"), "{notes}");

    // A zip of the same files is the same collection.
    let path = root.with_extension("zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        zip.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(entry.path()).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let packed = open(&path, Split::All);
    assert_eq!((packed.kind(), names(&packed)), (SourceKind::Zip, names(&found)));
    assert_eq!((packed.notes(), packed.left_out()), (found.notes(), found.left_out()));
    fs::remove_file(path).unwrap();
}

#[test]
fn stylegans_labels_are_the_classes_and_its_folders_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["00000/img00000000.png", "00000/img00000001.png", "00001/img00001000.png"] {
        picture(root, name, 9);
    }
    let bare = open(root, Split::All);
    assert!(bare.labels().is_none() && bare.notes()[0].contains("numbered 00000"));
    let labels = |text: &str| put(root, "dataset.json", text.as_bytes());
    labels(
        r#"{"labels": [["00000/img00000000.png", 6], ["00000/img00000001.png", 2],
            ["00001/img00001000.png", 6]]}"#,
    );
    let found = open(root, Split::All);
    assert_eq!(
        (classes(&found), found.class_names().len()),
        (["6", "2", "6"].map(String::from).to_vec(), 2)
    );
    assert!(found.notes()[0].contains("dataset.json"));
    labels(r#"{"labels": null}"#);
    let found = open(root, Split::All);
    assert!(found.labels().is_none() && found.notes()[0].contains("no labels"));
    labels(r#"{"labels": [["00000/img00000000.png", 6]]"#);
    assert!(refused(root, Split::All).contains("dataset.json: is no JSON"));
    // Another program's file of that name says nothing.
    labels(r#"{"name": "faces"}"#);
    assert!(open(root, Split::All).labels().is_none());
}

#[test]
fn parts_are_no_classes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["train/cats/1.png", "train/dogs/1.png", "train/dogs/2.png", "val/dogs/3.png"] {
        picture(root, name, 9);
    }
    let found = open(root, Split::All);
    assert_eq!(classes(&found), ["cats", "dogs", "dogs"]);
    assert!(found.own_parts());
    assert!(
        found.notes()[0].contains("val (1 images, --split val) is left"),
        "{:?}",
        found.notes()
    );
    let val = open(root, Split::Val);
    assert_eq!((names(&val), classes(&val)), (vec!["val/dogs/3.png".into()], vec!["dogs".into()]));
    assert_eq!(val.labels(), Some(&[1][..]), "labels mean the same in every part");
    let test = open(root, Split::Test);
    assert_eq!(names(&test), names(&val));
    assert!(test.notes()[0].contains("val stands for it"));
}

#[test]
fn what_has_no_parts_is_divided_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for index in 0..30 {
        picture(root, &format!("{index:02}.png"), index);
    }
    let (train, test) = (open(root, Split::Train), open(root, Split::Test));
    assert_eq!((train.len(), test.len(), train.own_parts()), (27, 3, false));
    assert!(names(&test).iter().all(|name| !names(&train).contains(name)));
    assert!(train.notes()[0].contains("3 of 30 images are held out as part test, by seed 0"));
    let held_out = HeldOut { share: 0.5, seed: 3 };
    let options = OpenOptions { split: Split::Test, held_out, ..OpenOptions::default() };
    assert_eq!(Collection::open(root, &options).unwrap().len(), 15);
    assert!(refused(root, Split::Val).contains("has no part val"));

    let stack = ImageStack::new([30, 1, 1, 1], (0..30).collect()).unwrap();
    let path = root.join("a.npz");
    let labels: Vec<u32> = (0..30).collect();
    write_npz(&path, &stack, Some(&labels)).unwrap();
    for (split, len) in [(Split::All, 30), (Split::Train, 27), (Split::Test, 3)] {
        let found = open(&path, split);
        let labels = found.labels().unwrap().to_vec();
        assert_eq!((found.len(), labels.len()), (len, len));
        // Images and labels stay together.
        let mut seen = Vec::new();
        let decoding = Decoding::default();
        found
            .visit(0..len, &decoding, &mut |v| {
                seen.push(u32::from(v.image.unwrap().pixels[0]));
                true
            })
            .unwrap();
        assert_eq!(seen, labels);
    }
}

#[test]
fn an_empty_folder_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "photos.zip", b"PK");
    put(folder.path(), "a.txt", b"x");
    let found = open(folder.path(), Split::All);
    assert!(found.is_empty());
    assert_eq!(found.notes(), ["found 1 .txt, 1 .zip; give the path of one of them"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A folder and a zip of it are the same collection, whatever lies in them, and the parts of a
    /// rule are the whole.
    #[test]
    fn folder_and_zip_agree(
        paths in prop::collection::btree_set(
            "(train/|val/|a/|b/|00000/|\\.c/)?(x/|y/)?[0-3]\\.(png|webp|txt|heic)", 1..12,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("photos");
        fs::create_dir(&root).unwrap();
        let zip_path = folder.path().join("photos.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&zip_path).unwrap());
        let png = Image::filled(2, 2, &[7]).unwrap().to_png().unwrap();
        for path in &paths {
            let bytes: &[u8] = if path.ends_with("txt") { b"text" } else { &png };
            put(&root, path, bytes);
            zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        for split in [Split::All, Split::Train, Split::Val, Split::Test] {
            let options = OpenOptions { split, ..OpenOptions::default() };
            match (Collection::open(&root, &options), Collection::open(&zip_path, &options)) {
                (Ok(a), Ok(b)) => {
                    prop_assert_eq!(names(&a), names(&b));
                    prop_assert_eq!(a.labels(), b.labels());
                    prop_assert_eq!(a.class_names(), b.class_names());
                    prop_assert_eq!(a.notes(), b.notes());
                }
                (Err(a), Err(b)) => {
                    let bare = |e: gan_images::Error| {
                        e.to_string().replace("photos.zip", "photos")
                    };
                    prop_assert_eq!(bare(a), bare(b));
                }
                (a, b) => prop_assert!(false, "{:?} and {:?}", a.err(), b.err()),
            }
        }
    }
}
