//! `gan train`: the files of a run, what is printed, and how settings are found.

use crate::gan::Place;
use crate::run_files::{checkpoint, checkpoints, log, logged, names, same_runs, sha256};
use crate::small_data::picture;
use serde_json::Value;
use std::fs;

const TINY: &str = "dcgan --set features=4 --batch 8 --steps 6";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_run_leaves_its_files() {
    let place = Place::new();
    let told = place.done(&format!(
        "train {TINY} --sample-every 2 --checkpoint-every 1 --keep-last 2 --keep-every 3 --out run"
    ));
    let run = place.path("run");
    let found = names(&run);
    let (events, others): (Vec<_>, Vec<_>) =
        found.iter().partition(|name| name.starts_with("events.out.tfevents."));
    assert_eq!(events.len(), 1, "{found:?}");
    let expected =
        ".lock built-from.safetensors checkpoints log.jsonl report.html run.toml samples";
    assert_eq!(others, expected.split(' ').collect::<Vec<_>>());
    // The last two, and every third for good.
    assert_eq!(checkpoints(&run), [3, 5, 6]);
    let pictures = [2, 4, 6].map(|step| format!("step-{step:08}.png"));
    assert_eq!(names(&run.join("samples"))[0], "latest.png");
    assert_eq!(names(&run.join("samples"))[1..], pictures);
    for name in &pictures {
        // 8 × 8 digits of 28 pixels with lines between and around them.
        let image = picture(&run.join("samples").join(name));
        assert_eq!((image.width(), image.height()), (484, 484));
    }
    let last = run.join("samples").join(&pictures[2]);
    assert_eq!(sha256(&last), sha256(&run.join("samples/latest.png")));
    assert_ne!(sha256(&last), sha256(&run.join("samples").join(&pictures[0])));

    assert_eq!(logged(&run), [1, 2, 3, 4, 5, 6]);
    for line in log(&run) {
        // Where a picture is drawn, the line says what samples look like beside real ones.
        let drawn = line["step"].as_u64().unwrap() % 2 == 0;
        let expected: &[&str] = if drawn {
            &["kind", "step", "samples", "players"]
        } else {
            &["kind", "step", "players"]
        };
        assert_eq!(keys(&line), expected);
        assert_eq!(keys(&line["players"]), ["discriminator", "generator"]);
        let player = &line["players"]["discriminator"];
        assert_eq!(keys(player), ["loss", "d_real", "d_fake", "grad_norm", "lr"]);
        assert!(player.as_object().unwrap().values().all(Value::is_number), "{line}");
    }
    let toml = fs::read_to_string(run.join("run.toml")).unwrap();
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    for words in ["entry = \"dcgan\"", &version, "spec = \"mnist\"", "batch = 8", "features = 4"] {
        assert!(toml.contains(words), "{words}: {toml}");
    }

    for row in ["run ", "steps ", "wall time ", "images per second ", "D(x) ", "D(G(z)) "] {
        assert!(told.out.lines().any(|line| line.starts_with(row)), "{row}: {told:?}");
    }
    for words in ["dcgan on mnist, finished", "6 of 6", "next:", "sample run", "--steps 12"] {
        assert!(told.out.contains(words), "{words}: {told:?}");
    }
    for words in ["9000 samples of 1×28×28, 6 steps of 8, in run", "step 6/6 · "] {
        assert!(told.err.contains(words), "{words}: {told:?}");
    }
    // No terminal, no colors and no bar.
    assert!(!told.err.contains('\x1b') && !told.out.contains('\x1b'), "{told:?}");
}

#[test]
fn one_object_and_nothing_else() {
    let place = Place::new();
    let told = place.done(&format!("train {TINY} --json --quiet"));
    assert_eq!(told.err, "");
    let object: Value = serde_json::from_str(&told.out).unwrap();
    let expected = "entry run steps step seconds images_per_s players d_real d_fake picture \
                    checkpoint log report findings modes finished resume";
    assert_eq!(keys(&object), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&object["entry"], &object["run"]), (&"dcgan".into(), &"runs/dcgan-1".into()));
    assert_eq!((&object["step"], &object["finished"]), (&6.into(), &true.into()));
    for file in ["picture", "checkpoint", "log", "report"] {
        assert!(place.path(object[file].as_str().unwrap()).is_file(), "{file}");
    }
    let rate = object["images_per_s"].as_f64().unwrap() * object["seconds"].as_f64().unwrap();
    assert!((rate - 48.0).abs() < 1e-6, "{object}");
    let prob = object["d_real"].as_f64().unwrap();
    assert!(prob > 0.0 && prob < 1.0);
    let last = log(&place.path("runs/dcgan-1")).pop().unwrap();
    assert_eq!(last["players"], object["players"]);
}

#[test]
fn each_run_gets_a_folder_of_its_own() {
    let place = Place::new();
    for number in 1..=2 {
        let object = place.json("train gaussian1d --steps 2 --json");
        assert_eq!(object["run"], format!("runs/gaussian1d-{number}"));
    }
    same_runs(&place.path("runs/gaussian1d-1"), &place.path("runs/gaussian1d-2"));
}

#[test]
fn batches_in_parts() {
    let place = Place::new();
    let alone = "--set techniques.generator_norm=none --set techniques.discriminator_norm=none";
    // Rates that fall over the run would be others in a run of half its length.
    let line = format!("train {TINY} {alone} --set train.schedule.kind=constant --quiet");
    place.done(&format!("{line} --out whole"));
    place.done(&format!("{line} --accumulate 4 --out parts"));
    let half = line.replace("--steps 6", "--steps 3");
    place.done(&format!("{half} --accumulate 4 --out halves"));
    place.done("train --resume halves --steps 6 --quiet");
    let last = |run: &str| sha256(&checkpoint(&place.path(run), 6));
    assert_eq!(last("parts"), last("halves"));
    // The same sums but for rounding.
    let losses = |run: &str| -> Vec<f64> {
        let of = |line: &Value| line["players"]["discriminator"]["loss"].as_f64().unwrap();
        log(&place.path(run)).iter().map(of).collect()
    };
    for (whole, parts) in losses("whole").into_iter().zip(losses("parts")) {
        assert!((whole - parts).abs() < 1e-4 * whole.abs(), "{whole} {parts}");
    }
    for (options, why) in [
        ("--accumulate 3", "does not divide into 3 equal parts"),
        ("--accumulate 4 --set techniques.minibatch_kernels=4", "as a whole"),
        ("--accumulate 4 --set techniques.packing=4", "does not divide into packs"),
        ("--accumulate 0", "--accumulate"),
    ] {
        let told = place.gan(&format!("{line} {options} --out refused")).with_code(2);
        told.error(&[why]);
        assert!(!place.path("refused").exists());
    }
}

#[test]
fn more_steps_than_planned() {
    let place = Place::new();
    let line = "train vanilla --data toy:ring --batch 8 --ema 0.9 --quiet";
    place.done(&format!("{line} --steps 9 --out whole"));
    place.done(&format!("{line} --steps 4 --out parts"));
    let parts = place.path("parts");
    assert!(place.done("train --resume parts").err.contains("all its steps are done already"));
    assert_eq!(logged(&parts).len(), 4);
    let object = place.json("train --resume parts --steps 9 --json --quiet");
    assert_eq!(object["step"], 9);
    let last = |run: &str| sha256(&checkpoint(&place.path(run), 9));
    assert_eq!(last("whole"), last("parts"));
    // The first part drew a picture at its end, and told what is on it.
    let mut of_parts = log(&parts);
    assert!(of_parts[3].as_object_mut().unwrap().remove("samples").is_some());
    assert_eq!(log(&place.path("whole")), of_parts);
    // The number is part of the run now.
    assert!(fs::read_to_string(parts.join("run.toml")).unwrap().contains("steps = 9\n"));
}

#[test]
fn settings_come_from_defaults_file_options_and_set() {
    let place = Place::new();
    fs::write(
        place.path("my.toml"),
        "[train]\nsteps = 2\nbatch = 4\nseed = 5\n[model]\nz = 7\n[model.techniques]\nloss = 'hinge'\n",
    )
    .unwrap();
    place.done(
        "train vanilla --data toy:ring --config my.toml --batch 6 --set train.seed=8 --out a",
    );
    let toml = fs::read_to_string(place.path("a/run.toml")).unwrap();
    for words in ["steps = 2\n", "batch = 6\n", "seed = 8\n", "z = 7\n", "loss = \"hinge\"\n"] {
        assert!(toml.contains(words), "{words}: {toml}");
    }
    // A run's own configuration gives the same run again, and names its model.
    place.done("train --config a/run.toml --out b --quiet");
    same_runs(&place.path("a"), &place.path("b"));
    place.done("train --config a/run.toml --seed 9 --out c --quiet");
    assert_ne!(log(&place.path("a")), log(&place.path("c")));
}

/// Every model of the table trains a little, on its own data, in a folder that is not the
/// repository.
#[test]
fn every_model_trains_by_its_name_alone() {
    let place = Place::new();
    let listed = place.json("list --json");
    let models = listed["models"].as_array().unwrap();
    assert!(models.len() >= 5);
    for model in models {
        let name = model["name"].as_str().unwrap();
        place.done(&format!("train {name} --steps 2 --batch 8 --samples 9 --out {name} --quiet"));
        picture(&place.path(name).join("samples/step-00000002.png"));
        place.done(&format!("sample {name} --count 9 --out {name}.png"));
        picture(&place.path(&format!("{name}.png")));
    }
}
