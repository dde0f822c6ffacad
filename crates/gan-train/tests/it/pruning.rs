//! Which checkpoints stay, and what happens where one cannot be written.

use crate::ring::{End, Ring, Setup, config, feed, train};
use gan_train::{Run, Trainer, fit};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::tempdir;

fn steps(dir: &Path) -> Vec<u64> {
    Run::open(dir).unwrap().checkpoints().unwrap().iter().map(|(s, _)| *s).collect()
}

#[test]
fn the_last_and_every_few_stay() {
    for (keep_last, keep_every, expected) in [
        (3, 0, vec![8, 9, 10]),
        (1, 0, vec![10]),
        (2, 4, vec![4, 8, 9, 10]),
        (3, 5, vec![5, 8, 9, 10]),
        (100, 0, (0..=10).collect()),
    ] {
        let folder = tempdir().unwrap();
        let dir = folder.path().join("run");
        let mut setup = Setup::default();
        (setup.train.steps, setup.train.checkpoint_every) = (10, 1);
        (setup.train.keep_last, setup.train.keep_every) = (keep_last, keep_every);
        train(&dir, &setup, End::Done).unwrap();
        assert_eq!(steps(&dir), expected, "keep_last {keep_last}, keep_every {keep_every}");
    }
}

#[test]
fn foreign_files_among_the_checkpoints_are_left_alone() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let mut setup = Setup::default();
    (setup.train.checkpoint_every, setup.train.keep_last) = (1, 1);
    train(&dir, &setup, End::Stop(2)).unwrap();
    let foreign = ["notes.txt", "step-best.safetensors", "step-00000001.bak"];
    for name in foreign {
        fs::write(dir.join("checkpoints").join(name), "mine").unwrap();
    }
    train(&dir, &setup, End::Done).unwrap();
    assert_eq!(steps(&dir), [12]);
    for name in foreign {
        assert_eq!(fs::read_to_string(dir.join("checkpoints").join(name)).unwrap(), "mine");
    }
}

/// The folder goes away in mid-run. Root may write anywhere, so a file in its place stands for all
/// that keeps a checkpoint from being written.
#[test]
fn a_checkpoint_that_cannot_be_written_stops_the_run_and_loses_nothing() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let setup = Setup::default();
    let mut game = Ring::new(&setup);
    let mut trainer = Trainer::new(&game, &setup.train).unwrap();
    let mut run = Run::create(&dir, config(&setup)).unwrap();
    let mut data = feed(&setup);
    let (checkpoints, aside) = (dir.join("checkpoints"), dir.join("aside"));
    let mut break_it = |tick: &gan_train::Tick<'_>| {
        if tick.report.step == 6 {
            fs::rename(&checkpoints, &aside).unwrap();
            fs::write(&checkpoints, "in the way").unwrap();
        }
        ControlFlow::Continue(())
    };
    let feed = &mut |n| data.batch(n);
    let error = fit(&mut game, &mut trainer, &setup.train, feed, Some(&mut run), &mut break_it);
    let error = error.unwrap_err().to_string();
    let path = dir.join("checkpoints/step-00000008.safetensors");
    assert!(error.starts_with(&format!("{}: cannot write", path.display())), "{error}");
    drop(run);
    let error = train(&dir, &setup, End::Done).unwrap_err().to_string();
    assert!(error.starts_with(&checkpoints.display().to_string()), "{error}");
    assert_eq!(fs::read_to_string(&checkpoints).unwrap(), "in the way");
    // Put back, the run goes on and ends as it should.
    fs::remove_file(&checkpoints).unwrap();
    fs::rename(&aside, &checkpoints).unwrap();
    assert_eq!(steps(&dir), [0, 4]);
    train(&dir, &setup, End::Done).unwrap();
    let whole = folder.path().join("whole");
    train(&whole, &setup, End::Done).unwrap();
    assert!(crate::ring::bytes(&dir, 12) == crate::ring::bytes(&whole, 12));
}
