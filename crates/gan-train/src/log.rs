//! `log.jsonl`: one JSON object a step or evaluation, cut back to the checkpoint on resume.

use crate::{Error, Result, StepReport};
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// An open log.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens `path` for appending, keeping only lines of steps up to `step`; a line that was cut
    /// short by a kill goes too.
    pub fn open(path: &Path, step: u64) -> Result<Self> {
        if path.exists() {
            let file = File::open(path).map_err(Error::io(path, "read"))?;
            let mut kept = Vec::new();
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(Error::io(path, "read"))?;
                let Ok(object) = serde_json::from_slice::<Value>(&line) else { continue };
                if object["step"].as_u64().is_some_and(|s| s <= step) {
                    kept.extend_from_slice(&line);
                    kept.push(b'\n');
                }
            }
            gan_images::write_atomically(path, |f| f.write_all(&kept))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(Error::io(path, "open"))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Appends one line.
    pub fn step(&mut self, report: &StepReport, seconds: f64) -> Result<()> {
        let mut line = serde_json::to_vec(&describe(report, seconds))
            .map_err(|e| Error::Config(format!("log line: {e}")))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(Error::io(&self.path, "write"))
    }

    /// Makes what was written last through a power cut.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io(&self.path, "sync"))
    }
}

/// Appends any object to the log of a run, whether or not somebody trains there: one write of a
/// whole line, at the end as it is then.
pub(crate) fn append(path: &Path, object: &Value) -> Result<()> {
    let mut line = object.to_string().into_bytes();
    line.push(b'\n');
    let mut file =
        OpenOptions::new().create(true).append(true).open(path).map_err(Error::io(path, "open"))?;
    file.write_all(&line).map_err(Error::io(path, "write"))
}

fn describe(report: &StepReport, seconds: f64) -> Value {
    let mut players = Map::new();
    for p in &report.players {
        let mut fields = Map::new();
        fields.insert("loss".into(), p.loss.into());
        for (name, value) in &p.terms {
            fields.insert((*name).into(), (*value).into());
        }
        fields.insert("grad_norm".into(), p.grad_norm.into());
        fields.insert("lr".into(), p.lr.into());
        players.insert(p.name.clone(), fields.into());
    }
    let mut line = json!({
        "kind": "step", "step": report.step, "seconds": seconds, "players": players,
    });
    if !report.samples.is_empty() {
        let samples: Map<_, _> =
            report.samples.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        line["samples"] = samples.into();
    }
    line
}
