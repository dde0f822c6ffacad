//! The words after `cargo xtask test`.

use crate::command::Failure;

/// How many of the slowest tests are printed unless told otherwise.
const SLOWEST: usize = 10;

/// Which checks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All of them, as in CI.
    Everything,
    /// Format, tidy, and the tests that are not slow.
    Quick,
    /// The tests whose name contains this.
    Matching(String),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    pub what: What,
    /// How many of the slowest tests are printed at the end.
    pub slowest: usize,
}

pub fn parse(args: &[String]) -> Result<Options, Failure> {
    let mut options = Options { what: What::Everything, slowest: SLOWEST };
    let mut args = args.iter();
    let mut words = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list-slow" => options.slowest = count(args.next().map(String::as_str))?,
            flag if flag.starts_with('-') => match flag.split_once('=') {
                Some(("--list-slow", value)) => options.slowest = count(Some(value))?,
                _ => {
                    return Err(Failure::Usage(format!(
                        "`test` has no option `{flag}`; it has `--list-slow N`, and takes `quick`, \
                         one word to filter by, or nothing"
                    )));
                }
            },
            word => words.push(word),
        }
    }
    match words[..] {
        [] => {}
        ["quick"] => options.what = What::Quick,
        [word] if !word.is_empty() => options.what = What::Matching(word.to_owned()),
        _ => {
            return Err(Failure::Usage(format!(
                "`test` takes `quick` or one word to filter by, found {}: `{}`",
                words.len(),
                words.join("` `")
            )));
        }
    }
    Ok(options)
}

fn count(value: Option<&str>) -> Result<usize, Failure> {
    value.and_then(|value| value.parse().ok()).ok_or_else(|| {
        Failure::Usage(format!(
            "`--list-slow` takes how many of the slowest tests to print (0 for none), found {}",
            value.map_or("nothing".to_owned(), |value| format!("`{value}`"))
        ))
    })
}

/// How many tests of one binary run at once: `RUST_TEST_THREADS`, or one for each core.
pub fn threads() -> Result<usize, Failure> {
    const VARIABLE: &str = "RUST_TEST_THREADS";
    match std::env::var_os(VARIABLE) {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        Some(asked) => {
            let number = asked.to_str().and_then(|asked| asked.parse().ok());
            number.filter(|number| *number > 0).ok_or_else(|| {
                Failure::Failed(format!(
                    "{VARIABLE} is {asked:?}: expected a whole number above 0, or unset it"
                ))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(What, usize), Failure> {
        let args: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        parse(&args).map(|options| (options.what, options.slowest))
    }

    #[test]
    fn what_runs_and_how_many_are_listed() {
        assert_eq!(parsed(""), Ok((What::Everything, SLOWEST)));
        assert_eq!(parsed("--list-slow 0"), Ok((What::Everything, 0)));
        assert_eq!(parsed("quick --list-slow 25"), Ok((What::Quick, 25)));
        assert_eq!(parsed("--list-slow=3 jensen"), Ok((What::Matching("jensen".to_owned()), 3)));
    }

    #[test]
    fn wrong_words_are_named_with_what_is_right() {
        for (line, words) in [
            ("--wrong", "no option `--wrong`"),
            ("one two", "found 2: `one` `two`"),
            ("quick jensen", "found 2"),
            ("--list-slow", "found nothing"),
            ("--list-slow jensen", "found `jensen`"),
            ("--list-slow=-1", "found `-1`"),
        ] {
            match parsed(line) {
                Err(Failure::Usage(why)) => assert!(why.contains(words), "{line}: {why}"),
                other => panic!("{line}: expected wrong usage, found {other:?}"),
            }
        }
        assert!(matches!(parse(&[String::new()]), Err(Failure::Usage(_))));
    }
}
