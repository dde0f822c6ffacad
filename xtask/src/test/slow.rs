//! What `cargo xtask test quick` leaves out: a table, each row with its reason.
//!
//! The rule: what takes longer than a second or two on two cores, and does not say more about most
//! changes than the quick tests of the same crate. Every run ends with its slowest tests: they show
//! what belongs here. Every full run checks that each row still names a test.

use super::executables::Executable;
use crate::command::Failure;

/// Tests of one binary that `quick` leaves out.
pub struct Slow {
    package: &'static str,
    target: &'static str,
    tests: Which,
    why: &'static str,
}

/// Modules, or single tests, by their paths in the binary.
enum Which {
    These(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

use Which::{AllBut, These};

pub const TABLE: &[Slow] = &[
    Slow {
        package: "tests",
        target: "program",
        tests: AllBut(&["bad_options", "commands", "info", "refusals"]),
        why: "trains whole runs, some of them twenty times, or starts a browser",
    },
    Slow {
        package: "gan-metrics",
        target: "it",
        tests: These(&["inception", "nsfwjs", "protocols"]),
        why: "runs the whole Inception network, or resizes many pictures as five programs do",
    },
    Slow {
        package: "gan-models",
        target: "it",
        tests: These(&["conformance"]),
        why: "trains every model of the zoo several times",
    },
];

impl Slow {
    fn is_of(&self, executable: &Executable) -> bool {
        self.package == executable.package && self.target == executable.target
    }

    fn holds(&self, test: &str) -> bool {
        let within = |path: &&str| {
            test.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        match self.tests {
            These(paths) => paths.iter().any(within),
            AllBut(paths) => !paths.iter().any(within),
        }
    }
}

/// Whether `quick` leaves a test out.
pub fn is_slow(executable: &Executable, test: &str) -> bool {
    TABLE.iter().any(|row| row.is_of(executable) && row.holds(test))
}

/// Fails when a path in the table names no test: somebody renamed it.
pub fn check(binaries: &[(Executable, Vec<String>)]) -> Result<(), Failure> {
    for row in TABLE {
        let (These(paths) | AllBut(paths)) = row.tests;
        for path in paths {
            let alone = Slow { tests: These(std::slice::from_ref(path)), ..*row };
            let is_there = binaries.iter().any(|(executable, tests)| {
                row.is_of(executable) && tests.iter().any(|test| alone.holds(test))
            });
            if !is_there {
                return Err(Failure::Failed(format!(
                    "xtask/src/test/slow.rs: expected a module or test `{path}` in `{}` of {} \
                     ({}), found none: mend the row, or delete it",
                    row.target, row.package, row.why
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn whole_paths_count_and_parts_of_words_do_not() {
        let metrics = Executable::of("gan-metrics", "test", "it");
        for (test, slow) in [
            ("inception::any", true),
            ("inception::deeper::any", true),
            ("inceptions::any", false),
            ("digits::inception", false),
        ] {
            assert_eq!(is_slow(&metrics, test), slow, "{test}");
        }
        assert!(!is_slow(&Executable::of("gan-metrics", "lib", "gan_metrics"), "inception::any"));
        assert!(!is_slow(&Executable::of("gan-models", "test", "it"), "inception::any"));
    }

    #[test]
    fn of_the_whole_programs_some_modules_stay() {
        let program = Executable::of("tests", "test", "program");
        assert!(is_slow(&program, "kill::any") && !is_slow(&program, "commands::any"));
    }

    #[test]
    fn a_row_that_names_nothing_is_an_error() {
        let mut all: Vec<(Executable, Vec<String>)> = TABLE
            .iter()
            .map(|row| {
                let (These(paths) | AllBut(paths)) = row.tests;
                let tests = paths.iter().map(|path| format!("{path}::any")).collect();
                (Executable::of(row.package, "test", row.target), tests)
            })
            .collect();
        assert_eq!(check(&all), Ok(()));
        all[1].1 = names(&["inception::any", "protocol::any", "nsfwjs::any"]);
        match check(&all) {
            Err(Failure::Failed(why)) => {
                assert!(why.contains("`protocols` in `it` of gan-metrics"))
            }
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    #[test]
    fn every_row_has_its_reason() {
        assert!(TABLE.iter().all(|row| row.why.len() > 20));
    }
}
