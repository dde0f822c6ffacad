//! How much memory training takes, as the kernel counts it.
#![cfg(target_os = "linux")]

use crate::gan::Place;
use crate::run_files::lines;
use std::fs;
use std::ops::RangeInclusive;

const MIB: u64 = 1 << 20;

/// A line of `/proc/ID/status` in bytes; nothing once the process ended.
fn status(id: u32, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// With the default network and batch.
#[test]
fn the_default_stays_below_a_gibibyte() {
    let place = Place::new();
    let mut program = place.start("train dcgan --steps 15 --out run --quiet");
    let (id, mut peak) = (program.id(), 0);
    program.watch(|| {
        peak = status(id, "VmHWM").unwrap_or(0).max(peak);
        false
    });
    program.end().with_code(0);
    println!("dcgan at its defaults: a peak of {} MiB", peak / MIB);
    assert!(peak > 20 * MIB, "that was not measured: {peak}");
    assert!(peak < 1024 * MIB, "{peak} bytes");
}

/// The most memory in use while steps of `early` and of `late` were made.
fn over_time(
    options: &str,
    early: RangeInclusive<usize>,
    late: RangeInclusive<usize>,
) -> (u64, u64) {
    let place = Place::new();
    let line = format!("train {options} --steps {} --out run --quiet", late.end());
    let mut program = place.start(&line);
    let (id, run) = (program.id(), place.path("run"));
    let (mut first, mut last) = (0, 0);
    program.watch(|| {
        let (step, now) = (lines(&run), status(id, "VmRSS").unwrap_or(0));
        match step {
            step if early.contains(&step) => first = now.max(first),
            step if late.contains(&step) => last = now.max(last),
            _ => {}
        }
        false
    });
    program.end().with_code(0);
    println!("{options}: {} kB, later {} kB", first >> 10, last >> 10);
    (first, last)
}

fn does_not_grow(options: &str) {
    // By step 1,000 whatever a run needs once it has had: samples that it compares with, and a model
    // built to see which advice it takes.
    let (first, last) = over_time(options, 1000..=1300, 2300..=2600);
    assert!(first > 5 * MIB && last > 5 * MIB, "that was not measured: {first}, {last}");
    assert!(last < first + 8 * MIB, "{first} bytes grew to {last}: {options}");
}

#[test]
fn vanilla_does_not_grow_over_2000_steps() {
    // Few data: those that were seen are kept, up to a bound.
    let nets =
        "--limit 400 --set generator_hidden=[32] --set discriminator_hidden=[32] --samples 16";
    does_not_grow(&format!("vanilla --batch 16 {nets} --sample-every 100 --checkpoint-every 100"));
}

#[test]
fn gaussian1d_does_not_grow_over_2000_steps() {
    does_not_grow("gaussian1d --sample-every 100 --checkpoint-every 100");
}

#[test]
fn dcgan_does_not_grow_over_2000_steps() {
    does_not_grow(
        "dcgan --limit 400 --batch 4 --set features=2 --samples 4 --checkpoint-every 100",
    );
}
