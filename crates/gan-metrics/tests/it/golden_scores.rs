//! Scores of given features against the reference programs: `data/golden/metrics/make_scores.py`.

use gan_metrics::{
    FeatureMatrix, FidOptions, FidSide, KidOptions, PrdcOptions, RandomState, SplitRule,
    SquareRoot, fid, inception_score, kid, mode_score, prdc,
};
use serde_json::Value;

fn golden(key: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/metrics/scores.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file[key].as_array().unwrap().clone()
}

fn whole_number(case: &Value, key: &str) -> usize {
    case[key].as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// NumPy's `RandomState(seed).random_sample((n, d))`.
fn random_sample(n: usize, d: usize, seed: u32) -> Vec<f64> {
    let mut random = RandomState::new(seed);
    let mut one = || {
        let (a, b) = (random.next_u32() >> 5, random.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    };
    (0..n * d).map(|_| one()).collect()
}

/// The script's `features`.
fn features(n: usize, d: usize, seed: u32) -> FeatureMatrix {
    let u = random_sample(n, d, seed);
    let value = |at: usize| {
        let (i, j) = (at / d, at % d);
        let mixed = u[at] + 0.5 * u[i * d + (j + 1) % d];
        (mixed * (0.25 + (j % 7) as f64 * 0.125) + f64::from(seed) * 0.015_625) as f32
    };
    FeatureMatrix::from_f32(d, (0..n * d).map(value).collect()).unwrap()
}

/// The script's `whole`.
fn whole(n: usize, d: usize, seed: u32) -> FeatureMatrix {
    let values = random_sample(n, d, seed).iter().map(|u| (u * 4.0).floor() as f32).collect();
    FeatureMatrix::from_f32(d, values).unwrap()
}

/// The script's `logits`.
fn logits(n: usize, classes: usize, seed: u32) -> FeatureMatrix {
    let u = random_sample(n, classes, seed);
    let value = |at: usize| {
        let (i, j) = (at / classes, at % classes);
        (u[at] * 2.0 + if j == i * i % classes { 3.0 } else { 0.0 }) as f32
    };
    FeatureMatrix::from_f32(classes, (0..n * classes).map(value).collect()).unwrap()
}

fn double(m: &FeatureMatrix) -> FeatureMatrix {
    FeatureMatrix::from_f64(m.width(), m.to_f64()).unwrap()
}

#[test]
fn fid_agrees_with_every_program() {
    for case in golden("fid") {
        let (n, m, d) =
            (whole_number(&case, "n"), whole_number(&case, "m"), whole_number(&case, "d"));
        let (x, y) = (features(n, d, 1), features(m, d, 2));
        let score = |single_mean, root| {
            let options = FidOptions { root, single_mean };
            fid(FidSide::Features(&x), FidSide::Features(&y), options).unwrap().value
        };
        for (program, single_mean) in [
            ("pytorch-fid", false),
            ("torch-fidelity in f64", false),
            ("torchmetrics", false),
            ("torch-fidelity", true),
            ("clean-fid", true),
        ] {
            let theirs = case[program].as_f64().unwrap();
            for root in [SquareRoot::Accurate, SquareRoot::Eigenvalues] {
                let difference = (score(single_mean, root) - theirs).abs();
                // Below full rank their square roots are noise of about 1e-5; torch-fidelity and
                // clean-fid add up the squared differences of means in f32, which is 1e-7 of them.
                let allowed = match (n.min(m) > d, single_mean) {
                    (true, false) => 1e-9 * theirs,
                    (true, true) => 1e-8 * theirs,
                    (false, _) => 1e-4,
                };
                assert!(difference < allowed, "{n} {m} {d} {program} {root:?}: {difference:e}");
            }
        }
    }
}

#[test]
fn kid_agrees_with_torch_fidelity() {
    for case in golden("kid") {
        let (n, m, d) =
            (whole_number(&case, "n"), whole_number(&case, "m"), whole_number(&case, "d"));
        let options = KidOptions {
            subsets: whole_number(&case, "subsets"),
            subset_size: whole_number(&case, "size"),
            seed: whole_number(&case, "seed") as u32,
        };
        let found = kid(&features(n, d, 1), &features(m, d, 2), options).unwrap();
        // In f64 the peer's numbers are ours; in f32 its kernels carry 1e-6.
        for (program, tolerance) in [("torch-fidelity in f64", 1e-12), ("torch-fidelity", 1e-6)] {
            let theirs = numbers(&case[program]);
            let worst = (found.mean - theirs[0]).abs().max((found.std - theirs[1]).abs());
            assert!(worst < tolerance, "{n} {m} {d} {program}: {worst:e}");
        }
    }
}

#[test]
fn inception_scores_agree_with_every_program() {
    for case in golden("inception") {
        let (n, classes) = (whole_number(&case, "n"), whole_number(&case, "classes"));
        let values = logits(n, classes, 3);
        for (program, rule) in [
            ("improved-gan", SplitRule::InOrder),
            ("torch-fidelity", SplitRule::Shuffled { seed: 2020 }),
            ("torchmetrics", SplitRule::Chunks { seed: 2020 }),
        ] {
            let found = inception_score(&values, whole_number(&case, "splits"), rule).unwrap();
            let theirs = numbers(&case[program]);
            assert!((found.mean - theirs[0]).abs() < 1e-10, "{program}: {found:?} {theirs:?}");
            assert!((found.std - theirs[1]).abs() < 1e-10, "{program}: {found:?} {theirs:?}");
            let ln = case["ln"].as_f64().unwrap();
            assert!((found.mutual_information - ln).abs() < 1e-10);
        }
        let found = mode_score(&values, &logits(n + 17, classes, 4)).unwrap();
        assert!((found - case["mode score"].as_f64().unwrap()).abs() < 1e-10);
    }
}

#[test]
fn precision_and_recall_count_as_prdc_and_torch_fidelity_do() {
    for case in golden("prdc") {
        let (n, m, d) =
            (whole_number(&case, "n"), whole_number(&case, "m"), whole_number(&case, "d"));
        let make = if case["features"] == "whole" { whole } else { features };
        let (real, fake) = (make(n, d, 5), make(m, d, 6));
        let check = |found: gan_metrics::Prdc, theirs: &[f64]| {
            let ours = [found.precision, found.recall, found.density, found.coverage];
            for (ours, theirs) in ours.iter().zip(theirs) {
                // Parts of whole numbers: equal counts differ by rounding of a mean only, and
                // torch-fidelity's means are f32.
                assert!((ours - theirs).abs() < 1e-7, "{n} {m} {d}: {found:?} {theirs:?}");
            }
        };
        check(prdc(&real, &fake, PrdcOptions::PRDC).unwrap(), &numbers(&case["prdc"]));
        let three = PrdcOptions { k: 3, ..PrdcOptions::PRDC };
        let exact = prdc(&double(&real), &double(&fake), three).unwrap();
        check(exact, &numbers(&case["prdc in f64, k = 3"]));
        let closed = prdc(&real, &fake, PrdcOptions::TORCH_FIDELITY).unwrap();
        check(closed, &numbers(&case["torch-fidelity"]));
    }
}

#[test]
fn draws_are_numpys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/metrics/scores.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut random = RandomState::new(2020);
    for (n, theirs) in [5, 100, 70_000].into_iter().zip(golden_choices(&file)) {
        assert_eq!(random.choice(n, 5), theirs);
    }
}

fn golden_choices(file: &Value) -> Vec<Vec<usize>> {
    let lists = file["random"]["choice"].as_array().unwrap();
    lists.iter().map(|l| numbers(l).iter().map(|v| *v as usize).collect()).collect()
}
