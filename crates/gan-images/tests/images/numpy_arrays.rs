//! Arrays in every form that NumPy writes, as images, labels and numbers:
//! `data/golden/arrays/make_arrays.py`.

use std::fs;
use std::path::{Path, PathBuf};

use gan_images::{
    ArrayOptions, ImageStack, NpzFile, NumpyArray, pickle_problem, read_npy, read_npy_header,
    read_npy_images, read_npz, read_npz_with, refuse_pickle, write_npy, write_npz_arrays,
};
use proptest::prelude::*;
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/arrays").join(name)
}

fn array(descr: &str, shape: &[usize], bytes: Vec<u8>) -> NumpyArray {
    NumpyArray { descr: descr.to_owned(), shape: shape.to_vec(), bytes }
}

fn floats(shape: &[usize], values: &[f32]) -> NumpyArray {
    array("<f4", shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// `array` written as images and labels into an npz and read again.
fn images(array: NumpyArray, options: &ArrayOptions) -> Result<ImageStack, String> {
    let folder = tempfile::tempdir().unwrap();
    let [npz, npy] = ["a.npz", "a.npy"].map(|name| folder.path().join(name));
    write_npz_arrays(&npz, &[("images", array.clone())]).unwrap();
    write_npy(&npy, &array).unwrap();
    let text = |error: gan_images::Error| error.to_string();
    let (zipped, alone) = (
        read_npz_with(&npz, options).map_err(text).map(|read| read.0),
        read_npy_images(&npy, options).map_err(text),
    );
    assert_eq!(zipped.is_ok(), alone.is_ok());
    if let (Ok(zipped), Ok(alone)) = (&zipped, &alone) {
        assert_eq!(zipped, alone);
    }
    zipped
}

fn range(low: f64, high: f64) -> ArrayOptions {
    ArrayOptions { range: Some([low, high]) }
}

/// The script's values.
fn value(i: usize) -> usize {
    i * 7 % 23
}

#[test]
fn every_type_order_and_layout_of_numpy_is_read() {
    let forms: Value = serde_json::from_slice(&fs::read(golden("forms.json")).unwrap()).unwrap();
    let forms = forms["forms"].as_object().unwrap();
    assert_eq!(forms.len(), 48);
    let mut file = NpzFile::open(&golden("forms.npz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (member, about) in forms {
        let array = file.read(member).unwrap();
        assert_eq!(array.descr, about[0].as_str().unwrap(), "{member}");
        assert_eq!(array.shape, [4, 3, 2], "{member}");
        let bool = member.starts_with("b1");
        let expected = |i: usize| if bool { value(i) % 2 } else { value(i) };
        let numbers: Vec<f64> = (0..24).map(|i| expected(i) as f64).collect();
        assert_eq!(array.to_f64(Path::new("x")).unwrap(), numbers, "{member}");
        assert_eq!(array.to_f32().is_some(), member.starts_with("f4"), "{member}");
        // As images and as labels.
        let scale = if bool { 255 } else { 1 };
        let pixels: Vec<u8> = (0..24).map(|i| (expected(i) * scale) as u8).collect();
        let stack = images(array.clone(), &ArrayOptions::default()).unwrap();
        assert_eq!((stack.count, stack.height, stack.width, stack.channels), (4, 3, 2, 1));
        assert_eq!(stack.pixels, pixels, "{member}");
        let path = folder.path().join("labels.npz");
        let image = self::array("|u1", &[24, 1, 1], vec![0; 24]);
        let labels = NumpyArray { shape: vec![24], ..array };
        write_npz_arrays(&path, &[("images", image), ("labels", labels)]).unwrap();
        let labels: Vec<u32> = (0..24).map(|i| expected(i) as u32).collect();
        assert_eq!(read_npz(&path).unwrap().1, Some(labels), "{member}");
    }
}

#[test]
fn large_arrays_in_fortrans_order_are_turned_block_by_block() {
    let array = NpzFile::open(&golden("wide.npz")).unwrap().read("wide").unwrap();
    assert_eq!(array.shape, [3, 5, 7, 2, 9000]);
    assert!(array.bytes.iter().enumerate().all(|(i, byte)| usize::from(*byte) == i % 251));
}

/// A `.npy` of bytes whose header has these fields.
fn npy(fields: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((fields.len() as u16).to_le_bytes());
    bytes.extend(fields.bytes());
    bytes.extend(data);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fortrans_order_is_the_transpose(
        shape in proptest::collection::vec(0_usize..6, 1..5),
        size in prop_oneof![Just(1_usize), Just(2), Just(4), Just(8)],
    ) {
        let total: usize = shape.iter().product();
        let rows: Vec<u64> = (0..total as u64).collect();
        // Element (i, j, …) of the rows, counted with the first index fastest.
        let mut columns = vec![0; total];
        for (at, value) in rows.iter().enumerate() {
            let (mut rest, mut place, mut stride) = (at, 0, total);
            for side in &shape {
                stride /= side;
                let index = rest / stride;
                rest %= stride;
                let faster: usize = shape.iter().take_while(|other| !std::ptr::eq(*other, side)).product();
                place += index * faster;
            }
            columns[place] = *value;
        }
        let bytes = |values: &[u64]| -> Vec<u8> {
            values.iter().flat_map(|v| v.to_le_bytes()[..size].to_vec()).collect()
        };
        let sides: String = shape.iter().map(|side| format!("{side},")).collect();
        let fields = format!("{{'descr': '<u{size}', 'fortran_order': True, 'shape': ({sides})}}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        fs::write(&path, npy(&fields, &bytes(&columns))).unwrap();
        let read = read_npy(&path).unwrap();
        prop_assert_eq!(read.shape, shape);
        prop_assert_eq!(read.bytes, bytes(&rows));
        if total > 0 {
            fs::write(&path, npy(&fields, &bytes(&columns)[1..])).unwrap();
            prop_assert!(read_npy(&path).unwrap_err().to_string().contains("truncated"));
        }
    }
}

#[test]
fn headers_of_old_and_new_numpy_are_read() {
    for version in 1..=3 {
        let path = golden(&format!("version{version}.npy"));
        assert_eq!(read_npy_header(&path).unwrap().shape, [2, 3, 4]);
        let stack = read_npy_images(&path, &ArrayOptions::default()).unwrap();
        assert_eq!((stack.count, stack.height, stack.width, stack.channels), (2, 3, 4, 1));
        assert!(stack.pixels.iter().copied().eq(0..24));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.npy");
    let fields = "{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 2L), }\n";
    fs::write(&path, npy(fields, &[1; 6])).unwrap();
    assert_eq!(read_npy(&path).unwrap().shape, [3, 2]);
    let error = read_npy(&golden("structured.npy")).unwrap_err().to_string();
    assert!(error.contains("structured.npy: a structured array"), "{error}");
    assert!(error.contains("numpy.save("), "{error}");
    for descr in ["<c8", "<f16", "|V2", "<M8[ns]"] {
        let fields = fields.replace("|u1", descr);
        fs::write(&path, npy(&fields, &[1; 6])).unwrap();
        let error = read_npy(&path).unwrap_err().to_string();
        assert!(
            error.contains(&format!("element type {descr} (expected bool, integers or floats"))
        );
        assert!(error.contains("array.astype(\"float32\")"), "{error}");
    }
    fs::write(&path, npy(&fields.replace("|u1", "<U5"), &[1; 6])).unwrap();
    let error = read_npy(&path).unwrap_err().to_string();
    assert!(error.contains("numpy.unique(array, return_inverse=True)[1]"), "{error}");
}

#[test]
fn numbers_outside_every_range_are_refused_with_the_range() {
    let plain = ArrayOptions::default();
    let shorts = |values: &[u16]| {
        array("<u2", &[1, 1, values.len()], values.iter().flat_map(|v| v.to_le_bytes()).collect())
    };
    assert_eq!(images(shorts(&[0, 7, 255]), &plain).unwrap().pixels, [0, 7, 255]);
    let error = images(shorts(&[3, 65_535]), &plain).unwrap_err();
    for part in ["element type <u2", "integers from 3 to 65535", "0..=255", "`--range 3..65535`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let signed = array("|i1", &[1, 1, 2], vec![0xff, 5]);
    let error = images(signed, &plain).unwrap_err();
    assert!(error.contains("integers from -1 to 5"), "{error}");
    let error = images(floats(&[1, 1, 2], &[-2.5, 3.0]), &plain).unwrap_err();
    for part in ["element type <f4", "floats from -2.5 to 3", "[-1, 1]", "`--range -2.5..3`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error = images(floats(&[1, 1, 1], &[3e38]), &plain).unwrap_err();
    assert!(error.len() < 300 && error.contains("e38"), "{error}");
    assert!(error.contains("`--range LO..HI`") && !error.contains("such as"), "{error}");
    for value in [f32::NAN, f32::INFINITY] {
        for options in [plain, range(0.0, 1.0)] {
            let error = images(floats(&[1, 1, 2], &[0.0, value]), &options).unwrap_err();
            assert!(error.contains("not finite"), "{error}");
        }
    }
}

#[test]
fn a_range_maps_its_ends_to_black_and_white_and_clamps() {
    let map =
        |array: NumpyArray, low: f64, high: f64| images(array, &range(low, high)).unwrap().pixels;
    let f4 = || floats(&[1, 1, 5], &[-3.0, -2.0, 0.0, 2.0, 9.0]);
    assert_eq!(map(f4(), -2.0, 2.0), [0, 0, 128, 255, 255]);
    // Of bytes too, whose values alone do not say that 1 is white.
    assert_eq!(map(array("|u1", &[1, 1, 3], vec![0, 1, 2]), 0.0, 1.0), [0, 255, 255]);
    assert_eq!(map(array("|b1", &[1, 1, 2], vec![0, 1]), 0.0, 2.0), [0, 128]);
    let shorts = [0_u16, 257, 32_768, 65_535].iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(map(array(">u2", &[1, 1, 4], shorts), 0.0, 65_535.0), [0, 1, 128, 255]);
    let longs = [-10_i64, i64::MAX].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(map(array("<i8", &[1, 1, 2], longs), -20.0, 0.0), [128, 255]);
    for [low, high] in
        [[1.0, 1.0], [2.0, 1.0], [f64::NAN, 1.0], [0.0, f64::INFINITY], [-f64::MAX, f64::MAX]]
    {
        let error = images(f4(), &range(low, high)).unwrap_err();
        assert!(error.contains("expected LO..HI"), "{error}");
    }
    // Equal ranges give equal bytes, said or found.
    let unit = || floats(&[1, 1, 256], &(0..256).map(|i| i as f32 / 255.0).collect::<Vec<_>>());
    assert_eq!(map(unit(), 0.0, 1.0), images(unit(), &ArrayOptions::default()).unwrap().pixels);
}

#[test]
fn an_array_of_flat_rows_says_how_to_reshape_it() {
    for (shape, line) in [
        ([5, 784], "array.reshape(-1, 28, 28)"),
        ([5, 3072], "array.reshape(-1, 32, 32, 3), or array.reshape(-1, 3, 32, 32)"),
        ([5, 10], "array.reshape(-1, HEIGHT, WIDTH)"),
    ] {
        let flat = array("|u1", &shape, vec![0; shape[0] * shape[1]]);
        let error = images(flat, &ArrayOptions::default()).unwrap_err();
        for part in [&format!("shape {shape:?}"), "(n, h, w) or (n, h, w, c)", line] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let error = images(array("|u1", &[3], vec![0; 3]), &ArrayOptions::default()).unwrap_err();
    assert!(error.contains("shape [3] (expected (n, h, w)"), "{error}");
}

#[test]
fn labels_are_whole_numbers_in_one_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let labels = |labels: NumpyArray| {
        let images = array("|u1", &[2, 1, 1], vec![0; 2]);
        write_npz_arrays(&path, &[("x", images), ("y", labels)]).unwrap();
        read_npz(&path).map(|read| read.1).map_err(|error| error.to_string())
    };
    assert_eq!(labels(floats(&[2, 1], &[3.0, 0.0])), Ok(Some(vec![3, 0])));
    assert_eq!(labels(floats(&[1, 2], &[3.0, 0.0])), Ok(None));
    let error = labels(floats(&[2], &[0.5, 0.0])).unwrap_err();
    assert!(error.contains("label 0.5 (expected whole numbers, 0 to 65535)"), "{error}");
    assert!(labels(floats(&[2], &[f32::NAN, 0.0])).unwrap_err().contains("label NaN"));
    let huge = array("<u8", &[2], [u64::MAX, 1].iter().flat_map(|v| v.to_le_bytes()).collect());
    assert!(labels(huge.clone()).unwrap_err().contains("expected 0 to 65535"));
    // No f64 holds it exactly.
    assert!(huge.to_f64(Path::new("x")).unwrap_err().to_string().contains("below 2^53"));
}

#[test]
fn pickles_are_named_and_never_opened() {
    let images = "numpy.savez(\"images.npz\", images)";
    let statistics = "numpy.savez(\"stats.npz\", mu=d[\"mu\"], sigma=d[\"sigma\"])";
    let check = |text: String, expected: &[&str], absent: &[&str]| {
        for part in ["Python pickle", "not opened, because a pickle can run code"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        expected.iter().for_each(|part| assert!(text.contains(part), "{part}: {text}"));
        absent.iter().for_each(|part| assert!(!text.contains(part), "{part}: {text}"));
    };
    let said = |name: &str| {
        let start = fs::read(golden(name)).unwrap();
        let problem = pickle_problem(&start).unwrap_or_else(|| panic!("{name}"));
        let refused = refuse_pickle(&golden(name)).unwrap_err().to_string();
        assert_eq!(refused, format!("{}: {problem}", golden(name).display()));
        problem
    };
    check(said("statistics.pkl"), &[statistics], &[images]);
    check(said("object_statistics.npy"), &[statistics, "|O"], &[images]);
    check(said("object_images.npy"), &[images, "|O"], &[]);
    check(said("images.pkl"), &[images], &[]);
    check(said("torch.pt"), &[images, statistics, "PyTorch"], &[]);
    for name in ["version1.npy", "forms.npz", "structured.npy", "make_arrays.py"] {
        assert!(refuse_pickle(&golden(name)).is_ok(), "{name}");
    }
    // By the openers, in the sense that they have.
    let text = |error: gan_images::Error| error.to_string();
    let options = ArrayOptions::default();
    let path = golden("object_images.npy");
    check(read_npy_images(&path, &options).map_err(text).unwrap_err(), &[images], &[statistics]);
    check(read_npz(&golden("object.npz")).map_err(text).unwrap_err(), &[images], &[statistics]);
    check(
        read_npy(&golden("object_statistics.npy")).map_err(text).unwrap_err(),
        &[statistics],
        &[],
    );
    check(read_npy(&golden("images.pkl")).map_err(text).unwrap_err(), &[images], &[]);
    check(read_npz(&golden("images.pkl")).map_err(text).unwrap_err(), &[images], &[]);
    check(read_npz(&golden("torch.pt")).map_err(text).unwrap_err(), &["PyTorch"], &[]);
}
