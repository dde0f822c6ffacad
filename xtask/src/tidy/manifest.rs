//! The little that tidy needs from a `Cargo.toml`: sections, keys and dependencies by name.

/// A manifest's key-value lines, each with its section.
pub struct Manifest {
    entries: Vec<Entry>,
}

struct Entry {
    line: usize,
    section: String,
    key: String,
    value: String,
}

/// A dependency: the package's name and the line that asks for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    pub package: String,
    pub line: usize,
}

impl Manifest {
    /// Reads the shapes that cargo's manifests are written in: one `key = value` a line.
    /// Continuation lines of an array become entries that no one asks for.
    pub fn parse(text: &str) -> Self {
        let mut section = String::new();
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = without_comment(line).trim();
            if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'))
                && !header.contains('=')
            {
                section = header.trim_matches(['[', ']', ' ']).to_owned();
                // An empty entry, so that `[dependencies.x]` alone is seen.
                entries.push(Entry {
                    line: index + 1,
                    section: section.clone(),
                    key: String::new(),
                    value: String::new(),
                });
            } else if let Some((key, value)) = line.split_once('=') {
                entries.push(Entry {
                    line: index + 1,
                    section: section.clone(),
                    key: key.trim().replace('"', ""),
                    value: value.trim().to_owned(),
                });
            }
        }
        Self { entries }
    }

    /// The value of `key` in `section`, without its quotes; `key.workspace = true` gives `true`.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        let inherited = format!("{key}.workspace");
        self.entries
            .iter()
            .find(|e| e.section == section && (e.key == key || e.key == inherited))
            .map(|e| e.value.trim_matches('"'))
    }

    /// Everything that the crate needs to be built (not what its tests need).
    pub fn dependencies(&self) -> Vec<Dependency> {
        let mut found: Vec<Dependency> = Vec::new();
        for entry in &self.entries {
            let Some(place) = dependency_place(&entry.section) else {
                continue;
            };
            let package = match place {
                // [dependencies.x]: the name is in the header, a rename in its own line.
                Some(_) if entry.key == "package" => entry.value.trim_matches('"').to_owned(),
                Some(name) if entry.key.is_empty() => name.to_owned(),
                Some(_) => continue,
                None if entry.key.is_empty() => continue,
                None => renamed(&entry.value)
                    .unwrap_or(entry.key.split('.').next().unwrap_or_default())
                    .to_owned(),
            };
            found.push(Dependency { package, line: entry.line });
        }
        found
    }
}

/// `Some(None)` for a table of dependencies, `Some(Some(name))` for one dependency's own table.
fn dependency_place(section: &str) -> Option<Option<&str>> {
    // [target.'cfg(unix)'.dependencies] holds quotes and dots of its own.
    let table = match section.strip_prefix("target.") {
        Some(rest) => &rest[rest.find("dependencies").map(|at| start_of_word(rest, at))?..],
        None => section,
    };
    for name in ["dependencies", "build-dependencies"] {
        if let Some(rest) = table.strip_prefix(name) {
            return match rest.strip_prefix('.') {
                Some(dependency) => Some(Some(dependency.trim_matches('"'))),
                None => rest.is_empty().then_some(None),
            };
        }
    }
    None
}

fn start_of_word(text: &str, at: usize) -> usize {
    text[..at].rfind('.').map_or(0, |dot| dot + 1)
}

/// The real name in `{ package = "x", … }`.
fn renamed(value: &str) -> Option<&str> {
    let rest = value[value.find("package")? + "package".len()..].trim_start();
    rest.strip_prefix('=')?.trim_start().strip_prefix('"')?.split('"').next()
}

/// The line up to a `#` that does not stand in a string.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"
[package]
name = "gan-x" # a comment
description = "Has a # inside"
version.workspace = true

[lints]
workspace = true

[dependencies]
gan-info.workspace = true
gan-images = { path = "../gan-images", features = [
    "x",
] }
other = { package = "gan-data", version = "1" }

[dependencies.gan-layers]
workspace = true

[target.'cfg(unix)'.dependencies]
libc = "0.2"

[build-dependencies]
cc = "1"

[dev-dependencies]
proptest.workspace = true

[target.'cfg(unix)'.dev-dependencies]
nix = "0.31"
"##;

    #[test]
    fn values_are_read_without_quotes_and_comments() {
        let manifest = Manifest::parse(TEXT);
        assert_eq!(manifest.get("package", "name"), Some("gan-x"));
        assert_eq!(manifest.get("package", "description"), Some("Has a # inside"));
        assert_eq!(manifest.get("package", "version"), Some("true"));
        assert_eq!(manifest.get("lints", "workspace"), Some("true"));
        assert_eq!(manifest.get("package", "license"), None);
    }

    #[test]
    fn dependencies_are_found_in_every_shape_and_those_of_tests_are_not() {
        let dependencies = Manifest::parse(TEXT).dependencies();
        let names: Vec<&str> = dependencies.iter().map(|d| d.package.as_str()).collect();
        assert_eq!(names, ["gan-info", "gan-images", "gan-data", "gan-layers", "libc", "cc"]);
        assert_eq!(dependencies[0].line, 11);
    }
}
