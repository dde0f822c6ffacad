//! What `check` reports about good and bad data.

use std::fs;

use gan_data::{LoadOptions, check};

use crate::{corrupt, options, plain};

#[test]
fn embedded_and_toy_data_are_healthy() {
    let report = check("mnist", &options()).unwrap();
    assert_eq!((report.count, report.duplicates, report.distinct_sizes), (10_000, 0, 1));
    assert_eq!(report.shape, Some(vec![1, 28, 28]));
    assert_eq!(report.classes[0], ("0".to_owned(), 1001));
    assert!(report.warnings.is_empty() && report.bad.is_empty());
    let sheet = report.sheet.as_ref().unwrap();
    assert_eq!((sheet.width, sheet.height), (8 * 58 + 2, 8 * 58 + 2));
    for spec in [
        "toy:ring",
        "toy:grid",
        "toy:swiss-roll",
        "toy:gaussian",
        "toy:mixture",
        "toy:gaussian?std=0&n=5000",
    ] {
        let report = check(spec, &options()).unwrap();
        assert!(
            report.sheet.is_some() && report.warnings.is_empty(),
            "{spec}: {:?}",
            report.warnings
        );
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&json["kind"], &json["count"], json.get("sheet")),
        (&"mnist".into(), &10_000.into(), None)
    );
}

#[test]
fn a_messy_folder_is_told_about_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    plain(&root.join("a/1.png"), 8, 6, &[1, 2, 3]);
    plain(&root.join("a/2.png"), 8, 6, &[1, 2, 3]);
    plain(&root.join("a/3.png"), 8, 6, &[5]);
    plain(&root.join("b/4.png"), 4, 4, &[1, 2, 3, 4]);
    plain(&root.join("b/5.png"), 8, 6, &[9]);
    corrupt(&root.join("b/5.png"));
    fs::write(root.join("b/6.JPG"), b"").unwrap();
    let image = image_jpeg();
    fs::write(root.join("b/7.jpeg"), &image).unwrap();
    fs::write(root.join("b/8.jpeg"), &image[..image.len() - 2]).unwrap();

    let report = check(root.to_str().unwrap(), &options()).unwrap();
    assert_eq!((report.count, report.duplicates, report.shape), (5, 1, None));
    assert_eq!(report.sizes[0], ("8x6".to_owned(), 3));
    assert_eq!(report.classes, [("a".to_owned(), 3), ("b".to_owned(), 2)]);
    let pairs = |pairs: &[(&str, usize)]| {
        pairs.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect::<Vec<_>>()
    };
    assert_eq!(report.modes, pairs(&[("grey", 2), ("rgb", 2), ("rgba", 1)]));
    assert_eq!(report.formats, pairs(&[("png", 4), ("jpeg", 1)]));
    let bad: Vec<String> = report
        .bad
        .iter()
        .map(|b| format!("{}|{}", b.path.file_name().unwrap().display(), b.reason))
        .collect();
    assert_eq!(bad.len(), 3, "{bad:?}");
    assert!(bad[0].starts_with("5.png|cannot be decoded"), "{bad:?}");
    assert!(bad[1].starts_with("6.JPG|is empty"), "{bad:?}");
    assert!(bad[2].starts_with("8.jpeg|ends before its end mark"), "{bad:?}");
    for part in [
        "3 files cannot be used",
        "mixed",
        "different sizes: training needs --size",
        "fewer than 2048",
        "sorted by class",
    ] {
        assert!(report.warnings.iter().any(|w| w.contains(part)), "{part}: {:?}", report.warnings);
    }
    assert!(report.sheet.is_some());

    let sized = LoadOptions { size: Some(8), ..options() };
    let report = check(root.to_str().unwrap(), &sized).unwrap();
    assert_eq!(report.shape, Some(vec![3, 8, 8]));
    assert!(report.warnings.iter().any(|w| w.contains("smaller than 8 pixels")));
}

#[test]
fn sizes_are_those_of_the_files_where_pictures_are_read_at_a_part_of_them() {
    let folder = tempfile::tempdir().unwrap();
    // 12 by 8 blocks of two bits each.
    let wide = [&[0; 24][..], &[0xff, 0xd9]].concat();
    let mut bytes = image_jpeg();
    bytes.truncate(bytes.len() - 3);
    bytes.extend(wide);
    let size = bytes.windows(4).position(|four| four == [0, 8, 0, 8]).unwrap();
    (bytes[size + 1], bytes[size + 3]) = (64, 96);
    fs::write(folder.path().join("a.jpg"), bytes).unwrap();
    let options = LoadOptions { size: Some(8), scaled: true, ..options() };
    let report = check(folder.path().to_str().unwrap(), &options).unwrap();
    assert_eq!(report.sizes, [("96x64".to_owned(), 1)]);
    assert!(report.notes.iter().any(|note| note.contains("at 1/4")), "{:?}", report.notes);
}

fn image_jpeg() -> Vec<u8> {
    // 8x8 gray, baseline, as libjpeg writes it at quality 10
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend([16; 64]);
    bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    // one code of one bit each: DC category 0, AC end of block
    for class in [0x00, 0x10] {
        bytes.extend([0xff, 0xc4, 0, 20, class, 1]);
        bytes.extend([0; 15]);
        bytes.push(0);
    }
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    bytes.extend([0b0011_1111, 0xff, 0xd9]);
    bytes
}

#[test]
fn equal_images_and_nothing_at_all_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().to_str().unwrap();
    assert!(check(spec, &options()).unwrap_err().to_string().contains("no images"));
    plain(&folder.path().join("a.png"), 2, 2, &[0]);
    plain(&folder.path().join("b.png"), 2, 2, &[0]);
    let report = check(spec, &options()).unwrap();
    assert!(report.warnings.iter().any(|w| w == "all samples are equal"));
    corrupt(&folder.path().join("a.png"));
    corrupt(&folder.path().join("b.png"));
    let report = check(spec, &options()).unwrap();
    assert_eq!((report.count, report.bad.len(), report.sheet), (0, 2, None));
}
