//! Statistics files of other programs, and ours: `data/golden/metrics/make_statistics.py`.

use gan_images::{NumpyArray, write_npy, write_npz_arrays};
use gan_metrics::receipt::Receipt;
use gan_metrics::statistics::Statistics;
use gan_metrics::{FeatureMatrix, FidOptions, FidSide, Input, MomentSum, RandomState, fid};
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/metrics/statistics").join(name)
}

/// The script's `rows`.
fn rows() -> FeatureMatrix {
    let mut random = RandomState::new(3);
    let mut one = || {
        let (a, b) = (random.next_u32() >> 5, random.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    };
    FeatureMatrix::from_f64(6, (0..240).map(|_| one()).collect()).unwrap()
}

#[test]
fn files_of_other_programs_are_read() {
    let features = rows();
    for (name, tolerance) in
        [("pytorch_fid.npz", 1e-14), ("clean_fid.npz", 1e-13), ("adm.npz", 1e-14)]
    {
        let found = Statistics::read(&golden(name)).unwrap();
        assert_eq!((found.width(), found.n, &found.receipt), (6, None, &None), "{name}");
        let sides = (FidSide::Features(&features), FidSide::Statistics(&found));
        let distance = fid(sides.0, sides.1, FidOptions::default()).unwrap();
        // clean_fid.npz has a mean in f32, which is 1e-8 off, squared.
        assert!(distance.value < tolerance, "{name}: {distance:?}");
        assert_eq!(found.spatial.as_ref().map(|s| s.mean.len()), (name == "adm.npz").then_some(4));
    }
    // ADM's batch has images, so that more than FID can be had of it; pytorch-fid's has not.
    assert!(matches!(Input::open(&golden("adm.npz")).unwrap(), Input::Images(s) if s.len() == 5));
    let input = Input::open(&golden("pytorch_fid.npz")).unwrap();
    assert!(matches!(input, Input::Statistics(_)));
}

#[test]
fn our_files_survive_and_are_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut sum = MomentSum::new(6);
    sum.push(
        &FeatureMatrix::from_f32(6, rows().to_f64().iter().map(|v| *v as f32).collect()).unwrap(),
    )
    .unwrap();
    let receipt = Some(Receipt::new(40, "rows", None));
    let statistics = Statistics::of_sums(sum.clone(), Some(sum), receipt);
    let [first, second] = ["a.npz", "b.npz"].map(|name| folder.path().join(name));
    statistics.write(&first).unwrap();
    assert_eq!(Statistics::read(&first).unwrap(), statistics);
    statistics.write(&second).unwrap();
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
}

/// NumPy's own files: `data/golden/arrays/make_arrays.py`.
fn arrays(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/arrays").join(name)
}

fn array(descr: &str, shape: &[usize], values: &[f64]) -> NumpyArray {
    let bytes = values.iter().flat_map(|v| match descr {
        "<f8" => v.to_le_bytes().to_vec(),
        ">f8" => v.to_be_bytes().to_vec(),
        "<f4" => (*v as f32).to_le_bytes().to_vec(),
        ">f4" => (*v as f32).to_be_bytes().to_vec(),
        "|u1" => vec![*v as u8],
        other => panic!("{other}"),
    });
    NumpyArray { descr: descr.to_owned(), shape: shape.to_vec(), bytes: bytes.collect() }
}

/// An `.npz` of these arrays.
fn npz(arrays: &[(&str, NumpyArray)]) -> tempfile::TempPath {
    let file = tempfile::Builder::new().suffix(".npz").tempfile().unwrap();
    write_npz_arrays(file.path(), arrays).unwrap();
    file.into_temp_path()
}

const MEAN: [f64; 2] = [1.5, -2.0];
const COVARIANCE: [f64; 4] = [4.0, 1.0, 1.0, 3.0];

#[test]
fn a_mean_and_a_covariance_are_known_by_every_name_people_write() {
    let pairs = [
        ["mu", "sigma"],
        ["mean", "cov"],
        ["m", "s"],
        ["mean", "sigma"],
        ["mu", "cov"],
        ["mean", "covariance"],
        ["MU", "Sigma"],
        ["M", "S"],
        ["arr_0", "arr_1"],
    ];
    for names in pairs {
        for descr in ["<f8", ">f8", "<f4", ">f4"] {
            let file = npz(&[
                (names[1], array(descr, &[2, 2], &COVARIANCE)),
                (names[0], array(descr, &[2], &MEAN)),
            ]);
            let found = Statistics::read(&file).unwrap();
            assert_eq!(found.moments.mean, MEAN, "{names:?} {descr}");
            assert_eq!(found.moments.covariance, COVARIANCE, "{names:?} {descr}");
            assert!(matches!(Input::open(&file).unwrap(), Input::Statistics(_)), "{names:?}");
        }
    }
    // As NumPy writes them: without names, and as f16 and big-endian f32 in Fortran's order.
    let features = rows();
    for (name, tolerance) in [("unnamed_statistics.npz", 1e-14), ("half_statistics.npz", 1e-6)] {
        let Input::Statistics(found) = Input::open(&arrays(name)).unwrap() else {
            panic!("{name}")
        };
        let sides = (FidSide::Features(&features), FidSide::Statistics(&found));
        let distance = fid(sides.0, sides.1, FidOptions::default()).unwrap();
        assert!(distance.value < tolerance, "{name}: {distance:?}");
    }
}

#[test]
fn arrays_that_could_be_two_things_are_refused_in_words() {
    let mean = || array("<f8", &[2], &MEAN);
    let covariance = || array("<f8", &[2, 2], &COVARIANCE);
    let error = |arrays: &[(&str, NumpyArray)]| {
        let file = npz(arrays);
        let told = Input::open(&file).unwrap_err().to_string();
        assert_eq!(Statistics::read(&file).unwrap_err().to_string(), told);
        told
    };
    let told = error(&[("mu", mean()), ("mean", mean()), ("sigma", covariance())]);
    assert!(told.contains("2 arrays for a mean: mu and mean (expected one)"), "{told}");
    let told = error(&[("mu", mean()), ("cov", covariance()), ("Sigma", covariance())]);
    assert!(told.contains("2 arrays for a covariance: cov and Sigma (expected one)"), "{told}");
    let told = error(&[("arr_0", covariance()), ("arr_1", mean())]);
    assert!(told.contains("covariance before its mean"), "{told}");
    let told = error(&[("mu", array("|u1", &[2], &[1.0, 2.0])), ("sigma", covariance())]);
    assert!(told.contains("mu of element type |u1 (expected floats"), "{told}");
    let told = error(&[("mean", mean()), ("cov", array("<f8", &[4], &COVARIANCE))]);
    assert!(told.contains("mean of shape [2] and cov of shape [4] (expected (d,)"), "{told}");
    // Names of one letter are taken where the shapes fit, and nowhere else.
    let file =
        npz(&[("mu", mean()), ("sigma", covariance()), ("s", array("<f8", &[3], &[0.0; 3]))]);
    assert_eq!(Statistics::read(&file).unwrap().moments.mean, MEAN);
    let told = Statistics::read(&npz(&[("m", covariance()), ("s", covariance())])).unwrap_err();
    assert!(told.to_string().contains("no statistics: expected arrays mu and sigma (or mean"));
}

#[test]
fn images_and_features_win_over_statistics_beside_them() {
    let (mean, covariance) = (array("<f8", &[2], &MEAN), array("<f8", &[2, 2], &COVARIANCE));
    let images = || array("|u1", &[2, 2, 2], &[7.0; 8]);
    let with = |name: &'static str, more: NumpyArray| {
        let file = npz(&[(name, more), ("mean", mean.clone()), ("cov", covariance.clone())]);
        Input::open(&file).unwrap()
    };
    assert!(matches!(with("arr_0", images()), Input::Images(s) if s.len() == 2));
    // An arr_0 of something else does not.
    assert!(matches!(with("arr_0", array("<f8", &[3], &[0.0; 3])), Input::Statistics(_)));
    assert!(matches!(with("features", array("<f4", &[3, 2], &[0.5; 6])), Input::Features(_)));
}

#[test]
fn the_dimensions_of_an_npy_say_whether_it_holds_features_or_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let open = |array: NumpyArray| {
        write_npy(&path, &array).unwrap();
        Input::open(&path).map_err(|error| error.to_string())
    };
    let numbers: Vec<f64> = (0..48).map(f64::from).collect();
    for descr in ["<f4", ">f4", "<f8", ">f8", "|u1"] {
        let Ok(Input::Features(file)) = open(array(descr, &[8, 6], &numbers)) else { panic!() };
        assert_eq!(file.features.to_f64(), numbers, "{descr}");
        assert_eq!(file.features.is_single(), descr.ends_with("f4"));
    }
    for shape in [&[3, 4, 4][..], &[1, 4, 4, 3]] {
        let opened = open(array("|u1", shape, &numbers));
        assert!(matches!(opened, Ok(Input::Images(s)) if s.len() == shape[0]), "{shape:?}");
    }
    // Pooled features with their axes are no pictures of one pixel's width.
    for shape in [&[8, 6, 1, 1][..], &[8, 1, 6]] {
        let told = open(array("<f4", shape, &numbers)).unwrap_err();
        assert!(told.contains("array.reshape(len(array), -1)"), "{told}");
    }
    let told = open(array("<f4", &[48], &numbers)).unwrap_err();
    assert!(told.contains("features of shape (images, width), or images of shape"), "{told}");
    // Floats in the only array of an npz are features, bytes would be flat pictures.
    let floats = npz(&[("arr_0", array("<f4", &[8, 6], &numbers))]);
    assert!(matches!(Input::open(&floats).unwrap(), Input::Features(_)));
    let bytes = npz(&[("arr_0", array("|u1", &[8, 6], &numbers))]);
    let told = Input::open(&bytes).unwrap_err().to_string();
    assert!(told.contains("array.reshape(-1,"), "{told}");
}

#[test]
fn pickles_are_refused_with_the_line_that_writes_plain_arrays() {
    let statistics = "numpy.savez(\"stats.npz\", mu=d[\"mu\"], sigma=d[\"sigma\"])";
    for (name, line) in [
        ("statistics.pkl", statistics),
        ("object_statistics.npy", statistics),
        ("object_images.npy", "numpy.savez(\"images.npz\", images)"),
        ("images.pkl", "numpy.savez(\"images.npz\", images)"),
        ("object.npz", "numpy.savez(\"images.npz\", images)"),
        ("torch.pt", "PyTorch"),
    ] {
        let told = Input::open(&arrays(name)).unwrap_err().to_string();
        for part in [name, "Python pickle", "a pickle can run code", line] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
    let file = npz(&[
        ("mu", NumpyArray { descr: "|O".to_owned(), shape: vec![], bytes: b"\x80\x04N.".to_vec() }),
        ("sigma", array("<f8", &[2, 2], &COVARIANCE)),
    ]);
    for told in [Statistics::read(&file).unwrap_err(), Input::open(&file).unwrap_err()] {
        let told = told.to_string();
        assert!(told.contains("[mu]: an array of Python objects"), "{told}");
        assert!(told.contains(statistics) && !told.contains("images"), "{told}");
    }
}
