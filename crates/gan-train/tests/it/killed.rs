//! A process that dies without a word loses only what came after its last checkpoint.

use crate::resumed::setups;
use crate::ring::{End, Ring, Setup, bytes, checkpoint, config, feed, logged, train};
use gan_train::{Run, Trainer};
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::tempdir;

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_killed_and_resumed_run_ends_in_the_same_bytes() {
    for (name, setup) in setups() {
        let folder = tempdir().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        train(&whole, &setup, End::Done).unwrap();
        let critic = setup.updates[0] as u64;
        // In steps 1, 4, 6, 7, 11 and 12; with three critic steps in the middle of one.
        for step in [1, 4, 6, 7, 11, 12] {
            let batch = (step - 1) * critic + critic / 2;
            let error = train(&parts, &setup, End::Die(batch)).unwrap_err().to_string();
            assert_eq!(error, "killed", "{name}, step {step}");
            // What a kill may leave: a line cut short, and half of a checkpoint under another name.
            append(&parts.join("log.jsonl"), "{\"kind\":\"step\",\"step\":12,\"seco");
            let half = &bytes(&whole, 12)[..300];
            for file in ["checkpoints/.step-00000012.safetensors.77-0.tmp", ".run.toml.77-1.tmp"] {
                fs::write(parts.join(file), half).unwrap();
            }
        }
        train(&parts, &setup, End::Done).unwrap();
        assert!(bytes(&whole, 12) == bytes(&parts, 12), "{name}: other bytes");
        assert_eq!(logged(&parts), (1..=12).collect::<Vec<_>>(), "{name}");
        for folder in [&parts, &parts.join("checkpoints"), &parts.join("samples")] {
            let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
            let names: Vec<_> = names.map(|n| n.into_string().unwrap()).collect();
            assert!(!names.iter().any(|n| n.ends_with(".tmp")), "{name}: {names:?}");
        }
    }
}

/// Killed between the log's sync and the checkpoint's rename: the log knows more than the folder.
#[test]
fn a_log_ahead_of_its_checkpoint_is_cut_back() {
    let folder = tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let setup = Setup::default();
    train(&whole, &setup, End::Done).unwrap();
    train(&parts, &setup, End::Stop(8)).unwrap();
    fs::remove_file(checkpoint(&parts, 8)).unwrap();
    // Not of a step, but an object with one: it is cut back with the steps, or kept with them.
    append(&parts.join("log.jsonl"), "{\"kind\":\"eval\",\"step\":4,\"fid\":1.5}\n");
    append(&parts.join("log.jsonl"), "{\"kind\":\"eval\",\"step\":8,\"fid\":1.0}\n");
    train(&parts, &setup, End::Done).unwrap();
    assert!(bytes(&whole, 12) == bytes(&parts, 12));
    let text = fs::read_to_string(parts.join("log.jsonl")).unwrap();
    assert!(text.contains("\"fid\":1.5") && !text.contains("\"fid\":1.0"));
    let steps: Vec<u64> = logged(&parts);
    assert_eq!(steps, [1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
}

/// Steps that were trained and logged, but died with the process.
#[test]
fn steps_after_the_last_checkpoint_are_done_again() {
    let folder = tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let setup = Setup::default();
    train(&whole, &setup, End::Done).unwrap();
    {
        let mut game = Ring::new(&setup);
        let mut trainer = Trainer::new(&game, &setup.train).unwrap();
        let mut run = Run::create(&parts, config(&setup)).unwrap();
        let mut data = feed(&setup);
        for _ in 0..3 {
            let report = trainer.step(&mut game, &mut |n| data.batch(n)).unwrap();
            run.log(&report, 0.1).unwrap();
        }
    }
    assert_eq!(logged(&parts), [1, 2, 3]);
    train(&parts, &setup, End::Done).unwrap();
    assert!(bytes(&whole, 12) == bytes(&parts, 12));
    assert_eq!(logged(&parts), (1..=12).collect::<Vec<_>>());
}

#[test]
fn a_run_killed_before_its_configuration_was_written_can_be_started_again() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join(".lock"), "").unwrap();
    fs::write(dir.join(".run.toml.5-0.tmp"), "entry = ").unwrap();
    train(&dir, &Setup::default(), End::Stop(1)).unwrap();
    assert!(!dir.join(".run.toml.5-0.tmp").exists());
    // And one killed right after it is a run without folders.
    for sub in ["samples", "checkpoints"] {
        fs::remove_dir_all(dir.join(sub)).unwrap();
    }
    train(&dir, &Setup::default(), End::Done).unwrap();
    assert_eq!(logged(&dir).len(), 12);
}
