//! `cargo xtask zoo`: the table of models in README.md and the page of their defaults, written from
//! the zoo's own table.

use crate::command::{self, Failure};
use crate::{diff, workspace};
use std::path::Path;

pub const HELP: &str = "\
Write the table of models into README.md, from `gan list --markdown`, and docs/defaults.md, from
`gan list --defaults`.

Usage: cargo xtask zoo [--check]

  --check   write nothing; show the difference and fail where one of them is out of date

The table stands between the lines `<!-- zoo:begin -->` and `<!-- zoo:end -->`. After adding a
variant to the zoo, run `cargo xtask zoo` and commit what it wrote.
";

/// The page of defaults and where they come from.
const DEFAULTS: &str = "docs/defaults.md";
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

/// Brings both up to date, or with `check` only says whether they are.
pub fn update(root: &Path, check: bool) -> Result<(), Failure> {
    let table = list(root, "--markdown")?;
    let readme = "README.md's table of models";
    write(root, ("README.md", readme), check, |old| splice(old, &table))?;
    let page = list(root, "--defaults")?;
    write(root, (DEFAULTS, DEFAULTS), check, |_| Ok(page.clone()))
}

/// What `gan list` prints.
fn list(root: &Path, how: &str) -> Result<String, Failure> {
    let line = "run --quiet --locked --package gan-cli --bin gan -- list";
    let args: Vec<&str> = line.split(' ').chain([how]).collect();
    command::stdout(&mut command::cargo(root, &args))
}

/// Writes a file anew where it differs, or with `check` fails there.
fn write(
    root: &Path,
    (name, what): (&str, &str),
    check: bool,
    new: impl Fn(&str) -> Result<String, String>,
) -> Result<(), Failure> {
    let path = root.join(name);
    let old = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| Failure::io("read", &path, &error))?,
    };
    let new = new(&old).map_err(Failure::Failed)?;
    if new == old {
        println!("zoo: {what} is up to date");
        return Ok(());
    }
    if check {
        return Err(Failure::Failed(format!(
            "{what} is out of date; `cargo xtask zoo` writes it:\n{}",
            diff::lines(&old, &new)
        )));
    }
    std::fs::write(&path, new).map_err(|error| Failure::io("write", &path, &error))?;
    println!("zoo: wrote {what}");
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
