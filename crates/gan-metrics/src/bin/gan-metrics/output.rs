//! Results to stdout, notes to stderr; a reader that went away is no error.

use crate::failure::{Closed, usage};
use anyhow::{Context, Result};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Writes a result to stdout, ending in exactly one line end.
pub fn result(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("stdout: cannot write"),
    }
}

/// Writes one JSON object to stdout, on one line.
pub fn json(value: &serde_json::Value) -> Result<()> {
    result(&value.to_string())
}

/// Writes a warning to stderr; nobody reading it is no reason to stop.
pub fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

/// Columns as wide as their widest cell, two spaces apart.
pub fn table(rows: &[[String; 2]]) -> String {
    let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    let line = |row: &[String; 2]| format!("{:<width$}  {}\n", row[0], row[1]);
    rows.iter().map(line).collect()
}

/// What commands with a file to write share: refuse, before the work, to write over a file or into a
/// folder that is not there.
pub fn refuse_existing(path: &Path, force: bool) -> Result<()> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        let (path, folder) = (path.display(), folder.display());
        return Err(usage(format!("{path}: there is no folder {folder}; make it first")));
    }
    if path.exists() && !force {
        let path = path.display();
        return Err(usage(format!("{path}: this file exists; choose another, or --force")));
    }
    Ok(())
}
