//! `gan suite`: the table, the files, and what is refused before anything is trained.

use crate::gan::Place;

#[test]
fn modes_are_counted_and_everything_is_written_down() {
    let place = Place::new();
    let object = place.json(
        "suite ring vanilla wgan-gp vanilla+techniques.packing=2 --seeds 2 --steps 12 --json --out s",
    );
    assert_eq!((&object["suite"], &object["modes"]), (&"ring".into(), &8.into()));
    assert_eq!((&object["samples"], &object["seeds"]), (&2500.into(), &2.into()));
    let contestants = object["contestants"].as_array().unwrap();
    assert_eq!(contestants.len(), 3);
    for contestant in contestants {
        for key in ["modes", "high_quality", "seconds"] {
            assert_eq!(contestant[key]["each"].as_array().unwrap().len(), 2, "{key}");
            assert!(contestant[key]["mean"].is_number(), "{key}");
        }
    }
    assert_eq!(contestants[2]["model"]["techniques"]["packing"], 2);
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("s/suite.json")).unwrap()).unwrap();
    assert_eq!(written, object);
    assert!(place.path("s/samples.png").metadata().unwrap().len() > 1000);
    place.gan("suite ring vanilla --steps 1 --out s").with_code(1).error(&["files in it already"]);
}

#[test]
fn the_same_seed_gives_the_same_counts_in_a_folder_of_its_own() {
    let place = Place::new();
    let counts = || {
        let object = place.json("suite grid vanilla --seeds 1 --steps 15 --json");
        let found = &object["contestants"][0];
        (found["modes"]["each"].clone(), found["high_quality"]["each"].clone())
    };
    assert_eq!(counts(), counts());
    assert!(place.path("runs/suite-grid-2/suite.json").exists());
    let told = place.done("suite grid vanilla --seeds 1 --steps 2 --threads 1 --out t");
    assert!(told.out.starts_with("contestant"), "{told:?}");
    assert!(told.out.contains("modes of 25"), "{told:?}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_trained() {
    let place = Place::new();
    place.gan("suite rings").with_code(2).error(&["no suite is called", "ring, grid, stacked"]);
    place.gan("suite ring vanila").with_code(2).error(&["did you mean vanilla"]);
    place.gan("suite ring dcgan").with_code(2).error(&["dcgan", "`vanilla` takes such data"]);
    place
        .gan("suite ring vanilla vanilla+techniques.packing=3+train.batch=100")
        .with_code(2)
        .error(&["packing=3", "packs of 3"]);
    place.gan("suite ring vanilla+nothing=3").with_code(2).error(&["nothing"]);
    assert!(!place.path("runs").exists());
}

#[test]
fn stacked_digits_are_read_as_numbers() {
    let place = Place::new();
    let object = place.json(
        "suite stacked dcgan dcgan+techniques.packing=2+features=2 --seeds 1 --steps 2 --samples 300 --json --out s",
    );
    assert_eq!((&object["suite"], &object["modes"]), (&"stacked".into(), &1000.into()));
    assert_eq!(object["samples"], 300);
    for contestant in object["contestants"].as_array().unwrap() {
        let kl = contestant["kl"]["mean"].as_f64().unwrap();
        assert!((0.0..=1000f64.ln() + 1e-9).contains(&kl), "{kl}");
        assert!(contestant["modes"]["mean"].as_f64().unwrap() >= 1.0);
    }
    assert!(place.path("s/samples.png").metadata().unwrap().len() > 1000);
}
