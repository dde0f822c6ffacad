//! Tests that skip themselves, as for want of a tool: they pass, and say so in a file.

use std::path::PathBuf;
use std::process::Command;

/// Where a test that skips adds a line, its name and why; the tests name it too.
const FILE: &str = "GAN_SKIPPED";

/// The file of one binary, which goes away with this value.
pub struct Skipped(PathBuf);

impl Skipped {
    /// Tells the binary where its tests say that they skip.
    pub fn of(command: &mut Command) -> Self {
        let path = std::env::temp_dir().join(format!("gan-skipped-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        command.env(FILE, &path);
        Self(path)
    }

    /// What they said: a line a test.
    pub fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

impl Drop for Skipped {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_skip_are_heard() {
        let mut command = Command::new("no-such-program");
        let skipped = Skipped::of(&mut command);
        let file = command.get_envs().find(|(name, _)| *name == FILE).and_then(|(_, path)| path);
        let file = PathBuf::from(file.unwrap());
        assert!(skipped.lines().is_empty());
        std::fs::write(&file, "b: no npm\na: no browser\n").unwrap();
        assert_eq!(skipped.lines(), ["a: no browser", "b: no npm"]);
        drop(skipped);
        assert!(!file.exists());
    }
}
