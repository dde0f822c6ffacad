//! How a failure is told: one line on stderr and an exit code, never a backtrace.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// Something the caller of the program has to write differently: exit code 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

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

impl Error for Closed {}

/// Prints the error and chooses the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(|cause| cause.is::<Closed>()) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(std::io::stderr(), "error: {}", text(error));
    let refused = |cause: &(dyn Error + 'static)| {
        matches!(cause.downcast_ref(), Some(gan_metrics::Error::Refused { .. }))
    };
    let wrong_usage = error.chain().any(|cause| cause.is::<Usage>() || refused(cause));
    ExitCode::from(if wrong_usage { 2 } else { 1 })
}

/// The chain of causes in one line. Many causes repeat what their wrapper said already.
fn text(error: &anyhow::Error) -> String {
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

/// Without a backtrace, as Candle adds to its messages.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let words = lines.take_while(|line| !line.starts_with("0: ") && *line != "stack backtrace:");
    words.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_that_were_told_are_not_repeated() {
        let inner = gan_metrics::FeatureMatrix::from_f32(0, vec![]).unwrap_err();
        let told = inner.to_string();
        let error = Err::<(), _>(inner).context(format!("F.npy: {told}")).unwrap_err();
        assert_eq!(text(&error), format!("F.npy: {told}"));
        assert_eq!(one_line("shape mismatch\n   0: candle_core::error\n"), "shape mismatch");
    }
}
