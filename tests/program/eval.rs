//! `gan eval` and `gan train --eval-every`: scores, the log's lines, and what cannot be scored.

use crate::gan::Place;
use serde_json::{Value, json};
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
    assert_eq!((object["n_a"].as_u64(), object["n_b"].as_u64()), (Some(200), Some(1000)));
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
    let with = "200 samples against 1000 samples of mnist (part test, held out), by";
    assert!(told.out.contains(with), "{told:?}");
}

#[test]
fn five_samples_are_scored_with_a_word_about_what_they_are_too_few_for() {
    let place = Place::new();
    place.done(TRAIN);
    let told = place.done("eval run --count 5 --no-cache");
    assert!(told.out.contains("(splits: 2)") && told.out.contains("(subsets of 5)"), "{told:?}");
    for part in [
        "warning: left out: cannot use 5 images for neighbors number 5",
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
    // Color needs a network that is not there.
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
    place.gan("neighbors run --count 2").with_code(2).error(&["do not look like digits"]);
    place.done("neighbors run --count 2 --extractor digits");
}

#[test]
fn what_is_held_out_is_compared_with_unless_another_part_is_asked_for() {
    let place = Place::new();
    place.done(&TRAIN.replace("--limit 300", ""));
    let toml = fs::read_to_string(place.path("run/run.toml")).unwrap();
    assert!(toml.contains("split = \"train\""), "{toml}");
    let told = |object: &Value| {
        let keys = ["split", "held_out", "n_b", "compared_with"];
        Value::from(keys.map(|key| object[key].clone()).to_vec())
    };
    let line = "eval run --count 100 --no-cache --no-log --json";
    let found = place.json(line);
    let words = "1000 samples of mnist (part test, held out)";
    assert_eq!(told(&found), json!(["test", true, 1000, words]));
    let told_of = |line: &str| place.done(line).err;
    assert!(!told_of(line).contains("trained on"), "{found}");
    let found = place.json(&format!("{line} --split train"));
    let words = "9000 samples of mnist (part train, trained on)";
    assert_eq!(told(&found), json!(["train", false, 9000, words]));
    assert!(told_of(&format!("{line} --split train")).contains("trained on these samples"));
    place.gan(&format!("{line} --split val")).with_code(2).error(&["split val of mnist"]);
    // Trained on everything: nothing is left to compare with, and that is said.
    place.done(&TRAIN.replace("--out run", "--out whole --split all").replace("--limit 300", ""));
    let line = line.replace("eval run", "eval whole");
    let found = place.json(&line);
    assert_eq!((&found["held_out"], &found["n_b"]), (&false.into(), &10_000.into()));
    let said = told_of(&line);
    assert!(said.contains("no part is held out: the model was trained with --split all"), "{said}");
    // On the way as at the end.
    place.done(&format!("{} --eval-every 4 --eval-count 60", TRAIN.replace("run", "way")));
    let log = fs::read_to_string(place.path("way/log.jsonl")).unwrap();
    let line = log.lines().find(|line| line.contains("\"eval\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(line).unwrap()["split"], "test");
}

#[test]
fn a_few_pictures_are_all_trained_on_with_a_word_about_it() {
    let place = Place::new();
    place.done("train dcgan --steps 1 --batch 4 --samples 4 --quiet --out run --set features=4");
    place.done("sample run --count 90 --out few/");
    let train =
        "train dcgan --data few --channels 1 --steps 1 --batch 4 --samples 4 --set features=4";
    let said = place.done(&format!("{train} --out all")).err;
    assert!(said.contains("90 samples of 1×28×28"), "{said}");
    assert!(said.contains("no part is held out: the data are too few (9 would be"), "{said}");
    let told = place.done("eval all --count 50 --no-cache --extractor digits");
    assert!(told.out.contains("90 samples of few (part all, trained on)"), "{told:?}");
    assert!(told.err.contains("no part is held out: the data are too few (9 would be"), "{told:?}");
    // Whoever asks for it holds nine out.
    let said = place.done(&format!("{train} --split train --out part")).err;
    assert!(said.contains("81 samples of 1×28×28") && !said.contains("no part is held"), "{said}");
    let found = place.json("eval part --count 50 --no-cache --extractor digits --json");
    assert_eq!((&found["held_out"], &found["n_b"]), (&true.into(), &9.into()));
    // Nine are too few for FID.
    let reduced = found["reduced"].to_string();
    assert!(reduced.contains("FID of 50 samples, fewer than the 96 features"), "{reduced}");
    let found = place.json("eval part --count 96 --no-cache --extractor digits --json");
    let reduced = found["reduced"].to_string();
    assert!(reduced.contains("FID against 9 samples of few (part test, held out)"), "{reduced}");
}

#[test]
fn a_conditional_model_is_asked_for_the_classes_of_the_data_in_their_shares() {
    let place = Place::new();
    // Of 300 pictures one in ten is of the second class.
    place.done("train dcgan --steps 1 --batch 4 --samples 4 --quiet --out made --set features=4");
    place.done("sample made --count 270 --out photos/often/");
    place.done("sample made --count 30 --seed 7 --out photos/seldom/");
    place.done(
        "train cgan --data photos --channels 1 --split all --steps 1 --batch 4 --samples 4 --quiet \
         --out run --set z=4",
    );
    let line = "eval run --no-cache --no-log --json --extractor digits";
    let found = place.json(&format!("{line} --count 300"));
    let labels =
        json!({ "how": "shares of the data", "each": [270, 30], "names": ["often", "seldom"] });
    assert_eq!(found["labels"], labels);
    // As it was dealt: the same for the same seed, a random part for fewer.
    assert_eq!(place.json(&format!("{line} --count 300"))["fid"], found["fid"]);
    let few = place.json(&format!("{line} --count 100"));
    let often = few["labels"]["each"][0].as_u64().unwrap();
    assert!((78..=99).contains(&often), "{few}");
    // A model without classes has none.
    assert!(place.json("eval made --no-log --json --count 60")["labels"].is_null());
}
