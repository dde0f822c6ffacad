//! `gan eval` and `gan train --eval-every`: scores, the log's lines, and what cannot be scored.

use crate::gan::Place;
use serde_json::Value;
use std::fs;

const TRAIN: &str = "train dcgan --steps 4 --batch 8 --samples 4 --quiet --out run --limit 300 \
                     --set features=4";

fn evaluations(place: &Place) -> Vec<Value> {
    let log = fs::read_to_string(place.path("run/log.jsonl")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["kind"] == "eval").collect()
}

#[test]
fn a_run_is_scored_and_the_log_has_a_line_more() {
    let place = Place::new();
    place.done(TRAIN);
    let lines = || fs::read_to_string(place.path("run/log.jsonl")).unwrap().lines().count();
    let before = lines();
    let line = "eval run --count 200 --no-cache";
    let object = place.json(&format!("{line} --json"));
    for key in ["fid", "kid_mean", "is_mean", "ln_is", "precision", "recall", "density", "coverage"]
    {
        assert!(object[key].is_f64(), "{key}: {object}");
    }
    assert_eq!((object["n_a"].as_u64(), object["n_b"].as_u64()), (Some(200), Some(300)));
    assert_eq!((object["kind"].as_str(), object["step"].as_u64()), (Some("eval"), Some(4)));
    assert_eq!(object["receipt"]["extractor"]["layout"], "digits");
    // Precision and its relatives compare as many of one side as of the other.
    let taken = &object["receipt"]["prdc"];
    assert_eq!((&taken["n_a"], &taken["n_b"]), (&200.into(), &200.into()));
    assert!(object["receipt"]["seed"].is_u64(), "{object}");
    assert_eq!(lines(), before + 1);
    // The same samples have the same scores; --no-log leaves the log alone.
    let again = place.json(&format!("{line} --json --no-log"));
    assert_eq!(again["fid"], object["fid"]);
    assert_eq!(lines(), before + 1);
    assert_eq!(evaluations(&place)[0]["fid"], object["fid"]);
    let told = place.done(&format!("{line} --no-log"));
    assert!(told.out.starts_with("step 4: FID "), "{told:?}");
    assert!(told.out.contains(" (of 200 and 200)"), "{told:?}");
    let because = "by digits as pytorch-fid (the data are the digits that this program carries)";
    assert!(told.out.contains(because), "{told:?}");
}

#[test]
fn five_samples_are_scored_with_a_word_about_what_they_are_too_few_for() {
    let place = Place::new();
    place.done(TRAIN);
    let told = place.done("eval run --count 5 --no-cache");
    assert!(told.out.contains("(splits: 2)") && told.out.contains("(subsets of 5)"), "{told:?}");
    for part in [
        "warning: left out: cannot use 5 images for neighbours number 5",
        "warning: KID over subsets of 5 images, not 1000",
        "warning: Inception score over 2 splits, not 10",
        "warning: FID of 5 samples, fewer than the 96 features",
    ] {
        assert!(told.err.contains(part), "{part}: {told:?}");
    }
    let logged = &evaluations(&place)[0];
    assert_eq!((&logged["is_splits"], &logged["precision"]), (&2.into(), &Value::Null));
    assert!(logged["reduced"].as_array().is_some_and(|r| r.len() >= 3), "{logged}");
    // Enough of them: nothing to say of splits.
    let told = place.done("eval run --count 200 --no-cache --no-log");
    assert!(!told.err.contains("splits") && !told.out.contains("splits"), "{told:?}");
}

#[test]
fn training_scores_on_the_way_and_goes_on_to_do_so() {
    let place = Place::new();
    let eval = "--eval-every 2 --eval-count 50 --no-cache";
    // Rates that fall would fall otherwise in a run of another length.
    let train = format!("{TRAIN} --set train.schedule.kind=constant");
    place.done(&format!("{train} {eval}"));
    let steps = |place: &Place| -> Vec<u64> {
        evaluations(place).iter().map(|line| line["step"].as_u64().unwrap()).collect()
    };
    assert_eq!(steps(&place), [2, 4]);
    place.done(&format!("train --resume run --steps 6 --quiet {eval}"));
    assert_eq!(steps(&place), [2, 4, 6]);
    // Training itself is the same as without.
    let scored = fs::read(place.path("run/checkpoints/step-00000006.safetensors")).unwrap();
    let plain = Place::new();
    plain.done(&train.replace("--steps 4", "--steps 6"));
    let unscored = fs::read(plain.path("run/checkpoints/step-00000006.safetensors")).unwrap();
    assert!(scored == unscored);
}

#[test]
fn what_cannot_be_scored_is_refused_before_anything_is_written() {
    let place = Place::new();
    let told =
        place.gan("train gaussian1d --steps 2 --quiet --out points --eval-every 1").with_code(2);
    assert!(told.err.contains("only images are scored"), "{told:?}");
    assert!(!place.path("points").exists());
    let told = place.gan("eval nowhere").with_code(1);
    assert!(told.err.contains("expected a run directory"), "{told:?}");
    // Colour needs a network that is not there.
    place.done(
        "train dcgan --data mnist --channels 3 --steps 1 --batch 4 --samples 4 --quiet \
                --out run --limit 50 --set features=4",
    );
    let before = fs::read(place.path("run/log.jsonl")).unwrap();
    let told = place.gan("eval run --weights missing.safetensors").with_code(1);
    assert!(told.err.contains("missing.safetensors"), "{told:?}");
    assert_eq!(fs::read(place.path("run/log.jsonl")).unwrap(), before);
}

#[test]
fn gray_images_that_are_no_digits_are_not_scored_by_the_classifier_of_digits() {
    let place = Place::new();
    let told = place.done(
        "train dcgan --data texture:honeycomb --size 28 --channels 1 --limit 300 --steps 1 --batch 4 \
         --samples 4 --out run --set features=4",
    );
    let silent = "modes of the samples are not counted";
    assert_eq!(told.err.matches(silent).count(), 1, "{told:?}");
    let log = || fs::read(place.path("run/log.jsonl")).unwrap();
    let before = log();
    let line = "eval run --count 60 --no-cache";
    place.gan(line).with_code(2).error(&[
        "do not look like digits",
        "`gan-metrics weights fetch`",
        "--extractor digits",
    ]);
    assert_eq!(log(), before);
    let told = place.done(&format!("{line} --extractor digits"));
    assert!(told.out.contains("as asked, though the data do not look like digits"), "{told:?}");
    assert!(
        told.err.contains("warning: scores by a network that was trained on digits"),
        "{told:?}"
    );
    let logged = &evaluations(&place)[0];
    assert_eq!(logged["network"], "digits");
    assert!(logged["network_because"].as_str().unwrap().contains("do not look"), "{logged}");
    // What is looked at for other ends is not seen by it either.
    place.gan("neighbours run --count 2").with_code(2).error(&["do not look like digits"]);
    place.done("neighbours run --count 2 --extractor digits");
}
