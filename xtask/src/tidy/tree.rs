//! The files that tidy looks at: what git tracks or would track, read once.

use super::mask::Masked;
use crate::command::Failure;
use std::path::Path;
use std::process::{Command, Stdio};

/// Larger files are data for certain: they are listed, not read.
const READ_LIMIT: u64 = 16_000_000;

/// Every file of the repository, sorted by path.
pub struct Tree {
    pub files: Vec<File>,
}

/// One file; `text` is absent when it is not UTF-8, `rust` when it is no Rust source.
pub struct File {
    /// Relative to the root, with `/` between the parts.
    pub path: String,
    pub bytes: u64,
    /// In git's index: a file that only lies there may have any size.
    pub tracked: bool,
    pub text: Option<String>,
    pub rust: Option<Masked>,
}

impl Tree {
    /// Reads the files below `root`: git's list, or a walk where git is absent.
    pub fn read(root: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for (path, tracked) in listed_by_git(root).map_or_else(|| walked(root), Ok)? {
            let full = root.join(&path);
            let Ok(found) = std::fs::metadata(&full) else {
                continue; // deleted but not yet committed
            };
            if !found.is_file() {
                continue; // a submodule
            }
            let content = if found.len() <= READ_LIMIT {
                std::fs::read(&full).map_err(|error| Failure::io("read", &full, &error))?
            } else {
                Vec::new()
            };
            files.push(File { bytes: found.len(), tracked, ..File::new(&path, content) });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A tree made of `(path, text)` pairs.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files =
            files.iter().map(|(path, text)| File::new(path, text.as_bytes().to_vec())).collect();
        Self { files }
    }

    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|f| f.path == path)
    }

    /// The Rust sources, with their masked text.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Masked)> {
        self.files.iter().filter_map(|f| f.rust.as_ref().map(|rust| (f, rust)))
    }

    /// The manifests of the crates in `crates/`, with the crate's folder name.
    pub fn crate_manifests(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().filter_map(|f| {
            let folder = f.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            (!folder.contains('/')).then_some((folder, f))
        })
    }
}

impl File {
    fn new(path: &str, content: Vec<u8>) -> Self {
        let bytes = content.len() as u64;
        let text = String::from_utf8(content).ok();
        let rust = match &text {
            Some(text) if path.ends_with(".rs") => Some(Masked::new(text)),
            _ => None,
        };
        Self { path: path.to_owned(), bytes, tracked: true, text, rust }
    }

    /// The member crate that the file belongs to: `gan-…`, `xtask` or `tests`.
    pub fn crate_name(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        match parts.next()? {
            "crates" => parts.next(),
            other => ["xtask", "tests"].contains(&other).then_some(other),
        }
    }

    /// Whether the file is compiled for tests, benches or examples only.
    pub fn is_test_code(&self) -> bool {
        let mut folders: Vec<&str> = self.path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        name == "tests.rs"
            || name.ends_with("_tests.rs")
            || folders.iter().any(|f| ["tests", "benches", "examples"].contains(f))
    }
}

/// What git tracks, and what it would track after `git add`. `None` without git or a repository.
fn listed_by_git(root: &Path) -> Option<Vec<(String, bool)>> {
    let list = |kind: &[&str]| -> Option<Vec<String>> {
        let output = Command::new("git")
            .args(["ls-files", "-z"])
            .args(kind)
            .current_dir(root)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let split = text.split('\0').filter(|path| !path.is_empty());
        output.status.success().then(|| split.map(str::to_owned).collect())
    };
    let tracked = list(&["--cached"])?;
    let others = list(&["--others", "--exclude-standard"])?;
    let mut paths: Vec<(String, bool)> = tracked.into_iter().map(|path| (path, true)).collect();
    paths.extend(others.into_iter().map(|path| (path, false)));
    paths.sort();
    paths.dedup_by(|a, b| a.0 == b.0); // a merge conflict lists a file three times
    // A copy without its own `.git` inside another repository may be ignored there: then walk.
    paths.iter().any(|(path, _)| path == "Cargo.toml").then_some(paths)
}

/// Every file below `root` except what builds and runs leave behind.
fn walked(root: &Path) -> Result<Vec<(String, bool)>, Failure> {
    const LEFT_BEHIND: &[&str] = &["target", "runs", ".git"];
    let mut found = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let fail = |error: std::io::Error| Failure::io("list", &folder, &error);
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(fail)?;
            if kind.is_dir() && !LEFT_BEHIND.contains(&path.as_str()) {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() {
                found.push((path, true));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn both_ways_of_listing_find_this_file() {
        let root = workspace::root().unwrap();
        let this = "xtask/src/tidy/tree.rs";
        assert!(walked(&root).unwrap().iter().any(|(path, _)| path == this));
        assert!(Tree::read(&root).unwrap().get(this).is_some());
    }

    #[test]
    fn a_file_knows_its_crate_and_whether_it_is_a_test() {
        let file = |path: &str| File::new(path, Vec::new());
        assert_eq!(file("crates/gan-info/src/lib.rs").crate_name(), Some("gan-info"));
        assert_eq!(file("xtask/src/main.rs").crate_name(), Some("xtask"));
        assert_eq!(file("data/golden/emd.py").crate_name(), None);
        assert!(file("crates/gan-info/tests/golden.rs").is_test_code());
        assert!(file("crates/gan-info/src/transport/tests.rs").is_test_code());
        assert!(!file("crates/gan-info/src/lib.rs").is_test_code());
    }

    #[test]
    fn manifests_of_crates_are_told_from_others() {
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            ("crates/gan-info/Cargo.toml", ""),
            ("crates/gan-info/fuzz/Cargo.toml", ""),
            ("xtask/Cargo.toml", ""),
        ]);
        let names: Vec<_> = tree.crate_manifests().map(|(name, _)| name).collect();
        assert_eq!(names, ["gan-info"]);
    }
}
