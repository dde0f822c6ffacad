//! Rule `length`: a source file stays short enough to be read at one sitting.

use super::Finding;
use super::mask::has_word;
use super::tree::{File, Tree};

const LIMIT: usize = 500;
const SOURCES: &[&str] = &[".rs", ".py", ".sh"];
/// In one of the first lines: the file is a table of constants and may be long.
const TABLE: &str = "tidy: table";

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter_map(check_file).collect()
}

fn check_file(file: &File) -> Option<Finding> {
    let text = file.text.as_ref()?;
    let lines = text.lines().count();
    if lines <= LIMIT || !SOURCES.iter().any(|end| file.path.ends_with(end)) {
        return None;
    }
    if !text.lines().take(5).any(|line| line.contains(TABLE)) {
        return Some(Finding::new(
            &file.path,
            LIMIT + 1,
            format!("{lines} lines, {LIMIT} are the limit: move a concept into its own file"),
        ));
    }
    let function =
        file.rust.as_ref()?.lines.iter().find(|line| {
            !line.in_test && has_word(&line.code, "fn") && !line.code.contains("fn(")
        })?;
    Some(Finding::new(
        &file.path,
        function.number,
        "a file marked as a table holds constants only: move the function out",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn long_sources_are_found_and_tables_are_spared() {
        let long = "//! A file.\n".to_owned() + &"const A: f64 = 0.0;\n".repeat(LIMIT);
        assert_eq!(findings("a.rs", &long), 1);
        assert_eq!(findings("a.py", &long), 1);
        assert_eq!(findings("a.csv", &long), 0);
        assert_eq!(findings("a.rs", &"\n".repeat(LIMIT)), 0);
        let table = format!("//! A table.\n// {TABLE}\n{long}");
        assert_eq!(findings("a.rs", &table), 0);
        assert_eq!(findings("a.rs", &format!("{table}fn f() {{}}\n")), 1);
    }
}
