//! `gan check`: operations and models on a device, here the CPU itself.

use crate::gan::Place;

#[test]
fn a_model_is_trained_killed_resumed_and_compared() {
    let place = Place::new();
    let seen = place.json("check vanilla --steps 6 --threads 1 --json");
    assert_eq!((&seen["model"], &seen["right"]), (&"vanilla".into(), &true.into()));
    assert_eq!(seen["first_losses"], 0.0, "{seen}");
    assert_eq!((&seen["same_twice"], &seen["same_resumed"]), (&true.into(), &true.into()));
}

#[test]
fn a_model_that_is_not_there_is_said() {
    let place = Place::new();
    place.gan("check nobody").with_code(2).error(&["no model is called \"nobody\"", "gan list"]);
}
