//! Words that the command line does not know or cannot use: exit code 2, and what would be right.

use crate::gan::Place;
use crate::run_files::contents;
use std::fs;

fn refused(line: &str, words: &[&str]) {
    let place = Place::new();
    place.gan(line).with_code(2).error(words);
    assert!(contents(&place.path(".")).is_empty(), "{line}");
}

#[test]
fn an_unknown_model_and_the_nearest() {
    refused("train vanila", &["no model is called \"vanila\"", "did you mean vanilla?", "dcgan"]);
    refused("train DCGAN2 --out run", &["did you mean dcgan?"]);
    refused("train zebra", &["no model is called \"zebra\" (there are: gaussian1d, "]);
    refused("train", &["which model?", "train dcgan", "--resume"]);
    refused("bench dcgan65", &["no case is called \"dcgan65\"", "dcgan64", "ring", "all"]);
}

#[test]
fn an_unknown_setting_and_the_nearest() {
    let cases = [
        ("train.stepz=3", "unknown setting train.stepz; did you mean train.steps?"),
        ("feature=3", "unknown setting model.feature; did you mean model.features?"),
        ("techniques.generator.learning_rate=1", "unknown setting"),
        ("features", "expected key.path=value, found \"features\""),
        ("features=many", "expected a whole number, found a word"),
        ("features=0", "expected z and features of 1 or more"),
        ("techniques.loss=wgan", "hinge"),
        ("techniques.generator.lr=-1", "lr: expected 0 or more, found -1"),
        ("train.steps=-5", "train.steps: "),
        ("train.ema=1.5", "train.ema: expected a decay in [0, 1), found 1.5"),
    ];
    for (set, words) in cases {
        refused(&format!("train dcgan --set {set}"), &[words]);
    }
}

#[test]
fn an_unknown_setting_in_a_file() {
    let place = Place::new();
    let with = |text: &str| {
        fs::write(place.path("my.toml"), text).unwrap();
        let told = place.gan("train vanilla --config my.toml --out run").with_code(2);
        assert!(!place.path("run").exists());
        told
    };
    let words = &["--config my.toml", "train.stepz", "did you mean train.steps?"];
    with("[train]\nstepz = 3\n").error(words);
    with("[trian]\nsteps = 3\n").error(&["unknown setting trian; did you mean train?"]);
    with("[model]\nfeatures = 3\n").error(&["unknown setting model.features"]);
    with("[train\n").error(&["--config my.toml: TOML parse error at line 1"]);
    with("[train]\nsteps = 'many'\n").error(&["expected a whole number", "many"]);
    with("entry = 'vanila'\n").error(&["vanila"]);
    with("entry = 'dcgan'\n").error(&["the configuration is one of dcgan, not of vanilla"]);
    let told = place.gan("train vanilla --config other.toml").with_code(1);
    told.error(&["--config other.toml: cannot read: No such file"]);
}

#[test]
fn numbers_that_cannot_be() {
    let whole = "expected a whole number, ";
    for (option, words) in [
        ("--steps -5", ["'-5' for '--steps <N>'", whole]),
        ("--steps 0", ["'0' for '--steps <N>'", whole]),
        ("--steps 1e3", ["'1e3' for '--steps <N>'", whole]),
        ("--batch 0", ["'0' for '--batch <N>'", whole]),
        ("--batch -64", ["'-64' for '--batch <N>'", whole]),
        ("--seed -1", ["'-1' for '--seed <N>'", whole]),
        ("--threads 0", ["'0' for '--threads <N>'", whole]),
        ("--threads 9999", ["--threads: expected 1 to 1024", "found 9999"]),
        ("--limit 0", ["'0' for '--limit <N>'", whole]),
        ("--budget 5", ["expected a duration such as 90s", "found \"5\""]),
        ("--ema -0.1", ["train.ema: expected a decay in [0, 1)", "found -0.1"]),
        ("--size 30", ["expected square images of 16, 28, 32", "found 30×30"]),
        ("--channels 2", ["'2' for '--channels <N>'", "possible values: 1, 3"]),
        ("--split valid", ["'valid' for '--split <PART>'", "train, val, test, all"]),
        ("--fit squeeze", ["'squeeze' for '--fit <HOW>'", "crop, resize, pad"]),
    ] {
        refused(&format!("train dcgan {option}"), &words);
    }
}

#[test]
fn a_device_that_is_not_there() {
    let kinds = "expected cpu, cuda, cuda:N, metal or metal:N";
    refused("train vanilla --device gpu", &["--device: ", kinds, "found \"gpu\""]);
    refused("train vanilla --device cpu:1", &[kinds]);
    refused("bench ring --device cuda:x", &[kinds]);
    refused("train vanilla --device metal", &["built without metal", "--features metal"]);
    refused("bench ring --device cuda:1", &["built without cuda", "--features cuda"]);
}

#[test]
fn data_that_a_model_cannot_take() {
    refused(
        "train dcgan --data toy:ring",
        &[
            "dcgan: expected data with a field `image",
            "found point (2)",
            "`vanilla` takes such data",
        ],
    );
    refused(
        "train gaussian1d --data mnist",
        &["`point in one dimension`", "found image (1×28×28)"],
    );
    refused(
        "train cgan --data toy:gaussian",
        &["cgan: expected data with a field `class`", "sub-folders", "vanilla"],
    );
    refused("train vanilla --data toy:ring?modes=0", &["modes=0", "expected a whole number"]);
}

/// With clap's own form of a usage error.
#[test]
fn commands_and_options_that_do_not_exist() {
    refused("trian", &["unrecognized subcommand 'trian'", "'train'"]);
    refused("train dcgan --stepz 3", &["unexpected argument '--stepz'", "--steps"]);
    refused("sample", &["required arguments", "<RUN>"]);
    refused("data check", &["required arguments", "<SPEC>"]);
    refused("completions tcsh", &["'tcsh'", "bash", "zsh"]);
}
