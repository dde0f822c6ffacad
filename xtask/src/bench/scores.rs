//! `cargo xtask bench --scores`: run the script that times scores beside their reference programs.

use super::options::Options;
use super::{isa, peer};
use crate::command::{self, Failure};
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = "benches/peers/score_speed.py";
const HOW_TO_GET_THEM: &str = "\
no Python with PyTorch was found; `--scores` compares with programs that need it. To have them:
  python3 -m venv .venv
  .venv/bin/pip install torch torchvision pytorch-fid prdc 'scipy<1.18'
or set GAN_PYTHON to a Python that has them.";

/// Builds the programs that are timed, then runs the script once for each thread count.
pub fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let peer = peer::find(root)?.ok_or_else(|| Failure::Failed(HOW_TO_GET_THEM.to_owned()))?;
    let build = ["build", "--release", "-p", "gan-metrics", "--bins", "--examples"];
    command::run(&mut command::cargo(root, &build))?;
    if let Some(isa) = options.isa {
        eprintln!("bench: both sides are capped to {isa}; {}", isa::check(isa, peer.python())?);
    }
    for &threads in &options.threads {
        command::run(&mut process(root, peer.python(), threads, options))?;
    }
    Ok(())
}

fn process(root: &Path, mut python: Command, threads: usize, options: &Options) -> Command {
    python.arg(root.join(SCRIPT)).arg("--threads").arg(threads.to_string());
    python.arg("--rounds").arg(options.rounds.to_string());
    if let Some(isa) = options.isa {
        python.envs(isa::settings(isa));
    }
    python.args(&options.passed);
    python
}

#[cfg(test)]
mod tests {
    use super::super::options;
    use super::*;
    use crate::workspace;

    #[test]
    fn the_script_is_asked_what_was_asked() {
        let words = ["--scores", "--threads", "2", "--isa", "avx2", "--", "--what", "fid"];
        let options = options::parse(&words.map(str::to_owned)).unwrap();
        let root = workspace::root().unwrap();
        assert!(root.join(SCRIPT).is_file());
        let python = Command::new("python3");
        let process = process(&root, python, options.threads[0], &options);
        let line = command::shown(&process);
        assert!(line.ends_with("score_speed.py --threads 2 --rounds 3 --what fid"), "{line}");
        assert!(process.get_envs().any(|(name, _)| name == "ATEN_CPU_CAPABILITY"));
    }
}
