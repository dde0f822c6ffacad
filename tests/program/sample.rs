//! `gan sample`: every form of output, the same samples for the same seed, the nearest images.

use crate::gan::Place;
use crate::run_files::{contents, names, sha256};
use crate::small_data::{array, array_names, picture};
use serde_json::json;
use std::fs;

/// A place with a small run of `entry` in `run`.
fn with_run(entry: &str) -> Place {
    let place = Place::new();
    let tiny = "--batch 8 --steps 4 --checkpoint-every 2 --samples 20 --ema 0.5 --quiet";
    place.done(&format!("train {entry} {tiny} --out run"));
    place
}

#[test]
fn a_grid() {
    let place = with_run("dcgan --set features=4");
    let object = place.json("sample run --count 20 --out new/grid.png --json");
    let expected = json!({
        "run": "run", "step": 4, "checkpoint": "run/checkpoints/step-00000004.safetensors",
        "count": 20, "seed": 0, "format": "grid", "out": "new/grid.png", "labels": null,
        "classes": null, "nearest": null
    });
    assert_eq!(object, expected);
    let image = picture(&place.path("new/grid.png"));
    assert!(image.width() >= 28 * 4 && image.height() >= 28 * 4);
    // The run's own picture shows the same latents.
    let own = place.path("run/samples/step-00000004.png");
    assert_eq!(sha256(&own), sha256(&place.path("new/grid.png")));

    let told = place.done("sample run");
    assert!(told.out.contains("64 samples of step 4: run/samples/sample.png"), "{told:?}");
    let told = place.done("sample run");
    assert!(told.out.contains("run/samples/sample-2.png"), "{told:?}");
    let hash = |name: &str| sha256(&place.path("run/samples").join(name));
    assert_eq!(hash("sample.png"), hash("sample-2.png"));
}

#[test]
fn a_folder() {
    let place = with_run("dcgan --set features=4");
    place.done("sample run --count 70 --out fakes/");
    let folder = place.path("fakes");
    let expected: Vec<String> = (0..70).map(|number| format!("{number:05}.png")).collect();
    assert_eq!(names(&folder), expected);
    for name in &expected {
        let image = picture(&folder.join(name));
        assert_eq!((image.width(), image.height()), (28, 28));
        assert_eq!(image.color(), image::ColorType::L8);
    }
}

#[test]
fn arrays() {
    let place = with_run("dcgan --set features=4");
    place.done("sample run --count 70 --out fakes.npz");
    let path = place.path("fakes.npz");
    assert_eq!(array_names(&path), ["arr_0.npy"]);
    let (header, bytes) = array(&path, "arr_0.npy");
    assert!(header.contains("'descr': '|u1', 'fortran_order': False"), "{header}");
    assert!(header.contains("'shape': (70, 28, 28, 1)"), "{header}");
    assert_eq!(bytes.len(), 70 * 28 * 28);
    // The same pixels as in a folder, and none depends on how many are drawn.
    place.done("sample run --count 3 --out fakes/");
    for (number, pixels) in bytes.chunks_exact(28 * 28).take(3).enumerate() {
        let image = picture(&place.path(&format!("fakes/{number:05}.png")));
        assert_eq!(image.as_bytes(), pixels, "sample {number}");
    }
    place.done("sample run --count 65 --out fewer.npz");
    assert_eq!(bytes[..65 * 28 * 28], array(&place.path("fewer.npz"), "arr_0.npy").1);
    // What the program writes it can be trained on.
    let checked = place.json("data check fakes.npz --no-sheet --json");
    assert_eq!((&checked["count"], &checked["shape"]), (&70.into(), &json!([1, 28, 28])));
}

#[test]
fn the_same_seed_draws_the_same() {
    let place = with_run("dcgan --set features=4");
    let draw = |options: &str, name: &str| {
        place.done(&format!("sample run --count 9 --out {name} {options}"));
        sha256(&place.path(name))
    };
    let own = draw("", "own.npz");
    assert_eq!(own, draw("--seed 0", "zero.npz"));
    assert_eq!(own, draw("--step 4 --threads 1", "last.npz"));
    let others = [draw("--seed 1", "one.npz"), draw("--step 2", "second.npz"), own];
    assert!(others[0] != others[1] && others[1] != others[2] && others[2] != others[0]);
}

#[test]
fn labels() {
    let place = with_run("cgan");
    let object = place.json("sample run --count 12 --out all.npz --json");
    assert_eq!(object["labels"], json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]));
    let (header, bytes) = array(&place.path("all.npz"), "arr_1.npy");
    assert!(header.contains("'<i8'") && header.contains("(12,)"), "{header}");
    let values: Vec<u8> = bytes.chunks_exact(8).map(|value| value[0]).collect();
    assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);

    let draw = |options: &str, name: &str| {
        let object = place.json(&format!("sample run --count 4 --out {name} --json {options}"));
        (object["labels"].clone(), array(&place.path(name), "arr_0.npy").1)
    };
    let (labels, sevens) = draw("--label 7", "sevens.npz");
    assert_eq!(labels, json!([7, 7, 7, 7]));
    let (labels, mixed) = draw("--labels 7,3", "mixed.npz");
    assert_eq!(labels, json!([7, 3, 7, 3]));
    // A label changes its own sample and no other.
    let image = |all: &[u8], number: usize| all[number * 784..(number + 1) * 784].to_vec();
    for number in 0..4 {
        let same = image(&sevens, number) == image(&mixed, number);
        assert_eq!(same, number % 2 == 0, "sample {number}");
    }
}

#[test]
fn the_nearest_training_images() {
    let place = with_run("dcgan --set features=4 --limit 50");
    let object = place.json("sample run --nearest --count 5 --out nearest.png --json");
    let nearest = object["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 5);
    for (number, found) in nearest.iter().enumerate() {
        assert_eq!(found["sample"], number);
        assert!(found["index"].as_u64().unwrap() < 50 && found["label"].as_u64().unwrap() < 10);
        assert_eq!(found["class"], found["label"].to_string());
        assert!(found["distance"].as_f64().unwrap() > 0.0);
    }
    picture(&place.path("nearest.png"));
    let told = place.done("sample run --nearest --count 5 --out again.png");
    assert!(
        told.out.contains("squared distance to the nearest training image: least "),
        "{told:?}"
    );
    assert_eq!(sha256(&place.path("nearest.png")), sha256(&place.path("again.png")));
}

/// A copy of training data is found as such: images drawn by a model, then trained on.
#[test]
fn a_copy_has_distance_nothing() {
    let place = with_run("dcgan --set features=4");
    place.done("sample run --count 12 --out data/");
    let spec = "--data data";
    let object = place.json(&format!("sample run --nearest --count 3 --out n.png --json {spec}"));
    for (number, found) in object["nearest"].as_array().unwrap().iter().enumerate() {
        assert_eq!(found["index"], number);
        // All that is lost is the rounding to bytes.
        assert!(found["distance"].as_f64().unwrap() < 0.02, "{object}");
    }
}

#[test]
fn sampling_changes_nothing_in_a_run_but_its_samples() {
    let place = with_run("vanilla");
    let before = contents(&place.path("run"));
    place.done("sample run --out s.png");
    assert_eq!(before, contents(&place.path("run")));
    fs::rename(place.path("run"), place.path("moved")).unwrap();
    place.done("sample moved --out t.png");
    assert_eq!(sha256(&place.path("s.png")), sha256(&place.path("t.png")));
}
