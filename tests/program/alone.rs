//! A run stands alone: it is sampled after its data are gone, and gives the same bytes.

use crate::gan::Place;
use crate::run_files::sha256;
use crate::small_data::png_folder;
use std::fs;

/// Models whose data are drawn anew anywhere, and need no folder.
const TOYS: [&str; 2] = ["gaussian1d", "gaussian1d-mlp"];

/// Small networks and short chains, for those that have such settings.
fn small(model: &str) -> &'static str {
    match model {
        "dcgan" | "infogan" | "lapgan" | "gran" | "wgan" | "wgan-gp" => "--set features=4",
        "dilated" => "--set features=4 --set width=4 --set start=near",
        "psgan" => "--size 33 --set widths=[8,4,2]",
        "vae" | "autoencoder" | "aae" => "--set hidden=[16]",
        "rbm" => "--set hidden=16 --set sample_steps=3",
        "dbn" | "dbm" => "--set hidden=[16,16] --set sample_steps=3",
        _ => "",
    }
}

#[test]
fn every_model_is_sampled_without_its_data() {
    let place = Place::new();
    let listed = place.json("list --json");
    let models: Vec<&str> =
        listed["models"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    let images: Vec<&&str> = models.iter().filter(|name| !TOYS.contains(name)).collect();
    for (class, first) in [("a", 12), ("b", 9)] {
        png_folder(&place.path(&format!("photos/{class}")), first, &[(28, 28)]);
    }
    for name in &images {
        let tail = "--data photos --steps 2 --batch 4 --samples 4 --quiet";
        place.done(&format!("train {name} {} {tail} --out {name}", small(name)));
        place.done(&format!("sample {name} --count 6 --out before/{name}.png"));
    }
    fs::remove_dir_all(place.path("photos")).unwrap();
    for name in &images {
        place.done(&format!("sample {name} --count 6 --out after/{name}.png"));
        let [before, after] =
            ["before", "after"].map(|when| sha256(&place.path(&format!("{when}/{name}.png"))));
        assert_eq!(before, after, "{name}");
    }
    // What compares with data needs them, and says so.
    let told = place.gan("sample dcgan --nearest --out near.png").with_code(1);
    told.error(&["photos"]);
    // A run of an earlier version keeps nothing of them: its data are opened.
    fs::remove_file(place.path("vanilla/built-from.safetensors")).unwrap();
    place.gan("sample vanilla --out old.png").with_code(1).error(&["photos", "--data SPEC"]);
    png_folder(&place.path("photos/a"), 12, &[(28, 28)]);
    png_folder(&place.path("photos/b"), 9, &[(28, 28)]);
    place.done("sample vanilla --count 6 --out after/old.png");
    let old = sha256(&place.path("after/old.png"));
    assert_eq!(old, sha256(&place.path("before/vanilla.png")));
}

#[test]
fn data_that_changed_are_not_mixed_up_with_those_that_were() {
    let place = Place::new();
    png_folder(&place.path("photos"), 12, &[(28, 28)]);
    let tail = "--data photos --steps 2 --batch 4 --samples 4 --quiet --out run";
    place.done(&format!("train dcgan --set features=4 {tail}"));
    place.done("sample run --nearest --count 4 --out near.png");
    png_folder(&place.path("photos"), 15, &[(28, 28)]);
    let told = place.gan("sample run --nearest --count 4 --out other.png").with_code(1);
    told.error(&["the data have changed", "expected 12 samples", "found 15"]);
    place.done("sample run --count 4 --out plain.png");
    let told = place.done("train --resume run --steps 3");
    assert!(told.err.contains("12 samples when the run began, 15 now"), "{told:?}");
    // A run of an earlier version gets what it lacks when it goes on.
    let kept = place.path("run/built-from.safetensors");
    fs::remove_file(&kept).unwrap();
    place.done("train --resume run --steps 4 --quiet");
    assert!(kept.is_file());
}
