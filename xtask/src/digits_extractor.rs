//! `cargo xtask digits-extractor`: train the classifier of digits that gan-metrics carries.

use crate::command::{self, Failure};
use crate::{gan_binary, workspace};
use std::path::Path;
use std::process::Command;

pub const HELP: &str = "\
Train the classifier that `gan-metrics --extractor digits` uses, on the digits in data/mnist.

Usage: cargo xtask digits-extractor [--check]

  --check   write nothing; fail when training does not give data/digits/extractor.safetensors

It takes some minutes: it trains with the kernels that every processor has (GAN_ISA=baseline), so
that the same bytes come out on any machine and for any number of threads. Another gan-kernels may
round in another order, which grows over thousands of steps; scores that were taken with the old
file do not compare with those of a new one.
";

const DATA: &str = "data/mnist";
const FILE: &str = "data/digits/extractor.safetensors";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        [first, ..] => {
            return Err(Failure::Usage(format!(
                "`digits-extractor` takes only `--check`, found `{first}`"
            )));
        }
    };
    let root = workspace::root()?;
    let program = gan_binary::build_program(&root, "gan-metrics", "gan-metrics")?;
    let kept = root.join(FILE);
    if !check {
        return train(&program, &root.join(DATA), &kept);
    }
    let again = std::env::temp_dir().join(format!("digits-{}.safetensors", std::process::id()));
    train(&program, &root.join(DATA), &again)?;
    let read = |path: &Path| std::fs::read(path).map_err(|error| Failure::io("read", path, &error));
    let same = read(&again).and_then(|again| Ok(again == read(&kept)?));
    let _ = std::fs::remove_file(&again);
    if same? {
        println!("digits-extractor: training gives {FILE}, byte for byte");
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "training does not give {FILE}; after a change of training or of gan-kernels run \
         `cargo xtask digits-extractor` and commit what it writes"
    )))
}

fn train(program: &Path, data: &Path, output: &Path) -> Result<(), Failure> {
    let mut command = Command::new(program);
    command.args(["weights", "train-digits"]).args([data, output]).env("GAN_ISA", "baseline");
    let status = command::status(&mut command)?;
    if status.success() { Ok(()) } else { Err(Failure::Exit(1)) }
}
