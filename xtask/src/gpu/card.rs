//! What is run on a machine with a card.

use crate::command::{self, Failure};
use crate::{bench, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Batches that steps are timed with.
const BATCHES: &str = "64,128,256,512,1024";

/// Runs `gan check` of the pack on the card.
pub fn check(options: &[String]) -> Result<(), Failure> {
    let mut process = Command::new(program()?);
    process.args(["check", "--device", "cuda"]).args(options);
    command::run(&mut process)
}

/// Times steps of the pack's program and PyTorch's on the card.
pub fn bench(options: &[String]) -> Result<(), Failure> {
    bench::run(&bench_options(&program()?, options))
}

fn bench_options(program: &Path, options: &[String]) -> Vec<String> {
    let own = ["--device", "cuda", "--modes", "usual,both,bf16", "--batch", BATCHES, "--gan"];
    let own = own.map(str::to_owned).into_iter().chain([program.display().to_string()]);
    own.chain(options.iter().cloned()).collect()
}

/// `gan` beside this program, as in the pack, or in the pack of the repository.
fn program() -> Result<PathBuf, Failure> {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name("gan"));
    let pack = workspace::root().ok().map(|root| root.join("target/cuda/pack/gan"));
    let carries_cuda = |path: &PathBuf| {
        path.is_file() && path.parent().is_some_and(|folder| folder.ends_with("pack"))
    };
    [beside, pack].into_iter().flatten().find(carries_cuda).ok_or_else(|| {
        Failure::Failed(
            "no program for a card here: `cargo xtask gpu build` makes target/cuda/pack/gan, on any \
             machine"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_options_are_added() {
        let words = bench_options(Path::new("pack/gan"), &["--rounds".into(), "3".into()]);
        let line = words.join(" ");
        assert!(line.starts_with("--device cuda") && line.ends_with("--gan pack/gan --rounds 3"));
    }
}
