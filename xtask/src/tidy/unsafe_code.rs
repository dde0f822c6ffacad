//! Rule `unsafe`: unsafe code lives in one crate. Clippy asks there why each piece is sound.

use super::Finding;
use super::mask::has_word;
use super::tree::Tree;

const ALLOWED_IN: &str = "gan-kernels";
/// Split, so that this file may name the attribute.
const LINT: &str = concat!("unsafe", "_code");

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust().filter(|(file, _)| file.crate_name() != Some(ALLOWED_IN)) {
        for line in
            rust.lines.iter().filter(|line| has_word(&line.code, LINT) && line.code.contains("#"))
        {
            let advice =
                format!("`unsafe` may stand only in {ALLOWED_IN}: offer a safe function there");
            findings.push(Finding::new(&file.path, line.number, advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kernels_may_lift_the_lint() {
        let text = format!("#[allow({LINT})]\nfn f() {{}}\n");
        let count = |path: &str| check(&Tree::of(&[(path, &text)])).len();
        assert_eq!(count("crates/gan-layers/src/conv.rs"), 1);
        assert_eq!(count("crates/gan-layers/tests/it/main.rs"), 1);
        assert_eq!(count("tests/src/lib.rs"), 1);
        assert_eq!(count("crates/gan-kernels/src/gemm.rs"), 0);
    }
}
