//! Rule `packages`: what a crate's sources read while they are built or tested lies in the crate.

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust() {
        let Some((name, within)) =
            file.path.strip_prefix("crates/").and_then(|p| p.split_once('/'))
        else {
            continue;
        };
        // Integration tests are no part of a package and may read the workspace's data.
        if !within.starts_with("src/") {
            continue;
        }
        let text = file.text.as_deref().unwrap_or_default();
        for (number, (line, masked)) in text.lines().zip(&rust.lines).enumerate() {
            // Folders from the crate's root to the file.
            let depth = within.matches('/').count();
            let embeds =
                masked.code.contains("include_bytes!(") || masked.code.contains("include_str!(");
            let joins = masked.code.contains("env!(") && line.contains("CARGO_MANIFEST_DIR");
            let ups = line.matches("../").count() + line.matches("\"..\"").count();
            if (embeds && ups > depth) || (joins && ups > 0) {
                let advice = format!(
                    "what is read here is no part of the package: put it into crates/{name} \
                     (`cargo xtask package` builds the packages)"
                );
                findings.push(Finding::new(&file.path, number + 1, advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, line: &str) -> usize {
        check(&Tree::of(&[(path, &format!("//! A file.\n{line}\n"))])).len()
    }

    #[test]
    fn what_lies_outside_is_found() {
        let (top, deep) = ("crates/gan-data/src/a.rs", "crates/gan-data/src/a/b.rs");
        let bytes = |path| format!("const A: &[u8] = include_bytes!(\"{path}\");");
        assert_eq!(found(top, &bytes("../embedded/a.gz")), 0);
        assert_eq!(found(top, &bytes("../../../data/a.gz")), 1);
        assert_eq!(found(deep, &bytes("../../embedded/a.gz")), 0);
        assert_eq!(found(deep, &bytes("../../../a.gz")), 1);
        assert_eq!(found("crates/gan-data/tests/a.rs", &bytes("../../../data/a.gz")), 0);
        assert_eq!(found("xtask/src/a.rs", &bytes("../../../data/a.gz")), 0);
        let root = "let root = Path::new(env!(\"CARGO_MANIFEST_DIR\")).join(\"..\");";
        assert_eq!((found(top, root), found(top, &root.replace("..", "golden"))), (1, 0));
        assert_eq!(found(top, "// include_bytes!(\"../../../data/a.gz\")"), 0);
    }
}
