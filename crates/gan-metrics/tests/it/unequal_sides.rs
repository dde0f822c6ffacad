//! Precision, recall, density and coverage of more images on one side than on the other.

use crate::place::Place;
use gan_metrics::{
    FeatureFile, FeatureMatrix, Metrics, PrdcSides, Protocol, ScoreOptions, ScoredSet, Scores,
    expected_coverage, score, to_json,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIGITS: &str = "--extractor digits";

/// `n` draws of one law, a cube of four dimensions; others for another seed.
fn draws(n: usize, seed: u64) -> ScoredSet {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values = (0..4 * n).map(|_| rng.random::<f32>()).collect();
    let features = FeatureMatrix::from_f32(4, values).unwrap();
    ScoredSet::of_features(FeatureFile { features, logits: None, receipt: None }, "draws")
}

fn scored(
    a: &ScoredSet,
    b: &ScoredSet,
    sides: PrdcSides,
    seed: u32,
) -> (Scores, serde_json::Value) {
    let metrics = Metrics { fid: true, kid: true, prdc: true, ..Metrics::default() };
    let mut options = ScoreOptions::new(metrics, Protocol::PytorchFid);
    options.prdc_sides = sides;
    (options.kid.seed, options.kid.subset_size) = (seed, 500);
    let scores = score(a, Some(b), &options).unwrap();
    let object = to_json(&scores, &options, a, Some(b));
    (scores, object)
}

#[test]
fn equal_sides_give_what_equal_numbers_give() {
    let (few, many) = (draws(1000, 1), draws(7000, 2));
    let level = scored(&few, &draws(1000, 3), PrdcSides::All, 0).0.prdc.unwrap();
    for (a, b) in [(&few, &many), (&many, &few)] {
        let (scores, object) = scored(a, b, PrdcSides::Equal, 0);
        let found = scores.prdc.unwrap();
        // Four standard deviations of a share of a thousand near its expectation.
        let expected = expected_coverage(1000, 1000, 5);
        let spread = 4.0 * (expected * (1.0 - expected) / 1000.0).sqrt();
        assert!((found.coverage - expected).abs() < spread, "{found:?}");
        assert!((found.coverage - level.coverage).abs() < 2.0 * spread, "{found:?}, {level:?}");
        assert!((found.recall - level.recall).abs() < 0.06, "{found:?}, {level:?}");
        assert_eq!((found.samples, found.real), (1000, 1000));
        // FID and KID are of everything.
        let whole = scored(a, b, PrdcSides::All, 0).0;
        assert_eq!((&scores.fid, &scores.kid), (&whole.fid, &whole.kid));
        assert!(scores.reduced.is_empty(), "{:?}", scores.reduced);
        let receipt = &object["receipt"]["prdc"];
        let taken = serde_json::json!([receipt["sides"], receipt["n_a"], receipt["n_b"]]);
        assert_eq!(taken, serde_json::json!(["equal", 1000, 1000]));
        // Another seed takes another subset.
        assert_ne!(scored(a, b, PrdcSides::Equal, 1).0.prdc, scores.prdc);
        assert_eq!(scored(a, b, PrdcSides::Equal, 0).0.prdc, scores.prdc);
    }
}

#[test]
fn unequal_sides_are_compared_as_they_are_with_a_word_about_it() {
    let (few, many) = (draws(1000, 1), draws(7000, 2));
    let (scores, object) = scored(&few, &many, PrdcSides::All, 0);
    let found = scores.prdc.unwrap();
    // Draws of one law, and yet half of them are not covered.
    assert!((found.coverage - expected_coverage(7000, 1000, 5)).abs() < 0.04, "{found:?}");
    let [text] = &scores.reduced[..] else { panic!("{:?}", scores.reduced) };
    for part in ["1000 images against 7000", "coverage of 0.487", "0.969 with 1000 of each"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(object["reduced"][0], text.as_str());
    assert_eq!(object["receipt"]["prdc"]["sides"], "all");
    assert!(scored(&few, &draws(1000, 3), PrdcSides::All, 0).0.reduced.is_empty());
}

#[test]
fn the_program_says_so_and_can_take_equal_sides() {
    let place = Place::new();
    place.images("few", 20, 1);
    place.images("many", 90, 2);
    let told = place.run(&format!("prdc few many {DIGITS}"));
    assert!(
        told.err.contains("warning: precision, recall, density and coverage of 20"),
        "{told:?}"
    );
    assert!(told.err.contains("--equal-sides"), "{told:?}");
    let told = place.run(&format!("prdc few many {DIGITS} --equal-sides"));
    assert!(!told.err.contains("defined for equal numbers"), "{told:?}");
    assert!(told.out.contains("(20 and 20 of the images)"), "{told:?}");
    let object = place.json(&format!("prdc few many {DIGITS} --equal-sides --quiet"));
    assert_eq!((&object["n_a"], &object["n_b"]), (&20.into(), &90.into()));
    assert_eq!(object["receipt"]["prdc"]["n_b"], 20);
    // The same number: nothing is cut, nothing is said.
    let told = place.run(&format!("prdc few few {DIGITS} --equal-sides"));
    assert!(!told.out.contains("of the images") && !told.err.contains("equal numbers"), "{told:?}");
}
