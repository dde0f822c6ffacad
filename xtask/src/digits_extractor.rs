//! `cargo xtask digits-extractor`: train a classifier of digits like the one that gan-metrics carries.

use crate::command::{self, Failure};
use crate::workspace;

pub const HELP: &str = "\
Train a classifier of digits like the one behind `gan-metrics --extractor digits`, on the digits in
data/mnist, and say how many of those that were held out it knows.

Usage: cargo xtask digits-extractor FILE

It takes a minute. The one that gan-metrics carries stays as it is: scores that were taken with it do
not compare with those of another. `data/digits/README.md` tells how it was made.
";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let [file] = args else {
        let found = args.len();
        return Err(Failure::Usage(format!("`digits-extractor` takes one FILE, found {found}")));
    };
    let file = std::path::absolute(file)
        .map_err(|error| Failure::io("find", std::path::Path::new(file), &error))?;
    let example = ["run", "--release", "--package", "gan-runs", "--example", "digits_extractor"];
    let mut command = command::cargo(&workspace::root()?, &example);
    command::become_child(command.arg("--").arg(file))
}
