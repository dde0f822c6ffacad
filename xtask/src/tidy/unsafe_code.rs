//! Rule `unsafe`: unsafe code lives in one crate, and each piece says why it is sound.

use super::Finding;
use super::mask::{Line, Masked, word_positions};
use super::tree::Tree;

const ALLOWED_IN: &str = "gan-kernels";
/// How far above the keyword the comment may stand.
const REACH: usize = 6;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust() {
        for (index, line) in rust.lines.iter().enumerate() {
            if !holds_unsafe(&line.code) {
                continue;
            }
            let advice = if file.crate_name() != Some(ALLOWED_IN) {
                format!("`unsafe` may stand only in {ALLOWED_IN}: offer a safe function there")
            } else if !is_justified(rust, index) {
                format!(
                    "write a `// SAFETY:` comment within the {REACH} lines above: why is it sound?"
                )
            } else {
                continue;
            };
            findings.push(Finding::new(&file.path, line.number, advice));
        }
    }
    findings
}

/// Whether the keyword stands here as more than a part of a function pointer's type.
fn holds_unsafe(code: &str) -> bool {
    word_positions(code, "unsafe").any(|at| !code[at..].starts_with("unsafe fn("))
}

/// A `// SAFETY:` comment close above or beside; for `unsafe fn` also its `# Safety` section.
fn is_justified(rust: &Masked, index: usize) -> bool {
    let near = &rust.lines[index.saturating_sub(REACH)..=index];
    if near.iter().any(|line| line.comment.contains("SAFETY:")) {
        return true;
    }
    let attached = |line: &&Line| {
        line.comment.trim_start().starts_with("///") || line.code.trim_start().starts_with("#[")
    };
    rust.lines[index].code.contains("unsafe fn ")
        && rust.lines[..index]
            .iter()
            .rev()
            .take_while(attached)
            .any(|line| line.comment.contains("# Safety"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let findings = check(&Tree::of(&[(path, text)]));
        findings.iter().map(|f| f.line).collect()
    }

    const KERNELS: &str = "crates/gan-kernels/src/gemm.rs";

    #[test]
    fn other_crates_may_not_hold_it_with_or_without_a_comment() {
        let text = "// SAFETY: no.\nunsafe { f() }\n";
        assert_eq!(lines("crates/gan-layers/src/conv.rs", text), [2]);
        assert_eq!(lines("tests/src/lib.rs", text), [2]);
    }

    #[test]
    fn the_word_in_comments_strings_and_lint_names_is_harmless() {
        let text = "#![deny(unsafe_code)]\n// unsafe\nlet s = \"unsafe\";\n";
        assert_eq!(lines("crates/gan-layers/src/conv.rs", text), []);
    }

    #[test]
    fn kernels_must_say_why_it_is_sound() {
        assert_eq!(lines(KERNELS, "unsafe { f() }"), [1]);
        assert_eq!(lines(KERNELS, "unsafe { f() } // SAFETY: f is."), []);
        assert_eq!(lines(KERNELS, "// SAFETY: f is.\nlet x =\n    unsafe { f() };"), []);
        let far = format!("// SAFETY: f is.\n{}unsafe {{ f() }}", "x;\n".repeat(REACH));
        assert_eq!(lines(KERNELS, &far), [REACH + 2]);
        assert_eq!(lines(KERNELS, "let s = \"SAFETY:\"; unsafe { f() }"), [1]);
    }

    #[test]
    fn an_unsafe_fn_may_say_it_in_its_documentation() {
        let section = "/// # Safety\n".to_owned() + &"/// Long.\n".repeat(9);
        let text = section + "#[inline]\nunsafe fn f() {}";
        assert_eq!(lines(KERNELS, &text), []);
        assert_eq!(lines(KERNELS, "unsafe fn f() {}"), [1]);
        assert_eq!(lines(KERNELS, "type F = unsafe fn(*const f32);"), []);
    }
}
