//! Starting one process of a benchmark and reading what it printed.

use super::contest::{Contender, Point};
use super::isa;
use super::measurement::{self, Measurement};
use super::peer::Peer;
use crate::command::{self, Failure};
use std::path::PathBuf;
use std::process::Command;

/// The programs that are timed.
pub struct Launcher {
    pub gan: PathBuf,
    pub peer: Option<Peer>,
    /// What both are capped to.
    pub isa: Option<&'static str>,
    /// Where both compute.
    pub device: Option<String>,
    /// More options for `gan bench`.
    pub passed: Vec<String>,
}

impl Launcher {
    /// Runs one process and waits for what it measured.
    pub fn launch(&self, who: Contender, point: &Point) -> Result<Measurement, Failure> {
        let mut process = self.process(who, point)?;
        let json = command::stdout(&mut process)?;
        measurement::parse(&json).map_err(|key| {
            Failure::Failed(format!(
                "`{}` printed no number `{key}`; it printed: {}",
                command::shown(&process),
                json.trim()
            ))
        })
    }

    fn process(&self, who: Contender, point: &Point) -> Result<Command, Failure> {
        let mut process = match (who, &self.peer) {
            (Contender::Ours, _) => {
                let mut process = Command::new(&self.gan);
                process.args(["bench", point.case, "--json"]);
                process
            }
            (Contender::PyTorch(mode), Some(peer)) => {
                let mut process = peer.process();
                process.args(["--case", point.case, "--mode", mode]);
                process
            }
            (Contender::PyTorch(_), None) => {
                return Err(Failure::Failed("there is no PyTorch to time".to_owned()));
            }
        };
        let threads = Some(point.threads);
        for (option, value) in [
            ("--threads", threads),
            ("--steps", point.steps),
            ("--batch", point.batch),
            ("--size", point.size),
        ] {
            if let Some(value) = value {
                process.arg(option).arg(value.to_string());
            }
        }
        if let Some(device) = &self.device {
            process.args(["--device", device]);
        }
        if who == Contender::Ours {
            process.args(&self.passed);
        }
        if let Some(isa) = self.isa {
            process.envs(isa::settings(isa));
        }
        Ok(process)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contest::tests::point;
    use super::*;

    #[test]
    fn both_are_asked_the_same() {
        let peer = Some(Peer::at("py/python3", "steps.py"));
        let passed = vec!["--seed".to_owned(), "3".to_owned()];
        let gan = "target/gan".into();
        let launcher = Launcher { gan, peer, isa: None, device: Some("cuda".to_owned()), passed };
        let point = Point { batch: Some(8), size: Some(32), steps: Some(5), ..point("dcgan64", 2) };
        let line = |who| command::shown(&launcher.process(who, &point).unwrap());
        assert_eq!(
            line(Contender::Ours),
            "gan bench dcgan64 --json --threads 2 --steps 5 --batch 8 --size 32 --device cuda --seed 3"
        );
        assert_eq!(
            line(Contender::PyTorch("both")),
            "python3 steps.py --case dcgan64 --mode both --threads 2 --steps 5 --batch 8 --size 32 \
             --device cuda"
        );
    }

    #[test]
    fn both_are_capped_alike() {
        let peer = Some(Peer::at("python3", "steps.py"));
        let (isa, device, passed) = (Some("avx2"), None, Vec::new());
        let launcher = Launcher { gan: "gan".into(), peer, isa, device, passed };
        for (who, name, value) in [
            (Contender::Ours, "GAN_ISA", "avx2"),
            (Contender::PyTorch("usual"), "ONEDNN_MAX_CPU_ISA", "AVX2"),
            (Contender::PyTorch("usual"), "ATEN_CPU_CAPABILITY", "avx2"),
        ] {
            let process = launcher.process(who, &point("ring", 1)).unwrap();
            let found = process.get_envs().find(|(key, _)| *key == name).and_then(|(_, v)| v);
            assert_eq!(found, Some(value.as_ref()), "{name}");
        }
    }

    #[test]
    fn without_a_peer_only_ours_can_start() {
        let (peer, isa, device, passed) = (None, None, None, Vec::new());
        let launcher = Launcher { gan: "gan".into(), peer, isa, device, passed };
        assert!(launcher.process(Contender::Ours, &point("ring", 1)).is_ok());
        assert!(launcher.process(Contender::PyTorch("usual"), &point("ring", 1)).is_err());
    }
}
