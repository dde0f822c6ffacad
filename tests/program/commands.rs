//! The commands that compute nothing, or only time: list, bench, completions, help.

use crate::gan::Place;
use serde_json::Value;
use std::process::{Command, Stdio};

const COMMANDS: [&str; 34] = [
    "list",
    "train",
    "sample",
    "eval",
    "interpolate",
    "arithmetic",
    "manifold",
    "neighbors",
    "saliency",
    "probe",
    "dedup",
    "forget",
    "turing",
    "likelihood",
    "classify",
    "distance",
    "codes",
    "info entropy",
    "info kl",
    "info jsd",
    "info tv",
    "info emd",
    "info mmd",
    "info mi",
    "info frechet",
    "report",
    "explain saturation",
    "data check",
    "bench",
    "suite",
    "study disturbances",
    "study seeds",
    "study extractors",
    "completions",
];

#[test]
fn the_models_in_three_forms() {
    let place = Place::new();
    let (text, markdown) = (place.done("list").out, place.done("list --markdown").out);
    let object = place.json("list --json");
    let models = object["models"].as_array().unwrap();
    assert_eq!(
        (text.lines().count(), markdown.lines().count()),
        (models.len() + 1, models.len() + 2)
    );
    for (number, model) in models.iter().enumerate() {
        let of = |key: &str| model[key].as_str().unwrap().to_owned();
        let row = text.lines().nth(number + 1).unwrap();
        assert!(
            row.starts_with(&of("name")) && row.contains(model["takes"][0].as_str().unwrap()),
            "{row}"
        );
        let row = markdown.lines().nth(number + 2).unwrap();
        assert!(row.starts_with(&format!("| `{}` | ", of("name"))), "{row}");
        // A number of arXiv's is a link; an older paper is a citation.
        let paper = of("paper");
        let number = paper.chars().all(|c| c.is_ascii_digit() || c == '.');
        let shown = if number { format!("https://arxiv.org/abs/{paper}") } else { paper };
        assert!(row.contains(&shown), "{row}");
    }
    for name in ["gaussian1d", "gaussian1d-mlp", "vanilla", "cgan", "dcgan"] {
        assert!(models.iter().any(|model| model["name"] == name), "{name}");
    }
    place.gan("list --json --markdown").with_code(2).error(&["cannot be used with"]);
}

#[test]
fn a_case_is_timed() {
    let place = Place::new();
    let object = place.json("bench ring --steps 20 --json --threads 1");
    let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["case", "threads", "batch", "ms_median", "ms_min", "peak_mib"]);
    assert_eq!((&object["case"], &object["threads"]), (&"ring".into(), &1.into()));
    assert_eq!(object["batch"], 100);
    let (median, min) = (object["ms_median"].as_f64().unwrap(), object["ms_min"].as_f64().unwrap());
    assert!(0.0 < min && min <= median, "{object}");
    let told = place.done("bench ring --steps 2 --batch 10");
    assert!(told.out.lines().next().unwrap().starts_with("case "), "{told:?}");
    assert!(told.out.lines().nth(1).unwrap().starts_with("ring "), "{told:?}");
    if cfg!(target_os = "linux") {
        assert!(object["peak_mib"].as_f64().unwrap() > 1.0, "{object}");
    }
    let small = place.json("bench dcgan64 --size 16 --batch 2 --steps 1 --json");
    assert_eq!((&small["case"], &small["batch"]), (&"dcgan64".into(), &2.into()));
    place.gan("bench ring --size 16").with_code(2).error(&["dcgan64 or dcgan28", "\"ring\""]);
}

#[test]
fn every_case_runs() {
    let place = Place::new();
    let told = place.done("bench all --steps 1 --batch 4 --json");
    let cases: Vec<Value> = told.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<_> = cases.iter().map(|case| case["case"].as_str().unwrap()).collect();
    assert_eq!(names, ["dcgan64", "dcgan28", "fc28", "ring"]);
}

#[test]
fn completions_know_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.done(&format!("completions {shell}")).out;
        for word in ["train", "sample", "bench", "checkpoint-every"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    // A shell itself says whether the script is one.
    if let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() {
        let script = place.done("completions bash").out;
        std::io::Write::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes()).unwrap();
        assert!(bash.wait().unwrap().success());
    }
}

#[test]
fn every_help_shows_examples() {
    let place = Place::new();
    for command in COMMANDS {
        let told = place.done(&format!("{command} --help"));
        let examples = told.out.split("Examples:\n").nth(1).unwrap_or_default();
        let own = format!("  gan {command}");
        assert!(examples.lines().all(|line| line.starts_with("  gan ")), "{examples}");
        assert!(examples.lines().any(|line| line.starts_with(&own)), "{command}: {examples}");
        assert!(place.done(&format!("{command} -h")).out.ends_with(examples), "{command}");
    }
    let told = place.done("--help");
    assert!(told.out.contains("Examples:\n  gan list"), "{told:?}");
    let told = place.done("--version");
    assert_eq!(told.out.trim(), concat!("gan ", env!("CARGO_PKG_VERSION")));
    // Without a word: the help, but wrong usage.
    assert!(place.gan("").with_code(2).err.contains("Usage: gan <COMMAND>"));
}

/// A long output into `head` is no failure.
#[test]
fn a_reader_that_goes_away() {
    let place = Place::new();
    let mut program = place.piped("completions zsh");
    drop(program.stdout.take());
    let output = program.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""));
}
