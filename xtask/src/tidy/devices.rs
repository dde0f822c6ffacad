//! Rule `devices`: who puts a tensor on the CPU says why. A network that stays there while its images
//! come from a GPU ends a run at its first sheet, and no test on a machine without one would notice.

use super::Finding;
use super::tree::Tree;

/// What a tensor on the CPU is made with.
const CPU: &str = "Device::Cpu";
/// What the reason begins with, at the line, within the lines above it, or at the file's head.
const REASON: &str = "On the host:";
/// How many lines above may hold the reason.
const ABOVE: usize = 4;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours = |path: &str| path.starts_with("crates/") && path.contains("/src/");
    for (file, rust) in tree.rust().filter(|(file, _)| ours(&file.path) && !file.is_test_code()) {
        let says = |line: &super::mask::Line| line.comment.contains(REASON);
        let head = |line: &&super::mask::Line| line.comment.trim_start().starts_with("//!");
        if rust.lines.iter().take_while(head).any(says) {
            continue;
        }
        for (index, line) in rust.lines.iter().enumerate() {
            let near = index.saturating_sub(ABOVE)..=index;
            if line.code.contains(CPU) && !line.in_test && !rust.lines[near].iter().any(says) {
                let advice = format!(
                    "`{CPU}`: make the tensor where the others are (`x.device()`), or say above why \
                     not: `// {REASON} …`"
                );
                findings.push(Finding::new(&file.path, line.number, advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_tensor_on_the_cpu_needs_a_reason() {
        let path = "crates/gan-metrics/src/digits.rs";
        // As the classifier of samples took its images before, whatever device they came from.
        let before = "let weight = Tensor::from_vec(values, shape, &Device::Cpu)?;\n";
        assert_eq!(count(path, before), 1);
        let reason = format!("// {REASON} images are moved there first.\n");
        assert_eq!(count(path, &format!("{reason}{before}")), 0);
        assert_eq!(count(path, &format!("//! {REASON} all of it.\n\n\n\n\n\n\n{before}")), 0);
        assert_eq!(count(path, &format!("{reason}\n\n\n\n\n{before}")), 1, "too far above");
        assert_eq!(count(path, "match storage { Storage::Cpu(s) => f(s) }\n"), 0);
        assert_eq!(count(path, "#[cfg(test)]\nmod tests { fn f() { g(&Device::Cpu) } }\n"), 0);
        assert_eq!(count("crates/gan-metrics/tests/it/main.rs", before), 0);
        assert_eq!(count("xtask/src/main.rs", before), 0);
    }
}
