//! Fewer pictures than a batch: they are repeated within it, said at the start and kept in run.toml.

use crate::gan::Place;
use crate::run_files::{checkpoint, contents, log, same_runs, sha256};
use crate::small_data::png_folder;
use std::fs;

/// A place with so many pictures in `photos`.
fn with_pictures(count: u32) -> Place {
    let place = Place::new();
    png_folder(&place.path("photos"), count, &[(28, 28)]);
    place
}

/// A small network of each model whose own batch is 64 and 100.
const DCGAN: &str = "dcgan --set features=4";
const VAE: &str = "vae --set hidden=[16]";

#[test]
fn a_handful_of_pictures_trains_without_a_word_about_batches() {
    for count in [10, 40, 75] {
        for (model, batch) in [(DCGAN, 64), (VAE, 100)] {
            let place = with_pictures(count);
            let line = format!("train {model} --data photos --steps 3 --samples 4 --out run");
            let told = place.done(&line);
            let text = fs::read_to_string(place.path("run/run.toml")).unwrap();
            let repeats = count < batch;
            // A VAE holds some out.
            let (_, rest) = told.err.split_once("on photos: ").unwrap();
            let used: u32 = rest.split_once(" samples of ").unwrap().0.parse().unwrap();
            assert!(
                used == count || model == VAE && used >= count - count.div_ceil(10),
                "{told:?}"
            );
            assert!(text.contains(&format!("repeat = {repeats}\n")), "{model} {count}: {text}");
            assert!(text.contains(&format!("batch = {batch}\n")), "{model} {count}: {text}");
            let how =
                if batch < 2 * used { "some of them twice" } else { "each of them several times" };
            let words = format!("{used} pictures, batch of {batch}: a batch holds {how}\n");
            assert_eq!(told.err.matches(&words).count(), usize::from(repeats), "{told:?}");
            assert_eq!(log(&place.path("run")).len(), 3);
            // Sampling finds the data again by itself.
            place.done("sample run --count 4 --out s.png");
        }
    }
}

#[test]
fn a_resumed_run_repeats_as_one_that_never_stopped() {
    let place = with_pictures(40);
    for (name, model) in [("dcgan", DCGAN), ("vae", VAE)] {
        let line = |steps: u32, out: &str| {
            // Rates that fall would fall otherwise in a run of another length.
            let tail = "--set train.schedule.kind=constant --sample-every 4 --samples 4 --quiet";
            format!("train {model} --data photos --steps {steps} {tail} --out {name}-{out}")
        };
        place.done(&line(8, "whole"));
        place.done(&line(5, "parts"));
        let told = place.done(&format!("train --resume {name}-parts --steps 8"));
        assert!(told.err.contains(" pictures, batch of "), "{told:?}");
        let [whole, parts] = ["whole", "parts"].map(|out| place.path(&format!("{name}-{out}")));
        assert_eq!(sha256(&checkpoint(&whole, 8)), sha256(&checkpoint(&parts, 8)), "{name}");
        let picture = "samples/step-00000008.png";
        assert_eq!(sha256(&whole.join(picture)), sha256(&parts.join(picture)), "{name}");
        let players = |run| log(run).iter().map(|l| l["players"].clone()).collect::<Vec<_>>();
        assert_eq!(players(&whole), players(&parts), "{name}");
    }
}

#[test]
fn a_batch_that_was_asked_for_is_not_filled_by_repetition() {
    let place = with_pictures(40);
    fs::write(place.path("my.toml"), "[train]\nbatch = 64\n").unwrap();
    let before = contents(&place.path("."));
    for asked in
        ["--batch 64", "--set train.batch=64", "--config my.toml", "--set data.repeat=false"]
    {
        let told = place.gan(&format!("train {DCGAN} --data photos --steps 2 {asked} --out run"));
        told.with_code(1).error(&[
            "batch size 64 with 40 samples in photos: expected between 1 and 40",
            "choose a smaller batch",
            "--set data.repeat=true",
        ]);
        assert_eq!(before, contents(&place.path(".")), "{asked}");
    }
    // As the message says; and a run's own file brings it to another run.
    let line = format!("train {DCGAN} --data photos --steps 2 --quiet");
    place.done(&format!("{line} --batch 64 --set data.repeat=true --out run"));
    place.done("train --config run/run.toml --quiet --out again");
    same_runs(&place.path("run"), &place.path("again"));
}

#[test]
fn what_needs_more_pictures_says_so() {
    let place = with_pictures(3);
    let line = format!("train {DCGAN} --data photos --steps 2 --out run");
    for (set, words) in [
        ("techniques.packing=4", "every pack of 4 would hold one of the 3 pictures twice"),
        ("techniques.packing=3 --batch 64 --set data.repeat=true", "packs of 3"),
    ] {
        place.gan(&format!("{line} --set {set}")).with_code(2).error(&[words]);
    }
    let place = with_pictures(1);
    let virtual_batch = format!("{line} --set techniques.discriminator_norm=virtual-batch");
    place.gan(&virtual_batch).with_code(2).error(&["a reference batch of 2 samples or more"]);
    let kernels = "train vanilla --data photos --steps 2 --set techniques.minibatch_kernels=4";
    place.gan(kernels).with_code(2).error(&["the one picture again and again"]);
    assert!(!place.path("run").exists());
}
