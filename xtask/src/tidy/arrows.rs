//! Rule `arrows`: a crate depends only on those that it may know.

use super::Finding;
use super::manifest::Manifest;
use super::tree::Tree;

/// Which crates of the workspace a crate may depend on. ARCHITECTURE.md draws the same picture.
const ARROWS: &[(&str, &[&str])] = &[
    ("gan-statistics", &[]),
    ("gan-info", &["gan-statistics"]),
    ("gan-kernels", &[]),
    ("gan-images", &[]),
    ("gan-layers", &["gan-statistics", "gan-kernels"]),
    ("gan-losses", &["gan-kernels"]),
    ("gan-data", &["gan-statistics", "gan-images"]),
    ("gan-train", &["gan-kernels", "gan-images", "gan-layers", "gan-data"]),
    (
        "gan-models",
        &[
            "gan-statistics",
            "gan-info",
            "gan-images",
            "gan-kernels",
            "gan-layers",
            "gan-losses",
            "gan-data",
            "gan-train",
        ],
    ),
    ("gan-metrics", &["gan-statistics", "gan-info", "gan-kernels", "gan-images"]),
    ("gan-inspect", &["gan-statistics", "gan-kernels", "gan-images"]),
    ("gan-report", &["gan-images"]),
    (
        "gan-runs",
        &[
            "gan-statistics",
            "gan-info",
            "gan-kernels",
            "gan-images",
            "gan-layers",
            "gan-data",
            "gan-train",
            "gan-models",
            "gan-metrics",
            "gan-inspect",
            "gan-report",
        ],
    ),
    (
        "gan-cli",
        &[
            "gan-statistics",
            "gan-info",
            "gan-kernels",
            "gan-images",
            "gan-layers",
            "gan-losses",
            "gan-data",
            "gan-train",
            "gan-models",
            "gan-metrics",
            "gan-inspect",
            "gan-report",
            "gan-runs",
        ],
    ),
];

/// Crates that must not know Candle.
const WITHOUT_CANDLE: &[&str] = &["gan-statistics", "gan-info", "gan-images", "gan-data"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, file) in tree.crate_manifests() {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            let advice = format!(
                "`{name}` has no row in xtask/src/tidy/arrows.rs: add what it may depend on, \
                 and its place in ARCHITECTURE.md"
            );
            findings.push(Finding::new(&file.path, 1, advice));
            continue;
        };
        let manifest = Manifest::parse(file.text.as_deref().unwrap_or_default());
        for dependency in manifest.dependencies() {
            let package = dependency.package.as_str();
            let mut found =
                |advice| findings.push(Finding::new(&file.path, dependency.line, advice));
            if is_member(package) && !allowed.contains(&package) {
                found(format!(
                    "`{name}` may not depend on `{package}` (only on: {}): \
                     arrows point from the specific to the general",
                    if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") }
                ));
            }
            if package.starts_with("candle") && WITHOUT_CANDLE.contains(&name) {
                found(format!("`{name}` must not know Candle: remove `{package}`"));
            }
        }
    }
    findings
}

fn is_member(package: &str) -> bool {
    package.starts_with("gan-") || ["xtask", "tests"].contains(&package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(name: &str, dependencies: &str) -> Vec<String> {
        let path = format!("crates/{name}/Cargo.toml");
        let tree = Tree::of(&[(path.as_str(), dependencies)]);
        check(&tree).into_iter().map(|f| f.advice).collect()
    }

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_found() {
        let found = advice("gan-losses", "[dependencies]\ngan-layers.workspace = true\n");
        assert!(found[0].contains("may not depend on `gan-layers` (only on: gan-kernels)"));
        assert_eq!(advice("gan-info", "[dependencies]\nxtask.workspace = true\n").len(), 1);
        assert!(advice("gan-losses", "[dependencies]\ngan-kernels.workspace = true\n").is_empty());
        assert!(
            advice("gan-losses", "[dev-dependencies]\ngan-layers.workspace = true\n").is_empty()
        );
    }

    #[test]
    fn candle_stays_out_of_the_grounds_and_unknown_crates_ask_for_a_row() {
        let candle = "[dependencies]\ncandle-core.workspace = true\n";
        for name in WITHOUT_CANDLE {
            assert!(advice(name, candle)[0].contains("must not know Candle"));
        }
        assert!(advice("gan-kernels", candle).is_empty());
        assert!(advice("gan-new", "")[0].contains("has no row"));
    }

    #[test]
    fn the_table_has_no_cycle_and_names_only_its_own_crates() {
        // Each row may point only at rows that could already be placed: that is an order.
        let mut placed: Vec<&str> = Vec::new();
        while placed.len() < ARROWS.len() {
            let next = ARROWS.iter().find(|(name, to)| {
                !placed.contains(name) && to.iter().all(|crate_name| placed.contains(crate_name))
            });
            let (name, _) = next.expect("a cycle, or an arrow to a crate without a row");
            placed.push(name);
        }
    }
}
