//! `cargo xtask test`: everything that CI checks, in order, stopping at the first failure.

use crate::command::{self, Failure};
use crate::{tidy, workspace, zoo};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub const HELP: &str = "\
Run everything that CI checks, in order, stopping at the first failure.

Usage: cargo xtask test [FILTER]

  FILTER   run only the tests whose name contains FILTER, and none of the other checks

The checks:
  format   cargo fmt --all --check
  tidy     cargo xtask tidy
  clippy   cargo clippy --workspace --all-targets --locked -- -D warnings
  tests    cargo test --workspace --locked (units, whole-program tests, doctests)
  zoo      cargo xtask zoo --check
  docs     cargo doc --no-deps --workspace --locked, warnings are errors

Only cargo with rustfmt and clippy is needed.

Examples:
  cargo xtask test
  cargo xtask test jensen_shannon
";

/// One check: its name, and what runs it.
struct Check {
    name: &'static str,
    what: What,
}

enum What {
    Cargo(Command),
    Own(&'static str, fn(&Path) -> Result<(), Failure>),
}

pub fn run(args: &[String]) -> Result<(), Failure> {
    let filter = match args {
        [] => None,
        [filter] if !filter.starts_with('-') => Some(filter.as_str()),
        [flag] => {
            return Err(Failure::Usage(format!(
                "`test` has no option `{flag}`; it takes one word to filter by, or nothing"
            )));
        }
        _ => {
            return Err(Failure::Usage(format!(
                "`test` takes one word to filter by, found {}: {}",
                args.len(),
                args.join(" ")
            )));
        }
    };
    let root = workspace::root()?;
    let checks = match filter {
        Some(filter) => {
            require_matches(&root, filter)?;
            vec![Check { name: "tests", what: What::Cargo(tests(&root, Some(filter))) }]
        }
        None => {
            require_component(&root, "fmt", "rustfmt")?;
            require_component(&root, "clippy", "clippy")?;
            all(&root)
        }
    };
    let begin = Instant::now();
    let count = checks.len();
    for (index, check) in checks.into_iter().enumerate() {
        run_check(&root, check, &format!("{}/{count}", index + 1))?;
    }
    let total = command::duration(begin.elapsed().as_secs_f64());
    match filter {
        None => println!("\nall {count} checks passed in {total}"),
        Some(filter) => {
            println!("\nthe tests matching `{filter}` passed in {total}; nothing else was checked");
        }
    }
    Ok(())
}

fn all(root: &Path) -> Vec<Check> {
    let cargo = |name, args: &[&str]| Check { name, what: What::Cargo(command::cargo(root, args)) };
    let mut docs = command::cargo(root, &["doc", "--no-deps", "--workspace", "--locked"]);
    let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    docs.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim());
    vec![
        cargo("format", &["fmt", "--all", "--check"]),
        Check { name: "tidy", what: What::Own("cargo xtask tidy", tidy::report) },
        cargo(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        Check { name: "tests", what: What::Cargo(tests(root, None)) },
        Check {
            name: "zoo",
            what: What::Own("cargo xtask zoo --check", |root| zoo::update(root, true)),
        },
        Check { name: "docs", what: What::Cargo(docs) },
    ]
}

fn tests(root: &Path, filter: Option<&str>) -> Command {
    let mut command = command::cargo(root, &["test", "--workspace", "--locked"]);
    command.args(filter);
    command
}

/// Fails when no test's name contains `filter`: a typing slip must not look like success.
fn require_matches(root: &Path, filter: &str) -> Result<(), Failure> {
    let mut list = tests(root, Some(filter));
    let listed = command::stdout(list.args(["--", "--list"]))?;
    if listed.lines().any(|line| line.ends_with(": test")) {
        return Ok(());
    }
    Err(Failure::Failed(format!("no test's name contains `{filter}`")))
}

fn run_check(root: &Path, check: Check, number: &str) -> Result<(), Failure> {
    let begin = Instant::now();
    let (line, outcome) = match check.what {
        What::Cargo(mut command) => {
            let line = command::shown(&command);
            println!("\n== {number} {}: {line}", check.name);
            let status = command::status(&mut command)?;
            let failed = || Failure::Failed(status.to_string());
            (line, status.success().then_some(()).ok_or_else(failed))
        }
        What::Own(line, run) => {
            println!("\n== {number} {}: {line}", check.name);
            (line.to_owned(), run(root))
        }
    };
    let time = command::duration(begin.elapsed().as_secs_f64());
    outcome.map_err(|failure| {
        let why = match failure {
            Failure::Failed(why) | Failure::Usage(why) => why,
            Failure::Exit(code) => format!("exit code {code}"),
        };
        Failure::Failed(format!(
            "the check `{}` failed after {time}: {why}\nTo run only this one: {line}",
            check.name
        ))
    })?;
    println!("== {number} {}: passed in {time}", check.name);
    Ok(())
}

/// Fails with the command that helps when a part of the toolchain is missing.
fn require_component(root: &Path, subcommand: &str, component: &str) -> Result<(), Failure> {
    let present = command::cargo(root, &[subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if present {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "`cargo {subcommand}` does not run; `rustup component add {component}` installs it \
         (without rustup: your system's package of that name)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_check_in_order() {
        let listed = HELP.split("The checks:").nth(1).unwrap();
        let mut at = 0;
        for check in all(Path::new(".")) {
            let found = listed[at..].find(&format!("  {}", check.name));
            at += found.unwrap_or_else(|| panic!("`{}` is missing or misplaced", check.name));
        }
    }

    #[test]
    fn a_missing_component_is_named_with_its_cure() {
        let error = require_component(Path::new("."), "no-such-subcommand", "clippy").unwrap_err();
        match error {
            Failure::Failed(why) => assert!(why.contains("rustup component add clippy")),
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    #[test]
    fn a_failing_check_says_which_and_how_to_run_it_alone() {
        let check = Check {
            name: "tests",
            what: What::Own("cargo test", |_| Err(Failure::Failed("it broke".to_owned()))),
        };
        match run_check(Path::new("."), check, "1/1") {
            Err(Failure::Failed(why)) => {
                assert!(why.contains("`tests` failed") && why.contains("it broke"));
                assert!(why.contains("To run only this one: cargo test"));
            }
            other => panic!("expected a failure, found {other:?}"),
        }
    }
}
