//! The diagnosis of real runs: said while they train, at their end, and in the report.

use crate::gan::Place;
use serde_json::Value;
use std::fs;

fn failures(findings: &Value) -> Vec<String> {
    let all = findings.as_array().unwrap().iter();
    all.map(|f| f["failure"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_generator_without_noise_collapses_and_is_told_so() {
    let place = Place::new();
    let line = "train vanilla --steps 240 --batch 16 --sample-every 20 --samples 16 --limit 500 \
                --set prior=constant --set generator_hidden=[64] \
                --set discriminator_hidden=[64]";
    let told = place.done(&format!("{line} --out run"));
    // While it trains, and at the end, each with numbers, a paper and an option.
    for text in [&told.err, &told.out] {
        assert!(text.contains("diagnosis: Mode collapse since step 20: "), "{told:?}");
        assert!(text.contains("arXiv 1712.04086"), "{told:?}");
        assert!(text.contains("--set techniques.packing=2"), "{told:?}");
    }
    assert_eq!(told.err.matches("diagnosis: Mode collapse").count(), 1, "said once: {told:?}");
    let report = place.json("report run --json");
    let findings = &report["runs"][0]["findings"];
    let collapse = findings.as_array().unwrap().iter().find(|f| f["failure"] == "collapse");
    assert_eq!(collapse.unwrap()["since"], 20);
    let html = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(html.contains("data-failure=\"collapse\""));
    // The same words from `train --json`.
    let object = place.json(&format!("{line} --out again --quiet --json"));
    assert_eq!(object["findings"], *findings);
}

#[test]
fn a_healthy_run_is_left_in_peace() {
    let place = Place::new();
    let object =
        place.json("train gaussian1d-mlp --steps 1000 --sample-every 100 --out run --quiet --json");
    assert_eq!(failures(&object["findings"]), Vec::<String>::new(), "{object}");
    let told = place.done("report run");
    assert!(told.out.contains("nothing wrong that the log would show"), "{told:?}");
}

#[test]
fn what_samples_look_like_is_logged_and_a_resume_logs_the_same() {
    let place = Place::new();
    let line = "train cgan --steps 12 --batch 16 --sample-every 4 --samples 4 --quiet";
    place.done(&format!("{line} --out whole"));
    place.done(&format!("{} --out parts", line.replace("--steps 12", "--steps 6")));
    place.done("train --resume parts --steps 12 --quiet");
    let looks = |run: &str| -> Vec<Value> {
        let log = fs::read_to_string(place.path(run).join("log.jsonl")).unwrap();
        let lines = log.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
        lines
            .filter(|l| !l["samples"].is_null() && l["step"] != 6)
            .map(|l| l["samples"].clone())
            .collect()
    };
    let whole = looks("whole");
    assert_eq!(whole, looks("parts"));
    assert_eq!(whole.len(), 3);
    for name in ["spread", "nearest", "coverage", "copies", "label_effect", "modes", "modes_of"] {
        assert!(whole.iter().all(|look| look[name].is_number()), "{name}: {whole:?}");
    }
}
