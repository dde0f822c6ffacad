//! The workspace's test binaries, and the programs that some of them run.

use super::libtest;
use crate::cargo_messages::{self, Artifact};
use crate::command::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// As a person would type it; the messages that name the binaries are asked for beside it.
pub const BUILD: &[&str] = &["test", "--workspace", "--locked", "--no-run"];

/// A package whose tests run another package's program, and how the program is built. The tests
/// build it themselves where nobody did, with the same words: then there is nothing to do.
const PROGRAMS: &[(&str, &[&str])] =
    &[("tests", &["build", "--locked", "--package", "gan-cli", "--bin", "gan"])];

/// One test binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    pub package: String,
    version: String,
    /// `lib`, `bin`, `test`, …
    kind: String,
    pub target: String,
    manifest: PathBuf,
    path: PathBuf,
}

impl Executable {
    fn new(artifact: Artifact) -> Option<Self> {
        let Artifact { package, version, kind, target, manifest, .. } = artifact;
        let path = artifact.executable.filter(|_| artifact.test)?;
        Some(Self { package, version, kind, target, manifest, path })
    }

    /// Its package and cargo's option for it, such as `gan-metrics --test it`.
    pub fn shown(&self) -> String {
        match self.kind.as_str() {
            "bin" | "test" | "bench" | "example" => {
                format!("{} --{} {}", self.package, self.kind, self.target)
            }
            _ => format!("{} --lib", self.package),
        }
    }

    /// The binary as cargo would start it: in its package's folder, with its package's variables.
    ///
    /// What cargo sets for every program (`CARGO`, where libraries lie) is set already: cargo
    /// started us.
    pub fn command(&self) -> Command {
        let folder = self.manifest.parent().unwrap_or(Path::new("."));
        let mut command = Command::new(&self.path);
        // Ours are those of `xtask`.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_")) {
                command.env_remove(name);
            }
        }
        command
            .current_dir(folder)
            .env("CARGO_MANIFEST_DIR", folder)
            .env("CARGO_MANIFEST_PATH", &self.manifest)
            .env("CARGO_PKG_NAME", &self.package)
            .env("CARGO_PKG_VERSION", &self.version);
        command
    }

    /// Its tests, in the order in which they start.
    pub fn tests(&self) -> Result<Vec<String>, Failure> {
        command::stdout(self.command().arg("--list")).map(|text| libtest::listed(&text))
    }

    /// One for tests of other modules.
    #[cfg(test)]
    pub fn of(package: &str, kind: &str, target: &str) -> Self {
        Self {
            package: package.to_owned(),
            version: "0.1.0".to_owned(),
            kind: kind.to_owned(),
            target: target.to_owned(),
            manifest: PathBuf::from(format!("/a/{package}/Cargo.toml")),
            path: PathBuf::from(format!("/t/deps/{target}-1")),
        }
    }
}

/// Builds every test binary of the workspace, the build visible on stderr.
pub fn build(root: &Path) -> Result<Vec<Executable>, Failure> {
    let messages = cargo_messages::of_build(command::cargo(root, BUILD), "the tests")?;
    let found = collect(&messages);
    if found.is_empty() {
        return Err(Failure::Failed(
            "cargo built the tests but did not say where: no `executable` in its messages"
                .to_owned(),
        ));
    }
    Ok(found)
}

/// The test binaries in cargo's messages, sorted, so that every run has the same order.
fn collect(messages: &str) -> Vec<Executable> {
    let mut all: Vec<_> = cargo_messages::artifacts(messages).filter_map(Executable::new).collect();
    all.sort_by_cached_key(Executable::shown);
    all
}

/// Builds the programs that the tests of these packages run.
pub fn build_programs(root: &Path, packages: &[&str]) -> Result<(), Failure> {
    for (_, words) in PROGRAMS.iter().filter(|(package, _)| packages.contains(package)) {
        let mut build = command::cargo(root, words);
        let status = command::status(&mut build)?;
        if !status.success() {
            return Err(Failure::Failed(format!("`{}` failed ({status})", command::shown(&build))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo_messages::tests::message;
    use crate::workspace;
    use std::ffi::OsStr;

    #[test]
    fn test_binaries_are_collected_in_order_and_nothing_else() {
        let messages = [
            message("gan-info", "test", "it", true, r#""/t/deps/it-1""#),
            message("gan-info", "lib", "gan_info", false, "null"),
            message("gan-cli", "bin", "gan", false, r#""/t/gan""#),
            message("gan-info", "lib", "gan_info", true, r#""/t/deps/gan_info-1""#),
            message("gan-cli", "bin", "gan", true, r#""/t/deps/gan-1""#),
        ];
        let found = collect(&messages.join("\n"));
        let shown: Vec<_> = found.iter().map(Executable::shown).collect();
        assert_eq!(shown, ["gan-cli --bin gan", "gan-info --lib", "gan-info --test it"]);
        assert_eq!(found[2], Executable::of("gan-info", "test", "it"));
    }

    #[test]
    fn a_binary_starts_in_its_packages_folder_with_its_packages_variables() {
        let command = Executable::of("gan-info", "test", "it").command();
        assert_eq!(command.get_current_dir(), Some(Path::new("/a/gan-info")));
        let value = |name: &str| command.get_envs().find(|(key, _)| *key == name).map(|(_, v)| v);
        assert_eq!(value("CARGO_MANIFEST_DIR"), Some(Some(OsStr::new("/a/gan-info"))));
        assert_eq!(value("CARGO_PKG_NAME"), Some(Some(OsStr::new("gan-info"))));
        assert_eq!(value("CARGO_PKG_VERSION"), Some(Some(OsStr::new("0.1.0"))));
        if std::env::var_os("CARGO_PKG_DESCRIPTION").is_some() {
            assert_eq!(value("CARGO_PKG_DESCRIPTION"), Some(None), "that is xtask's");
        }
    }

    #[test]
    fn the_tests_would_build_the_program_with_the_same_words() {
        let root = workspace::root().unwrap();
        let source = std::fs::read_to_string(root.join("tests/program/gan.rs")).unwrap();
        for (_, words) in PROGRAMS {
            let words = format!("[\"{}\"]", words.join("\", \""));
            assert!(source.contains(&words), "{words}");
        }
    }
}
