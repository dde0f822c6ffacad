//! Statistics files of other programs, and ours: `data/golden/metrics/make_statistics.py`.

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
