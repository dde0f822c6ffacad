//! The folder that travels to a machine with a card.

use crate::command::Failure;
use std::path::{Path, PathBuf};

/// What times PyTorch there.
const SCRIPTS: &str = "benches/peers";

/// Lays the program and scripts into `pack`, and says how large it is.
pub fn lay(root: &Path, pack: &Path, program: &Path) -> Result<(), Failure> {
    let scripts = pack.join(SCRIPTS);
    std::fs::create_dir_all(&scripts).map_err(|error| Failure::io("make", &scripts, &error))?;
    let mut bytes = 0;
    let mut copy = |from: &Path, to: PathBuf| {
        bytes += std::fs::copy(from, &to).map_err(|error| Failure::io("write", &to, &error))?;
        Ok::<(), Failure>(())
    };
    copy(program, pack.join(program.file_name().unwrap_or_default()))?;
    // What checks and times the program there, where there is no cargo.
    let own = std::env::current_exe().map_err(|e| Failure::io("find", Path::new("xtask"), &e))?;
    copy(&own, pack.join("xtask"))?;
    let source = root.join(SCRIPTS);
    let entries = std::fs::read_dir(&source).map_err(|e| Failure::io("list", &source, &e))?;
    for entry in entries.flatten().filter(|entry| entry.path().extension() == Some("py".as_ref())) {
        copy(&entry.path(), scripts.join(entry.file_name()))?;
    }
    println!("{}: {:.0} MB", pack.display(), bytes as f64 / 1e6);
    Ok(())
}
