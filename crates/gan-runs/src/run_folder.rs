//! The folder of a new run: the one asked for, or the first free `runs/ENTRY-N`.

use crate::error::{Context, Error, Result};
use gan_train::{Run, RunConfig};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where runs go unless told otherwise.
const RUNS: &str = "runs";

/// Creates the run; without `out` in a folder of its own below `runs`.
pub fn create(out: Option<&Path>, config: RunConfig) -> Result<Run> {
    match out {
        Some(dir) => Ok(Run::create(dir, config)?),
        None => {
            let dir = claim(Path::new(RUNS), &config.entry)?;
            Run::create(&dir, config).map_err(|error| {
                // Removes nothing but an empty folder.
                let _ = fs::remove_dir(&dir);
                error.into()
            })
        }
    }
}

/// A folder for results that are no run: the one asked for, new or empty, or the first free
/// `runs/NAME-N`.
pub fn for_results(out: Option<&Path>, name: &str) -> Result<PathBuf> {
    let Some(dir) = out else { return claim(Path::new(RUNS), name) };
    let advice = || format!("{}: cannot make this folder", dir.display());
    fs::create_dir_all(dir).with_context(advice)?;
    match fs::read_dir(dir).with_context(advice)?.next() {
        None => Ok(dir.to_owned()),
        Some(_) => {
            let dir = dir.display();
            Err(Error::Failed(format!(
                "{dir}: there are files in it already; choose another --out"
            )))
        }
    }
}

/// Makes the first folder `PARENT/NAME-N` that is not there yet; two processes get two.
fn claim(parent: &Path, name: &str) -> Result<PathBuf> {
    let advice = || {
        let parent = parent.display();
        format!("{parent}: cannot make a folder for the run here; choose one with --out")
    };
    fs::create_dir_all(parent).with_context(advice)?;
    for number in 1_u64.. {
        let dir = parent.join(format!("{name}-{number}"));
        match fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(advice),
        }
    }
    Err(Error::Failed(advice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_number_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let parent = folder.path().join("runs");
        assert_eq!(claim(&parent, "a").unwrap(), parent.join("a-1"));
        assert_eq!(claim(&parent, "a").unwrap(), parent.join("a-2"));
        assert_eq!(claim(&parent, "b").unwrap(), parent.join("b-1"));
        fs::remove_dir(parent.join("a-1")).unwrap();
        assert_eq!(claim(&parent, "a").unwrap(), parent.join("a-1"));
    }
}
