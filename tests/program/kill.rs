//! A run killed by SIGKILL at random moments ends in the same bytes as one never killed.

use crate::gan::{Place, Running};
use crate::run_files::{
    checkpoint, checkpoints, half_written, lines, logged, names, same_runs, sha256,
};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Kills of a run whose steps take no time, and of one with convolutions.
const MANY: usize = 20;
const SOME: usize = 10;

/// Knuth's linear congruential generator: moments need not be better than that.
struct Moments(u64);

impl Moments {
    /// A whole number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
enum When {
    /// So many microseconds after its start, before or after it is a run at all.
    Early(u64),
    /// So many microseconds after it logged a step.
    Step(usize, u64),
    /// While it writes the first checkpoint after a step.
    Writing(usize),
}

/// So many moments, spread over a run of `steps`.
fn moments(kills: usize, steps: u64, random: &mut Moments) -> Vec<When> {
    let early = (0..4).map(|_| random.below(60_000)).collect::<Vec<_>>();
    // The last steps stay free: a run must not end while its killer looks the other way.
    let mut later: Vec<u64> = (early.len()..kills).map(|_| random.below(steps * 8 / 10)).collect();
    later.sort_unstable();
    let later = later.into_iter().enumerate().map(|(number, step)| match number % 2 {
        0 => When::Writing(step as usize),
        _ => When::Step(step as usize, random.below(8_000)),
    });
    early.into_iter().map(When::Early).chain(later.collect::<Vec<_>>()).collect()
}

/// Waits for the moment and kills; says whether the program was still running.
fn kill_at(program: &mut Running, when: When, run: &Path) -> bool {
    let pause = |microseconds| sleep(Duration::from_micros(microseconds));
    match when {
        When::Early(after) => pause(after),
        When::Step(step, after) => {
            program.watch(|| lines(run) > step);
            pause(after);
        }
        When::Writing(step) => {
            program.watch(|| lines(run) > step);
            // Without pauses: a small checkpoint is written within a millisecond or two.
            while program.ended().is_none() && half_written(&run.join("checkpoints")) == 0 {}
        }
    }
    program.kill()
}

/// Kills and resumes `options` with so many steps `kills` times. Nothing where the run ended before
/// the last kill, which a busy machine makes possible; otherwise how often the kill came while a
/// checkpoint was being written.
fn killed(kills: usize, options: &str, steps: u64, seed: u64) -> Option<usize> {
    let place = Place::new();
    let (whole, parts) = (place.path("whole"), place.path("parts"));
    place.done(&format!("train {options} --steps {steps} --out whole --quiet"));
    let first = format!("train {options} --steps {steps} --out parts --quiet");
    // A run is one as soon as it has its configuration; before that it is started anew.
    let next = || match parts.join("run.toml").exists() {
        true => "train --resume parts --quiet",
        false => first.as_str(),
    };
    let mut in_writing = 0;
    for when in moments(kills, steps, &mut Moments(seed)) {
        let mut program = place.start(next());
        if !kill_at(&mut program, when, &parts) {
            program.end().with_code(0);
            return None;
        }
        in_writing += usize::from(half_written(&parts.join("checkpoints")) > 0);
    }
    place.done(next());
    assert_eq!(sha256(&checkpoint(&whole, steps)), sha256(&checkpoint(&parts, steps)));
    assert_eq!(logged(&parts), (1..=steps).collect::<Vec<_>>());
    // Not only its end: every picture, every checkpoint and every logged number.
    same_runs(&whole, &parts);
    assert_eq!(half_written(&parts.join("checkpoints")), 0, "{:?}", names(&parts));
    assert!(checkpoints(&parts).len() == 3);
    Some(in_writing)
}

fn kills(kills: usize, options: &str, seed: u64) {
    // Longer runs give a machine of another speed more chances; the bytes must match in each. A
    // busy one may need several: nothing here is a matter of how fast it is.
    let least = if kills == MANY { 3 } else { 2 };
    let enough =
        |steps| killed(kills, options, steps, seed).filter(|in_writing| *in_writing >= least);
    let in_writing = (0..6)
        .map(|doubled| (5 * kills as u64) << doubled)
        .find_map(enough)
        .expect("a run that outlasts its kills, some of them while it writes a checkpoint");
    println!("{options}: {in_writing} of {kills} kills came while a checkpoint was being written");
}

#[test]
fn vanilla_killed_twenty_times_ends_in_the_same_bytes() {
    kills(
        MANY,
        "vanilla --batch 8 --checkpoint-every 3 --sample-every 10 --samples 4 --ema 0.9",
        1,
    );
}

#[test]
fn dcgan_killed_ten_times_ends_in_the_same_bytes() {
    let options = "--batch 16 --checkpoint-every 2 --sample-every 7 --samples 4";
    kills(SOME, &format!("dcgan --set features=8 {options}"), 2);
}
