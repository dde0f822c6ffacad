//! Run directories: what may become one, what is one, and who may write to it.

use crate::ring::{End, Setup, bytes, config, train};
use gan_train::{Run, RunConfig};
use std::fs;
use tempfile::tempdir;

#[test]
fn nothing_that_is_there_is_taken_for_a_new_run() {
    let folder = tempdir().unwrap();
    let config = || config(&Setup::default());
    let refused = |dir: &std::path::Path| {
        let error = Run::create(dir, config()).unwrap_err().to_string();
        assert!(error.starts_with(&dir.display().to_string()), "{error}");
        assert!(error.contains("--out"), "nothing to do about it: {error}");
        error
    };
    let run = folder.path().join("run");
    train(&run, &Setup::default(), End::Stop(1)).unwrap();
    let before = (fs::read(run.join("run.toml")).unwrap(), bytes(&run, 1));
    assert!(refused(&run).contains("holds a run already"));
    assert_eq!((fs::read(run.join("run.toml")).unwrap(), bytes(&run, 1)), before);

    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("thesis.tex"), "years").unwrap();
    assert!(refused(&full).contains("found thesis.tex"));
    assert_eq!(fs::read_dir(&full).unwrap().count(), 1, "something was left behind");

    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    assert!(refused(&file).contains("found a file"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");

    let below = Run::create(&file.join("run"), config()).unwrap_err().to_string();
    assert!(below.starts_with(&file.join("run").display().to_string()), "{below}");

    // An empty folder is fine, and so is one that does not exist.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for dir in [empty, folder.path().join("a/b/c")] {
        Run::create(&dir, config()).unwrap();
        for part in ["run.toml", "samples", "checkpoints"] {
            assert!(dir.join(part).exists(), "{part}");
        }
    }
}

#[test]
fn what_is_no_run_is_not_opened() {
    let folder = tempdir().unwrap();
    for open in [Run::open, Run::resume] {
        let missing = open(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("none: expected a run directory, found no such folder"));
        let empty = open(folder.path()).unwrap_err().to_string();
        assert!(empty.contains("found no run.toml; start one with `gan train`"), "{empty}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
    }
}

#[test]
fn a_configuration_reads_back_as_it_was_written() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let mut written = config(&Setup::default());
    (written.train.ema, written.train.seed) = (0.999, u64::MAX);
    written.model.insert("width".into(), 64.into());
    Run::create(&dir, written.clone()).unwrap();
    assert_eq!(Run::open(&dir).unwrap().config, written);
}

#[test]
fn a_schedule_of_an_earlier_version_means_what_it_meant() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    drop(Run::create(&dir, config(&Setup::default())).unwrap());
    let path = dir.join("run.toml");
    let now = fs::read_to_string(&path).unwrap();
    for (step, share) in [("3", 0.25), ("1", 1.0 / 12.0), ("0", 0.0), ("0.5", 0.5), ("1.0", 1.0)] {
        fs::write(&path, now.replace("from = 0.0", &format!("from = {step}"))).unwrap();
        assert_eq!(Run::open(&dir).unwrap().config.train.schedule.from, share, "{step}");
    }
}

#[test]
fn a_broken_configuration_is_told_with_its_path_and_key() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    drop(Run::create(&dir, config(&Setup::default())).unwrap());
    let path = dir.join("run.toml");
    let good = fs::read_to_string(&path).unwrap();
    let cases = [
        (good[..good.len() / 2].to_owned(), ""),
        ("\0\u{1}not toml".to_owned(), ""),
        (good.replace("batch = 16", "batch = 16\nbacth = 17"), "bacth"),
        (good.replace("batch = 16", ""), "batch"),
        (good.replace("batch = 16", "batch = 0"), "train.batch: expected 1 or more, found 0"),
        (good.replace("batch = 16", "batch = -1"), "batch"),
        (good.replace("steps = 12", "steps = 0"), "train.steps: expected 1 or more"),
        (good.replace("samples = 8", "samples = 0"), "train.samples: expected 1 to 10000"),
        (good.replace("keep_last = 3", "keep_last = 0"), "train.keep_last: expected 1"),
        (good.replace("ema = 0.0", "ema = 1.0"), "train.ema: expected a decay in [0, 1), found 1"),
        (good.replace("kind = \"constant\"", "kind = \"steep\""), "steep"),
    ];
    for (text, expected) in cases {
        assert_ne!(text, good);
        fs::write(&path, &text).unwrap();
        let error = Run::resume(&dir).unwrap_err().to_string();
        assert!(error.contains(expected), "expected {expected:?}, found {error}");
        assert!(error.contains(&path.display().to_string()), "no path: {error}");
        assert!(RunConfig::parse(&text, "x").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "the file was touched");
    }
}

#[test]
fn one_writes_while_others_may_read() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let first = Run::create(&dir, config(&Setup::default())).unwrap();
    let half = dir.join("checkpoints/.step-00000004.safetensors.9-0.tmp");
    fs::write(&half, "the first one is writing").unwrap();
    let second = Run::resume(&dir).unwrap_err().to_string();
    assert!(second.contains("another process is training here"), "{second}");
    assert!(half.exists(), "a file in writing was removed");
    assert!(Run::open(&dir).is_ok());
    drop(first);
    let third = Run::resume(&dir).unwrap();
    assert!(!half.exists());
    assert!(Run::resume(&dir).is_err());
    drop(third);
    assert!(Run::resume(&dir).is_ok());
}

/// Many start a run in one folder at once: one wins, and its configuration is the one that stays.
#[test]
fn of_many_that_start_at_once_one_wins() {
    let folder = tempdir().unwrap();
    for round in 0..10 {
        let dir = folder.path().join(round.to_string());
        let winners: Vec<u64> = std::thread::scope(|scope| {
            let start = |seed: u64| {
                let mut config = config(&Setup::default());
                config.train.seed = seed;
                // Dropped at once, so that late ones find the folder unlocked.
                Run::create(&dir, config).ok().map(|run| run.config.train.seed)
            };
            let threads: Vec<_> = (0..4).map(|seed| scope.spawn(move || start(seed))).collect();
            threads.into_iter().filter_map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(Run::open(&dir).unwrap().config.train.seed, winners[0]);
    }
}
