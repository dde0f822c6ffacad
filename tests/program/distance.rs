//! `gan distance`: exact distances of checkpoints from the data, and what a critic made of them.

use crate::gan::Place;

#[test]
fn every_checkpoint_stands_beside_the_floor() {
    let place = Place::new();
    place.done(
        "train wgan --data toy:ring?n=400 --steps 6 --batch 8 --quiet --out run \
         --set z=2 --set generator_hidden=[8] --set discriminator_hidden=[8] \
         --set train.checkpoint_every=2 --set train.keep_every=2",
    );
    let object = place.json("distance run --all --count 100 --window 2 --json");
    let checkpoints = object["checkpoints"].as_array().unwrap();
    let steps: Vec<u64> = checkpoints.iter().map(|c| c["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [2, 4, 6]);
    for checkpoint in checkpoints {
        // Nearly all of an untrained generator lies near 0, a radius away from the ring.
        assert!(checkpoint["emd"].as_f64().unwrap() > object["floor"]["emd"].as_f64().unwrap());
        assert!(checkpoint["critic"].is_f64(), "{checkpoint}");
        assert!(checkpoint["spectrum"].is_null(), "{checkpoint}");
    }
    assert!(object["rank_correlation"].is_f64(), "{object}");
    let told = place.done("distance run");
    assert!(told.out.starts_with("step"), "{told:?}");
    assert!(told.out.contains("\nfloor"), "{told:?}");
    place.gan("distance run --patch 3").with_code(2).error(&["only images have a middle"]);
    place.gan("distance run --all --step 2").with_code(2);
}

#[test]
fn images_have_spectra_and_squares_out_of_their_middle() {
    let place = Place::new();
    place.done(
        "train gmmn --limit 60 --steps 2 --batch 20 --samples 4 --quiet --out run \
         --set generator_hidden=[8] --set z=2",
    );
    let object = place.json("distance run --patch 5 --json");
    // What is held out, in two halves.
    assert_eq!((&object["count"], &object["patch"]), (&500.into(), &5.into()));
    assert_eq!((&object["split"], &object["held_out"]), (&"test".into(), &true.into()));
    let seen = place.json("distance run --patch 5 --split train --count 40 --json");
    assert_eq!((&seen["count"], &seen["held_out"]), (&40.into(), &false.into()));
    let found = &object["checkpoints"][0];
    for key in ["emd", "mmd2", "spectrum"] {
        let (value, floor) = (found[key].as_f64().unwrap(), object["floor"][key].as_f64().unwrap());
        assert!(value > 0.0 && floor > 0.0, "{key}: {object}");
    }
    assert!(found["critic"].is_null() && object["rank_correlation"].is_null(), "{object}");
    place.gan("distance run --patch 29").with_code(2).error(&["images are 28×28"]);
}
