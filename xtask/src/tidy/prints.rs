//! Rule `prints`: a library returns what it knows; only programs print.

use super::Finding;
use super::mask::word_positions;
use super::tree::{File, Tree};

const PROGRAMS: &[&str] = &["gan-cli", "xtask", "tests"];
const MACROS: &[&str] = &["println", "eprintln", "print", "eprint"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust().filter(|(file, _)| is_library(file)) {
        for line in &rust.lines {
            let prints = |name: &&&str| {
                word_positions(&line.code, name)
                    .any(|at| line.code[at + name.len()..].starts_with("!("))
            };
            if let Some(name) = MACROS.iter().find(prints) {
                let advice = format!(
                    "`{name}!` in a library: return the value, or use `tracing` for the log"
                );
                findings.push(Finding::new(&file.path, line.number, advice));
            }
        }
    }
    findings
}

/// A crate's library source: neither a program nor a test, a bench, an example or a build script.
fn is_library(file: &File) -> bool {
    let program = file.path.contains("/src/bin/")
        || file.path.ends_with("/src/main.rs")
        || file.path.ends_with("/build.rs");
    let member = file.crate_name();
    member.is_some_and(|name| !PROGRAMS.contains(&name)) && !program && !file.is_test_code()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn libraries_do_not_print_and_programs_do() {
        for text in ["println!(\"x\");", "eprintln!();", "std::print!(\"x\");"] {
            assert_eq!(count("crates/gan-info/src/lib.rs", text), 1, "{text}");
            assert_eq!(count("crates/gan-cli/src/progress.rs", text), 0, "{text}");
            assert_eq!(count("crates/gan-metrics/src/bin/gan-metrics.rs", text), 0);
            assert_eq!(count("crates/gan-info/examples/coin.rs", text), 0, "{text}");
        }
        assert_eq!(count("crates/gan-info/src/lib.rs", "// println!(\"x\")"), 0);
        assert_eq!(count("crates/gan-info/src/lib.rs", "pretty_print!(x)"), 0);
    }
}
