//! Bad input: each message names what was found, what was expected and what to do.

use std::fs;

use gan_data::{LoadOptions, Split, open};
use gan_images::{ImageStack, write_idx_images, write_idx_labels};

use crate::{corrupt, options, plain, sample};

fn refused(spec: &str, options: &LoadOptions) -> String {
    open(spec, options).err().unwrap_or_else(|| panic!("{spec} was opened")).to_string()
}

#[test]
fn unknown_names_get_a_suggestion() {
    for (spec, hint) in [
        ("mnsit", "did you mean mnist?"),
        ("ring", "did you mean toy:ring?"),
        ("toy:rign", "toy:ring?"),
        ("fashion_mnist", "fashion-mnist?"),
        ("MNIST", "did you mean mnist?"),
    ] {
        let message = refused(spec, &options());
        assert!(message.contains(hint) && message.contains("toy:swiss-roll"), "{message}");
    }
    let message = refused("/no/such/path", &options());
    assert!(
        message.starts_with("/no/such/path: no such data set and no such path (known: mnist,"),
        "{message}"
    );
    for spec in ["", "toy:", "\0", "qqqqqqq"] {
        refused(spec, &options());
    }
}

#[test]
fn parameters_are_checked() {
    let cases = [
        ("toy:ring?sigma=1", "unknown parameter \"sigma\" (known: modes, radius, std, n, seed)"),
        ("toy:ring?modes=0", "parameter modes=0 (expected a whole number from 1 to 1000)"),
        ("toy:ring?std=-1", "parameter std=-1 (expected a number from 0"),
        ("toy:gaussian?mean=NaN", "parameter mean=NaN"),
        ("toy:gaussian?std=inf", "parameter std=inf"),
        ("toy:ring?n=99999999999", "parameter n=99999999999"),
        ("toy:ring?modes", "\"modes\" is no parameter (expected key=value)"),
        ("toy:ring?n=1&n=2", "given twice"),
    ];
    for (spec, part) in cases {
        let message = refused(spec, &options());
        assert!(message.starts_with(spec) && message.contains(part), "{message}");
    }
}

#[test]
fn options_are_checked() {
    let cases = [
        (LoadOptions { size: Some(0), ..options() }, "size 0 (expected 1 to 4096"),
        (LoadOptions { size: Some(1 << 40), ..options() }, "expected 1 to 4096"),
        (LoadOptions { channels: Some(2), ..options() }, "2 channels (expected 1, 3 or 4)"),
        (LoadOptions { limit: Some(0), ..options() }, "limit of 0"),
    ];
    for (options, part) in cases {
        let message = refused("mnist", &options);
        assert!(message.contains(part), "{message}");
    }
    assert!("half".parse::<Split>().unwrap_err().to_string().contains("train, val, test or all"));
    assert_eq!(Split::default().to_string(), "all");
}

#[test]
fn fashion_mnist_says_how_to_install_it() {
    if !std::path::Path::new("/usr/share/datasets/fashion-mnist").exists() {
        assert!(refused("fashion-mnist", &options()).contains("apt install dataset-fashion-mnist"));
    }
}

#[test]
fn arrays_that_do_not_fit_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let images = path("images.idx3-ubyte.gz");
    write_idx_images(&images, &ImageStack::new([3, 2, 2, 1], vec![0; 12]).unwrap()).unwrap();
    write_idx_labels(&path("labels.idx1-ubyte.gz"), &[1, 2]).unwrap();
    let message = refused(images.to_str().unwrap(), &options());
    assert!(message.ends_with("labels.idx1-ubyte.gz: 2 labels for 3 images; the two files do not belong together (expected equal counts)"), "{message}");

    let message = refused(path("labels.idx1-ubyte.gz").to_str().unwrap(), &options());
    assert!(message.contains("a file of labels (expected 0x00000803"), "{message}");
    let whole = fs::read(&images).unwrap();
    fs::write(&images, &whole[..whole.len() - 9]).unwrap();
    let message = refused(images.to_str().unwrap(), &options());
    assert!(message.contains("truncated"), "{message}");
    write_idx_images(&images, &ImageStack::new([0, 2, 2, 1], vec![]).unwrap()).unwrap();
    fs::remove_file(path("labels.idx1-ubyte.gz")).unwrap();
    assert!(refused(images.to_str().unwrap(), &options()).contains("holds 0 images"));
    let val = LoadOptions { split: Split::Val, ..options() };
    write_idx_images(&images, &ImageStack::new([3, 2, 2, 1], vec![0; 12]).unwrap()).unwrap();
    assert!(refused(images.to_str().unwrap(), &val).contains("has no part val"));
    for spec in ["mnist", "stacked-mnist", "toy:ring", "texture:honeycomb"] {
        assert!(refused(spec, &val).contains("split val"), "{spec}");
    }
}

#[test]
fn strange_paths_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(
        refused(folder.path().to_str().unwrap(), &options()).contains("no images (expected .png")
    );
    for (name, bytes, part) in [
        ("a.txt", &b"hello"[..], "not recognized (expected .npz, .npy"),
        ("b.npz", b"hello", "not a zip archive, in spite of its name"),
        ("c.npz", b"PK\x03\x04", "not a whole .npz file"),
        ("d.bin", b"hello", "5 bytes (expected a multiple of 3073"),
        ("e.gz", b"\x1f\x8b\x08\x00", "truncated"),
        ("empty", b"", "not recognized"),
    ] {
        fs::write(path(name), bytes).unwrap();
        let message = refused(&path(name), &options());
        assert!(message.contains(part) && message.contains(name), "{message}");
    }
    plain(&folder.path().join("one.png"), 2, 2, &[0]);
    assert!(refused(&path("one.png"), &options()).contains("a single image; give the folder"));
    let message =
        refused(folder.path().to_str().unwrap(), &LoadOptions { split: Split::Train, ..options() });
    assert!(message.contains("1 images: none can be held out"), "{message}");
}

#[test]
fn bad_images_are_named_or_skipped_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().to_str().unwrap();
    for (index, grey) in [10, 20, 30, 40].into_iter().enumerate() {
        plain(&folder.path().join(format!("{index}.png")), 8, 8, &[grey]);
    }
    corrupt(&folder.path().join("1.png"));
    let skip = LoadOptions { skip_bad: true, ..options() };

    let data = open(spec, &options()).unwrap(); // its header is whole
    let error = data.labeled(1, &mut [0.0; 64]).unwrap_err().to_string();
    assert!(error.contains("1.png: cannot be decoded as PNG"), "{error}");
    let data = open(spec, &skip).unwrap();
    assert_eq!(sample(data.as_ref(), 1), sample(data.as_ref(), 2));

    fs::write(folder.path().join("3.png"), b"no image").unwrap();
    assert!(refused(spec, &options()).contains("3.png: no PNG, JPEG"));
    let data = open(spec, &skip).unwrap();
    assert_eq!(data.info().len, 3);
    for name in ["0.png", "2.png"] {
        corrupt(&folder.path().join(name));
    }
    let data = open(spec, &skip).unwrap();
    assert!(data.labeled(0, &mut [0.0; 64]).is_err()); // nothing good is left
    assert!(data.labeled(3, &mut [0.0; 64]).unwrap_err().to_string().contains("sample 3 of 3"));
    assert!(
        data.labeled(0, &mut [0.0; 5]).unwrap_err().to_string().contains("room for [5] values")
    );
}

#[test]
fn mixed_sizes_ask_for_one() {
    let folder = tempfile::tempdir().unwrap();
    plain(&folder.path().join("a.png"), 8, 8, &[0]);
    plain(&folder.path().join("b.png"), 8, 8, &[0]);
    plain(&folder.path().join("c.png"), 4, 9, &[0]);
    let message = refused(folder.path().to_str().unwrap(), &options());
    assert!(message.contains("images of 2 sizes (8x8: 2, 4x9: 1); pass --size N"), "{message}");
}
