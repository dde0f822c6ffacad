//! `cargo xtask train`: build the `gan` program, then hand the terminal over to it.

use crate::command::{self, Failure};
use crate::{gan_binary, workspace};
use std::process::Command;

pub const HELP: &str = "\
Build `gan` in release, then run `gan train`.

Usage: cargo xtask train [ENTRY] [ARGS…]

  ENTRY   a model of the zoo (default: dcgan); `gan list` shows them all
  ARGS    passed on to `gan train ENTRY` unchanged

The run happens in the folder you are in: relative paths mean what you typed. Ctrl-C reaches
`gan`, which saves and says how to go on; its exit code is passed on.

Examples:
  cargo xtask train                              a DCGAN on real digits, with the defaults
  cargo xtask train --seed 7 --budget 2m         the same model, options for `gan train`
  cargo xtask train vanilla --steps 100          another model
  cargo xtask train dcgan --help                 the options of `gan train` itself
";

const DEFAULT_ENTRY: &str = "dcgan";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let root = workspace::root()?;
    let gan = gan_binary::build_release(&root)?;
    command::become_child(Command::new(gan).args(gan_arguments(args)))
}

/// `gan`'s arguments: a first word that is no option names the entry, and so does a run to resume
/// or a configuration file.
fn gan_arguments(args: &[String]) -> Vec<&str> {
    let mut line = vec!["train"];
    let names_it = |arg: &String| arg.starts_with("--resume") || arg.starts_with("--config");
    if args.first().is_none_or(|first| first.starts_with('-')) && !args.iter().any(names_it) {
        line.push(DEFAULT_ENTRY);
    }
    line.extend(args.iter().map(String::as_str));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &str) -> String {
        let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
        gan_arguments(&args).join(" ")
    }

    #[test]
    fn the_first_word_names_the_entry_unless_it_is_an_option() {
        assert_eq!(line(""), "train dcgan");
        assert_eq!(line("--steps 100"), "train dcgan --steps 100");
        assert_eq!(line("--resume runs/x --steps 9"), "train --resume runs/x --steps 9");
        assert_eq!(line("vanilla --steps 100"), "train vanilla --steps 100");
    }
}
