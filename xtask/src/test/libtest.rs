//! What a test binary prints: its list of tests, a line for each result, and the summary.

use std::ops::AddAssign;

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl Counts {
    pub fn all(self) -> usize {
        self.passed + self.failed + self.skipped
    }

    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Skipped => self.skipped += 1,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The names that `--list` prints: in this order the tests start.
pub fn listed(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Whether the line says that the tests begin now.
pub fn begins(line: &str) -> bool {
    let number = line.strip_prefix("running ").and_then(|rest| rest.split(' ').next());
    number.is_some_and(|number| number.parse::<usize>().is_ok())
        && (line.ends_with(" test") || line.ends_with(" tests"))
}

/// The test and its verdict, in a line such as `test entropy::is_positive ... ok`.
pub fn result(line: &str) -> Option<(&str, Verdict)> {
    let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let verdict = match end {
        "ok" => Verdict::Passed,
        "FAILED" => Verdict::Failed,
        "ignored" => Verdict::Skipped,
        _ if end.starts_with("ignored, ") => Verdict::Skipped,
        _ => return None,
    };
    Some((name.strip_suffix(" - should panic").unwrap_or(name), verdict))
}

/// The counts in `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; …`.
pub fn summary(line: &str) -> Option<Counts> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |what: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(what));
        part.and_then(|number| number.trim().parse().ok())
    };
    Some(Counts {
        passed: count(" passed")?,
        failed: count(" failed")?,
        skipped: count(" ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read() {
        let text = "a::one: test\nb: benchmark\nb::two: test\n\n2 tests, 1 benchmark\n";
        assert_eq!(listed(text), ["a::one", "b::two"]);
    }

    #[test]
    fn the_beginning_is_seen() {
        assert!(begins("running 12 tests") && begins("running 1 test"));
        assert!(!begins("running short of tests") && !begins("test running 1 test"));
    }

    #[test]
    fn results_are_read_and_other_lines_are_not() {
        for (line, name, verdict) in [
            ("test a::one ... ok", "a::one", Verdict::Passed),
            ("test a::two - should panic ... FAILED", "a::two", Verdict::Failed),
            ("test a ... ignored", "a", Verdict::Skipped),
            ("test a ... ignored, too slow", "a", Verdict::Skipped),
            (
                "test src/lib.rs - f (line 3) - compile ... ok",
                "src/lib.rs - f (line 3) - compile",
                Verdict::Passed,
            ),
        ] {
            assert_eq!(result(line), Some((name, verdict)), "{line}");
        }
        for line in ["test a has been running for over 60 seconds", "test a ... what?", "ok"] {
            assert_eq!(result(line), None, "{line}");
        }
    }

    #[test]
    fn summaries_are_read_and_added() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 7 filtered \
                    out; finished in 0.52s";
        let mut counts = summary(line).unwrap();
        assert_eq!(counts, Counts { passed: 12, failed: 2, skipped: 1 });
        counts += summary(line).unwrap();
        counts.add(Verdict::Failed);
        assert_eq!((counts, counts.all()), (Counts { passed: 24, failed: 5, skipped: 2 }, 31));
        assert_eq!(summary("test result: what?"), None);
    }
}
