//! A run directory as a report reads it: configuration, log, pictures.

use crate::{Error, Log, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A picture of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Picture {
    /// What its file's name begins with: `step` for samples, `figure`, or a sheet's name.
    pub kind: String,
    /// The step it shows.
    pub step: u64,
    /// The file.
    pub path: PathBuf,
}

/// What a run directory holds.
#[derive(Debug, Clone, Default)]
pub struct RunFolder {
    /// The folder's own name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// `run.toml` as it is written.
    pub text: String,
    /// The same, read.
    pub config: toml::Table,
    /// `log.jsonl`.
    pub log: Log,
    /// `samples/`, by kind and step.
    pub pictures: Vec<Picture>,
}

impl RunFolder {
    /// Reads a run.
    ///
    /// # Errors
    /// Where `path` is no run directory, or a file of it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let log = Log::read(&path.join("log.jsonl"))?;
        Self::with_log(path, log)
    }

    /// A run whose log is known already, as while it trains.
    ///
    /// # Errors
    /// Where `path` is no run directory, or a file of it cannot be read.
    pub fn with_log(path: &Path, log: Log) -> Result<Self> {
        let file = path.join("run.toml");
        if !file.is_file() {
            let found = if path.exists() { "found no run.toml" } else { "found no such folder" };
            let problem = format!("expected a run directory, {found}; start one with `gan train`");
            return Err(Error::format(path, problem));
        }
        let text = fs::read_to_string(&file).map_err(Error::io(&file, "read"))?;
        let config = text
            .parse::<toml::Table>()
            .map_err(|e| Error::format(&file, format!("expected TOML: {}", e.message())))?;
        // `.` and `..` have no name of their own.
        let whole = fs::canonicalize(path).map_err(Error::io(path, "read"))?;
        let name = whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned();
        let pictures = pictures(&path.join("samples"))?;
        Ok(Self { name, path: path.to_owned(), text, config, log, pictures })
    }

    /// A setting by its path, such as `train.steps`.
    pub fn setting(&self, path: &str) -> Option<&toml::Value> {
        setting(&self.config, path)
    }

    /// A setting as words; empty where it is not there.
    pub fn word(&self, path: &str) -> &str {
        self.setting(path).and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// Steps that the run is to have; those it has where the configuration does not say.
    pub fn steps(&self) -> u64 {
        let told = self.setting("train.steps").and_then(toml::Value::as_integer);
        told.and_then(|n| u64::try_from(n).ok()).unwrap_or(self.log.last)
    }
}

/// A value by its path, such as `model.techniques.loss`.
pub fn setting<'a>(table: &'a toml::Table, path: &str) -> Option<&'a toml::Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let value = table.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => setting(value.as_table()?, rest),
    }
}

/// Every setting by its path, tables within tables taken apart.
pub fn settings(table: &toml::Table) -> Vec<(String, String)> {
    let mut all = Vec::new();
    flatten(table, "", &mut all);
    all
}

fn flatten(table: &toml::Table, prefix: &str, all: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            toml::Value::Table(below) => flatten(below, &format!("{path}."), all),
            toml::Value::String(text) => all.push((path, text.clone())),
            other => all.push((path, other.to_string())),
        }
    }
}

/// The pictures in a folder, `KIND-00000500.png`; other files are none of ours.
fn pictures(folder: &Path) -> Result<Vec<Picture>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(folder, "read")(error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let parts = name.strip_suffix(".png").and_then(|stem| stem.rsplit_once('-'));
        if let Some((kind, step)) = parts
            && !kind.starts_with('.')
            // Eight digits: what `gan sample` leaves beside them is numbered otherwise.
            && step.len() >= 8
            && let Ok(step) = step.parse()
        {
            all.push(Picture { kind: kind.to_owned(), step, path });
        }
    }
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_by_path() {
        let text = "entry = 'a'\n[model.techniques]\nloss = 'hinge'\n[model.techniques.generator]\nlr = 2e-4\n";
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(setting(&table, "model.techniques.loss").unwrap().as_str(), Some("hinge"));
        assert!(setting(&table, "model.loss.techniques").is_none());
        let all = settings(&table);
        assert!(
            all.contains(&("model.techniques.generator.lr".into(), "0.0002".into())),
            "{all:?}"
        );
        assert!(all.contains(&("entry".into(), "a".into())));
    }

    #[test]
    fn what_is_no_run_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let told = RunFolder::open(&folder.path().join("x")).unwrap_err().to_string();
        assert!(told.contains("found no such folder"), "{told}");
        let told = RunFolder::open(folder.path()).unwrap_err().to_string();
        assert!(told.contains("found no run.toml"), "{told}");
        fs::write(folder.path().join("run.toml"), "entry = = 1").unwrap();
        let told = RunFolder::open(folder.path()).unwrap_err().to_string();
        assert!(told.contains("run.toml: expected TOML"), "{told}");
    }

    #[test]
    fn pictures_are_found_by_kind_and_step() {
        let folder = tempfile::tempdir().unwrap();
        let samples = folder.path().join("samples");
        fs::create_dir(&samples).unwrap();
        fs::write(folder.path().join("run.toml"), "entry = 'a'\n[train]\nsteps = 7\n").unwrap();
        for name in [
            "step-00000020.png",
            "step-00000003.png",
            "latest.png",
            "two-words-00000005.png",
            "sample-1.png",
            "x.txt",
        ] {
            fs::write(samples.join(name), "").unwrap();
        }
        let run = RunFolder::open(folder.path()).unwrap();
        let found: Vec<_> = run.pictures.iter().map(|p| (p.kind.as_str(), p.step)).collect();
        assert_eq!(found, [("step", 3), ("step", 20), ("two-words", 5)]);
        assert_eq!((run.steps(), run.word("entry"), run.word("none")), (7, "a", ""));
    }
}
