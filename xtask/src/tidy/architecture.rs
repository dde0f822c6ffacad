//! Rule `architecture`: the picture in ARCHITECTURE.md shows every crate there is.

use super::Finding;
use super::tree::Tree;

const PICTURE: &str = "ARCHITECTURE.md";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let text = tree.get(PICTURE).and_then(|file| file.text.as_deref()).unwrap_or_default();
    tree.crate_manifests()
        .filter(|(name, _)| !names(text, name))
        .map(|(name, _)| {
            let advice = format!("does not name `{name}`: say what it is for and what it may know");
            Finding::new(PICTURE, 1, advice)
        })
        .collect()
}

/// Whether the crate stands in the text under exactly this name.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_its_place_is_found() {
        let manifest = ("crates/gan-data/Cargo.toml", "");
        let count = |text: &str| check(&Tree::of(&[manifest, (PICTURE, text)])).len();
        assert_eq!(count("| `gan-data` | datasets |"), 0);
        assert_eq!(count("gan-database and gan-data-x"), 1);
        assert_eq!(check(&Tree::of(&[manifest])).len(), 1, "no picture at all");
    }
}
