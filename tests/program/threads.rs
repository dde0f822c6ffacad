//! The same seed gives the same bytes, whatever the number of threads.

use crate::gan::Place;
use crate::run_files::{checkpoint, log, same_runs, sha256};

const STEPS: u64 = 6;

fn any_threads(options: &str) {
    let place = Place::new();
    let train = |out: &str, more: &str| {
        place.done(&format!("train {options} --steps {STEPS} --out {out} --quiet {more}"));
        place.path(out)
    };
    let one = train("one", "--threads 1");
    for number in [2, 3] {
        same_runs(&one, &train(&format!("threads-{number}"), &format!("--threads {number}")));
    }
    same_runs(&one, &train("default", ""));
    let other = train("other", "--threads 2 --seed 1");
    assert_ne!(sha256(&checkpoint(&one, STEPS)), sha256(&checkpoint(&other, STEPS)));
    assert_ne!(log(&one), log(&other));
    assert_eq!(log(&one).len(), STEPS as usize);
}

#[test]
fn vanilla_with_any_threads() {
    any_threads("vanilla --batch 64 --set dropout=0.3 --ema 0.9");
}

#[test]
fn cgan_with_any_threads() {
    any_threads("cgan --batch 64");
}

/// Wide enough for every kernel to share its work out.
#[test]
fn dcgan_with_any_threads() {
    any_threads("dcgan --batch 32 --set features=16 --set techniques.spectral_norm=true");
}

#[test]
fn colour_dcgan_with_any_threads() {
    any_threads("dcgan --batch 9 --set features=8 --size 32 --channels 3 --samples 9");
}

#[test]
fn gaussian1d_with_any_threads() {
    any_threads("gaussian1d --batch 4096");
    any_threads("gaussian1d-mlp --batch 1024");
}

#[test]
fn samples_with_any_threads() {
    let place = Place::new();
    place.done("train dcgan --steps 2 --batch 8 --set features=8 --out run --quiet");
    let draw = |threads: u32| {
        let out = format!("samples-{threads}.npz");
        place.done(&format!("sample run --count 70 --out {out} --threads {threads}"));
        sha256(&place.path(&out))
    };
    assert_eq!(draw(1), draw(2));
}
