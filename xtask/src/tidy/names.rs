//! Rule `names`: a file is named by what a reader searches for.

use super::Finding;
use super::mask::word_positions;
use super::tree::Tree;

const BANNED: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc"];
const SOURCES: &[&str] = &[".rs", ".py", ".sh", "Cargo.toml"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if SOURCES.iter().any(|end| file.path.ends_with(end))
            && let Some(name) = file.path.split('/').find_map(banned)
        {
            findings.push(Finding::new(&file.path, 1, advice(name)));
        }
    }
    for (file, rust) in tree.rust() {
        for line in &rust.lines {
            if let Some(name) = module(&line.code).and_then(banned) {
                findings.push(Finding::new(&file.path, line.number, advice(name)));
            }
        }
    }
    findings
}

/// The banned name that a part of a path is, with or without an ending and the `gan-` of a crate.
fn banned(part: &str) -> Option<&'static str> {
    let stem = part.split('.').next().unwrap_or(part);
    let stem = stem.strip_prefix("gan-").unwrap_or(stem);
    BANNED.iter().find(|name| **name == stem).copied()
}

/// The module that a line of code declares.
fn module(code: &str) -> Option<&str> {
    let at = word_positions(code, "mod").next()?;
    let rest = code[at + "mod".len()..].trim_start();
    rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

fn advice(name: &str) -> String {
    format!("`{name}` says nothing: name it by the one concept it holds")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let findings = check(&Tree::of(&[(path, text)]));
        findings.iter().map(|f| f.line).collect()
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        for name in BANNED {
            assert_eq!(lines(&format!("crates/gan-info/src/{name}.rs"), ""), [1]);
            assert_eq!(lines(&format!("crates/gan-info/src/{name}/mean.rs"), ""), [1]);
            assert_eq!(lines(&format!("crates/gan-{name}/Cargo.toml"), ""), [1]);
            assert_eq!(lines("xtask/src/main.rs", &format!("\npub mod {name} {{}}")), [2]);
        }
    }

    #[test]
    fn longer_names_and_other_files_are_fine() {
        assert!(lines("crates/gan-info/src/base_rate.rs", "mod helpful;").is_empty());
        assert!(lines("data/common/readme.txt", "").is_empty());
        assert!(lines("xtask/src/main.rs", "// mod utils\nuse candle_core::x;").is_empty());
    }
}
