//! What was heard from one test binary while it ran, and what that comes to.

use super::guarded::End;
use super::libtest::{self, Counts, Verdict};
use super::timeline::{Completion, timeline};
use crate::command;
use std::time::{Duration, Instant};

/// Results and summaries, as they arrived.
#[derive(Default)]
pub struct Heard {
    begin: Option<Instant>,
    completions: Vec<Completion>,
    failed: Vec<String>,
    counted: Counts,
    /// The sum of the binary's own summaries, of which doctests have several.
    summary: Option<Counts>,
}

/// What one binary comes to.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub counts: Counts,
    /// Each test that ended, with the seconds it took.
    pub times: Vec<(String, f64)>,
    pub failed: Vec<String>,
    /// What went wrong beside failing tests.
    pub trouble: Option<String>,
}

impl Heard {
    /// Listens to a line that arrived at `at`.
    pub fn line(&mut self, at: Instant, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\n', '\r']);
        if libtest::begins(line) {
            self.begin.get_or_insert(at);
        } else if let Some((name, verdict)) = libtest::result(line) {
            let begin = *self.begin.get_or_insert(at);
            let at = at.saturating_duration_since(begin).as_secs_f64();
            self.completions.push(Completion { name: name.to_owned(), at });
            self.counted.add(verdict);
            if verdict == Verdict::Failed {
                self.failed.push(name.to_owned());
            }
        } else if let Some(counts) = libtest::summary(line) {
            *self.summary.get_or_insert_default() += counts;
        }
    }

    /// Concludes once the binary ended. `tests` are those that should have run, in the order of
    /// its list; doctests have no list.
    pub fn conclude(
        self,
        end: End,
        limit: Duration,
        tests: Option<&[String]>,
        threads: usize,
    ) -> Outcome {
        let now = self.begin.map_or(0.0, |begin| begin.elapsed().as_secs_f64());
        let time = timeline(tests.unwrap_or_default(), threads, &self.completions);
        let running: Vec<String> = time
            .running
            .iter()
            .map(|(name, start)| format!("{name} (for {})", command::duration(now - start)))
            .collect();
        let unfinished = match running.is_empty() {
            true => String::new(),
            false => format!("; started and not finished: {}", running.join(", ")),
        };
        // A line may be lost where a test's child writes into it: the summary knows better.
        let mut counts = self.summary.unwrap_or(self.counted);
        let mut failed = self.failed;
        if self.summary.is_none() {
            // It was ended, or ended itself, in the middle of these.
            counts.failed += time.running.len();
            failed.extend(time.running.into_iter().map(|(name, _)| name));
        }
        let trouble = match end {
            End::Killed => Some(format!(
                "did not end within {} and was killed{unfinished}",
                command::duration(limit.as_secs_f64())
            )),
            End::Exited(status) if self.summary.is_none() && tests.is_some() => {
                Some(format!("ended without a summary ({status}){unfinished}"))
            }
            End::Exited(status) if !status.success() && counts.failed == 0 => {
                Some(format!("no test failed, but it ended with {status}"))
            }
            End::Exited(_) => tests.filter(|tests| tests.len() != counts.all()).map(|tests| {
                format!("expected the results of {} tests, found {}", tests.len(), counts.all())
            }),
        };
        Outcome { counts, times: time.ended, failed, trouble }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    const LIMIT: Duration = Duration::from_secs(2700);

    /// Lines that arrive a second after each other, and how the binary ended.
    fn outcome(lines: &str, end: End, tests: Option<&str>) -> Outcome {
        let tests = tests.map(|t| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let begin = Instant::now();
        let mut heard = Heard::default();
        for (at, line) in lines.lines().enumerate() {
            heard.line(begin + Duration::from_secs(at as u64), format!("{line}\n").as_bytes());
        }
        heard.conclude(end, LIMIT, tests.as_deref(), 2)
    }

    fn exit(code: i32) -> End {
        End::Exited(ExitStatus::from_raw(code << 8))
    }

    const SUMMARY: &str = "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured";

    #[test]
    fn results_become_times_counts_and_names() {
        let lines = format!(
            "\nrunning 3 tests\ntest b ... ok\ntest a ... FAILED\ntest c ... ok\n{SUMMARY}"
        );
        let found = outcome(&lines, exit(101), Some("a b c"));
        assert_eq!(found.counts, Counts { passed: 2, failed: 1, skipped: 0 });
        let times = [("b", 1.0), ("a", 2.0), ("c", 2.0)].map(|(name, t)| (name.to_owned(), t));
        assert_eq!(found.times, times);
        assert_eq!((found.failed.join(" "), found.trouble), ("a".to_owned(), None));
    }

    #[test]
    fn a_hang_names_the_tests_that_did_not_finish() {
        let lines = "running 4 tests\ntest b ... ok";
        let found = outcome(lines, End::Killed, Some("a b c d"));
        assert_eq!(found.counts, Counts { passed: 1, failed: 2, skipped: 0 });
        assert_eq!(found.failed, ["a", "c"]);
        let trouble = found.trouble.unwrap();
        assert!(trouble.starts_with("did not end within 45 min 00 s and was killed; started"));
        assert!(trouble.contains(": a (for ") && trouble.contains(", c (for "), "{trouble}");
        assert!(!trouble.contains("b (") && !trouble.contains("d ("), "{trouble}");
    }

    #[test]
    fn a_crash_is_trouble_and_so_are_results_that_are_missing() {
        let crash = End::Exited(ExitStatus::from_raw(11));
        let trouble = outcome("running 2 tests", crash, Some("a b")).trouble.unwrap();
        assert!(trouble.contains("signal: 11") && trouble.contains("a (for "), "{trouble}");

        let lines = format!("running 3 tests\n{SUMMARY}");
        let trouble = outcome(&lines, exit(101), Some("a b c d")).trouble;
        assert_eq!(trouble.as_deref(), Some("expected the results of 4 tests, found 3"));
    }

    #[test]
    fn doctests_have_no_list_and_many_summaries() {
        let one = "running 2 tests\ntest src/lib.rs - f (line 3) ... ok\n\
                   test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n";
        let found = outcome(&one.repeat(2), exit(0), None);
        assert_eq!((found.counts.passed, &found.trouble), (4, &None));
        let trouble = outcome("", exit(101), None).trouble.unwrap();
        assert!(trouble.contains("no test failed, but it ended with"), "{trouble}");
    }
}
