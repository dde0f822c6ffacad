//! The checks: what each is called, what it runs, and what is said when it fails.

use super::options::What;
use super::report::Report;
use super::suite;
use crate::command::{self, Failure};
use crate::{ranks, tidy, zoo};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// One check: its name, and what runs it.
pub struct Check {
    pub name: &'static str,
    work: Work,
}

enum Work {
    Cargo(Command),
    /// As a person would type it, and what it does.
    Own(&'static str, fn(&Path) -> Result<(), Failure>),
    Tests(What),
}

/// The checks that `what` asks for, in order.
pub fn all(root: &Path, what: &What) -> Vec<Check> {
    let cargo = |name, args: &[&str]| Check { name, work: Work::Cargo(command::cargo(root, args)) };
    let own = |name, line, run| Check { name, work: Work::Own(line, run) };
    let tests = Check { name: "tests", work: Work::Tests(what.clone()) };
    let format = cargo("format", &["fmt", "--all", "--check"]);
    let tidy = own("tidy", "cargo xtask tidy", tidy::report);
    match what {
        What::Matching(_) => vec![tests],
        What::Quick => vec![format, tidy, tests],
        What::Everything => {
            let clippy =
                ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
            let mut docs = command::cargo(root, &["doc", "--no-deps", "--workspace", "--locked"]);
            let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
            docs.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim());
            vec![
                format,
                tidy,
                cargo("clippy", &clippy),
                tests,
                own("zoo", "cargo xtask zoo --check", |root| zoo::update(root, true)),
                own("ranks", "cargo xtask ranks", ranks::check_or_skip),
                Check { name: "docs", work: Work::Cargo(docs) },
            ]
        }
    }
}

/// Runs one check; `number` is its place, such as `2/6`.
pub fn run(root: &Path, check: Check, number: &str, report: &mut Report) -> Result<(), Failure> {
    let Check { name, work } = check;
    let line = match &work {
        Work::Cargo(command) => command::shown(command),
        Work::Own(line, _) => (*line).to_owned(),
        Work::Tests(what) => match what {
            What::Everything => "every test binary, then the doctests".to_owned(),
            What::Quick => "every test binary, without its slow tests".to_owned(),
            What::Matching(filter) => format!("the tests whose name contains `{filter}`"),
        },
    };
    println!("\n== {number} {name}: {line}");
    let begin = Instant::now();
    let alone = match work {
        Work::Tests(_) => String::new(),
        _ => format!("\nTo run only this one: {line}"),
    };
    let outcome = match work {
        Work::Tests(what) => suite::run(root, &what, report),
        Work::Own(_, run) => report.phase(name, |_| run(root)),
        Work::Cargo(mut command) => report.phase(name, |_| {
            let status = command::status(&mut command)?;
            status.success().then_some(()).ok_or_else(|| Failure::Failed(status.to_string()))
        }),
    };
    let time = command::duration(begin.elapsed().as_secs_f64());
    outcome.map_err(|failure| {
        let why = match failure {
            Failure::Failed(why) | Failure::Usage(why) => why,
            Failure::Exit(code) => format!("exit code {code}"),
        };
        Failure::Failed(format!("the check `{name}` failed after {time}: {why}{alone}"))
    })?;
    println!("== {number} {name}: passed in {time}");
    Ok(())
}

/// Fails with the command that helps when a part of the toolchain is missing.
pub fn require_component(root: &Path, subcommand: &str, component: &str) -> Result<(), Failure> {
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
    fn quick_and_a_filter_have_fewer_checks() {
        let names = |what: &What| -> Vec<_> {
            all(Path::new("."), what).iter().map(|check| check.name).collect()
        };
        assert_eq!(names(&What::Quick), ["format", "tidy", "tests"]);
        assert_eq!(names(&What::Matching("x".to_owned())), ["tests"]);
        assert_eq!(names(&What::Everything).len(), 7);
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
        let broken = |_: &Path| Err(Failure::Failed("it broke".to_owned()));
        let check = Check { name: "tidy", work: Work::Own("cargo xtask tidy", broken) };
        let mut report = Report::default();
        match run(Path::new("."), check, "1/1", &mut report) {
            Err(Failure::Failed(why)) => {
                assert!(why.contains("`tidy` failed") && why.contains("it broke"));
                assert!(why.contains("To run only this one: cargo xtask tidy"));
            }
            other => panic!("expected a failure, found {other:?}"),
        }
        assert!(report.end(0, None).contains("  tidy\n"), "its time counts too");
    }
}
