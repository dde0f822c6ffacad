//! NaN and infinity stop a run: the tensor and the step are named, the last good state is kept.

use crate::gan::Place;
use crate::run_files::{checkpoint, checkpoints, logged};
use safetensors::SafeTensors;
use std::fs;
use std::path::Path;

/// Whether every value in a checkpoint is finite. Every tensor is of 32 bit floats.
fn finite(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap());
    file.iter().all(|(_, tensor)| tensor.data().chunks_exact(4).map(value).all(f32::is_finite))
}

/// Trains until it blows up, and returns the message and the last good step.
fn blown_up(options: &str) -> (String, u64) {
    let place = Place::new();
    let line = format!("train {options} --checkpoint-every 1 --sample-every 1 --out run --quiet");
    let told = place.gan(&line).with_code(1);
    let run = place.path("run");
    let good = *checkpoints(&run).last().unwrap();
    let kept = format!("the last good checkpoint is run/checkpoints/step-{good:08}.safetensors");
    told.error(&[&kept, "lower learning rates", "train --config run/run.toml", "sample run"]);
    for step in checkpoints(&run) {
        assert!(finite(&checkpoint(&run, step)), "step {step} of {options}");
    }
    let steps = logged(&run);
    assert_eq!(steps, (1..=steps.len() as u64).collect::<Vec<_>>());
    let drawn = place.json("sample run --count 4 --out s.png --json");
    assert_eq!(drawn["step"].as_u64(), Some(good));
    // Going on fails at the same place again, and loses nothing either.
    let again = place.gan("train --resume run --quiet").with_code(1);
    again.error(&[&kept]);
    let what = |text: &str| text.split(';').take(2).collect::<String>();
    assert_eq!(what(&told.err), what(&again.err));
    (told.err, good)
}

#[test]
fn a_generator_that_explodes() {
    let (told, good) =
        blown_up("vanilla --batch 8 --limit 64 --steps 20 --set techniques.generator.lr=1e30");
    assert!(told.starts_with(&format!("error: step {}, ", good + 1)), "{told}");
    assert!(told.contains("is NaN") && told.contains("the first bad tensor is "), "{told}");
    assert!(told.contains("--set techniques.generator.lr=5e29"), "{told}");
}

#[test]
fn a_discriminator_that_explodes() {
    let options = "dcgan --batch 8 --limit 64 --steps 20 --set features=4";
    let (told, good) = blown_up(&format!("{options} --set techniques.discriminator.lr=1e30"));
    assert!(told.starts_with(&format!("error: step {}, generator: ", good + 1)), "{told}");
    assert!(told.contains("the first bad tensor is "), "{told}");
}

/// The update spoils a parameter itself, which the run sees before it writes a checkpoint.
#[test]
fn a_parameter_that_overflows() {
    let lr = "--set techniques.generator.lr=1e39 --set techniques.discriminator.lr=1e39";
    let (told, good) = blown_up(&format!("gaussian1d --steps 50 {lr}"));
    assert!(told.starts_with(&format!("error: step {}, ", good + 1)), "{told}");
    assert!(["g.fc1.", "d.fc1."].iter().any(|name| told.contains(name)), "{told}");
}
