//! Rule `leftovers`: unfinished work that no lint of clippy finds does not reach the repository.

use super::Finding;
use super::mask::has_word;
use super::tree::Tree;

/// Split, so that this file may name the word.
const MARK: &str = concat!("FIX", "ME");

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust() {
        for line in &rust.lines {
            if line.code.contains("#[ignore") {
                let advice = "`#[ignore`: make the test fast enough to run, or delete it";
                findings.push(Finding::new(&file.path, line.number, advice));
            }
            if has_word(&line.comment, MARK) || has_word(&line.code, MARK) {
                let advice = format!("`{MARK}`: mend it now, or file an issue");
                findings.push(Finding::new(&file.path, line.number, advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Tree::of(&[("xtask/src/main.rs", text)])).len()
    }

    #[test]
    fn leftovers_are_found_in_code_and_marks_in_comments() {
        for text in ["#[ignore]", "#[ignore = \"slow\"]"] {
            assert_eq!(count(text), 1, "{text}");
            assert_eq!(count(&format!("// {text}")), 0, "{text}");
        }
        assert_eq!(count(&format!("// {MARK}: later")), 1);
        assert_eq!(count(&format!("let s = \"{MARK}\";")), 0);
    }
}
