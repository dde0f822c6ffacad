//! This program once more, as a process of its own that may fail, hang or be killed.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(300);
/// How often it is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs `gan` with these words until it ends, or until `enough` says so and it is killed; whether
/// it ended by itself. What it prints to stderr goes to `log`.
pub fn run(words: &[String], log: &Path, enough: &mut dyn FnMut() -> bool) -> Result<bool> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let file = std::fs::File::create(log).with_context(|| log.display().to_string())?;
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let mut child = command.spawn().context("cannot start this program again")?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return ended(status, words, log);
        }
        if enough() {
            kill(&mut child);
            return Ok(false);
        }
        if started.elapsed() > LIMIT {
            kill(&mut child);
            bail!("gan {}: no end after {} s", words.join(" "), LIMIT.as_secs())
        }
        sleep(PAUSE);
    }
}

fn ended(status: ExitStatus, words: &[String], log: &Path) -> Result<bool> {
    if status.success() {
        return Ok(true);
    }
    let told = std::fs::read_to_string(log).unwrap_or_default();
    let last = told.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    bail!("gan {}: {last} ({status})", words.join(" "))
}

/// Kills without asking, as a failing machine does.
fn kill(child: &mut Child) {
    // It may have ended in between; then there is nothing to kill.
    let _ = child.kill();
    let _ = child.wait();
}
