//! Scores of few images: never a number from parts that are too small, and never fewer parts
//! without a word.

use crate::place::Place;
use gan_metrics::{
    FeatureFile, FeatureMatrix, Metrics, Protocol, ScoreOptions, ScoredSet, Scores, score, to_json,
};

const DIGITS: &str = "--extractor digits";

/// Features and logits of `n` images, of classes 0, 1, 2 in turn.
fn set(n: usize) -> ScoredSet {
    let number = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0;
    let features = FeatureMatrix::from_f32(4, (0..n * 4).map(number).collect()).unwrap();
    let logit = |i: usize| if i % 3 == i / 3 % 3 { 3.0 } else { number(i) };
    let logits = FeatureMatrix::from_f32(3, (0..n * 3).map(logit).collect()).unwrap();
    let mut set = ScoredSet::of_features(
        FeatureFile { features, logits: Some(logits), receipt: None },
        "made",
    );
    set.labels = Some((0..n).map(|i| (i % 3).to_string()).collect());
    set
}

fn scored(a: usize, b: usize, change: impl Fn(&mut ScoreOptions)) -> (Scores, serde_json::Value) {
    let metrics =
        Metrics { fid: true, kid: true, inception: true, prdc: true, ..Metrics::default() };
    let mut options = ScoreOptions::new(metrics, Protocol::PytorchFid);
    options.lenient = true;
    change(&mut options);
    let (a, b) = (set(a), set(b));
    let scores = score(&a, Some(&b), &options).unwrap();
    let object = to_json(&scores, &options, &a, Some(&b));
    (scores, object)
}

#[test]
fn the_program_uses_fewer_splits_and_says_so() {
    let place = Place::new();
    place.images("five", 5, 1);
    let told = place.run(&format!("is five {DIGITS}"));
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(!told.out.contains("1.00000 ± 0.00000"), "{told:?}");
    assert!(told.out.contains("(2 splits)"), "{told:?}");
    for part in ["warning: Inception score over 2 splits, not 10", "5 images", "2 or more"] {
        assert!(told.err.contains(part), "{part}: {told:?}");
    }
    let object = place.json(&format!("is five {DIGITS} --quiet"));
    assert_eq!((&object["is_splits"], &object["receipt"]["splits"]), (&2.into(), &2.into()));
    assert!(object["is_mean"].as_f64().unwrap() > 1.0 && object["is_std"].is_f64(), "{object}");
    assert!(object["reduced"][0].as_str().unwrap().contains("over 2 splits, not 10"), "{object}");
    // One split has no spread; one image has no score.
    let told = place.run(&format!("is five {DIGITS} --splits 1"));
    assert!(told.out.contains("(1 split)") && !told.out.contains('±'), "{told:?}");
    assert!(place.json(&format!("is five {DIGITS} --splits 1"))["is_std"].is_null());
    place.images("one", 1, 1);
    place.run(&format!("is one {DIGITS}")).failed(1, &["1 image for an Inception score"]);
    // Enough images: as before, and nothing to say.
    place.images("enough", 40, 1);
    let told = place.run(&format!("is enough {DIGITS}"));
    assert!(told.out.contains("(10 splits)") && !told.err.contains("splits"), "{told:?}");
    assert_eq!(place.json(&format!("is enough {DIGITS}"))["is_splits"], 10);
    // torchmetrics' chunks: 41 images in ten would leave one image over.
    place.images("chunks", 41, 1);
    let object = place.json(&format!("is chunks {DIGITS} --protocol torchmetrics"));
    assert_eq!(object["is_splits"], 7, "{object}");
}

#[test]
fn kid_says_how_large_its_subsets_are() {
    let (scores, object) = scored(9, 40, |_| {});
    assert!(
        scores
            .reduced
            .iter()
            .any(|t| t == "KID over subsets of 9 images, not 1000: there are no more")
    );
    assert!(object["kid_std"].as_f64().unwrap() > 0.0);
    assert_eq!(object["receipt"]["kid"]["subset_size"], 9);
    // Subsets that are all images of both sides are one subset, whose spread would be zero.
    let (scores, object) = scored(9, 9, |_| {});
    assert!(scores.reduced.iter().any(|text| text.starts_with("KID without its ±")), "{scores:?}");
    assert!(object["kid_mean"].is_f64() && object["kid_std"].is_null(), "{object}");
    let (scores, object) = scored(60, 60, |options| options.kid.subset_size = 50);
    assert!(scores.reduced.is_empty(), "{:?}", scores.reduced);
    assert!(object.get("reduced").is_none() && object["kid_std"].is_f64());
}

#[test]
fn what_stands_beside_fid_is_refused_by_itself() {
    let beside = |options: &mut ScoreOptions| (options.bootstrap, options.infinity) = (100, true);
    let (scores, _) = scored(4, 40, beside);
    assert!(scores.fid.is_some() && scores.interval.is_none() && scores.infinity.is_none());
    let notes = scores.notes.join("\n");
    assert!(
        notes.contains("4 images for FID's bootstrap interval (expected at least 5)"),
        "{notes}"
    );
    assert!(notes.contains("4 images for 15 points to extrapolate FID"), "{notes}");
    assert!(notes.contains("4 images for neighbors number 5"), "{notes}");
    let (scores, object) = scored(29, 40, beside);
    assert!(scores.interval.is_some() && scores.infinity.is_none(), "{scores:?}");
    assert!(object["fid_low"].is_f64() && object["fid_infinity"].is_null());
    // By name it is an error.
    let (a, b) = (set(4), set(40));
    let metrics = Metrics { fid: true, ..Metrics::default() };
    let mut options = ScoreOptions::new(metrics, Protocol::PytorchFid);
    options.bootstrap = 100;
    let error = score(&a, Some(&b), &options).unwrap_err().to_string();
    assert!(error.contains("4 images for FID's bootstrap interval"), "{error}");
    // Few replicates have no tails.
    options.bootstrap = 10;
    let scores = score(&set(40), Some(&b), &options).unwrap();
    assert!(scores.reduced[0].starts_with("FID's interval comes from 10 replicates"));
}

#[test]
fn classes_of_few_images_are_named() {
    let by_class = |options: &mut ScoreOptions| options.metrics.by_class = true;
    let (scores, object) = scored(5, 40, by_class);
    // Classes 0, 1 and 2 have 2, 2 and 1 images.
    assert!(object["classes"][2]["fid"].is_null() && object["classes"][0]["fid"].is_f64());
    let reduced = scores.reduced.join("\n");
    for part in [
        "without 1 of 3 classes, of which a side has fewer than 2 images: 2",
        "FID of 2 of 3 classes is of no more images than the 4 features",
        "above its value for endless images: 0, 1 (compare",
    ] {
        assert!(reduced.contains(part), "{part}: {reduced}");
    }
    let (scores, _) = scored(60, 60, by_class);
    assert!(!scores.reduced.iter().any(|text| text.contains("class")), "{:?}", scores.reduced);
}

#[test]
fn scores_by_classes_are_no_larger_than_the_number_of_images() {
    let (scores, _) = scored(2, 40, |_| {});
    let reduced = scores.reduced.join("\n");
    assert!(reduced.contains("Inception score and mode score of 2 images are at most 2"));
    assert!(reduced.contains("Inception score over 1 split, not 10"), "{reduced}");
    assert!(scores.mode_score.is_some());
    let (scores, object) = scored(1, 40, |_| {});
    assert!(scores.inception.is_none() && scores.mode_score.is_none(), "{scores:?}");
    assert!(object["is_mean"].is_null() && object["is_splits"].is_null());
    assert!(scores.notes.join("\n").contains("1 image for an Inception score"));
}

#[test]
fn files_of_few_features_are_told_as_images_are() {
    let place = Place::new();
    for (name, n) in [("a.npz", 3), ("b.npz", 50)] {
        let features = set(n).pool.features.unwrap();
        FeatureFile { features, logits: None, receipt: None }.write(&place.path(name)).unwrap();
    }
    let told = place.run("fid --from-features a.npz b.npz");
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.err.contains("a.npz: 3 images, fewer than the 4 features"), "{told:?}");
    assert!(!told.err.contains("b.npz"), "{told:?}");
    let images =
        gan_images::NumpyArray { descr: "|u1".to_owned(), shape: vec![2, 2, 2], bytes: vec![0; 8] };
    gan_images::write_npy(&place.path("i.npy"), &images).unwrap();
    place.run("fid --from-features i.npy i.npy").failed(2, &["shape [2, 2, 2] (expected features"]);
}
