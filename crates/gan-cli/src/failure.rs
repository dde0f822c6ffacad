//! How a failure is told: one line on stderr and an exit code, never a backtrace.

pub use gan_runs::one_line;
use gan_train::Error;
use std::error::Error as AnyError;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// Exit code of wrong usage.
const USAGE: u8 = 2;
/// Exit code of everything else that went wrong.
const FAILED: u8 = 1;

/// Something the caller of the program has to write differently.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AnyError for Usage {}

/// A usage error as `anyhow` carries it.
pub fn usage(text: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Usage(text.into()))
}

/// Whoever read stdout went away, as `head` does: not worth a word.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stdout was closed")
    }
}

impl AnyError for Closed {}

/// Prints the error and chooses the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<Closed>().is_some() {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(std::io::stderr(), "error: {}", text(error));
    ExitCode::from(code(error))
}

/// Prints the error of one of several ranks and chooses the exit code. A rank that stopped because
/// another did has nothing to say, unless it is the first, which knows what is saved.
pub fn report_rank(error: &anyhow::Error) -> u8 {
    let rank = gan_runs::ranks::place(gan_runs::ranks::team().as_ref()).0;
    let follows =
        error.chain().any(|cause| matches!(cause.downcast_ref(), Some(Error::Rank { .. })));
    if rank == 0 || !follows {
        let _ = writeln!(std::io::stderr(), "error: rank {rank}: {}", text(error));
    }
    code(error)
}

fn code(error: &anyhow::Error) -> u8 {
    let wrong_usage = error.chain().any(|cause| cause.is::<Usage>() || gan_runs::is_refusal(cause));
    if wrong_usage { USAGE } else { FAILED }
}

/// The chain of causes in one line. Many causes repeat what their wrapper said already.
pub fn text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = one_line(&cause.to_string());
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_that_were_told_are_not_repeated() {
        let io = std::io::Error::other("disk full");
        let inner = gan_train::Error::Io { path: "x".into(), doing: "write", source: io };
        let error = anyhow::Error::new(inner).context("saving");
        assert_eq!(text(&error), "saving: x: write: disk full");
        assert_eq!(code(&error), FAILED);
    }

    #[test]
    fn backtraces_and_drawings_are_left_out() {
        let candle = "shape mismatch\n   0: candle_core::error\n   1: main\n";
        assert_eq!(one_line(candle), "shape mismatch");
        let toml = toml::from_str::<toml::Table>("a = 1\nb = = 2\n").unwrap_err().to_string();
        let line = one_line(&format!("run.toml: {toml}"));
        assert!(line.starts_with("run.toml: TOML parse error at line 2, column 5: "), "{line}");
        assert!(!line.contains('|') && !line.contains('\n'), "{line}");
    }

    #[test]
    fn configuration_errors_are_wrong_usage_through_any_context() {
        let config = gan_train::Error::Config("train.ema: no".into());
        let error = Err::<(), _>(config).context("while resolving").unwrap_err();
        assert_eq!(code(&error), USAGE);
        assert_eq!(code(&usage("x").context("y")), USAGE);
    }
}
