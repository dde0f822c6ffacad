//! `gan likelihood` and `gan classify`: the numbers, the log's lines, and what has no such number.

use crate::gan::Place;
use std::fs;

/// A run that ends at once, on few digits.
fn train(place: &Place, entry: &str, set: &str) {
    place.done(&format!(
        "train {entry} --steps 3 --batch 8 --samples 4 --quiet --out run --size 8 --limit 100 {set}"
    ));
}

fn kinds(place: &Place) -> Vec<String> {
    let log = fs::read_to_string(place.path("run/log.jsonl")).unwrap();
    let kind = |line: &str| {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        object["kind"].as_str().unwrap_or_default().to_owned()
    };
    log.lines().map(kind).filter(|kind| !kind.is_empty() && kind != "step").collect()
}

#[test]
fn a_variational_autoencoder_has_a_bound_with_its_terms_windows_and_codes() {
    let place = Place::new();
    train(&place, "vae", "--set hidden=[16] --set z=2");
    let line = "likelihood run --count 50 --draws 5 --parzen 100 --json";
    let found = place.json(line);
    assert_eq!((&found["kind"], &found["held_out"]), (&"likelihood".into(), &true.into()));
    let own = &found["likelihood"];
    assert_eq!(own["meaning"], "lower-bound");
    let term = |name: &str| own["terms"][name].as_f64().unwrap();
    let mean = own["mean"].as_f64().unwrap();
    assert!((mean - (term("reconstruction") - term("kl"))).abs() < 1e-9, "{found}");
    assert!(term("importance_weighted") >= mean, "{found}");
    assert!(own["standard_error"].as_f64().unwrap() > 0.0);
    assert_eq!(found["parzen"]["samples"], 100);
    assert!(found["parzen"]["sigma"].as_f64().unwrap() > 0.0);
    // One half of the thousand that are held out chooses the width, the other is scored.
    assert_eq!(found["parzen"]["validation_count"], 500);
    assert_eq!(found["parzen"]["count"], 50);
    let all = place.json("likelihood run --draws 5 --parzen 100 --json --no-log");
    assert_eq!(all["parzen"]["count"], 500);
    assert_eq!(found["codes"]["width"], 2);
    // The same again, and the log has a line for each.
    let again = place.json(line);
    for key in ["likelihood", "parzen", "codes"] {
        assert_eq!(again[key], found[key], "{key}");
    }
    let told = place.done("likelihood run --count 20 --no-log --split train");
    assert!(told.out.contains("log p(x) ≥ ") && told.out.contains("kl  "), "{told:?}");
    assert!(told.err.contains("trained on these samples"), "{told:?}");
    assert_eq!(kinds(&place), ["likelihood", "likelihood"]);
}

#[test]
fn a_small_boltzmann_machine_has_both_partition_functions_and_features() {
    let place = Place::new();
    train(&place, "rbm", "--set hidden=6 --set sample_steps=2");
    let found = place.json("likelihood run --count 30 --json");
    let term = |name: &str| found["likelihood"]["terms"][name].as_f64().unwrap();
    let (exact, annealed) = (term("log_partition"), term("log_partition_annealed"));
    assert!((annealed / exact - 1.0).abs() < 0.01, "{found}");
    assert!(found["parzen"].is_null() && found["codes"].is_null(), "{found}");
    let found = place.json("classify run --count 100 --json");
    for name in ["features", "pixels"] {
        let accuracy = found[name]["test_accuracy"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&accuracy), "{found}");
    }
    assert_eq!((&found["features"]["width"], &found["pixels"]["width"]), (&6.into(), &64.into()));
    assert_eq!(kinds(&place), ["likelihood", "classify"]);
    let told = place.done("classify run --count 50 --no-log");
    assert!(told.out.contains("features") && told.out.contains("pixels"), "{told:?}");
}

#[test]
fn a_gan_has_windows_alone_and_toys_have_fresh_samples() {
    let place = Place::new();
    place.done("train vanilla --data toy:ring --steps 2 --batch 8 --samples 4 --quiet --out run");
    let found = place.json("likelihood run --count 40 --parzen 60 --json");
    assert!(found["likelihood"].is_null() && found["codes"].is_null(), "{found}");
    assert_eq!((&found["held_out"], &found["parzen"]["samples"]), (&true.into(), &60.into()));
    let fixed = place.json("likelihood run --count 40 --parzen 60 --sigma 0.5 --json --no-log");
    assert_eq!(fixed["parzen"]["sigma"], 0.5);
    let best = found["parzen"]["mean"].as_f64().unwrap();
    assert!(best.is_finite() && fixed["parzen"]["validation_mean"].is_null(), "{fixed}");
    // Samples that were trained on are scored where somebody asks for it, and choose no width.
    let seen = place.json("likelihood run --count 40 --parzen 60 --json --no-log --split train");
    assert_eq!((&seen["held_out"], &seen["parzen"]["count"]), (&false.into(), &40.into()));
    assert_eq!(seen["parzen"]["validation_count"], 1000);
    place.done(
        "train vanilla --split all --limit 50 --steps 1 --batch 8 --samples 4 --quiet --out whole \
         --set generator_hidden=[8] --set discriminator_hidden=[8]",
    );
    let line = "likelihood whole --parzen 20 --no-log";
    place.gan(line).with_code(2).error(&["no part is held out", "--sigma", "--split train"]);
    let fixed = place.json(&format!("{line} --sigma 0.2 --json"));
    assert_eq!((&fixed["held_out"], &fixed["split"]), (&false.into(), &"all".into()));
    place.gan("likelihood run --parzen 0").with_code(2).error(&["neither a likelihood", "codes"]);
    place.gan("likelihood run --sigma -1").with_code(2).error(&["--sigma", "above 0"]);
    place.gan("classify run").with_code(2).error(&["vanilla has no encoder"]);
    place.gan("classify run --c 0").with_code(2).error(&["--c", "above 0"]);
    place.gan("likelihood nowhere").with_code(1).error(&["expected a run directory"]);
}
