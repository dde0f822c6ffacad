//! Content says what a file is, its name only where the content does not; what is left out is said.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use gan_images::{
    Collection, Image, ImageStack, OpenOptions, Result, SourceKind, is_npz, write_idx_images,
    write_idx_labels, write_npz,
};

fn open(path: &Path) -> Result<Collection> {
    Collection::open(path, &OpenOptions::default())
}

fn names(found: &Collection) -> Vec<String> {
    (0..found.len()).map(|index| found.name(index).display().to_string()).collect()
}

fn png() -> Vec<u8> {
    Image::filled(2, 2, &[7]).unwrap().to_png().unwrap()
}

fn stack(count: usize) -> ImageStack {
    ImageStack::new([count, 2, 3, 1], vec![5; count * 6]).unwrap()
}

fn zip_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A small array file of NumPy's: two images of 2×3.
fn npy() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    write_npz(&path, &stack(2), None).unwrap();
    let mut zip = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0).unwrap(), &mut bytes).unwrap();
    bytes
}

/// Records of CIFAR-10's, of which `label` is the first's.
fn cifar(label: u8) -> Vec<u8> {
    let mut bytes = vec![3; 2 * 3073];
    bytes[0] = label;
    bytes
}

#[test]
fn an_npz_is_known_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    for name in ["a.zip", "a.npz", "a"] {
        let path = at(name, zip_of(&[("arr_0.npy", npy())]));
        let found = open(&path).unwrap();
        assert_eq!((found.kind(), found.len()), (SourceKind::Npz, 2), "{name}");
        assert!(found.notes().is_empty(), "{:?}", found.notes());
    }
    // Images under an array's name are images.
    let found = open(&at("b.npz", zip_of(&[("b.png", png())]))).unwrap();
    assert_eq!((found.kind(), found.len()), (SourceKind::Zip, 1));
    // Both: the name decides, and a note says what is left.
    let error = open(&at("cut.npz", b"PK\x03\x04".to_vec())).unwrap_err().to_string();
    assert!(error.contains("not a whole .npz file"), "{error}");
    let both = zip_of(&[("arr_0.npy", npy()), ("b.png", png())]);
    let (zip, npz) = (at("c.zip", both.clone()), at("c.npz", both));
    assert!(!is_npz(&zip).unwrap() && is_npz(&npz).unwrap());
    let notes = open(&zip).unwrap().notes().join("\n");
    assert!(notes.contains("1 file of arrays is left out: arr_0.npy (NPY)"), "{notes}");
    let notes = open(&npz).unwrap().notes().join("\n");
    assert!(notes.contains("arrays, which are taken, and 1 other files"), "{notes}");
    let two = zip_of(&[("arr_0.npy", npy()), ("x.npy", npy())]);
    let notes = open(&at("d.npz", two)).unwrap().notes().join("\n");
    assert!(notes.contains("the array arr_0 is taken as the images, x is left out"), "{notes}");
}

#[test]
fn endings_of_foreign_formats_hide_no_image_and_those_of_images_make_none() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("photo.avif", &png());
    put("x.heic", &png());
    put("y.pdf", &png());
    put("z.jpg", b"\0\0\0\x1cftypavif");
    put("raw.nef", b"II*\0\x08\0\0\0");
    put("array.png", &npy());
    put("page.png", b"<!DOCTYPE html>");
    let found = open(folder.path()).unwrap();
    // A page is no image of any format: its name promises one, so that reading it fails in words.
    assert_eq!(names(&found), ["page.png", "photo.avif", "x.heic", "y.pdf"]);
    let left: Vec<_> =
        found.left_out().iter().map(|f| (f.path.to_str().unwrap(), f.format)).collect();
    assert_eq!(left, [("raw.nef", "camera raw"), ("z.jpg", "AVIF")]);
    let notes = found.notes().join("\n");
    assert!(notes.contains("1 file of arrays is left out: array.png (NPY)"), "{notes}");
}

#[test]
fn two_zero_bytes_make_no_idx_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dat");
    for start in [&[0, 0, 1, 0, 1, 0, 16, 16][..], &[0, 0, 2, 0], &[0, 0, 10, 0], &[0, 0, 8, 0]] {
        let mut bytes = start.to_vec();
        bytes.resize(500, 0);
        fs::write(&path, bytes).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("not recognized"), "{start:?}: {error}");
    }
    write_idx_images(&path, &stack(4)).unwrap();
    assert_eq!(open(&path).unwrap().kind(), SourceKind::Idx);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(open(&path).unwrap_err().to_string().contains("ends after 23 of 24 bytes"));
    // A name promises; what does not keep it fails in words, alone and in a folder.
    let named = folder.path().join("images-idx3-ubyte");
    for (start, part) in [([0, 0, 99, 3], "not an IDX file"), ([0, 0, 13, 3], "another element")] {
        fs::write(&named, start).unwrap();
        for path in [named.as_path(), folder.path()] {
            let error = open(path).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}

#[test]
fn cifar_is_a_guess_that_is_checked_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        open(&path)
    };
    let found = at("some.dat", cifar(9)).unwrap();
    assert_eq!((found.kind(), found.len()), (SourceKind::Cifar, 2));
    assert!(found.notes()[0].contains("fit 2 records of CIFAR-10"), "{:?}", found.notes());
    assert!(at("data_batch_1.bin", cifar(9)).unwrap().notes().is_empty());
    let error = at("other.dat", cifar(10)).unwrap_err().to_string();
    assert!(error.contains("not recognized"), "{error}");
    let error = at("other.bin", cifar(10)).unwrap_err().to_string();
    assert!(error.contains("record 0 has label 10"), "{error}");
}

#[test]
fn folders_of_arrays_are_known_by_content_and_say_what_they_leave() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_idx_images(&root.join("digits"), &stack(4)).unwrap();
    write_idx_labels(&root.join("answers"), &[3, 1, 3, 1]).unwrap();
    fs::write(root.join("beside.png"), png()).unwrap();
    write_npz(&root.join("more.npz"), &stack(1), None).unwrap();
    let found = open(root).unwrap();
    assert_eq!((found.kind(), found.len()), (SourceKind::Idx, 4));
    assert_eq!(found.labels(), Some(&[3, 1, 3, 1][..]));
    let notes = found.notes().join("\n");
    assert!(notes.contains("labels of digits are those of answers"), "{notes}");
    assert!(notes.contains("2 files of images are left out: beside.png, more.npz"), "{notes}");
    // Images win over arrays that have to be named.
    fs::remove_file(root.join("digits")).unwrap();
    let found = open(root).unwrap();
    assert_eq!(names(&found), ["beside.png"]);
    let notes = found.notes().join("\n");
    assert!(
        notes.contains("2 files of arrays are left out: answers (IDX), more.npz (NPZ)"),
        "{notes}"
    );
    fs::remove_file(root.join("beside.png")).unwrap();
    let notes = open(root).unwrap().notes().join("\n");
    assert_eq!(notes, "found 1 .npz, 1 without an ending; give the path of one of them");
    for index in 1..3 {
        fs::write(root.join(format!("data_batch_{index}.bin")), cifar(1)).unwrap();
    }
    fs::write(root.join("beside.png"), png()).unwrap();
    let found = open(root).unwrap();
    assert_eq!((found.kind(), found.len()), (SourceKind::Cifar, 4));
    let notes = found.notes().join("\n");
    assert!(notes.contains("CIFAR-10 files are taken, and 3 files of images are left"), "{notes}");
}
