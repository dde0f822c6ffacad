//! `cargo xtask test`: everything that CI checks, in order, stopping at the first check that fails.

mod checks;
mod executables;
mod guarded;
mod heard;
mod libtest;
mod options;
mod report;
mod selection;
mod skipped;
mod slow;
mod suite;
mod timeline;

use crate::command::{self, Failure};
use crate::workspace;
use options::What;
use report::Report;
use std::time::Instant;

pub const HELP: &str = "\
Run everything that CI checks, in order, stopping at the first check that fails.

Usage: cargo xtask test [--list-slow N]
       cargo xtask test quick [--list-slow N]
       cargo xtask test FILTER [--list-slow N]

  quick          only format, tidy and the tests that are not slow: for the time between two edits.
                 What is left out, and why, is the table in xtask/src/test/slow.rs
  FILTER         run only the tests whose name contains FILTER, and none of the other checks
  --list-slow N  print the N slowest tests at the end (default: 10; 0 for none)

The checks:
  format   cargo fmt --all --check
  tidy     cargo xtask tidy
  clippy   cargo clippy --workspace --all-targets --locked -- -D warnings
  tests    cargo test --workspace --locked --no-run, then each test binary, one after the other,
           then cargo test --workspace --locked --doc
  zoo      cargo xtask zoo --check
  ranks    cargo xtask ranks, where there is MPI; elsewhere it says so
  docs     cargo doc --no-deps --workspace --locked, warnings are errors

A failing test does not stop the others. After the last test one line sums up all binaries, such as
`805 passed, 0 failed, 3 skipped`; the failed ones are named at the end, with the command that runs
one alone. The run ends with the slowest tests and the time of each phase.

As many tests of one binary run at once as there are cores; RUST_TEST_THREADS=N changes that. No
test has a time limit of its own: a binary that runs for 45 minutes is taken for one that hangs, is
killed with everything that it started, and the tests that had not finished are named.

GAN_ISA=avx2 (or baseline, avx512, amx) caps the instruction set of the kernels, so that one machine
can test the paths of older ones.

Only cargo with rustfmt and clippy is needed.

Examples:
  cargo xtask test
  cargo xtask test quick
  cargo xtask test jensen_shannon
  cargo xtask test kill:: --list-slow 0
  cargo xtask test --list-slow 30
  GAN_ISA=baseline cargo xtask test conv
";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let options = options::parse(args)?;
    let root = workspace::root()?;
    if !matches!(options.what, What::Matching(_)) {
        checks::require_component(&root, "fmt", "rustfmt")?;
    }
    if options.what == What::Everything {
        checks::require_component(&root, "clippy", "clippy")?;
    }
    let begin = Instant::now();
    let mut report = Report::default();
    let checks = checks::all(&root, &options.what);
    let count = checks.len();
    let outcome = checks.into_iter().enumerate().try_for_each(|(index, check)| {
        checks::run(&root, check, &format!("{}/{count}", index + 1), &mut report)
    });
    let isa = std::env::var("GAN_ISA").ok().filter(|isa| !isa.is_empty());
    print!("{}", report.end(options.slowest, isa.as_deref()));
    outcome?;
    let total = command::duration(begin.elapsed().as_secs_f64());
    match options.what {
        What::Everything => println!("\nall {count} checks passed in {total}"),
        What::Quick => println!(
            "\nthe quick checks passed in {total}; clippy, doctests, zoo and docs were left out too"
        ),
        What::Matching(filter) => {
            println!("\nthe tests matching `{filter}` passed in {total}; nothing else was checked");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_help_names_every_check_in_order() {
        let listed = HELP.split("The checks:").nth(1).unwrap();
        let mut at = 0;
        for check in checks::all(Path::new("."), &What::Everything) {
            let found = listed[at..].find(&format!("  {}", check.name));
            at += found.unwrap_or_else(|| panic!("`{}` is missing or misplaced", check.name));
        }
    }

    #[test]
    fn the_help_shows_the_commands_that_run() {
        assert!(HELP.contains(&format!("cargo {},", executables::BUILD.join(" "))));
        assert!(suite::DOCTESTS.join(" ").starts_with("test --workspace --locked --doc"));
        assert!(HELP.contains("cargo test --workspace --locked --doc\n"));
    }
}
