//! `cargo xtask zoo`: the table of models in README.md, written from the zoo's own table.

use crate::command::{self, Failure};
use crate::{diff, workspace};
use std::path::Path;

pub const HELP: &str = "\
Write the table of models into README.md, from `gan list --markdown`.

Usage: cargo xtask zoo [--check]

  --check   write nothing; show the difference and fail when README.md is out of date

The table stands between the lines `<!-- zoo:begin -->` and `<!-- zoo:end -->`. After adding a
variant to the zoo, run `cargo xtask zoo` and commit what it wrote.
";

const BEGIN: &str = "<!-- zoo:begin -->";
const END: &str = "<!-- zoo:end -->";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        [first, ..] => {
            return Err(Failure::Usage(format!("`zoo` takes only `--check`, found `{first}`")));
        }
    };
    update(&workspace::root()?, check)
}

/// Brings the table up to date, or with `check` only says whether it is.
pub fn update(root: &Path, check: bool) -> Result<(), Failure> {
    let readme_path = root.join("README.md");
    let old = std::fs::read_to_string(&readme_path)
        .map_err(|error| Failure::io("read", &readme_path, &error))?;
    let table = command::stdout(&mut command::cargo(
        root,
        &[
            "run",
            "--quiet",
            "--locked",
            "--package",
            "gan-cli",
            "--bin",
            "gan",
            "--",
            "list",
            "--markdown",
        ],
    ))?;
    let new = splice(&old, &table).map_err(Failure::Failed)?;
    if new == old {
        println!("zoo: README.md's table of models is up to date");
        return Ok(());
    }
    if check {
        return Err(Failure::Failed(format!(
            "README.md's table of models is out of date; `cargo xtask zoo` writes it:\n{}",
            diff::lines(&old, &new)
        )));
    }
    std::fs::write(&readme_path, new)
        .map_err(|error| Failure::io("write", &readme_path, &error))?;
    println!("zoo: wrote the table of models into README.md");
    Ok(())
}

/// `readme` with the text between the two marker lines replaced by `table`.
fn splice(readme: &str, table: &str) -> Result<String, String> {
    let position = |marker: &str| match readme.matches(marker).count() {
        1 => Ok(readme.find(marker).unwrap_or_default()),
        0 => Err(format!("README.md has no line `{marker}`: add it")),
        n => Err(format!("README.md has `{marker}` {n} times: keep one")),
    };
    let (begin, end) = (position(BEGIN)? + BEGIN.len(), position(END)?);
    if end < begin {
        return Err(format!("README.md has `{END}` before `{BEGIN}`: swap them"));
    }
    if table.trim().is_empty() {
        return Err("`gan list --markdown` printed nothing: expected a table".to_owned());
    }
    Ok(format!("{}\n{}\n{}", &readme[..begin], table.trim(), &readme[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_nothing_else() {
        let readme = "# Title\n<!-- zoo:begin -->\n| old |\n<!-- zoo:end -->\nafter\n";
        let new = splice(readme, "| new |\n").unwrap();
        assert_eq!(new, "# Title\n<!-- zoo:begin -->\n| new |\n<!-- zoo:end -->\nafter\n");
        assert_eq!(splice(&new, "| new |\n").unwrap(), new, "a second time changes nothing");
    }

    #[test]
    fn broken_markers_are_explained() {
        let error = |readme| splice(readme, "| t |").unwrap_err();
        assert!(error("no markers").contains("no line"));
        assert!(error("<!-- zoo:begin -->").contains("zoo:end"));
        assert!(error("<!-- zoo:end -->\n<!-- zoo:begin -->").contains("swap"));
        assert!(error("<!-- zoo:begin --><!-- zoo:begin --><!-- zoo:end -->").contains("2 times"));
        assert!(splice("<!-- zoo:begin --><!-- zoo:end -->", " \n").is_err());
    }
}
