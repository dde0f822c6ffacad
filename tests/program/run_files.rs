//! What lies in a folder or a run: contents, checkpoints, the log.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file's SHA-256 in hexadecimal.
pub fn sha256(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything below `folder`: files with their SHA-256, folders with nothing.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
            all.insert(path, String::new());
        } else {
            let hash = sha256(&path);
            all.insert(path, hash);
        }
    }
    all
}

/// The names in a folder, in order; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    // A running program may rename what was just listed: that is no reason to fail.
    let name = |e: std::io::Result<fs::DirEntry>| e.ok()?.file_name().into_string().ok();
    let mut all: Vec<String> = entries.filter_map(name).collect();
    all.sort();
    all
}

/// The temporary files in a folder, which a program that was killed while it wrote leaves.
pub fn half_written(folder: &Path) -> usize {
    names(folder).iter().filter(|name| name.ends_with(".tmp")).count()
}

/// The run's checkpoint of a step.
pub fn checkpoint(run: &Path, step: u64) -> PathBuf {
    run.join(format!("checkpoints/step-{step:08}.safetensors"))
}

/// The steps of the run's checkpoints.
pub fn checkpoints(run: &Path) -> Vec<u64> {
    let step =
        |name: &String| name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok();
    names(&run.join("checkpoints")).iter().filter_map(step).collect()
}

/// How many lines the run's log has by now.
pub fn lines(run: &Path) -> usize {
    fs::read(run.join("log.jsonl")).map_or(0, |b| b.iter().filter(|b| **b == b'\n').count())
}

/// The run's log without the times, which differ between any two runs.
pub fn log(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let object = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        let seconds = value.as_object_mut().unwrap().remove("seconds").unwrap();
        assert!(seconds.as_f64().unwrap() > 0.0);
        value
    };
    text.lines().map(object).collect()
}

/// The steps in the run's log, in its order.
pub fn logged(run: &Path) -> Vec<u64> {
    log(run).iter().map(|line| line["step"].as_u64().unwrap()).collect()
}

/// Insists that two runs left the same checkpoints, pictures and log, byte for byte but for times.
pub fn same_runs(a: &Path, b: &Path) {
    for folder in ["checkpoints", "samples"] {
        let (a, b) = (a.join(folder), b.join(folder));
        assert_eq!(names(&a), names(&b));
        for name in names(&a) {
            assert_eq!(sha256(&a.join(&name)), sha256(&b.join(&name)), "{folder}/{name}");
        }
    }
    assert_eq!(log(a), log(b));
    // Event files carry the time in their names and in every record, and a resume begins a new one.
    let steady = |run: &Path| -> Vec<String> {
        names(run).into_iter().filter(|name| !name.starts_with("events.out.tfevents.")).collect()
    };
    assert_eq!(steady(a), steady(b));
}
