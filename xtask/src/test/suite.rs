//! The check `tests`: every test binary under our own eyes, then the doctests.

use super::executables::{self, Executable};
use super::guarded;
use super::heard::Heard;
use super::options::{self, What};
use super::report::Report;
use super::selection::Selection;
use super::skipped::Skipped;
use super::slow;
use crate::command::{self, Failure};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// No test has a time of its own: a whole binary that runs longer than this hangs.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// Doctests, all packages' at once.
pub const DOCTESTS: &[&str] = &["test", "--workspace", "--locked", "--doc", "--no-fail-fast"];

/// Builds and runs the tests; a failing one does not stop the others.
pub fn run(root: &Path, what: &What, report: &mut Report) -> Result<(), Failure> {
    let threads = options::threads()?;
    let selections = report.phase("build of tests", |_| select(root, what))?;
    report.phase("tests", |report| {
        for selection in &selections {
            report.leave_out(selection.left_out);
            if !selection.tests.is_empty() {
                run_binary(selection, threads, report)?;
            }
        }
        Ok(())
    })?;
    if *what != What::Quick {
        report.phase("doctests", |report| doctests(root, what, threads, report))?;
    }
    println!("\n{}", report.sum());
    report.verdict()?;
    match what {
        // A typing slip must not look like success.
        What::Matching(filter) if report.counts().all() == 0 => {
            Err(Failure::Failed(format!("no test's name contains `{filter}`")))
        }
        _ => Ok(()),
    }
}

/// Builds everything that the tests need and decides which of them run.
fn select(root: &Path, what: &What) -> Result<Vec<Selection>, Failure> {
    let binaries: Vec<(Executable, Vec<String>)> = executables::build(root)?
        .into_iter()
        .map(|executable| executable.tests().map(|tests| (executable, tests)))
        .collect::<Result<_, _>>()?;
    slow::check(&binaries)?;
    let selections: Vec<Selection> = binaries
        .into_iter()
        .map(|(executable, tests)| Selection::new(what, executable, tests))
        .collect();
    let running = selections.iter().filter(|selection| !selection.tests.is_empty());
    let packages: Vec<&str> = running.map(|running| running.executable.package.as_str()).collect();
    executables::build_programs(root, &packages)?;
    Ok(selections)
}

fn run_binary(selection: &Selection, threads: usize, report: &mut Report) -> Result<(), Failure> {
    let mut command = selection.executable.command();
    command.args(["--test-threads", &threads.to_string()]).args(&selection.arguments);
    let (name, skipped) = (selection.executable.shown(), Skipped::of(&mut command));
    watch(&mut command, &name, Some(&selection.tests), threads, report)?;
    report.skip(&name, skipped.lines());
    Ok(())
}

fn doctests(root: &Path, what: &What, threads: usize, report: &mut Report) -> Result<(), Failure> {
    let mut command = command::cargo(root, DOCTESTS);
    command.args(["--", "--test-threads", &threads.to_string()]);
    if let What::Matching(filter) = what {
        command.arg(filter);
    }
    watch(&mut command, "doctests", None, threads, report)
}

/// Runs one command, passes on what it prints and adds what that comes to.
fn watch(
    command: &mut Command,
    name: &str,
    tests: Option<&[String]>,
    threads: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    println!("\n-- {name}");
    let mut heard = Heard::default();
    let end = guarded::run(command, LIMIT, &mut |at, line| {
        heard.line(at, line);
        // `cargo xtask test | head` closes the pipe early: the tests go on.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(line).and_then(|()| out.flush());
    })?;
    report.add(name, heard.conclude(end, LIMIT, tests, threads));
    Ok(())
}
