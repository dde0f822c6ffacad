//! Rule `manifests`: every crate says what it is, keeps the lints and carries its folder's name.

use super::Finding;
use super::manifest::Manifest;
use super::tree::{File, Tree};

/// Members outside `crates/`: programs for developers and tests, which may panic and print.
const WITHOUT_LINTS: &[&str] = &["xtask", "tests"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, file) in tree.crate_manifests() {
        check_one(folder, file, &mut findings);
    }
    for folder in WITHOUT_LINTS {
        if let Some(file) = tree.get(&format!("{folder}/Cargo.toml")) {
            check_one(folder, file, &mut findings);
        }
    }
    findings
}

fn check_one(folder: &str, file: &File, findings: &mut Vec<Finding>) {
    let manifest = Manifest::parse(file.text.as_deref().unwrap_or_default());
    let mut found = |advice: String| findings.push(Finding::new(&file.path, 1, advice));
    match manifest.get("package", "name") {
        Some(name) if name == folder => {}
        name => found(format!(
            "the package is called `{}`, its folder `{folder}`: give both one name",
            name.unwrap_or("nothing")
        )),
    }
    if manifest.get("package", "description").is_none_or(|text| text.trim().is_empty()) {
        found("add a `description`: one line that says what the crate is for".to_owned());
    }
    if manifest.dependencies().iter().any(|needed| needed.package == "candle-nn") {
        let advice = "`candle-nn`: its layers and initializers are unseeded and partly without \
                      gradients; use gan-layers and gan-train";
        found(advice.to_owned());
    }
    if !WITHOUT_LINTS.contains(&folder) && manifest.get("lints", "workspace") != Some("true") {
        let advice = "add `[lints]` with `workspace = true`; what one crate needs otherwise is an \
                      attribute in its lib.rs";
        found(advice.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "[package]\nname = \"gan-info\"\ndescription = \"Numbers\"\n\n[lints]\nworkspace = true\n";

    fn advice(path: &str, text: &str) -> Vec<String> {
        let findings = check(&Tree::of(&[(path, text)]));
        findings.into_iter().map(|f| f.advice).collect()
    }

    #[test]
    fn each_missing_piece_is_named() {
        let path = "crates/gan-info/Cargo.toml";
        assert!(advice(path, GOOD).is_empty());
        assert!(advice(path, &GOOD.replace("Numbers", " "))[0].contains("description"));
        assert!(advice(path, &GOOD.replace("workspace = true", ""))[0].contains("[lints]"));
        assert!(advice("crates/info/Cargo.toml", GOOD)[0].contains("one name"));
        let with = format!("{GOOD}\n[dependencies]\ncandle-nn = \"0.11\"\n");
        assert!(advice(path, &with)[0].contains("candle-nn"));
        assert_eq!(advice(path, "").len(), 3);
    }

    #[test]
    fn the_tools_need_no_lints() {
        let text = "[package]\nname = \"xtask\"\ndescription = \"Commands\"\n";
        assert!(advice("xtask/Cargo.toml", text).is_empty());
        assert_eq!(advice("tests/Cargo.toml", text).len(), 1);
    }
}
