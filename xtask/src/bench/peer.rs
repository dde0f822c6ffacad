//! Finding a Python that has PyTorch.

use crate::command::Failure;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const HOW_TO_GET_IT: &str = "\
bench: no Python with PyTorch was found, so ours is timed alone. To compare, make one and run again:
  python3 -m venv .venv && .venv/bin/pip install -r benches/peers/requirements.txt
or set GAN_PYTHON to a Python that can import torch.";

/// Settings for one machine's OpenBLAS: they would slow down or speed up numpy's part of the peer.
const NOT_FOR_PEERS: &[&str] = &["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];

const SCRIPT: &str = "benches/peers/torch_steps.py";

/// A Python with PyTorch, and the script that it runs.
pub struct Peer {
    python: PathBuf,
    script: PathBuf,
    /// PyTorch's version.
    pub version: String,
}

impl Peer {
    /// The script, ready for its options.
    pub fn process(&self) -> Command {
        let mut process = python(&self.python);
        process.arg(&self.script);
        process
    }

    /// Its Python, without a script.
    pub fn python(&self) -> Command {
        python(&self.python)
    }

    #[cfg(test)]
    pub fn at(python: &str, script: &str) -> Self {
        Self { python: python.into(), script: script.into(), version: "2.0".to_owned() }
    }
}

/// The first of $GAN_PYTHON, the repository's `.venv` and `python3` that can import torch.
///
/// Who sets GAN_PYTHON means it: one that cannot is an error.
pub fn find(root: &Path) -> Result<Option<Peer>, Failure> {
    let script = root.join(SCRIPT);
    let peer = |python: PathBuf| {
        version(&python).map(|version| Peer { python, script: script.clone(), version })
    };
    if let Some(asked) = std::env::var_os("GAN_PYTHON").filter(|v| !v.is_empty()) {
        let asked = PathBuf::from(asked);
        let shown = asked.display().to_string();
        return peer(asked).map(Some).ok_or_else(|| {
            Failure::Failed(format!(
                "GAN_PYTHON is `{shown}`, which cannot import torch: install it there \
                 (pip install -r benches/peers/requirements.txt), or unset GAN_PYTHON"
            ))
        });
    }
    Ok(candidates(root).into_iter().find_map(peer))
}

fn candidates(root: &Path) -> Vec<PathBuf> {
    let venv = root.join(".venv");
    let own = [venv.join("bin").join("python"), venv.join("Scripts").join("python.exe")];
    own.into_iter().filter(|p| p.is_file()).chain([PathBuf::from("python3")]).collect()
}

/// The version of PyTorch that a Python has.
fn version(program: &Path) -> Option<String> {
    let mut probe = python(program);
    probe.args(["-c", "import torch; print(torch.__version__)"]);
    let output = probe.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // Something else may have printed before it.
    let last = text.lines().last().map(str::trim).filter(|line| !line.is_empty())?;
    output.status.success().then(|| last.to_owned())
}

fn python(program: &Path) -> Command {
    let mut process = Command::new(program);
    for name in NOT_FOR_PEERS {
        process.env_remove(name);
    }
    process
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn a_program_that_is_no_python_has_no_version() {
        assert_eq!(version(Path::new("no-such-program")), None);
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        assert_eq!(version(Path::new(&cargo)), None);
    }

    #[test]
    fn the_peers_files_are_there_and_know_the_same_modes() {
        let root = workspace::root().unwrap();
        assert!(root.join("benches/peers/requirements.txt").is_file());
        let script = std::fs::read_to_string(root.join(SCRIPT)).unwrap();
        for name in super::super::options::MODES {
            assert!(script.contains(&format!("\"{name}\"")), "{name}");
        }
        for case in super::super::options::CASES {
            let line = script.lines().find(|line| line.contains(&format!("\"{}\": (", case.name)));
            let batch = line.and_then(|line| line.split(", ").nth(1));
            assert_eq!(batch, Some(case.batch.to_string().as_str()), "{}", case.name);
        }
    }

    #[test]
    fn openblas_settings_are_taken_away() {
        let peer = Peer::at("python3", "x.py");
        let process = peer.process();
        for name in NOT_FOR_PEERS {
            assert!(process.get_envs().any(|(key, value)| key == *name && value.is_none()));
        }
        assert_eq!(peer.version, "2.0");
    }

    #[test]
    fn python3_is_always_a_candidate_and_comes_last() {
        let root = workspace::root().unwrap();
        assert_eq!(candidates(&root).last(), Some(&PathBuf::from("python3")));
    }
}
