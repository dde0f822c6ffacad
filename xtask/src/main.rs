//! `cargo xtask`: the workspace's own commands, without dependencies so that they start at once.

mod bench;
mod cargo_messages;
mod command;
mod diagnosis;
mod diff;
mod digits_extractor;
mod gan_binary;
mod gpu;
mod package;
mod ranks;
mod test;
mod tidy;
mod train;
mod workspace;
mod zoo;

use command::Failure;
use std::process::ExitCode;

/// A subcommand: its name, the line that `cargo xtask --help` shows, its own help, and its code.
struct Subcommand {
    name: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "train",
        summary: "build `gan` in release and train (a DCGAN on digits unless told otherwise)",
        help: train::HELP,
        run: train::run,
    },
    Subcommand {
        name: "test",
        summary: "everything that CI checks, or a quick part of it, or some tests by their names",
        help: test::HELP,
        run: test::run,
    },
    Subcommand {
        name: "tidy",
        summary: "the house rules that no compiler knows",
        help: tidy::HELP,
        run: tidy::run,
    },
    Subcommand {
        name: "zoo",
        summary: "write the table of models into README.md, or check it",
        help: zoo::HELP,
        run: zoo::run,
    },
    Subcommand {
        name: "bench",
        summary: "time training steps, ours and PyTorch's in turn, or the kernels by themselves",
        help: bench::HELP,
        run: bench::run,
    },
    Subcommand {
        name: "gpu",
        summary: "build for NVIDIA's cards on a machine without one",
        help: gpu::HELP,
        run: gpu::run,
    },
    Subcommand {
        name: "ranks",
        summary: "several processes that train one model, by MPI: checked, or timed",
        help: ranks::HELP,
        run: ranks::run,
    },
    Subcommand {
        name: "diagnosis",
        summary: "train runs that fail on purpose and runs that do not; are they told apart?",
        help: diagnosis::HELP,
        run: diagnosis::run,
    },
    Subcommand {
        name: "digits-extractor",
        summary: "train a classifier of digits like the one that gan-metrics carries",
        help: digits_extractor::HELP,
        run: digits_extractor::run,
    },
    Subcommand {
        name: "package",
        summary: "package every crate, and build and test what the packages hold",
        help: package::HELP,
        run: package::run,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> =
        match std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect() {
            Ok(args) => args,
            Err(arg) => {
                eprintln!("error: the argument {arg:?} is not valid UTF-8");
                return ExitCode::from(2);
            }
        };
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("error: {message}");
            eprintln!("`cargo xtask --help` shows what there is.");
            ExitCode::from(2)
        }
        Err(Failure::Failed(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
        Err(Failure::Exit(code)) => ExitCode::from(code),
    }
}

fn dispatch(args: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = args.split_first() else {
        print!("{}", overview());
        return Err(Failure::Exit(2));
    };
    let (name, rest) = match (name.as_str(), rest) {
        ("-h" | "--help", _) | ("help", []) => {
            print!("{}", overview());
            return Ok(());
        }
        ("help", [topic, ..]) => (topic.as_str(), vec!["--help".to_owned()]),
        (name, rest) => (name, rest.to_vec()),
    };
    let Some(subcommand) = SUBCOMMANDS.iter().find(|s| s.name == name) else {
        let known: Vec<_> = SUBCOMMANDS.iter().map(|s| s.name).collect();
        return Err(Failure::Usage(format!(
            "there is no subcommand `{name}`; expected one of {}",
            known.join(", ")
        )));
    };
    if matches!(rest.first().map(String::as_str), Some("-h" | "--help")) {
        print!("{}", subcommand.help);
        return Ok(());
    }
    (subcommand.run)(&rest)
}

fn overview() -> String {
    let mut text = String::from(
        "The workspace's own commands.\n\nUsage: cargo xtask <COMMAND> [ARGS…]\n\nCommands:\n",
    );
    for s in SUBCOMMANDS {
        text += &format!("  {:<16} {}\n", s.name, s.summary);
    }
    text += "\n`cargo xtask <COMMAND> --help` says more. All of them work from any folder of the workspace.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_subcommand_is_in_the_overview_and_names_itself_in_its_help() {
        for s in SUBCOMMANDS {
            assert!(overview().contains(s.summary));
            assert!(s.help.contains(&format!("Usage: cargo xtask {}", s.name)));
            assert!(dispatch(&words(&format!("{} --help", s.name))).is_ok());
            assert!(dispatch(&words(&format!("help {}", s.name))).is_ok());
        }
    }

    #[test]
    fn wrong_usage_names_what_exists() {
        match dispatch(&words("trian")) {
            Err(Failure::Usage(message)) => {
                assert!(message.contains("`trian`") && message.contains("train"));
            }
            other => panic!("expected wrong usage, found {other:?}"),
        }
        for line in [
            "tidy extra",
            "zoo --chek",
            "digits-extractor",
            "package x",
            "test one two",
            "test --wrong",
        ] {
            assert!(matches!(dispatch(&words(line)), Err(Failure::Usage(_))), "{line}");
        }
    }
}
