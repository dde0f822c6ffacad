//! Running child commands: what can go wrong, and how an exit code is passed on.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Why a subcommand did not succeed.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// Something went wrong, explained here: exit code 1.
    Failed(String),
    /// A child (or a list of findings) has already explained itself: this exit code.
    Exit(u8),
}

impl Failure {
    /// What could not be done to which path, with the system's reason.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Failure::Failed(format!("cannot {doing} {}: {error}", path.display()))
    }
}

/// `cargo`, the same one that started us, in the workspace's root.
pub fn cargo(root: &Path, args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root);
    command
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words =
        vec![program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs a command that shares our terminal, and waits for it.
pub fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command
        .status()
        .map_err(|error| Failure::Failed(format!("cannot run `{}`: {error}", shown(command))))
}

/// Runs a command that shares our terminal, and fails where it does.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Failed(format!("`{}` failed ({status})", shown(command))))
}

/// Runs a command and returns its standard output; its standard error stays on the terminal.
pub fn stdout(command: &mut Command) -> Result<String, Failure> {
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| {
            Failure::Failed(format!("cannot run `{}`: {error}", shown(command)))
        })?;
    if !output.status.success() {
        return Err(Failure::Failed(format!("`{}` failed ({})", shown(command), output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Failure::Failed(format!("`{}` printed invalid UTF-8", shown(command))))
}

/// Turns this process into the command, so that Ctrl-C, other signals and the exit code are the
/// child's own and nobody is left behind as an orphan. Returns only on failure.
#[cfg(unix)]
pub fn become_child(command: &mut Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Failure::Failed(format!("cannot run `{}`: {error}", shown(command))))
}

/// Runs the command, waits for it and passes its exit code on.
#[cfg(not(unix))]
pub fn become_child(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Exit(u8::try_from(code).unwrap_or(1))),
        None => Err(Failure::Exit(1)),
    }
}

/// How long something took, in the unit that a person would use.
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {:02} s", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(duration(0.04), "0.0 s");
        assert_eq!(duration(59.9), "59.9 s");
        assert_eq!(duration(125.4), "2 min 05 s");
    }

    #[test]
    fn a_command_is_shown_without_its_folder() {
        let mut command = Command::new("/some/where/cargo");
        command.args(["fmt", "--check"]);
        assert_eq!(shown(&command), "cargo fmt --check");
    }
}
