//! Building the workspace's programs and finding where cargo put them.

use crate::command::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Builds `gan` in release, the build visible on stderr, and returns the program's path.
///
/// The path comes from cargo's own messages, so that `CARGO_TARGET_DIR`, a target folder set in
/// a configuration file and a default target triple are all respected.
pub fn build_release(root: &Path) -> Result<PathBuf, Failure> {
    build_program(root, "gan-cli", "gan")
}

/// As [`build_release`], for any program of any package.
pub fn build_program(root: &Path, package: &str, program: &str) -> Result<PathBuf, Failure> {
    let mut build = command::cargo(
        root,
        &[
            "build",
            "--release",
            "--package",
            package,
            "--bin",
            program,
            "--message-format=json-render-diagnostics",
        ],
    );
    let output = build
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Failed(format!("cannot run cargo: {error}")))?;
    if !output.status.success() {
        return Err(Failure::Failed(format!(
            "`{program}` could not be built: cargo's messages above say why"
        )));
    }
    executable(&String::from_utf8_lossy(&output.stdout), program).ok_or_else(|| {
        Failure::Failed(format!(
            "cargo built `{program}` but did not say where: no `executable` in its messages"
        ))
    })
}

/// The path of the program `name` in cargo's messages, one JSON object a line.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter(|line| line.contains(r#""reason":"compiler-artifact""#))
        .filter_map(|line| json_string(line, "executable"))
        .map(PathBuf::from)
        .rfind(|path| path.file_stem().is_some_and(|stem| stem == name))
}

/// The string value of a key in one line of JSON as cargo writes it, without spaces.
fn json_string(line: &str, key: &str) -> Option<String> {
    let start = line.find(&format!(r#""{key}":""#))? + key.len() + 4;
    let mut value = String::new();
    let mut chars = line[start..].chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    value.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                other => value.push(other),
            },
            plain => value.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"gan_cli"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"gan"},"executable":"/a b/Ü/release/gan"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages, "gan"), Some(PathBuf::from("/a b/Ü/release/gan")));
        assert_eq!(executable(messages, "other"), None);
    }

    #[test]
    fn escapes_in_a_path_are_undone() {
        let line = r#"{"executable":"C:\\x\\\"y\"\u00e9"}"#;
        assert_eq!(json_string(line, "executable").as_deref(), Some("C:\\x\\\"y\"é"));
        assert_eq!(json_string(r#"{"executable":"never closed"#, "executable"), None);
    }
}
