//! IDX, CIFAR, npz and zip files, whole and damaged.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use gan_images::{
    Collection, Image, ImageStack, NpzFile, NumpyArray, OpenOptions, parse_idx_images,
    parse_idx_labels, read_cifar, read_idx_images, read_idx_labels, read_npy, read_npz,
    write_idx_images, write_idx_labels, write_npy, write_npz, write_npz_arrays,
};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn idx_error(bytes: &[u8]) -> String {
    parse_idx_images(bytes, Path::new("x.idx")).unwrap_err().to_string()
}

/// A `.npy` of the given header text and data.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Result<(ImageStack, Option<Vec<u32>>), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    read_npz(file.path()).map_err(|error| error.to_string())
}

fn stack() -> impl Strategy<Value = ImageStack> {
    (1_usize..6, 1_usize..7, 1_usize..7, prop_oneof![Just(1_usize), Just(3), Just(4)])
        .prop_flat_map(|(n, h, w, c)| {
            proptest::collection::vec(any::<u8>(), n * h * w * c)
                .prop_map(move |pixels| ImageStack::new([n, h, w, c], pixels).unwrap())
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn idx_and_npz_round_trip(images in stack(), packed in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let suffix = if packed { ".gz" } else { "" };
        let path = folder.path().join(format!("images{suffix}"));
        write_idx_images(&path, &images).unwrap();
        prop_assert_eq!(fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]), packed);
        prop_assert_eq!(&read_idx_images(&path).unwrap(), &images);

        let labels: Vec<u8> = (0..images.count).map(|i| (i * 7) as u8).collect();
        let path = folder.path().join(format!("labels{suffix}"));
        write_idx_labels(&path, &labels).unwrap();
        prop_assert_eq!(&read_idx_labels(&path).unwrap(), &labels);

        let labels: Vec<u32> = labels.into_iter().map(u32::from).collect();
        let path = folder.path().join("a.npz");
        write_npz(&path, &images, Some(&labels)).unwrap();
        let first = fs::read(&path).unwrap();
        prop_assert_eq!(read_npz(&path).unwrap(), (images.clone(), Some(labels.clone())));
        write_npz(&path, &images, Some(&labels)).unwrap();
        prop_assert_eq!(fs::read(&path).unwrap(), first);
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), start in 0_usize..4) {
        let starts: [&[u8]; 4] = [b"", b"\0\0\x08\x03", b"\x1f\x8b\x08", b"\x93NUMPY\x01\0"];
        let bytes = [starts[start], &bytes].concat();
        let _ = parse_idx_images(&bytes, Path::new("x"));
        let _ = parse_idx_labels(&bytes, Path::new("x"));
        let _ = read(&npz(&[("arr_0.npy", bytes)]));
    }
}

#[test]
fn every_truncation_is_an_error() {
    let mut idx = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
    idx.extend(0..24);
    assert_eq!(parse_idx_images(&idx, Path::new("x")).unwrap().count, 2);
    for bytes in [idx.clone(), gzip(&idx)] {
        assert_eq!(parse_idx_images(&bytes, Path::new("x")).unwrap().pixels[23], 23);
        for len in 0..bytes.len() {
            assert!(idx_error(&bytes[..len]).starts_with("x.idx: "), "{len}");
        }
    }
    let whole = npz(&[
        ("arr_0.npy", npy("|u1", "(2, 3, 4)", &[9; 24])),
        ("y.npy", npy("<i8", "(2,)", &[0; 16])),
    ]);
    assert_eq!(read(&whole).unwrap().1, Some(vec![0, 0]));
    for len in 0..whole.len() {
        assert!(read(&whole[..len]).is_err(), "{len}");
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        let _ = read(&flipped); // either way, but no panic
    }
}

#[test]
fn idx_says_what_is_wrong() {
    assert!(
        idx_error(&[0, 0, 8, 1, 0, 0, 0, 0])
            .contains("magic 0x00000801, a file of labels (expected 0x00000803 or 0x00000804")
    );
    assert!(idx_error(&[0, 0, 13, 3]).contains("another element type"));
    assert!(idx_error(b"PK\x03\x04").contains("not an IDX file"));
    let labels = parse_idx_labels(&[0, 0, 8, 3], Path::new("l")).unwrap_err().to_string();
    assert!(labels.contains("a file of images (expected 0x00000801"), "{labels}");

    let header =
        |sides: [u32; 3]| [&[0, 0, 8, 3][..], &sides.map(u32::to_be_bytes).concat()].concat();
    let terabytes = header([1 << 20, 1 << 10, 1 << 10]);
    for bytes in [terabytes.clone(), gzip(&terabytes)] {
        assert!(idx_error(&bytes).contains("claims 1099511627776 bytes"), "{}", idx_error(&bytes));
    }
    for sides in [[0, u32::MAX, u32::MAX], [u32::MAX, u32::MAX, u32::MAX], [1, 0, 5]] {
        assert!(parse_idx_images(&header(sides), Path::new("x")).is_err());
    }
    let longer = [header([1, 1, 1]), vec![1, 2]].concat();
    assert!(idx_error(&longer).contains("more bytes than its header says"));
    let mut damaged = gzip(&[header([1, 1, 1]), vec![1]].concat());
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    assert!(idx_error(&damaged).contains("damaged"), "{}", idx_error(&damaged));
    // channels second
    let planar =
        [&[0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2][..], &[1, 2, 3, 4, 5, 6]]
            .concat();
    let images = parse_idx_images(&planar, Path::new("x")).unwrap();
    assert_eq!((images.channels, images.pixels), (3, vec![1, 3, 5, 2, 4, 6]));
}

#[test]
fn npz_reads_what_numpy_writes() {
    let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let cases = [
        (floats(&[-1.0, 0.0, 1.0, 0.5]), vec![0, 128, 255, 191]),
        (floats(&[0.0, 0.2, 1.0, 0.4]), vec![0, 51, 255, 102]),
        (floats(&[0.0, 2.0, 255.0, 7.0]), vec![0, 2, 255, 7]),
    ];
    for (bytes, pixels) in cases {
        let (images, labels) =
            read(&npz(&[("images.npy", npy("<f4", "(1, 1, 2, 2)", &bytes))])).unwrap();
        assert_eq!((images.channels, images.pixels, labels), (1, pixels, None));
    }
    let planar = npz(&[("x.npy", npy("|u1", "(1, 3, 5, 2)", &[0; 30]))]);
    let (images, _) = read(&planar).unwrap();
    assert_eq!((images.height, images.width, images.channels), (5, 2, 3));

    let image = || ("arr_0.npy", npy("|u1", "(1, 2, 2)", &[0; 4]));
    let statistics = npz(&[image(), ("arr_1.npy", npy("<f8", "(1, 1)", &[0; 8]))]);
    assert_eq!(read(&statistics).unwrap().1, None);
    let error = |members: &[(&str, Vec<u8>)]| read(&npz(members)).unwrap_err();
    let message = error(&[image(), ("y.npy", npy("|u1", "(2,)", &[0; 2]))]);
    assert!(message.contains("[y]: 2 labels for 1 images"), "{message}");
    let message = error(&[image(), ("labels.npy", npy("<i4", "(1,)", &[0xff; 4]))]);
    assert!(message.contains("label -1 (expected 0 to 65535)"), "{message}");
    let message = error(&[("mu.npy", vec![]), ("sigma.npy", vec![])]);
    assert!(message.contains("expected a member arr_0, images, x, found mu, sigma"), "{message}");
    let message = error(&[("x.npy", npy("<f4", "(1, 1, 1)", &floats(&[300.0])))]);
    assert!(message.contains("floats from 300 to 300"), "{message}");
    let message = error(&[("x.npy", npy("<f4", "(1, 1, 1)", &floats(&[f32::NAN])))]);
    assert!(message.contains("not finite"), "{message}");
    for shape in [
        "(1048576, 1024, 1024)",
        "(18446744073709551615, 2, 2)",
        "(0, 9223372036854775807, 4)",
        "(2,)",
    ] {
        assert!(read(&npz(&[("x.npy", npy("|u1", shape, &[]))])).is_err(), "{shape}");
    }
}

#[test]
fn cifar_records_become_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test_batch.bin");
    let mut record = vec![9];
    record.extend([[1; 1024], [2; 1024], [3; 1024]].concat());
    fs::write(&path, record.repeat(2)).unwrap();
    let (images, labels) = read_cifar(&path).unwrap();
    assert_eq!((images.count, images.height, images.channels), (2, 32, 3));
    assert_eq!((&images.pixels[3069..3075], labels), (&[1, 2, 3, 1, 2, 3][..], vec![9, 9]));
    fs::write(&path, &record[1..]).unwrap();
    assert!(
        read_cifar(&path)
            .unwrap_err()
            .to_string()
            .contains("3072 bytes (expected a multiple of 3073")
    );
    record[0] = 10;
    fs::write(&path, &record).unwrap();
    assert!(read_cifar(&path).unwrap_err().to_string().contains("record 0 has label 10"));
}

#[test]
fn zips_give_their_images_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let png = Image::filled(2, 2, &[7]).unwrap().to_png().unwrap();
    let names = ["b.png", "a/x.PNG", "__MACOSX/b.png", "a/.hidden.png", "note.txt"];
    let bytes = |name: &str| if name == "note.txt" { b"a note".to_vec() } else { png.clone() };
    fs::write(&path, npz(&names.map(|name| (name, bytes(name))))).unwrap();
    let zip = Collection::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!((zip.len(), zip.name(0), zip.name(1)), (2, "a/x.PNG".into(), "b.png".into()));
    assert_eq!(zip.bytes(1).unwrap(), png);
    assert!(zip.bytes(2).is_err());
    assert!(zip.display_path(0).to_str().unwrap().ends_with("a.zip[a/x.PNG]"));
    fs::write(&path, b"PK\x03\x04").unwrap();
    let error = Collection::open(&path, &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("not a whole zip"), "{error}");
}

#[test]
fn arrays_of_floats_survive_and_hostile_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let array = |descr: &str, shape: &[usize], bytes: Vec<u8>| NumpyArray {
        descr: descr.to_owned(),
        shape: shape.to_vec(),
        bytes,
    };
    let doubles =
        array("<f8", &[3], [1.5f64, -2.0, 0.1].iter().flat_map(|v| v.to_le_bytes()).collect());
    let floats =
        array("<f4", &[2, 1], [0.25f32, 7.0].iter().flat_map(|v| v.to_le_bytes()).collect());
    write_npz_arrays(&path, &[("mu", doubles.clone()), ("sigma", floats.clone())]).unwrap();
    let mut file = NpzFile::open(&path).unwrap();
    assert_eq!(file.members(), ["mu", "sigma"]);
    assert_eq!(file.read("mu").unwrap(), doubles);
    assert_eq!(doubles.to_f64(Path::new("x")).unwrap(), [1.5, -2.0, 0.1]);
    assert_eq!(file.read("sigma").unwrap().to_f32().unwrap(), [0.25, 7.0]);
    assert!(file.read("nu").unwrap_err().to_string().contains("a.npz[nu]"));
    let single = folder.path().join("a.npy");
    write_npy(&single, &floats).unwrap();
    assert_eq!(read_npy(&single).unwrap(), floats);
    let bytes = fs::read(&single).unwrap();
    fs::write(&single, &bytes[..bytes.len() - 1]).unwrap();
    assert!(read_npy(&single).unwrap_err().to_string().contains("truncated"));
    assert_eq!(array("|u1", &[1], vec![7]).to_f64(&single).unwrap(), [7.0]);
    assert!(array("<c8", &[1], vec![0; 8]).to_f64(&single).is_err());
}

#[test]
fn images_of_an_npz_come_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let stack = ImageStack::new([5, 2, 3, 3], (0..90).collect()).unwrap();
    write_npz(&path, &stack, Some(&[1, 0, 1, 2, 2])).unwrap();
    let mut file = NpzFile::open(&path).unwrap();
    assert_eq!(file.image_shape().unwrap(), Some([5, 2, 3, 3]));
    assert_eq!(file.labels_for(5).unwrap(), Some(vec![1, 0, 1, 2, 2]));
    let mut seen = Vec::new();
    file.visit_images(&mut |index, image| {
        assert_eq!(Some(&image), stack.get(index).as_ref());
        seen.push(index);
        index < 3
    })
    .unwrap();
    assert_eq!(seen, [0, 1, 2, 3]);
    // Channels second cannot be read one at a time.
    fs::write(&path, npz(&[("arr_0.npy", npy("|u1", "(1, 3, 2, 2)", &[0; 12]))])).unwrap();
    assert_eq!(NpzFile::open(&path).unwrap().image_shape().unwrap(), None);
}
