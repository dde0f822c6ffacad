//! Rule `first-line`: a Rust file says at once what it is for.

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(file, _)| file.crate_name().is_some())
        .filter(|(file, _)| {
            let first = file.text.as_deref().and_then(|text| text.lines().next());
            let said = first.and_then(|line| line.strip_prefix("//!"));
            said.is_none_or(|said| said.trim().is_empty())
        })
        .map(|(file, _)| {
            let advice = "begin the file with `//! ` and one sentence: what is it for?";
            Finding::new(&file.path, 1, advice)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_its_sentence_is_found() {
        let path = "crates/gan-info/src/entropy.rs";
        for text in ["", "fn f() {}", "\n//! Late.", "//!\n//! Second line."] {
            assert_eq!(check(&Tree::of(&[(path, text)])).len(), 1, "{text:?}");
        }
        assert_eq!(check(&Tree::of(&[(path, "//! Entropy.\n")])).len(), 0);
        assert_eq!(check(&Tree::of(&[("data/build.rs", "")])).len(), 0);
    }
}
