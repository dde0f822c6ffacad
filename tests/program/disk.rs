//! Disks that are full or may not be written to, and what is still there afterwards.
#![cfg(target_os = "linux")]

use crate::gan::{Place, skips};
use crate::run_files::{checkpoints, contents, half_written, logged, same_runs};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A checkpoint of this has a little over a million bytes.
const DCGAN: &str = "dcgan --set features=8 --ema 0 --batch 8 --samples 4 --checkpoint-every 2 \
                     --quiet";

/// What most of these tests need.
const NEEDS: &str = "needs root to mount a tmpfs";

/// Says what is not tested, even where the words of tests that pass are not shown.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A file system in memory, unmounted with this value.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one of so many kilobytes at `path`; nothing where that is not allowed.
    fn mount(path: PathBuf, kilobytes: u32) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let size = format!("size={kilobytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(path)),
            _ => None,
        }
    }

    /// Mounts it again with other options.
    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.0).status();
        assert!(status.unwrap().success(), "{options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy"]).arg(&self.0).status();
    }
}

/// Makes a run on the full disk go on after there is room, and insists on the usual end.
fn goes_on(place: &Place, disk: &Disk, run: &Path) {
    disk.remount("size=100m");
    place.done(&format!("train {DCGAN} --steps 12 --out whole"));
    place.done("train --resume disk/run --quiet");
    same_runs(&place.path("whole"), run);
    assert_eq!(logged(run), (1..=12).collect::<Vec<_>>());
}

#[test]
fn a_disk_that_runs_full_while_training() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk"), 3350) else { return skips(NEEDS) };
    let run = disk.0.join("run");
    let told = place.gan(&format!("train {DCGAN} --steps 12 --out disk/run")).with_code(1);
    // Two fit; there is no room for the third.
    let left = checkpoints(&run);
    assert_eq!(left, [0, 2]);
    told.error(&[
        "disk/run/checkpoints/step-00000004.safetensors: ",
        "No space left on device",
        "the last good checkpoint is disk/run/checkpoints/step-00000002.safetensors (step 2)",
        "train --resume disk/run",
    ]);
    assert_eq!(half_written(&run.join("checkpoints")), 0);
    // It still loads, with the disk as full as it was.
    let drawn = place.json("sample disk/run --out s.png --json");
    assert_eq!(drawn["step"], 2);
    let again = place.gan("train --resume disk/run --quiet").with_code(1);
    again.error(&["step-00000004.safetensors: ", "No space left on device"]);
    assert_eq!(checkpoints(&run), left);
    goes_on(&place, &disk, &run);
}

#[test]
fn a_disk_that_is_full_for_the_first_checkpoint() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk"), 1300) else { return skips(NEEDS) };
    let run = disk.0.join("run");
    let told = place.gan(&format!("train {DCGAN} --steps 12 --out disk/run")).with_code(1);
    let words = ["step-00000000.safetensors: ", "No space left on device", "no checkpoint was"];
    told.error(&words);
    assert!(told.err.contains("`") && told.err.contains("train --resume disk/run"), "{told:?}");
    place.gan("sample disk/run --out s.png").with_code(1).error(&["no checkpoint yet"]);
    goes_on(&place, &disk, &run);
}

#[test]
fn a_disk_without_room_for_anything() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk"), 64) else { return skips(NEEDS) };
    fs::write(disk.0.join("photos.zip"), vec![1; 64 << 10]).unwrap();
    let told = place.gan(&format!("train {DCGAN} --steps 12 --out disk/run")).with_code(1);
    told.error(&["disk/run/run.toml: ", "No space left on device"]);
    assert_eq!(half_written(&disk.0.join("run")), 0);
    // Nothing but what a run may be started in once there is room.
    fs::remove_file(disk.0.join("photos.zip")).unwrap();
    disk.remount("size=100m");
    place.done(&format!("train {DCGAN} --steps 2 --out disk/run"));
}

#[test]
fn samples_on_a_full_disk() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk"), 64) else { return skips(NEEDS) };
    place.done("train dcgan --set features=4 --batch 8 --steps 1 --out run --quiet");
    fs::write(disk.0.join("mine.npz"), "mine").unwrap();
    for out in ["mine.npz --force", "new.npz"] {
        let told = place.gan(&format!("sample run --count 200 --out disk/{out}")).with_code(1);
        told.error(&["npz: ", "No space left on device"]);
    }
    assert_eq!(fs::read(disk.0.join("mine.npz")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&disk.0).unwrap().count(), 1);
    let told = place.gan("sample run --count 200 --out disk/folder").with_code(1);
    told.error(&["disk/folder/", "No space left on device"]);
}

/// Makes a folder read-only: as its owner may, or as a file system where root would not care.
fn read_only(place: &Place) -> Option<(PathBuf, Option<Disk>)> {
    let path = place.path("disk");
    let disk = Disk::mount(path.clone(), 10_000);
    place.done("train gaussian1d --steps 2 --quiet --out disk/run");
    match &disk {
        Some(disk) => disk.remount("ro"),
        None => {
            say("instead of mounting read-only: taking the permission to write away");
            let chmod = Command::new("chmod").args(["-R", "a-w"]).arg(&path).status();
            assert!(chmod.unwrap().success());
            if fs::write(path.join("probe"), "").is_ok() {
                skips("root may write everywhere, and no tmpfs can be mounted");
                return None;
            }
        }
    }
    Some((path, disk))
}

#[test]
fn a_folder_that_is_read_only() {
    let place = Place::new();
    let Some((path, disk)) = read_only(&place) else { return };
    let before = contents(&path);
    let why = if disk.is_some() { "Read-only file system" } else { "Permission denied" };
    for (line, what) in [
        ("train gaussian1d --steps 2 --out disk/new", "disk/new: "),
        ("train --resume disk/run --steps 4", "disk/run/.lock: "),
        ("sample disk/run", "disk/run/samples/sample.png: "),
        ("sample disk/run --out disk/new/s.png", "disk/new"),
        ("data check toy:ring --sheet disk/sheet.png", "disk/sheet.png: "),
    ] {
        let told = place.gan(line).with_code(1);
        assert!(told.err.contains(what) && told.err.contains(why), "{told:#?}");
        assert_eq!(before, contents(&path), "{line}");
    }
    // Reading is as good as ever.
    place.done("sample disk/run --out s.png");
    if disk.is_none() {
        assert!(Command::new("chmod").args(["-R", "u+w"]).arg(&path).status().unwrap().success());
    }
}
