//! `gan codes`: what codes know of classes, pictures, and models without codes.

use crate::gan::Place;

#[test]
fn infogans_codes_are_read_back_and_drawn() {
    let place = Place::new();
    place.done(
        "train infogan --split train --limit 200 --steps 3 --batch 8 --samples 4 --quiet --out run \
         --set features=4 --set hidden=8",
    );
    let object = place.json("codes run --count 70 --json");
    assert_eq!((&object["step"], &object["width"]), (&3.into(), &12.into()));
    assert_eq!(object["held_out_unseen"], true);
    for key in [
        "neighbour_accuracy_codes",
        "neighbour_accuracy_principal_components",
        "neighbour_accuracy_pixels",
        "purity_held_out",
        "purity_samples",
    ] {
        let value = object[key].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&value), "{key}: {object}");
    }
    // Nearest pixels know digits before anything is learned.
    assert!(object["neighbour_accuracy_pixels"].as_f64().unwrap() > 0.5, "{object}");
    let (bound, entropy) = (&object["information"], object["entropy"].as_f64().unwrap());
    assert!((entropy - 10f64.ln()).abs() < 1e-12);
    assert!(bound.as_f64().unwrap() < entropy, "{object}");
    let sheets = object["sheets"].as_array().unwrap();
    assert_eq!(sheets.len(), 3);
    for sheet in sheets {
        assert!(place.path(sheet.as_str().unwrap()).metadata().unwrap().len() > 100, "{sheet}");
    }
    // The same command says the same.
    assert_eq!(place.json("codes run --count 70 --json"), object);
}

#[test]
fn an_encoder_is_told_whether_it_saw_what_is_held_out() {
    let place = Place::new();
    place.done(
        "train bigan --split all --limit 100 --steps 2 --batch 10 --samples 4 --quiet --out run \
         --set z=5 --set generator_hidden=[8] --set discriminator_hidden=[8]",
    );
    let told = place.done("codes run");
    assert!(told.out.starts_with("step 2, codes of 5\n"), "{told:?}");
    assert!(told.out.contains("neighbour_accuracy_codes"), "{told:?}");
    assert!(told.err.contains("has seen what is held out"), "{told:?}");
    assert!(!told.out.contains("purity"), "{told:?}");
    assert!(place.path("run/samples/codes-reconstructions-00000002.png").exists());
}

#[test]
fn models_without_codes_are_refused() {
    let place = Place::new();
    place.done(
        "train dcgan --limit 50 --steps 1 --batch 4 --samples 4 --quiet --out run --set features=4",
    );
    place.gan("codes run").with_code(2).error(&["dcgan has no encoder", "`bigan`"]);
    place.gan("codes nowhere").with_code(1).error(&["expected a run directory"]);
    place.gan("codes run --count 0").with_code(2);
}
