//! `gan study`: its objects, pictures and files on real digits, and what it refuses.

use crate::gan::Place;
use crate::run_files::names;
use crate::small_data::picture;
use serde_json::{Value, json};

const SCORES: [&str; 8] =
    ["FID", "KID", "IS", "mode score", "precision", "recall", "density", "coverage"];

fn score(place: &Value, name: &str) -> f64 {
    place["scores"][name].as_f64().unwrap_or(f64::NAN)
}

#[test]
fn disturbances() {
    let place = Place::new();
    let line = "study disturbances --count 300 --strengths 2 --out study --json";
    let object = place.json(line);
    let all = object["disturbances"].as_array().unwrap();
    assert_eq!(all.len(), 6);
    for kind in all {
        let curve = kind["curve"].as_array().unwrap();
        assert_eq!((curve.len(), &kind["fid_rises"]), (3, &true.into()), "{kind}");
        for place in curve {
            assert!(SCORES.iter().all(|name| score(place, name).is_finite()), "{place}");
        }
        // Whatever the disturbance, fewer real digits have a disturbed one near. Precision is no
        // such sign: images that are all noise lie together, within the ball of a stray digit.
        assert!(score(&curve[2], "coverage") < score(&curve[0], "coverage"), "{kind}");
    }
    let classes = object["classes_left"].as_array().unwrap();
    assert_eq!(classes[0]["classes"], 10.0);
    let (first, last) = (&classes[0], &classes[classes.len() - 1]);
    assert!(score(last, "FID") > 2.0 * score(first, "FID"), "{last}");
    assert!(
        score(last, "IS") < score(first, "IS") && score(last, "recall") < score(first, "recall")
    );
    // FID of few samples is too large; that of more comes nearer.
    let sizes = object["sizes"].as_array().unwrap();
    let mean = |k: usize| sizes[k]["mean"]["FID"].as_f64().unwrap();
    assert!(sizes.len() >= 3 && mean(0) > mean(1) && mean(1) > mean(sizes.len() - 1), "{sizes:?}");
    let files = ["classes.png", "disturbances.png", "sizes.png", "study.json"];
    assert_eq!(names(&place.path("study")), files);
    for file in &files[..3] {
        picture(&place.path(&format!("study/{file}")));
    }
    place.gan(line).with_code(1).error(&["study", "choose another --out"]);
    place.gan("study disturbances --count 20").with_code(2).error(&["50 at least"]);
    place.gan("study disturbances --data toy:ring").with_code(2).error(&["points"]);
    place.gan("study disturbances --foreign toy:ring").with_code(2).error(&["--foreign"]);
}

#[test]
fn seeds() {
    let place = Place::new();
    let line = "study seeds dcgan -n 3 --seed 5 --steps 3 --count 60 --set features=4 \
                --set train.batch=8 --set data.limit=300 --no-cache --out study --json";
    let object = place.json(line);
    assert_eq!((&object["entry"], &object["seeds"]), (&"dcgan".into(), &json!([5, 6, 7])));
    for name in SCORES {
        let score = &object["scores"][name];
        let each: Vec<f64> =
            score["each"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert_eq!(each.len(), 3, "{name}: {score}");
        let mut sorted = each.clone();
        sorted.sort_by(f64::total_cmp);
        for (p, value) in [("0", sorted[0]), ("0.5", sorted[1]), ("1", sorted[2])] {
            assert_eq!(score["quantiles"][p].as_f64(), Some(value), "{name} {p}");
        }
    }
    let fids = object["scores"]["FID"]["each"].as_array().unwrap();
    assert!(fids[0] != fids[1] && fids[1] != fids[2], "{fids:?}");
    assert!(object.get("best").is_none());
    assert_eq!(names(&place.path("study")), ["scores.png", "study.json"]);
    picture(&place.path("study/scores.png"));
    place.gan("study seeds dcgan -n 1").with_code(2).error(&["two runs at least"]);
    place.gan("study seeds dcgam").with_code(2).error(&["did you mean dcgan"]);
    place.gan("study seeds gaussian1d --steps 1").with_code(2).error(&["points"]);
}

#[test]
fn extractors() {
    let place = Place::new();
    place.done("train dcgan --set features=4 --batch 8 --steps 2 --quiet --out run");
    let object =
        place.json("study extractors run --networks 2 --steps 25 --count 200 --out study --json");
    let subjects = object["subjects"].as_array().unwrap();
    assert_eq!(
        (&subjects[0]["name"], &subjects[0]["images"]),
        (&"held-out digits".into(), &1000.into())
    );
    assert_eq!((&subjects[1]["name"], &subjects[1]["images"]), (&"samples".into(), &200.into()));
    for subject in subjects {
        let each = subject["inception"]["each"].as_array().unwrap();
        assert!(each.len() == 2 && each[0] != each[1], "{subject}");
    }
    assert!(subjects[0]["fid"].is_null() && subjects[1]["fid"]["mean"].as_f64().unwrap() > 0.0);
    // 25 batches teach more than guessing.
    assert!(object["accuracies"].as_array().unwrap().iter().all(|a| a.as_f64().unwrap() > 0.3));
    picture(&place.path("study/scores.png"));
    place.gan("study extractors --networks 1").with_code(2).error(&["two at least"]);
    place.gan("study extractors --data toy:ring").with_code(2).error(&["1×28×28"]);
    place.gan("study extractors nowhere").with_code(1).error(&["nowhere"]);
}
