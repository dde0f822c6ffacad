//! Where the workspace's root is, from any of its folders.

use crate::command::Failure;
use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
///
/// Cargo tells a running program where its package lies; without cargo the current folder and
/// those above it are searched.
pub fn root() -> Result<PathBuf, Failure> {
    if let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR")
        && let Some(root) = Path::new(&package).ancestors().find(|f| is_root(f))
    {
        return Ok(root.to_path_buf());
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::io("find", Path::new("the current folder"), &error))?;
    here.ancestors().find(|f| is_root(f)).map(Path::to_path_buf).ok_or_else(|| {
        Failure::Failed(format!(
            "no workspace here: neither {} nor a folder above it has `Cargo.toml` and `xtask/`",
            here.display()
        ))
    })
}

fn is_root(folder: &Path) -> bool {
    folder.join("xtask").join("Cargo.toml").is_file() && folder.join("Cargo.toml").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_from_within() {
        let root = root().unwrap();
        assert!(root.join("crates").is_dir());
        assert!(is_root(&root) && !is_root(&root.join("crates")));
    }
}
