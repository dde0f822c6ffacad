//! `log.jsonl` as curves: one series of `(step, value)` for each number that a run logs.

use crate::{Error, Result};
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Who logged what the run says of its samples: no player, but the loop itself.
pub const SAMPLES: &str = "samples";
/// Who logged scores.
pub const EVAL: &str = "eval";
/// Different numbers that are kept; a log has a dozen, and a damaged one may have any number.
const MOST_SERIES: usize = 256;

/// One number over the steps of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// The player that logged it, such as `generator`; [`SAMPLES`] or [`EVAL`].
    pub owner: String,
    /// What it is, such as `loss`.
    pub name: String,
    /// `(step, value)` in the order of the log; every value is finite.
    pub points: Vec<(u64, f64)>,
}

/// One evaluation: its step and the whole line, receipt and all.
#[derive(Debug, Clone, PartialEq)]
pub struct Eval {
    /// The step of the checkpoint that was scored.
    pub step: u64,
    /// The line of the log.
    pub line: Value,
}

/// Everything that a log holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    series: Vec<Series>,
    places: HashMap<(String, String), usize>,
    /// Evaluations in the order of the log.
    pub evals: Vec<Eval>,
    /// The last step that was logged.
    pub last: u64,
    /// Steps that were logged.
    pub steps: u64,
    /// Seconds of all steps together, pictures and checkpoints not included.
    pub seconds: f64,
    /// Lines that are no lines of a log.
    pub unread: usize,
}

impl Log {
    /// Reads a log; a file that is not there is an empty one. Lines that cannot be read, such as
    /// the last one of a run that is being written to, are counted and left out.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_to(path, u64::MAX)
    }

    /// Reads the lines of steps up to `last`, as a resume leaves them.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn read_to(path: &Path, last: u64) -> Result<Self> {
        let mut log = Self::default();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(log),
            Err(error) => return Err(Error::io(path, "read")(error)),
        };
        for line in BufReader::with_capacity(1 << 20, file).split(b'\n') {
            let line = line.map_err(Error::io(path, "read"))?;
            if !line.is_empty() {
                log.line_to(&line, last);
            }
        }
        Ok(log)
    }

    /// Takes one line of a log; what is no line of a log is counted.
    pub fn line(&mut self, line: &[u8]) {
        self.line_to(line, u64::MAX);
    }

    fn line_to(&mut self, line: &[u8], last: u64) {
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            self.unread += 1;
            return;
        };
        let Some(step) = value["step"].as_u64() else {
            self.unread += 1;
            return;
        };
        match value["kind"].as_str() {
            _ if step > last => {}
            Some("step") => {
                self.step(step, value["seconds"].as_f64().unwrap_or(0.0));
                for (player, terms) in value["players"].as_object().into_iter().flatten() {
                    self.terms(step, player, terms);
                }
                self.terms(step, SAMPLES, &value[SAMPLES]);
            }
            Some("eval") => {
                self.terms(step, EVAL, &value);
                self.evals.push(Eval { step, line: value });
            }
            _ => self.unread += 1,
        }
    }

    fn terms(&mut self, step: u64, owner: &str, terms: &Value) {
        for (name, term) in terms.as_object().into_iter().flatten() {
            if let Some(value) = term.as_f64()
                && name != "step"
            {
                self.add(step, owner, name, value);
            }
        }
    }

    /// A step was logged that took so many seconds.
    pub fn step(&mut self, step: u64, seconds: f64) {
        self.last = self.last.max(step);
        self.steps += 1;
        if seconds.is_finite() {
            self.seconds += seconds;
        }
    }

    /// Takes one number; what is not finite is left out.
    pub fn add(&mut self, step: u64, owner: &str, name: &str, value: f64) {
        if !value.is_finite() {
            return;
        }
        let key = (owner.to_owned(), name.to_owned());
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.series.len() >= MOST_SERIES => return,
            None => {
                let (owner, name) = key.clone();
                self.series.push(Series { owner, name, points: Vec::new() });
                self.places.insert(key, self.series.len() - 1);
                self.series.len() - 1
            }
        };
        self.series[place].points.push((step, value));
    }

    /// Every series, in the order of its first value.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The points of one series; none where nobody logged it.
    pub fn points(&self, owner: &str, name: &str) -> &[(u64, f64)] {
        let key = (owner.to_owned(), name.to_owned());
        self.places.get(&key).map_or(&[], |place| &self.series[*place].points)
    }

    /// The points of a number that only one player logs, such as `d_real`, whoever it is.
    pub fn anyones(&self, name: &str) -> &[(u64, f64)] {
        let found = self.series.iter().find(|s| s.name == name && s.is_of_a_player());
        found.map_or(&[], |s| &s.points)
    }
}

impl Series {
    /// Whether a player logged it, and not the loop or an evaluation.
    pub fn is_of_a_player(&self) -> bool {
        ![SAMPLES, EVAL].contains(&self.owner.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_becomes_series_and_what_is_broken_is_counted() {
        let mut log = Log::default();
        let lines = [
            r#"{"kind":"step","step":1,"seconds":0.5,"players":{"generator":{"loss":0.7,"lr":0.1}}}"#,
            r#"{"kind":"step","step":2,"seconds":0.5,"players":{"generator":{"loss":null}},"samples":{"spread":1.5}}"#,
            r#"{"kind":"eval","step":2,"seconds":3.0,"fid":12.5,"receipt":{"seed":1}}"#,
            r#"{"kind":"st"#,
            r#"[1, 2]"#,
            r#"{"kind":"other","step":3}"#,
            "\u{fffd}",
        ];
        for line in lines {
            log.line(line.as_bytes());
        }
        assert_eq!(log.points("generator", "loss"), [(1, 0.7)]);
        assert_eq!(log.anyones("lr"), [(1, 0.1)]);
        assert_eq!(log.points(SAMPLES, "spread"), [(2, 1.5)]);
        assert_eq!((log.points(EVAL, "fid"), log.evals[0].step), ([(2, 12.5)].as_slice(), 2));
        assert_eq!((log.last, log.steps, log.seconds, log.unread), (2, 2, 1.0, 4));
        assert!(log.points("nobody", "loss").is_empty());
    }

    #[test]
    fn a_log_full_of_names_does_not_fill_the_memory() {
        let mut log = Log::default();
        for n in 0..10_000 {
            log.add(1, "player", &format!("term {n}"), 1.0);
        }
        assert_eq!(log.series().len(), MOST_SERIES);
    }

    #[test]
    fn no_file_is_an_empty_log() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Log::read(&folder.path().join("log.jsonl")).unwrap(), Log::default());
        assert!(Log::read(folder.path()).is_err());
    }
}
