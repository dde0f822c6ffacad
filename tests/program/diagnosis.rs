//! The diagnosis of real runs: said while they train, at their end, and in the report.

use crate::gan::Place;
use serde_json::{Value, json};
use std::fs;

/// The names of all failures among the findings; warnings are none.
fn failures(findings: &Value) -> Vec<String> {
    let all = findings.as_array().unwrap().iter();
    all.filter_map(|f| Some(f["failure"].as_str()?.to_owned())).collect()
}

/// A run that nobody trained, of digits: twenty looks at so many samples, which reach so many modes.
fn looked_at(place: &Place, name: &str, modes: u64, samples: u64) {
    fs::create_dir(place.path(name)).unwrap();
    let settings = "entry = \"dcgan\"\n[data]\nspec = \"mnist\"\n[train]\nsteps = 1000\n";
    fs::write(place.path(name).join("run.toml"), settings).unwrap();
    let line = |step: u64| {
        let seen =
            json!({ "modes": modes, "modes_of": 10, "modes_samples": samples, "modes_rarest": 8 });
        json!({ "kind": "step", "step": step, "seconds": 0.1, "players": {}, "samples": seen })
    };
    let log: String = (1..=20).map(|look| format!("{}\n", line(50 * look))).collect();
    fs::write(place.path(name).join("log.jsonl"), log).unwrap();
}

#[test]
fn the_page_and_the_terminal_say_the_same_of_a_missing_mode() {
    let place = Place::new();
    for (name, modes, samples, words, well) in [
        (
            "missing",
            9,
            128,
            "1 of 10 modes is missing: class 8 (9 of 10 modes in 128 samples)",
            false,
        ),
        ("few", 9, 64, "9 of 10 modes in 64 samples: too few to say which is missing", true),
        ("all", 10, 128, "10 of 10 modes in 128 samples", true),
    ] {
        looked_at(&place, name, modes, samples);
        let told = place.done(&format!("report {name}"));
        assert!(told.out.contains(words), "{told:?}");
        assert_eq!(told.out.contains("nothing wrong that the log would show"), well, "{told:?}");
        let html = fs::read_to_string(place.path(name).join("report.html")).unwrap();
        assert_eq!(html.contains("No failure"), well, "{name}");
        // In the diagnosis, and above the curve.
        assert_eq!(html.matches(words).count(), 2, "{name}");
        let object = place.json(&format!("report {name} --json"));
        let run = &object["runs"][0];
        assert_eq!(
            (&run["modes"]["found"], &run["modes"]["words"]),
            (&modes.into(), &words.into())
        );
        assert_eq!(failures(&run["findings"]), Vec::<String>::new());
        let warnings =
            run["findings"].as_array().unwrap().iter().filter(|f| f["warning"].is_string());
        assert_eq!(warnings.count(), usize::from(!well), "{object}");
    }
}

#[test]
fn a_run_counts_the_modes_of_its_samples_and_says_so_at_its_end() {
    let place = Place::new();
    let line = "train vanilla --data toy:ring --steps 6 --batch 16 --sample-every 3 --out run";
    let told = place.done(line);
    let object = place.json("report run --json");
    let modes = &object["runs"][0]["modes"];
    assert_eq!((&modes["of"], &modes["samples"]), (&8.into(), &256.into()));
    let words = modes["words"].as_str().unwrap();
    assert!(told.out.contains(&format!("modes               {words}\n")), "{told:?}");
    let html = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(html.contains(&format!("At step 6: {words}.")), "{words}");
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
    let names = "spread nearest coverage copies label_effect modes modes_of modes_samples";
    for name in names.split_whitespace() {
        assert!(whole.iter().all(|look| look[name].is_number()), "{name}: {whole:?}");
    }
}
