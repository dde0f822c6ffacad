//! Building the workspace's programs and finding where cargo put them.

use crate::cargo_messages;
use crate::command::{self, Failure};
use std::path::{Path, PathBuf};

/// Builds `gan` in release, the build visible on stderr, and returns the program's path.
///
/// The path comes from cargo's own messages, so that `CARGO_TARGET_DIR`, a target folder set in
/// a configuration file and a default target triple are all respected.
pub fn build_release(root: &Path) -> Result<PathBuf, Failure> {
    build_program(root, "gan-cli", "gan")
}

/// As [`build_release`], for any program of any package.
pub fn build_program(root: &Path, package: &str, program: &str) -> Result<PathBuf, Failure> {
    let build = ["build", "--release", "--package", package, "--bin", program];
    let what = format!("`{program}`");
    let messages = cargo_messages::of_build(command::cargo(root, &build), &what)?;
    executable(&messages, program).ok_or_else(|| {
        Failure::Failed(format!(
            "cargo built `{program}` but did not say where: no `executable` in its messages"
        ))
    })
}

/// The path of the program `name` in cargo's messages.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    cargo_messages::artifacts(messages)
        .filter(|artifact| artifact.kind == "bin" && artifact.target == name && !artifact.test)
        .filter_map(|artifact| artifact.executable)
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo_messages::tests::message;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = [
            message("gan-cli", "lib", "gan_cli", false, "null"),
            message("gan-cli", "bin", "gan", false, r#""/a b/Ü/release/gan""#),
            message("gan-cli", "bin", "gan", true, r#""/a b/Ü/release/deps/gan-1""#),
        ]
        .join("\n");
        assert_eq!(executable(&messages, "gan"), Some(PathBuf::from("/a b/Ü/release/gan")));
        assert_eq!(executable(&messages, "other"), None);
    }
}
