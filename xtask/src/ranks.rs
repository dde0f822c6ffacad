//! `cargo xtask ranks`: several processes that train one model, by MPI: the same bytes as one, also
//! when they are killed and go on as more or fewer; and how long a step takes.

mod scaling;

use crate::cargo_messages;
use crate::command::{self, Failure};
use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const HELP: &str = "\
Build `gan` with MPI and check that several ranks train what one process trains, or time them.

Usage: cargo xtask ranks [--scaling]

Without an option: two and four ranks train the bytes of one process with as many parts; a batch norm
sees the batch of all; ranks that were killed go on as more and as fewer; a run stops as one; what
cannot be is refused. About two minutes after the build.

  --scaling  milliseconds a step of 1, 2 and 4 ranks of one thread each: with the batch of one shared
             among them (strong), and with a batch for each (weak); and what the measured time of
             messages makes of 8, 64 and 512 workers

Needed are `mpirun` and `mpicc` of OpenMPI or MPICH, and libclang for the build:
  apt-get install openmpi-bin libopenmpi-dev libclang-dev

Examples:
  cargo xtask ranks
  cargo xtask ranks --scaling
";

/// What a small run trains: seconds, and every kind of layer but batch norm.
const SMALL: &str = "dcgan --limit 500 --batch 16 --steps 8 --checkpoint-every 4 --sample-every 0 \
                     --set features=8 --set techniques.discriminator_norm=none --quiet --threads 1";
/// The same without what replaces batch norm.
const ALONE: &str = "--set techniques.generator_norm=none";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let root = workspace::root()?;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => check(&root),
        ["--scaling"] => scaling::run(&root, &build(&root, true)?),
        _ => Err(Failure::Usage(format!(
            "`ranks` expects nothing or `--scaling`, found `{}`",
            words.join(" ")
        ))),
    }
}

/// Whether this machine has what ranks need.
pub fn present() -> bool {
    ["mpirun", "mpicc"].iter().all(|program| {
        let mut asked = Command::new(program);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    })
}

/// The check of `cargo xtask test`: as [`run`], or a word about why not.
pub fn check_or_skip(root: &Path) -> Result<(), Failure> {
    if present() {
        return check(root);
    }
    println!(
        "SKIPPED: ranks: there is no mpirun and mpicc; `cargo xtask ranks --help` says how to have them"
    );
    Ok(())
}

/// `gan` with MPI, in the profile of tests or in release.
fn build(root: &Path, release: bool) -> Result<PathBuf, Failure> {
    let mut cargo = command::cargo(root, &["build", "--workspace", "--locked", "--bin", "gan"]);
    cargo.args(["--example", "messages"]);
    cargo.args(["--features", "gan-cli/mpi"]);
    if release {
        cargo.arg("--release");
    }
    let messages = cargo_messages::of_build(cargo, "`gan` with MPI")?;
    let found =
        cargo_messages::artifacts(&messages).filter(|a| a.kind == "bin" && a.target == "gan");
    let built = found.filter_map(|artifact| artifact.executable).next_back();
    let built =
        built.ok_or_else(|| Failure::Failed("cargo did not say where `gan` is".to_owned()))?;
    // A copy, since the next build without MPI puts another program in its place.
    let copy = root.join("target").join("gan-mpi");
    std::fs::copy(&built, &copy).map_err(|error| Failure::io("write", &copy, &error))?;
    Ok(copy)
}

/// `mpirun` with so many ranks of a program, also where there are fewer cores, and for root.
fn mpirun(ranks: usize, program: &Path) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["-n", &ranks.to_string()]);
    for (name, value) in [
        ("OMPI_ALLOW_RUN_AS_ROOT", "1"),
        ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
        ("OMPI_MCA_rmaps_base_oversubscribe", "1"),
        // Ranks that wait leave the core to those that compute, and stay on no core of their own.
        ("OMPI_MCA_mpi_yield_when_idle", "1"),
        ("OMPI_MCA_hwloc_base_binding_policy", "none"),
    ] {
        command.env(name, value);
    }
    command.arg(program).stdin(Stdio::null());
    command
}

/// A place for runs, which is gone at the end.
struct Place<'a> {
    gan: &'a Path,
    folder: PathBuf,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a program said, and how it ended.
struct Said {
    code: Option<i32>,
    errors: String,
}

impl Place<'_> {
    fn command(&self, ranks: usize, line: &str) -> Command {
        let mut command = match ranks {
            1 => Command::new(self.gan),
            _ => mpirun(ranks, self.gan),
        };
        command.args(line.split_whitespace()).current_dir(&self.folder);
        command
    }

    fn run(&self, ranks: usize, line: &str) -> Result<Said, Failure> {
        let mut command = self.command(ranks, line);
        let output = command.output().map_err(|error| {
            Failure::Failed(format!("cannot run `{}`: {error}", command::shown(&command)))
        })?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Said { code: output.status.code(), errors })
    }

    fn done(&self, ranks: usize, line: &str) -> Result<(), Failure> {
        let said = self.run(ranks, line)?;
        expect(said.code == Some(0), || {
            format!("{ranks} ranks, `gan {line}` ended with {:?}: {}", said.code, said.errors)
        })
    }

    fn refused(&self, ranks: usize, line: &str, word: &str) -> Result<(), Failure> {
        let said = self.run(ranks, line)?;
        expect(said.code != Some(0) && said.errors.contains(word), || {
            format!(
                "{ranks} ranks, `gan {line}`: expected `{word}`, found {:?}: {}",
                said.code, said.errors
            )
        })
    }

    fn checkpoint(&self, run: &str, step: u64) -> PathBuf {
        self.folder.join(run).join("checkpoints").join(format!("step-{step:08}.safetensors"))
    }

    fn same(&self, one: &str, other: &str, step: u64) -> Result<(), Failure> {
        let read = |run: &str| {
            let path = self.checkpoint(run, step);
            std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))
        };
        expect(read(one)? == read(other)?, || {
            format!("step {step} of {one} and of {other} are not the same bytes")
        })
    }
}

fn expect(holds: bool, or: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::Failed(or())) }
}

/// Everything that must hold of ranks.
fn check(root: &Path) -> Result<(), Failure> {
    let gan = build(root, false)?;
    let folder = root.join("target").join(format!("ranks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let place = Place { gan: &gan, folder };
    for (what, check) in CHECKS {
        println!("{what}");
        check(&place)?;
    }
    Ok(())
}

type Checked = (&'static str, fn(&Place<'_>) -> Result<(), Failure>);

const CHECKS: [Checked; 5] = [
    ("ranks train the bytes of one process with as many parts", same_bytes),
    ("batch norm sees the batch of all ranks", batch_norm),
    ("ranks that were killed go on as more and as fewer", killed),
    ("a run of several ranks stops as one", stopped),
    ("what cannot be is refused, and nobody waits", refusals),
];

fn same_bytes(place: &Place<'_>) -> Result<(), Failure> {
    place.done(1, &format!("train {SMALL} {ALONE} --accumulate 4 --out one"))?;
    place.done(4, &format!("train {SMALL} {ALONE} --out four"))?;
    place.done(2, &format!("train {SMALL} {ALONE} --accumulate 4 --out two"))?;
    place.same("one", "four", 8)?;
    place.same("one", "two", 8)
}

/// The gradient of the first step is that of a whole batch as far as f32 sums go.
fn batch_norm(place: &Place<'_>) -> Result<(), Failure> {
    let own = SMALL.replace("--set techniques.discriminator_norm=none", "");
    let line = format!("train {}", own.replace("--steps 8", "--steps 1"));
    place.done(1, &format!("{line} --out whole"))?;
    place.done(2, &format!("{line} --out shared"))?;
    place.done(1, &format!("{line} --accumulate 2 --out apart"))?;
    let slope = |run: &str| -> Result<f64, Failure> {
        let path = place.folder.join(run).join("log.jsonl");
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::io("read", &path, &e))?;
        let number =
            text.split("\"grad_norm\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
        number
            .and_then(|number| number.trim().parse().ok())
            .ok_or_else(|| Failure::Failed(format!("{run}: its log has no gradient: {text}")))
    };
    let (whole, shared, apart) = (slope("whole")?, slope("shared")?, slope("apart")?);
    println!("  first gradient: {whole} as a whole, {shared} of two ranks, {apart} of two parts");
    expect((whole - shared).abs() < 1e-4 * whole, || "the ranks' is another".to_owned())?;
    expect((whole - apart).abs() > 1e-3 * whole, || "there is no batch norm here".to_owned())
}

fn killed(place: &Place<'_>) -> Result<(), Failure> {
    let long = SMALL.replace("--steps 8", "--steps 100000");
    let mut running = place
        .command(2, &format!("train {long} {ALONE} --accumulate 4 --out killed"))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| Failure::Failed(format!("cannot run mpirun: {error}")))?;
    let waiting = place.checkpoint("killed", 4);
    while !waiting.is_file() {
        let ended = running.try_wait().map_err(|e| Failure::Failed(e.to_string()))?;
        expect(ended.is_none(), || format!("it ended before its first checkpoint: {ended:?}"))?;
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // One rank, not the launcher: the others must not wait for it.
    let rank = newest(place.gan).ok_or_else(|| Failure::Failed("no rank was found".to_owned()))?;
    let kill = Command::new("sh").args(["-c", &format!("kill -KILL {rank}")]).status();
    expect(kill.is_ok_and(|status| status.success()), || format!("process {rank} was not killed"))?;
    let ended = running.wait().map_err(|error| Failure::Failed(error.to_string()))?;
    expect(!ended.success(), || "a run whose rank was killed ended well".to_owned())?;
    let kept = place.folder.join("killed").join("checkpoints");
    let newest = std::fs::read_dir(&kept)
        .map_err(|error| Failure::io("list", &kept, &error))?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse::<u64>().ok()
        })
        .max()
        .unwrap_or_default();
    let end = newest + 8;
    // A run as long that nobody killed, and the killed one as more ranks and, copied, as one.
    let whole = SMALL.replace("--steps 8", &format!("--steps {end}"));
    place.done(1, &format!("train {whole} {ALONE} --accumulate 4 --out unbroken"))?;
    let toml = place.folder.join("killed").join("run.toml");
    let text = std::fs::read_to_string(&toml).map_err(|e| Failure::io("read", &toml, &e))?;
    let text = text.replace("steps = 100000", &format!("steps = {end}"));
    std::fs::write(&toml, text).map_err(|error| Failure::io("write", &toml, &error))?;
    let copied =
        Command::new("cp").args(["-r", "killed", "fewer"]).current_dir(&place.folder).status();
    expect(copied.is_ok_and(|status| status.success()), || "cp failed".to_owned())?;
    place.done(4, "train --resume killed --quiet --threads 1")?;
    place.done(1, "train --resume fewer --quiet --threads 1")?;
    place.same("unbroken", "killed", end)?;
    place.same("unbroken", "fewer", end)
}

/// The newest process of a program, as Linux tells.
fn newest(program: &Path) -> Option<u32> {
    let runs =
        |pid: u32| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|p| p == program);
    let all = std::fs::read_dir("/proc").ok()?.flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| runs(*pid)).max()
}

fn stopped(place: &Place<'_>) -> Result<(), Failure> {
    let long = SMALL.replace("--steps 8", "--steps 100000");
    place.done(2, &format!("train {long} {ALONE} --budget 2s --out stopped"))?;
    place.done(1, "sample stopped -n 4")
}

fn refusals(place: &Place<'_>) -> Result<(), Failure> {
    place.refused(3, &format!("train {SMALL} --out three"), "--batch 18")?;
    place.refused(2, &format!("train {SMALL} {ALONE} --out one"), "holds a run already")?;
    place.refused(2, "sample one", "only `gan train` runs on several ranks")?;
    let together = "--set techniques.feature_matching=true --out matching";
    place.refused(2, &format!("train {SMALL} {together}"), "as a whole")?;
    let left = ["three", "matching"].iter().any(|run| place.folder.join(run).exists());
    expect(!left, || "a refused run left a folder".to_owned())
}
