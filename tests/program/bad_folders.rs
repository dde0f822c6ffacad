//! Folders that hold something else: runs are never overwritten, and what is no run does not go on.

use crate::gan::Place;
use crate::run_files::contents;
use std::fs;

const TINY: &str = "train vanilla --data toy:ring --steps 3 --batch 4 --quiet";

/// A place with a small run in `run`.
fn with_run() -> Place {
    let place = Place::new();
    place.done(&format!("{TINY} --out run"));
    place
}

/// The command must fail with these words and leave every byte as it is.
fn refused(place: &Place, line: &str, code: i32, words: &[&str]) {
    let before = contents(&place.path("."));
    place.gan(line).with_code(code).error(words);
    assert_eq!(before, contents(&place.path(".")), "{line}");
}

#[test]
fn an_output_folder_that_holds_another_run() {
    let place = with_run();
    let words = &["run: this folder holds a run already", "train --resume run", "--out"];
    refused(&place, &format!("{TINY} --out run"), 1, words);
    refused(&place, "train gaussian1d --steps 2 --out run", 1, words);
}

#[test]
fn an_output_folder_that_holds_something_else() {
    let place = Place::new();
    fs::create_dir(place.path("letters")).unwrap();
    fs::write(place.path("letters/to-grandma.txt"), "dear").unwrap();
    let words = &["letters: expected a new or empty folder, found to-grandma.txt", "--out"];
    refused(&place, &format!("{TINY} --out letters"), 1, words);
    let words = &["to-grandma.txt: expected a new or empty folder, found a file", "--out"];
    refused(&place, &format!("{TINY} --out letters/to-grandma.txt"), 1, words);
    fs::write(place.path("runs"), "a file").unwrap();
    refused(&place, TINY, 1, &["runs: cannot make a folder for the run here", "--out"]);
}

#[test]
fn an_empty_output_folder_is_welcome() {
    let place = Place::new();
    fs::create_dir(place.path("run")).unwrap();
    place.done(&format!("{TINY} --out run"));
    place.done(&format!("{TINY} --out new/below/new"));
}

#[test]
fn what_is_no_run_does_not_go_on() {
    let place = with_run();
    fs::create_dir(place.path("empty")).unwrap();
    for command in ["train --resume", "sample"] {
        let words = &["empty: expected a run directory, found no run.toml", "gan train"];
        refused(&place, &format!("{command} empty"), 1, words);
        let words = &["runn: expected a run directory, found no such folder", "gan train"];
        refused(&place, &format!("{command} runn"), 1, words);
        refused(&place, &format!("{command} run/run.toml"), 1, &["expected a run directory"]);
    }
}

#[test]
fn a_resumed_run_keeps_its_settings() {
    let place = with_run();
    let settings = "--resume goes on with the settings in run/run.toml; ";
    for (option, found) in [
        ("--seed 3", "--seed cannot"),
        ("--batch 2", "--batch cannot"),
        ("--data mnist", "--data cannot"),
        ("--set z=3", "--set cannot"),
        ("--out other", "--out cannot"),
    ] {
        refused(&place, &format!("train --resume run {option}"), 2, &[settings, found, "--config"]);
    }
    let words = &["--steps 2: the run in run has 3 steps already", "can only rise"];
    refused(&place, "train --resume run --steps 2", 2, words);
    let words = &["this is a run of vanilla, not of dcgan"];
    refused(&place, "train dcgan --resume run", 2, words);
}

#[test]
fn a_broken_configuration_of_a_run() {
    let place = with_run();
    let toml = place.path("run/run.toml");
    let text = fs::read_to_string(&toml).unwrap();
    for (from, to, word) in [
        ("batch = 4", "batch = 0", "train.batch: expected 1 or more, found 0"),
        ("batch = 4", "bach = 4", "unknown field `bach`"),
        ("batch = 4", "", "missing field `batch`"),
        ("entry = \"vanilla\"", "entry = \"vanila\"", "did you mean vanilla?"),
        ("[train]", "[train", "TOML parse error"),
    ] {
        fs::write(&toml, text.replacen(from, to, 1)).unwrap();
        for command in ["train --resume run", "sample run --out x.png"] {
            refused(&place, command, 2, &[word]);
        }
    }
}

#[test]
fn samples_do_not_replace_what_is_there() {
    let place = with_run();
    fs::write(place.path("mine.png"), "mine").unwrap();
    refused(&place, "sample run --out mine.png", 2, &["mine.png: this file exists", "--force"]);
    refused(&place, "sample run --out run --format npz", 2, &["run: expected a file for npz"]);
    refused(&place, "sample run --out run --format folder", 2, &["not empty", "--force"]);
    place.done("sample run --out mine.png --force --count 3");
    assert_ne!(fs::read(place.path("mine.png")).unwrap(), b"mine");
    fs::write(place.path("sheet.png"), "mine").unwrap();
    let check = "data check toy:ring --sheet sheet.png";
    refused(&place, check, 2, &["sheet.png: this file exists", "--force"]);
    place.done(&format!("{check} --force"));
}

#[test]
fn samples_that_a_model_cannot_draw() {
    let place = with_run();
    for (line, code, words) in [
        ("sample run --label 1", 2, "can be asked for by nothing; `cgan` is"),
        ("sample run --step 2", 1, "run: no checkpoint of step 2; there are those of 0, 3"),
        ("sample run --count 0", 2, "expected a whole number, 1 or more"),
        ("sample run --count 4097", 2, "a picture shows 4096 samples at most"),
        ("sample run --out a.npz", 2, "points are no images"),
        ("sample run --out a/", 2, "points are no images"),
        ("sample run --nearest", 2, "this model makes points, not images"),
        ("sample run --nearest --out a.npz", 2, "--out a name that ends in .png"),
    ] {
        refused(&place, line, code, &[words]);
    }
    place.done("train cgan --steps 1 --batch 4 --quiet --out digits");
    let words = &["class 10: expected a number from 0 to 9"];
    refused(&place, "sample digits --labels 1,10 --out a.png", 2, words);
    refused(&place, "sample digits --label x --out a.png", 2, &["class x: expected a"]);
    refused(
        &place,
        "sample digits --given text=seven --out a.png",
        2,
        &["asked for by class (10)"],
    );
    refused(&place, "sample digits --out a.csv", 2, &["images are no points"]);
    refused(&place, "sample digits --data toy:ring --out a.png", 1, &[]);
}
