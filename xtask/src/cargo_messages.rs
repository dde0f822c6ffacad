//! What cargo says with `--message-format=json-render-diagnostics`: what it built, and where.

use crate::command::Failure;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Something that cargo built, or found built already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Name and version of its package.
    pub package: String,
    pub version: String,
    /// The package's `Cargo.toml`.
    pub manifest: PathBuf,
    pub target: String,
    /// `lib`, `bin`, `test`, `example`, …
    pub kind: String,
    /// Whether it was built with the test harness.
    pub test: bool,
    pub executable: Option<PathBuf>,
}

/// Runs a cargo that builds `what`, the build visible on stderr, and returns its messages.
pub fn of_build(mut build: Command, what: &str) -> Result<String, Failure> {
    let output = build
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Failed(format!("cannot run cargo: {error}")))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::Failed(format!(
            "{what} could not be built: cargo's messages above say why"
        ))),
    }
}

/// The artifacts in cargo's messages, one JSON object a line.
pub fn artifacts(messages: &str) -> impl DoubleEndedIterator<Item = Artifact> {
    messages
        .lines()
        .filter(|line| line.contains(r#""reason":"compiler-artifact""#))
        .filter_map(artifact)
}

fn artifact(line: &str) -> Option<Artifact> {
    let manifest = PathBuf::from(string(line, "manifest_path")?);
    // path+file:///…/gan-info#0.1.0, or #name@0.1.0 where the folder has another name.
    let id = string(line, "package_id")?;
    let (place, name) = id.rsplit_once('#')?;
    let (package, version) =
        name.split_once('@').or_else(|| Some((place.rsplit_once('/')?.1, name)))?;
    let profile = line.split_once(r#""profile":{"#)?.1.split('}').next()?;
    Some(Artifact {
        package: package.to_owned(),
        version: version.to_owned(),
        manifest,
        target: string(line, "name")?,
        // A list of one, but for a library of several forms: the first is enough.
        kind: string_after(line, r#""kind":[""#)?,
        test: profile.contains(r#""test":true"#),
        executable: string(line, "executable").map(PathBuf::from),
    })
}

/// The string value of a key's first use in one line of JSON as cargo writes it, without spaces.
fn string(line: &str, key: &str) -> Option<String> {
    string_after(line, &format!(r#""{key}":""#))
}

/// The string whose opening quote ends the first `opening`, its escapes undone.
fn string_after(line: &str, opening: &str) -> Option<String> {
    let mut chars = line.split_once(opening)?.1.chars();
    let mut value = String::new();
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
pub mod tests {
    use super::*;

    /// A message as cargo 1.95 writes it.
    pub fn message(
        package: &str,
        kind: &str,
        target: &str,
        test: bool,
        executable: &str,
    ) -> String {
        format!(r#"{{"reason":"compiler-artifact","package_id":"path+file:///a/{package}#0.1.0","#)
            + &format!(r#""manifest_path":"/a/{package}/Cargo.toml","target":{{"kind":["{kind}"],"#)
            + &format!(r#""crate_types":["{kind}"],"name":"{target}","src_path":"/a/x.rs","#)
            + r#""edition":"2024","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"2","#
            + r#""debuginfo":"line-tables-only","debug_assertions":true,"overflow_checks":true,"#
            + &format!(r#""test":{test}}},"features":["cli"],"filenames":["/t/x"],"#)
            + &format!(r#""executable":{executable},"fresh":false}}"#)
    }

    #[test]
    fn an_artifact_is_read() {
        let lines = [
            message("gan-info", "lib", "gan_info", false, "null"),
            message("gan-info", "test", "it", true, r#""/t/deps/it-1""#),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let found: Vec<_> = artifacts(&lines.join("\n")).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].test, &found[0].executable), (false, &None));
        let it = Artifact {
            package: "gan-info".to_owned(),
            version: "0.1.0".to_owned(),
            manifest: "/a/gan-info/Cargo.toml".into(),
            target: "it".to_owned(),
            kind: "test".to_owned(),
            test: true,
            executable: Some("/t/deps/it-1".into()),
        };
        assert_eq!(found[1], it);
    }

    #[test]
    fn a_package_in_a_folder_of_another_name_is_named_by_itself() {
        let line = message("gan-info", "lib", "gan_info", true, r#""/t/x""#);
        let line = line.replace("/a/gan-info#0.1.0", "/a/folder#gan-info@0.2.0");
        let found = artifacts(&line).next().unwrap();
        assert_eq!((found.package.as_str(), found.version.as_str()), ("gan-info", "0.2.0"));
    }

    #[test]
    fn escapes_in_a_path_are_undone() {
        let line = r#"{"executable":"C:\\x\\\"y\"\u00e9"}"#;
        assert_eq!(string(line, "executable").as_deref(), Some("C:\\x\\\"y\"é"));
        assert_eq!(string(r#"{"executable":"never closed"#, "executable"), None);
    }
}
