//! Which tests of a binary run, and how the binary is told.

use super::executables::Executable;
use super::options::What;
use super::slow;

/// The tests of one binary that run.
pub struct Selection {
    pub executable: Executable,
    /// In the order in which they start.
    pub tests: Vec<String>,
    /// How many `quick` leaves out.
    pub left_out: usize,
    /// What tells the binary.
    pub arguments: Vec<String>,
}

impl Selection {
    /// Of all `tests` of `executable`, in its own order.
    pub fn new(what: &What, executable: Executable, tests: Vec<String>) -> Self {
        let (mut left_out, mut arguments) = (0, Vec::new());
        let tests = match what {
            What::Everything => tests,
            What::Matching(part) => {
                arguments.push(part.clone());
                tests.into_iter().filter(|test| test.contains(part)).collect()
            }
            What::Quick => {
                let (out, tests): (Vec<_>, Vec<_>) =
                    tests.into_iter().partition(|test| slow::is_slow(&executable, test));
                left_out = out.len();
                if !out.is_empty() {
                    // Whole names: a part of one may be a part of another.
                    arguments.push("--exact".to_owned());
                }
                for test in out {
                    arguments.extend(["--skip".to_owned(), test]);
                }
                tests
            }
        };
        Self { executable, tests, left_out, arguments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(what: &What, tests: &[&str]) -> Selection {
        let tests = tests.iter().map(|test| (*test).to_owned()).collect();
        Selection::new(what, Executable::of("gan-metrics", "test", "it"), tests)
    }

    const TESTS: [&str; 3] = ["digits::one", "inception::one", "inception::two"];

    #[test]
    fn everything_needs_no_words() {
        let all = selection(&What::Everything, &TESTS);
        assert_eq!((all.tests.len(), all.left_out, all.arguments.len()), (3, 0, 0));
    }

    #[test]
    fn a_filter_is_handed_on() {
        let one = selection(&What::Matching("one".to_owned()), &TESTS);
        assert_eq!(one.tests, ["digits::one", "inception::one"]);
        assert_eq!((one.left_out, one.arguments.join(" ")), (0, "one".to_owned()));
    }

    #[test]
    fn quick_skips_slow_tests_by_their_whole_names() {
        let quick = selection(&What::Quick, &TESTS);
        assert_eq!((quick.tests.join(" "), quick.left_out), ("digits::one".to_owned(), 2));
        let line = "--exact --skip inception::one --skip inception::two";
        assert_eq!(quick.arguments.join(" "), line);
        assert!(selection(&What::Quick, &["digits::one"]).arguments.is_empty());
    }
}
