//! Runs that are stopped gently, by a signal or a budget, and go on; two programs on one run.

use crate::gan::{Place, Running};
use crate::run_files::{checkpoint, checkpoints, lines, logged, same_runs, sha256};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

const DCGAN: &str = "dcgan --set features=8 --batch 16 --samples 4 --checkpoint-every 40 \
                     --keep-last 1 --quiet";

/// Waits until the run has logged so many steps.
fn reach(program: &mut Running, run: &Path, steps: usize) {
    assert!(program.watch(|| lines(run) >= steps), "ended before step {steps}");
}

#[test]
fn a_run_stopped_by_a_signal_goes_on_to_the_same_end() {
    let place = Place::new();
    place.done(&format!("train {DCGAN} --steps 200 --out whole"));
    for (signal, at) in [("INT", 5), ("TERM", 50)] {
        let name = format!("stopped-by-{signal}");
        let run = place.path(&name);
        let mut program = place.start(&format!("train {DCGAN} --steps 200 --json --out {name}"));
        reach(&mut program, &run, at);
        program.signal(signal);
        let told = program.end().with_code(130);
        assert!(told.err.contains("stopping after this step to save"), "{told:?}");
        let summary: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(summary["finished"], false);
        let step = summary["step"].as_u64().unwrap();
        assert!((at as u64..200).contains(&step), "{told:?}");
        assert_eq!(checkpoints(&run).last(), Some(&step));
        assert_eq!(logged(&run), (1..=step).collect::<Vec<_>>());
        // The advice it gave, but for the program's own name.
        let advice = summary["resume"].as_str().unwrap();
        let (_, words) = advice.split_once(' ').unwrap();
        assert_eq!(words, format!("train --resume {name}"));
        place.done(words);
        same_runs(&place.path("whole"), &run);
    }
}

#[test]
fn a_second_signal_aborts_at_once_and_loses_nothing() {
    let place = Place::new();
    let line = "train dcgan --set features=32 --batch 64 --steps 16 --checkpoint-every 2 \
                --keep-last 1 --quiet";
    place.done(&format!("{line} --out whole"));
    let run = place.path("run");
    let mut program = place.start(&format!("{line} --out run"));
    reach(&mut program, &run, 3);
    program.signal("INT");
    assert!(program.says("Ctrl-C once more aborts at once"), "{}", program.said());
    program.signal("INT");
    program.end().with_code(130);
    place.done("train --resume run --quiet");
    same_runs(&place.path("whole"), &run);
}

#[test]
fn a_budget_stops_a_run_and_a_resumed_one() {
    let place = Place::new();
    // Rates that fall would fall otherwise in a run of another length.
    let train = format!("train {DCGAN} --set train.schedule.kind=constant");
    let line = format!("{train} --steps 100000 --budget 1s --json --out run");
    let first = place.json(&line);
    assert_eq!(first["finished"], false);
    let seconds = first["seconds"].as_f64().unwrap();
    assert!(seconds >= 1.0, "{seconds}");
    let step = first["step"].as_u64().unwrap();
    let run = place.path("run");
    assert_eq!(checkpoints(&run).last(), Some(&step));
    let hash = sha256(&checkpoint(&run, step));

    let second = place.json("train --resume run --budget 1s --json --quiet");
    assert!(second["step"].as_u64().unwrap() > step, "{second}");
    // As if those had been all its steps.
    place.done(&format!("{train} --steps {step} --out short"));
    assert_eq!(sha256(&checkpoint(&place.path("short"), step)), hash);
}

#[test]
fn one_program_at_a_time_trains_in_a_folder() {
    let place = Place::new();
    let run = place.path("run");
    let mut program = place.start(&format!("train {DCGAN} --steps 100000 --out run"));
    reach(&mut program, &run, 3);
    let busy = "run: another process is training here; wait for it";
    place.gan("train --resume run --quiet").with_code(1).error(&[busy, "--out"]);
    let other = place.gan(&format!("train {DCGAN} --steps 5 --out run")).with_code(1);
    other.error(&["run: this folder holds a run already"]);
    // Looking at it is allowed.
    place.done("sample run --count 2 --out s.png");
    assert!(program.ended().is_none());
    let steps = lines(&run);
    reach(&mut program, &run, steps + 3);
    assert!(program.kill());
    // The dead hold nothing.
    place.json("train --resume run --quiet --budget 1s --json");
}

#[test]
fn of_many_started_at_once_one_gets_the_folder() {
    let place = Place::new();
    let line = "train gaussian1d --steps 200 --quiet";
    let all: Vec<Running> = (0..4).map(|_| place.start(&format!("{line} --out run"))).collect();
    let codes: Vec<_> = all.into_iter().map(|program| program.end().code.unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 1).count(), 3, "{codes:?}");
    assert_eq!(logged(&place.path("run")), (1..=200).collect::<Vec<_>>());
    // Without a folder each makes one of its own.
    let all: Vec<Running> = (0..4).map(|_| place.start(line)).collect();
    all.into_iter().for_each(|program| drop(program.end().with_code(0)));
    for number in 1..=4 {
        same_runs(&place.path("run"), &place.path(&format!("runs/gaussian1d-{number}")));
    }
}

/// Whether this process, and so what it starts, was told to ignore SIGINT.
fn interrupts_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (2 - 1) != 0)
}

/// Whatever a signal meets while a run begins: it goes on, or can be started again.
#[test]
fn a_signal_at_the_start_is_survived() {
    let place = Place::new();
    let line = "train vanilla --data toy:ring --batch 8 --steps 60 --keep-last 1 --quiet --out";
    place.done(&format!("{line} whole"));
    for milliseconds in [0, 5, 10, 20, 40, 80] {
        let name = format!("after-{milliseconds}");
        let mut program = place.start(&format!("{line} {name}"));
        sleep(Duration::from_millis(milliseconds));
        // Of a machine so fast nothing can be learned at this moment.
        let over = program.ended().is_some();
        if !over {
            program.signal("INT");
        }
        // Before it listens for signals it dies of one, as any program does; or lives, where a shell
        // that runs the tests in the background has it ignore this one.
        let told = program.end();
        let lived = told.code == Some(0) && interrupts_are_ignored();
        assert!(matches!(told.code, None | Some(130)) || lived || over, "{told:?}");
        place.done(&match place.path(&name).join("run.toml").exists() {
            true => format!("train --resume {name}"),
            false => format!("{line} {name}"),
        });
        same_runs(&place.path("whole"), &place.path(&name));
    }
}
