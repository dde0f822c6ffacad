//! `cargo xtask tidy`: the house rules that no compiler knows, one file a rule.

mod architecture;
mod arrows;
mod circles;
mod devices;
mod first_line;
mod leftovers;
mod length;
mod links;
mod manifest;
mod manifests;
mod mask;
mod names;
mod packages;
mod paths;
mod size;
mod tree;
mod unsafe_code;

use crate::command::Failure;
use crate::workspace;
use std::fmt;
use std::io::Write;
use std::path::Path;
use tree::Tree;

pub const HELP: &str = "\
Check the house rules that no compiler knows.

Usage: cargo xtask tidy

Each finding is one line, `path:line: rule: what to do`; any finding makes the exit code 1.

What a lint can say is clippy's to check: `clippy.toml` and the workspace's lints name the calls
that are refused, and why.

The rules:
  length        a source file has at most 500 lines; a file of constants says `// tidy: table`
  first-line    a Rust file begins with `//!` and says what it is for
  unsafe        `unsafe` only in gan-kernels
  arrows        a crate depends only on the crates that it may know
  circles       files of a crate import each other one way only
  devices       a tensor that is put on the CPU says why: `// On the host: …`
  names         no file or module called utils, common, helpers, core, base, …
  leftovers     no ignored tests and no marks of unfinished work
  manifests     every crate has a description, the workspace's lints and its folder's name
  links         relative links in Markdown point at files that exist
  size          no tracked file above 1 MB
  packages      what a crate embeds or its unit tests read lies in the crate
  paths         no absolute path of somebody's machine
  architecture  ARCHITECTURE.md names every crate
";

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, advice } = self;
        write!(f, "{path}:{line}: {rule}: {advice}")
    }
}

/// A rule looks at the whole tree and says where it is broken: line (from 1) and what to do.
type Rule = fn(&Tree) -> Vec<Finding>;

/// A place, and what to do there; the rule's name is added by [`violations`].
struct Finding {
    path: String,
    line: usize,
    advice: String,
}

impl Finding {
    fn new(path: &str, line: usize, advice: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, advice: advice.into() }
    }
}

const RULES: &[(&str, Rule)] = &[
    ("length", length::check),
    ("first-line", first_line::check),
    ("unsafe", unsafe_code::check),
    ("arrows", arrows::check),
    ("circles", circles::check),
    ("devices", devices::check),
    ("names", names::check),
    ("leftovers", leftovers::check),
    ("manifests", manifests::check),
    ("links", links::check),
    ("size", size::check),
    ("packages", packages::check),
    ("paths", paths::check),
    ("architecture", architecture::check),
];

pub fn run(args: &[String]) -> Result<(), Failure> {
    match args.first() {
        None => report(&workspace::root()?),
        Some(word) => Err(Failure::Usage(format!("`tidy` takes no arguments, found `{word}`"))),
    }
}

/// Prints every violation under `root`, and fails when there is one.
pub fn report(root: &Path) -> Result<(), Failure> {
    let tree = Tree::read(root)?;
    let violations = violations(&tree);
    let lines: String = violations.iter().map(|violation| format!("{violation}\n")).collect();
    // `cargo xtask tidy | head` closes the pipe early: no reason to complain.
    let _ = std::io::stdout().write_all(lines.as_bytes());
    let (files, rules) = (tree.files.len(), RULES.len());
    if violations.is_empty() {
        println!("tidy: {files} files keep {rules} rules");
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "tidy: {} in {files} files; `cargo xtask tidy --help` lists the rules",
        match violations.len() {
            1 => "1 violation".to_owned(),
            n => format!("{n} violations"),
        }
    )))
}

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut all: Vec<Violation> = RULES
        .iter()
        .flat_map(|&(rule, check)| {
            check(tree).into_iter().map(move |finding| Violation {
                path: finding.path,
                line: finding.line,
                rule,
                advice: finding.advice,
            })
        })
        .collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let tree = Tree::read(&workspace::root().unwrap()).unwrap();
        let lines: Vec<String> = violations(&tree).iter().map(Violation::to_string).collect();
        assert!(lines.is_empty(), "not tidy:\n{}", lines.join("\n"));
    }

    #[test]
    fn a_violation_reads_as_path_line_rule_advice() {
        let tree = Tree::of(&[("crates/gan-info/src/utils.rs", "fn f() {}\n")]);
        let lines: Vec<String> = violations(&tree).iter().map(Violation::to_string).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("crates/gan-info/src/utils.rs:1: first-line: "));
        assert!(lines[1].starts_with("crates/gan-info/src/utils.rs:1: names: "));
    }

    #[test]
    fn the_help_lists_every_rule() {
        for (rule, _) in RULES {
            assert!(HELP.contains(&format!("  {rule} ")), "{rule}");
        }
    }
}
