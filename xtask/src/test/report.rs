//! What a run of `cargo xtask test` comes to: counts, failures, slow tests, the time of each phase.

use super::heard::Outcome;
use super::libtest::Counts;
use crate::command::{self, Failure};
use std::time::Instant;

/// Grows while the checks run.
#[derive(Default)]
pub struct Report {
    counts: Counts,
    /// How many tests `quick` left out.
    left_out: usize,
    /// Seconds, binary and name of each test.
    times: Vec<(f64, String, String)>,
    /// Binary and name.
    failed: Vec<(String, String)>,
    /// Binary and what went wrong.
    troubles: Vec<(String, String)>,
    /// Binary, name and why.
    skipped: Vec<(String, String)>,
    phases: Vec<(&'static str, f64)>,
}

impl Report {
    /// Does some work and remembers how long it took, whether it succeeds or not.
    pub fn phase<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let begin = Instant::now();
        let outcome = work(self);
        self.phases.push((name, begin.elapsed().as_secs_f64()));
        outcome
    }

    /// Adds what one binary, named so, comes to.
    pub fn add(&mut self, binary: &str, outcome: Outcome) {
        let Outcome { counts, times, failed, trouble } = outcome;
        self.counts += counts;
        self.times.extend(times.into_iter().map(|(name, time)| (time, binary.to_owned(), name)));
        self.failed.extend(failed.into_iter().map(|name| (binary.to_owned(), name)));
        self.troubles.extend(trouble.map(|trouble| (binary.to_owned(), trouble)));
    }

    /// Adds tests that did not run because they are slow.
    pub fn leave_out(&mut self, tests: usize) {
        self.left_out += tests;
        self.counts.skipped += tests;
    }

    /// Tests of a binary that skipped themselves, each with why: libtest says that they passed.
    pub fn skip(&mut self, binary: &str, tests: Vec<String>) {
        self.counts.passed = self.counts.passed.saturating_sub(tests.len());
        self.counts.skipped += tests.len();
        self.skipped.extend(tests.into_iter().map(|test| (binary.to_owned(), test)));
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The sum over all binaries, such as `805 passed, 0 failed, 3 skipped`.
    pub fn sum(&self) -> String {
        let Counts { passed, failed, skipped } = self.counts;
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }

    /// Fails when a test failed or a binary was in trouble, naming both and what runs one alone.
    pub fn verdict(&self) -> Result<(), Failure> {
        let Some((_, first)) = self.failed.first().or(self.troubles.first()) else {
            return match self.counts.failed {
                0 => Ok(()),
                n => Err(Failure::Failed(format!("{n} tests failed: their output above says why"))),
            };
        };
        let mut why = match (self.failed.len(), self.counts.failed) {
            (_, 0) => "no test failed, but:".to_owned(),
            (1, 1) => "1 test failed:".to_owned(),
            (named, all) if named == all => format!("{all} tests failed:"),
            (named, all) => format!("{all} tests failed, {named} of them named:"),
        };
        for (binary, what) in self.failed.iter().chain(&self.troubles) {
            why += &format!("\n  {binary}: {what}");
        }
        if !self.failed.is_empty() {
            // The name of a doctest begins with its file and holds spaces.
            let word = first.split(' ').next().unwrap_or(first);
            why += &format!("\nTo run one alone: cargo xtask test {word}");
        }
        Err(Failure::Failed(why))
    }

    /// The slowest tests and the time of each phase.
    pub fn end(&self, slowest: usize, isa: Option<&str>) -> String {
        let mut text = String::new();
        let mut times: Vec<_> = self.times.iter().collect();
        times.sort_by(|a, b| b.0.total_cmp(&a.0));
        times.truncate(slowest);
        if !times.is_empty() {
            text += &format!("\nthe slowest tests ({}):\n", times.len());
        }
        for (time, binary, name) in times {
            text += &format!("{:>13}  {name}  ({binary})\n", command::duration(*time));
        }
        if !self.phases.is_empty() {
            text += "\ntime by phase:\n";
        }
        for (name, time) in &self.phases {
            text += &format!("{:>13}  {name}\n", command::duration(*time));
        }
        if !self.skipped.is_empty() {
            text += &format!("\ntests that skipped themselves ({}):\n", self.skipped.len());
        }
        for (binary, test) in &self.skipped {
            text += &format!("  {test}  ({binary})\n");
        }
        if self.left_out > 0 {
            text += &format!(
                "{} slow tests were left out (xtask/src/test/slow.rs says which and why); CI runs \
                 the full command, `cargo xtask test`\n",
                self.left_out
            );
        }
        if let Some(isa) = isa {
            text += &format!("instruction set: at most `{isa}` (GAN_ISA)\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(failed: &[&str], times: &[(&str, f64)], trouble: Option<&str>) -> Outcome {
        let passed = times.len() - failed.len();
        Outcome {
            counts: Counts { passed, failed: failed.len(), skipped: 0 },
            times: times.iter().map(|(name, time)| ((*name).to_owned(), *time)).collect(),
            failed: failed.iter().map(|name| (*name).to_owned()).collect(),
            trouble: trouble.map(str::to_owned),
        }
    }

    fn why(report: &Report) -> String {
        match report.verdict() {
            Err(Failure::Failed(why)) => why,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    #[test]
    fn the_sum_is_over_all_binaries() {
        let mut report = Report::default();
        report.add("a --lib", outcome(&[], &[("x", 1.0), ("y", 1.0)], None));
        report.add("b --lib", outcome(&["z"], &[("z", 1.0)], None));
        report.leave_out(3);
        assert_eq!(report.sum(), "2 passed, 1 failed, 3 skipped");
        assert_eq!(report.counts().all(), 6);
        assert!(report.end(0, None).contains("3 slow tests were left out (xtask/src/test/slow.rs"));
    }

    #[test]
    fn tests_that_skip_themselves_are_counted_and_named() {
        let mut report = Report::default();
        report.add("a --lib", outcome(&[], &[("x", 1.0), ("y", 1.0)], None));
        report.skip("a --lib", vec!["y: no browser".to_owned()]);
        assert_eq!(report.sum(), "1 passed, 0 failed, 1 skipped");
        let end = report.end(0, None);
        assert!(end.contains("skipped themselves (1):\n  y: no browser  (a --lib)\n"), "{end}");
    }

    #[test]
    fn failures_are_named_with_what_runs_one_alone() {
        let mut report = Report::default();
        assert_eq!(report.verdict(), Ok(()));
        report.add("a --lib", outcome(&["m::x"], &[("m::x", 1.0)], None));
        assert_eq!(
            why(&report),
            "1 test failed:\n  a --lib: m::x\nTo run one alone: cargo xtask test m::x"
        );
        report.add("b --lib", outcome(&[], &[], Some("ended with signal: 11")));
        report.add("doctests", outcome(&["a.rs - f (line 1)"], &[("a", 1.0)], None));
        let why = why(&report);
        assert!(why.starts_with("2 tests failed:\n"), "{why}");
        assert!(why.contains("\n  b --lib: ended with signal: 11"), "{why}");
    }

    #[test]
    fn a_failing_doctest_is_found_again_by_its_file() {
        let mut report = Report::default();
        report.add("doctests", outcome(&["a.rs - f (line 1)"], &[("a", 1.0)], None));
        assert!(why(&report).ends_with("cargo xtask test a.rs"));
    }

    #[test]
    fn trouble_alone_and_unnamed_failures_are_failures() {
        let mut report = Report::default();
        report.add("a --lib", outcome(&[], &[], Some("was killed")));
        assert_eq!(why(&report), "no test failed, but:\n  a --lib: was killed");
        let counts = Counts { failed: 2, ..Counts::default() };
        let report = Report { counts, ..Report::default() };
        assert!(why(&report).starts_with("2 tests failed"));
    }

    #[test]
    fn the_slowest_come_first_and_phases_in_their_order() {
        let mut report = Report::default();
        report.add("a --lib", outcome(&[], &[("x", 1.0), ("y", 75.0), ("z", 2.0)], None));
        report.phase("tidy", |_| Ok(())).unwrap();
        let failure = Failure::Exit(1);
        assert_eq!(report.phase("tests", |_| Err::<(), _>(failure)), Err(Failure::Exit(1)));
        let end = report.end(2, Some("avx2"));
        let lines: Vec<_> = end.lines().map(str::trim).collect();
        assert_eq!(
            lines[1..4],
            ["the slowest tests (2):", "1 min 15 s  y  (a --lib)", "2.0 s  z  (a --lib)"]
        );
        assert_eq!(
            lines[6..],
            ["0.0 s  tidy", "0.0 s  tests", "instruction set: at most `avx2` (GAN_ISA)"]
        );
        assert!(!report.end(0, None).contains("slowest"));
        assert!(!report.end(0, None).contains("GAN_ISA"));
    }
}
