//! A run that is stopped and resumed ends in the bytes of one that never stopped.

use crate::ring::{End, Ring, Setup, bytes, checkpoint, config, feed, logged, train};
use gan_train::{
    Checkpoint, Decay, Kind, OptimizerConfig, Outcome, Run, SampleRequest, Schedule, Trainer, fit,
};
use std::ops::ControlFlow;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::tempdir;

/// Each rule, with and without a moving average and several critic steps.
pub fn setups() -> Vec<(&'static str, Setup)> {
    let kind =
        |kind, momentum| OptimizerConfig { kind, lr: 1e-2, momentum, ..OptimizerConfig::default() };
    let setup = |optimizer, ema, critic: usize| {
        let mut setup = Setup { optimizer, updates: [critic, 1], ..Setup::default() };
        setup.train.ema = ema;
        setup.train.schedule = Schedule { kind: Decay::Linear, warmup: 3, from: 0.5 };
        setup
    };
    vec![
        ("adam", setup(kind(Kind::Adam, 0.0), 0.0, 1)),
        ("adam, average, 3 critic steps", setup(kind(Kind::Adam, 0.0), 0.9, 3)),
        ("rmsprop, 3 critic steps", setup(kind(Kind::Rmsprop, 0.0), 0.0, 3)),
        ("momentum, average", setup(kind(Kind::Sgd, 0.9), 0.9, 1)),
    ]
}

#[test]
fn a_stopped_and_resumed_run_ends_in_the_same_bytes() {
    for (name, setup) in setups() {
        let folder = tempdir().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        assert_eq!(train(&whole, &setup, End::Done).unwrap(), Outcome::Finished);
        for stop in [1, 4, 5, 11] {
            assert_eq!(train(&parts, &setup, End::Stop(stop)).unwrap(), Outcome::Stopped, "{name}");
            let saved = Checkpoint::read(&checkpoint(&parts, stop)).unwrap();
            assert_eq!((saved.step, saved.updates["generator"]), (stop, stop), "{name}");
        }
        assert_eq!(train(&parts, &setup, End::Done).unwrap(), Outcome::Finished);
        assert!(bytes(&whole, 12) == bytes(&parts, 12), "{name}: other bytes");
        assert!(bytes(&whole, 8) != bytes(&whole, 12), "{name}: nothing moved");
        let all: Vec<u64> = (1..=12).collect();
        assert_eq!((logged(&whole), logged(&parts)), (all.clone(), all), "{name}");
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A step decides nothing by the clock: the same run in another second gives the same bytes.
#[test]
fn a_checkpoint_does_not_depend_on_time_or_place() {
    let folder = tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("a/longer/path/two"));
    train(&one, &Setup::default(), End::Done).unwrap();
    let begun = unix_seconds();
    while unix_seconds() == begun {
        sleep(Duration::from_millis(5));
    }
    train(&two, &Setup::default(), End::Done).unwrap();
    for step in [4, 8, 12] {
        assert!(bytes(&one, step) == bytes(&two, step));
    }
    let mut other = Setup::default();
    other.train.seed = 6;
    let three = folder.path().join("three");
    train(&three, &other, End::Done).unwrap();
    assert!(bytes(&one, 12) != bytes(&three, 12), "the seed changes nothing");
}

#[test]
fn a_finished_run_resumed_again_changes_nothing() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    train(&dir, &Setup::default(), End::Done).unwrap();
    let before = bytes(&dir, 12);
    let written = checkpoint(&dir, 12).metadata().unwrap().modified().unwrap();
    assert_eq!(train(&dir, &Setup::default(), End::Done).unwrap(), Outcome::Finished);
    assert!(bytes(&dir, 12) == before);
    assert_eq!(checkpoint(&dir, 12).metadata().unwrap().modified().unwrap(), written);
    assert_eq!(logged(&dir).len(), 12);
}

#[test]
fn stopping_at_the_last_step_is_finishing() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    assert_eq!(train(&dir, &Setup::default(), End::Stop(12)).unwrap(), Outcome::Finished);
}

#[test]
fn from_an_older_checkpoint_the_later_ones_are_forgotten_with_their_log() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let setup = Setup::default();
    train(&dir, &setup, End::Done).unwrap();
    let last = bytes(&dir, 12);
    {
        let mut game = Ring::new(&setup);
        let mut trainer = Trainer::new(&game, &setup.train).unwrap();
        let mut run = Run::resume(&dir).unwrap();
        run.load(&game, &mut trainer, Some(4)).unwrap();
        assert_eq!(trainer.step, 4);
        assert_eq!(run.checkpoints().unwrap().len(), 3, "loading alone removes nothing");
        let mut data = feed(&setup);
        let mut stop = |tick: &gan_train::Tick<'_>| {
            if tick.report.step == 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let feed = &mut |n| data.batch(n);
        fit(&mut game, &mut trainer, &setup.train, feed, Some(&mut run), &mut stop).unwrap();
        let steps: Vec<u64> = run.checkpoints().unwrap().iter().map(|(s, _)| *s).collect();
        assert_eq!(steps, [4, 6]);
    }
    assert_eq!(logged(&dir), (1..=6).collect::<Vec<_>>());
    train(&dir, &setup, End::Done).unwrap();
    assert!(bytes(&dir, 12) == last);
    assert_eq!(logged(&dir), (1..=12).collect::<Vec<_>>());
}

#[test]
fn training_that_forgot_to_load_is_refused_and_loses_nothing() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let setup = Setup::default();
    train(&dir, &setup, End::Done).unwrap();
    let mut game = Ring::new(&setup);
    let mut trainer = Trainer::new(&game, &setup.train).unwrap();
    let mut run = Run::resume(&dir).unwrap();
    let mut data = feed(&setup);
    let go = &mut |_: &gan_train::Tick<'_>| ControlFlow::Continue(());
    let feed = &mut |n| data.batch(n);
    let error = fit(&mut game, &mut trainer, &setup.train, feed, Some(&mut run), go).unwrap_err();
    assert!(error.to_string().contains("load a checkpoint first"), "{error}");
    assert_eq!(run.checkpoints().unwrap().len(), 3);
    assert_eq!(logged(&dir).len(), 12);
}

#[test]
fn a_run_open_for_reading_samples_but_does_not_write() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let setup = Setup::default();
    train(&dir, &setup, End::Done).unwrap();
    let game = Ring::new(&setup);
    let mut trainer = Trainer::new(&game, &setup.train).unwrap();
    let mut run = Run::open(&dir).unwrap();
    assert_eq!(run.load(&game, &mut trainer, None).unwrap(), Some(checkpoint(&dir, 12)));
    let request = SampleRequest::of(3);
    let sample = trainer.sample(&game, &request, 0).unwrap();
    assert_eq!(sample.tensor().dims(), [3, 2]);
    assert!(run.save(&game, &trainer).unwrap_err().to_string().contains("for reading"));
    let none = run.load(&game, &mut trainer, Some(5)).unwrap_err().to_string();
    assert!(none.contains("no checkpoint of step 5") && none.contains("4, 8, 12"), "{none}");
    assert_eq!(run.config, config(&setup));
}
