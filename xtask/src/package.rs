//! `cargo xtask package`: what `cargo package` would publish, built and tested by itself.

use crate::command::{self, Failure};
use crate::workspace;
use std::fs;
use std::path::Path;
use std::process::Command;

pub const HELP: &str = "\
Package every crate of `crates/`, unpack the packages beside one another, build them there and run
their unit tests: what somebody who publishes or vendors a crate gets.

Usage: cargo xtask package

Nothing is fetched: other crates are those of Cargo.lock. It takes as long as a first build of the
tests. That nothing embedded lies outside its crate is what `cargo xtask tidy` checks at once.
";

/// What every package carries.
const LICENSES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

pub fn run(args: &[String]) -> Result<(), Failure> {
    if let Some(word) = args.first() {
        return Err(Failure::Usage(format!("`package` takes no arguments, found `{word}`")));
    }
    let root = workspace::root()?;
    let target = root.join("target");
    let folder = target.join("packaged");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| Failure::io("remove", &folder, &e))?;
    }
    // No lock file: a package alone cannot have one before those that it needs are published.
    let mut package =
        command::cargo(&root, &["package", "--workspace", "--no-verify", "--offline"]);
    package.args(["--exclude", "xtask", "--exclude", "tests"]);
    package.args(["--exclude-lockfile", "--allow-dirty", "--no-metadata", "--target-dir"]);
    succeed(package.arg(&folder))?;
    let packages = folder.join("package");
    let crates = unpack(&packages)?;
    for name in &crates {
        check_licenses(&packages.join(name))?;
    }
    let manifest = read(&root.join("Cargo.toml"))?;
    write(&packages.join("Cargo.toml"), &workspace_of(&crates, &manifest))?;
    write(&packages.join("Cargo.lock"), &read(&root.join("Cargo.lock"))?)?;
    // The same folder of results: other people's crates are built already.
    let mut test = command::cargo(&packages, &["test", "--workspace", "--lib", "--bins"]);
    succeed(test.args(["--offline", "--target-dir"]).arg(&target))?;
    println!("package: {} packages build and pass their unit tests", crates.len());
    Ok(())
}

/// Unpacks every `NAME-VERSION.crate` of the folder, and gives the folders that came out, in order.
fn unpack(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut crates = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Failure::io("read", folder, &e))? {
        let path = entry.map_err(|e| Failure::io("read", folder, &e))?.path();
        let is_package = path.extension().is_some_and(|ending| ending == "crate");
        if let (true, Some(name)) = (is_package, path.file_stem()) {
            succeed(Command::new("tar").arg("-xzf").arg(&path).arg("-C").arg(folder))?;
            crates.push(name.to_string_lossy().into_owned());
        }
    }
    crates.sort();
    Ok(crates)
}

fn check_licenses(package: &Path) -> Result<(), Failure> {
    match LICENSES.iter().find(|name| read(&package.join(name)).is_err()) {
        None => Ok(()),
        Some(name) => Err(Failure::Failed(format!(
            "{}: no {name}; link it from the crate's folder to the workspace's",
            package.display()
        ))),
    }
}

/// The manifest of a workspace of the packages, which finds each where others ask for it by version;
/// profiles are those of the workspace they come from.
fn workspace_of(crates: &[String], original: &str) -> String {
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"gan-*\"]\n\n");
    text.push_str("[patch.crates-io]\n");
    for folder in crates {
        let name = folder.rsplit_once('-').map_or(folder.as_str(), |(name, _)| name);
        text.push_str(&format!("{name} = {{ path = \"{folder}\" }}\n"));
    }
    text.push('\n');
    // A profile names a package only where the workspace has it.
    let mut kept = false;
    for line in original.lines() {
        if line.starts_with('[') {
            let ours = ["package.xtask]", "package.tests]"].iter().any(|end| line.ends_with(end));
            kept = line.starts_with("[profile") && !ours;
        }
        if kept {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn succeed(command: &mut Command) -> Result<(), Failure> {
    match command::status(command)?.success() {
        true => Ok(()),
        false => Err(Failure::Failed(format!("`{}` failed", command::shown(command)))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|e| Failure::io("write", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_find_each_other_and_keep_the_profiles() {
        let original = "[workspace]\nmembers = [\"crates/*\"]\n\n[profile.dev]\nopt-level = 2\n\n\
                        [profile.dev.package.tests]\nopt-level = 1\n\n[profile.release]\nlto = true\n";
        let crates = ["gan-data-0.1.0".to_owned(), "gan-info-0.1.0".to_owned()];
        let text = workspace_of(&crates, original);
        assert!(text.contains("[patch.crates-io]\ngan-data = { path = \"gan-data-0.1.0\" }\n"));
        assert!(text.contains("[profile.dev]\nopt-level = 2\n\n[profile.release]\nlto = true\n"));
        assert!(!text.contains("crates/*") && !text.contains("package.tests"), "{text}");
    }
}
