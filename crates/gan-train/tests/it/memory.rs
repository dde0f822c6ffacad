//! Training does not grow: no graph outlives its step.
#![cfg(target_os = "linux")]

use crate::ring::{Ring, Setup, feed};
use gan_train::{SampleRequest, Trainer};
use std::process::Command;

/// Set in the child process, where no other test disturbs the measurement.
const CHILD: &str = "GAN_TRAIN_MEASURES_MEMORY";
const NAME: &str = "memory::two_thousand_steps_do_not_grow";

/// Resident memory in bytes; Linux's pages here are 4 KiB or, with larger ones, more.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn two_thousand_steps_do_not_grow() {
    if std::env::var_os(CHILD).is_none() {
        let program = std::env::current_exe().unwrap();
        let child = Command::new(program).args([NAME, "--exact"]).env(CHILD, "1").output().unwrap();
        let text = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let mut setup = Setup { updates: [2, 1], ..Setup::default() };
    (setup.train.ema, setup.train.steps) = (0.99, 2200);
    let mut game = Ring::new(&setup);
    let mut trainer = Trainer::new(&game, &setup.train).unwrap();
    let mut data = feed(&setup);
    let mut before = 0;
    for step in 1..=2200u64 {
        trainer.step(&mut game, &mut |n| data.batch(n)).unwrap();
        if step.is_multiple_of(100) {
            trainer.sample(&game, &SampleRequest::of(64), 0).unwrap();
        }
        if step == 200 {
            before = resident();
        }
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 20 << 20, "grew by {grown} bytes from {before}");
}
