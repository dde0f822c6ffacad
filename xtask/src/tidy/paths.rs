//! Rule `paths`: what works on one machine only does not reach the repository.

use super::Finding;
use super::tree::{File, Tree};

/// Folders that exist on somebody's machine, without their slashes so that this file may name them.
const MACHINE_FOLDERS: &[&str] = &["work", "root", "tmp/target"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|f| !f.is_test_code()) {
        for (index, line) in file.text.as_deref().unwrap_or_default().lines().enumerate() {
            if is_test_line(file, index) {
                continue;
            }
            if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let advice = format!(
                    "`/{folder}/` is a folder of one machine: use a path relative to the repository"
                );
                findings.push(Finding::new(&file.path, index + 1, advice));
            }
        }
    }
    findings
}

fn is_test_line(file: &File, index: usize) -> bool {
    let line = file.rust.as_ref().and_then(|rust| rust.lines.get(index));
    line.is_some_and(|line| line.in_test)
}

/// Whether an absolute path in this line begins with the folder (`a/work/b` is none).
fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        let starts = before.is_none_or(|c| !(c.is_alphanumeric() || "_-./~}*".contains(c)));
        // Of a build folder in /tmp also those called target-something.
        starts && (after == Some('/') || folder.contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for text in ["see /work/main", "\"/root/.cargo\"", "/tmp/target-x/release/gan", "(/work/x)"]
        {
            assert_eq!(count("README.md", text), 1, "{text}");
            assert_eq!(count("data/golden/emd.py", text), 1, "{text}");
        }
        for text in
            ["https://example.org/work/x", "a/root/b", "/tmp/gan", "/workbench/", "$HOME/work/x"]
        {
            assert_eq!(count("README.md", text), 0, "{text}");
        }
    }

    #[test]
    fn tests_may_name_any_path() {
        assert_eq!(count("tests/src/data.rs", "\"/root/x\""), 0);
        let text = "#[cfg(test)]\nmod tests {\n    const P: &str = \"/root/x\";\n}\n";
        assert_eq!(count("crates/gan-data/src/folder.rs", text), 0);
    }
}
