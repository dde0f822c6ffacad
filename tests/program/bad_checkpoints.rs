//! Checkpoints that cannot be loaded: refused by name, nothing lost, and the advice helps.

use crate::gan::Place;
use crate::run_files::{checkpoint, contents, sha256};
use crate::small_data::cut;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::HashMap;
use std::fs;

const RING: &str = "vanilla --data toy:ring --batch 4 --set generator_hidden=[8] \
                    --set discriminator_hidden=[8] --quiet";

/// A place with a run of four steps in `run`, checkpoints at 0, 2 and 4.
fn with_run() -> Place {
    let place = Place::new();
    place.done(&format!("train {RING} --steps 4 --checkpoint-every 2 --out run"));
    place
}

/// Neither training nor sampling takes the newest checkpoint with these bytes.
fn refused(place: &Place, bytes: &[u8], words: &[&str]) {
    fs::write(checkpoint(&place.path("run"), 4), bytes).unwrap();
    let before = contents(&place.path("."));
    for command in ["train --resume run", "train --resume run --steps 9", "sample run --out s.png"]
    {
        let told = place.gan(command).with_code(1);
        told.error(&["run/checkpoints/step-00000004.safetensors: "]);
        told.error(words);
    }
    assert_eq!(before, contents(&place.path(".")));
}

#[test]
fn a_checkpoint_cut_short() {
    let place = with_run();
    let path = checkpoint(&place.path("run"), 4);
    let (whole, hash) = (fs::read(&path).unwrap(), sha256(&path));
    let words = &["not a whole checkpoint", "cut short", "Remove it", "the one before it"];
    for part in [0.0, 0.0005, 0.2, 0.5, 0.999] {
        fs::write(&path, &whole).unwrap();
        let bytes = cut(&path, part);
        refused(&place, &bytes, words);
    }
    refused(&place, b"\x10\0\0\0\0\0\0\0{\"not\": \"one\"}  ", words);
    // As the message says: the one before it leads to the same end.
    fs::remove_file(&path).unwrap();
    place.done("train --resume run");
    assert_eq!(sha256(&path), hash);
    place.done("sample run --count 2 --out s.png");
}

#[test]
fn a_checkpoint_of_another_model() {
    let place = with_run();
    place.done("train gaussian1d --steps 4 --quiet --out other");
    let other = fs::read(checkpoint(&place.path("other"), 4)).unwrap();
    refused(&place, &other, &["a checkpoint of gaussian1d, expected one of vanilla"]);
}

#[test]
fn a_checkpoint_of_the_same_model_in_another_shape() {
    let place = with_run();
    let trained = |out: &str, more: &str| {
        place.done(&format!("train {RING} --steps 4 --out {out} {more}"));
        fs::read(checkpoint(&place.path(out), 4)).unwrap()
    };
    let narrow = trained("narrow", "--set z=7");
    refused(&place, &narrow, &["tensor model.g.", "expected F32 [8, 100], found F32 [8, 7]"]);
    let averaged = trained("averaged", "--ema 0.9");
    refused(&place, &averaged, &["tensor average.g.", "is not part of this model"]);
    let deep = trained("deep", "--set discriminator_hidden=[8,8]");
    refused(&place, &deep, &["tensor ", ": expected F32 [1], found F32 [8]"]);
    let plain = trained("plain", "--set techniques.generator.kind=sgd");
    refused(
        &place,
        &plain,
        &["tensor optimizer.generator.", "is missing", "do not belong together"],
    );
}

#[test]
fn a_checkpoint_of_a_newer_format() {
    let place = with_run();
    let mut bytes = fs::read(checkpoint(&place.path("run"), 4)).unwrap();
    let old = br#"\"format\":1,"#;
    let at = bytes.windows(old.len()).position(|w| w == old).unwrap();
    bytes[at + old.len() - 2] = b'2';
    let words = &["format 2 is newer than this program's 1", "use the program that wrote it"];
    refused(&place, &bytes, words);
}

#[test]
fn tensors_that_are_no_checkpoint() {
    let place = with_run();
    let data = [0; 8];
    let tensor = TensorView::new(Dtype::F32, vec![2], &data).unwrap();
    let bytes = serialize([("weight", &tensor)], None::<HashMap<String, String>>).unwrap();
    refused(&place, &bytes, &["a safetensors file, but not a checkpoint of this program"]);
}

#[test]
fn a_run_without_any_checkpoint() {
    let place = with_run();
    let hash = sha256(&checkpoint(&place.path("run"), 4));
    for step in [0, 2, 4] {
        fs::remove_file(checkpoint(&place.path("run"), step)).unwrap();
    }
    let words = &["run: no checkpoint yet", "train --resume run"];
    place.gan("sample run --out s.png").with_code(1).error(words);
    place.done("train --resume run --quiet");
    assert_eq!(sha256(&checkpoint(&place.path("run"), 4)), hash);
}
