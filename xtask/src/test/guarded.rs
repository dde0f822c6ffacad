//! A command in a process group of its own, which ends with all its children when its time is up.

use crate::command::{self, Failure};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often a command whose output pauses is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(ExitStatus),
    /// It ran longer than its limit and was killed with everything that it had started.
    Killed,
}

/// Runs a command without input and hands over each line of its output at once, with the moment of
/// its arrival. Its standard error stays on the terminal.
///
/// Should this process itself be stopped (by Ctrl-C, say), the command ends too.
pub fn run(
    command: &mut Command,
    limit: Duration,
    on_line: &mut dyn FnMut(Instant, &[u8]),
) -> Result<End, Failure> {
    let begin = Instant::now();
    own_group(command);
    let shown = command::shown(command);
    let cannot = |what, error| Failure::Failed(format!("cannot {what} `{shown}`: {error}"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot("run", error))?;
    let guard = Guard::of(&child)?;
    let lines = lines(child.stdout.take());
    let mut open = true;
    let end = loop {
        match lines.recv_timeout(TICK) {
            Ok((at, line)) => on_line(at, &line),
            // Not every process that holds the pipe is one to wait for.
            Err(reason) => {
                open &= reason == RecvTimeoutError::Timeout;
                if let Some(status) = child.try_wait().map_err(|error| cannot("wait for", error))? {
                    break End::Exited(status);
                }
                if !open {
                    std::thread::sleep(TICK / 10);
                }
            }
        }
        if begin.elapsed() > limit {
            break End::Killed;
        }
    };
    match end {
        End::Exited(_) => guard.release(),
        End::Killed => {
            drop(guard);
            // Where there are no process groups, it alone.
            let _ = child.kill();
            child.wait().map_err(|error| cannot("wait for", error))?;
        }
    }
    // What was still on its way.
    while let Ok((at, line)) = lines.recv_timeout(TICK) {
        on_line(at, &line);
    }
    Ok(end)
}

/// Reads lines, with what ends them, on a thread of its own.
fn lines(output: Option<impl Read + Send + 'static>) -> Receiver<(Instant, Vec<u8>)> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let Some(output) = output else { return };
        let mut output = BufReader::new(output);
        loop {
            let mut line = Vec::new();
            let read = output.read_until(b'\n', &mut line);
            if !read.is_ok_and(|bytes| bytes > 0) || send.send((Instant::now(), line)).is_err() {
                return;
            }
        }
    });
    receive
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Kills a process group when it is dropped, or when this process ends in whatever way.
///
/// It is a shell that waits for a word from us; the end of its input means that there is nobody
/// left to say it. A terminal's Ctrl-C does not reach the group of the command, only us.
struct Guard {
    shell: Option<Child>,
}

impl Guard {
    #[cfg(unix)]
    fn of(child: &Child) -> Result<Self, Failure> {
        const SCRIPT: &str = r#"trap "" INT TERM HUP; read -r word || kill -s KILL -- "-$1""#;
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(child.id().to_string());
        own_group(&mut shell);
        let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let shell = shell.map_err(|error| Failure::Failed(format!("cannot run `sh`: {error}")))?;
        Ok(Self { shell: Some(shell) })
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Result<Self, Failure> {
        Ok(Self { shell: None })
    }

    /// Lets the group be: it ended by itself.
    fn release(mut self) {
        use std::io::Write;
        if let Some(input) = self.shell.as_mut().and_then(|shell| shell.stdin.as_mut()) {
            let _ = input.write_all(b"ended\n");
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            // This closes the shell's input first.
            let _ = shell.wait();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::PipeReader;
    use std::os::unix::process::ExitStatusExt;

    /// Longer than any of these tests, and than a person waits for one.
    const LONG: Duration = Duration::from_secs(600);

    /// A shell with a script, and the other end of its standard error: that ends when the shell and
    /// everything that it started have ended.
    fn shell(script: &str) -> (Command, PipeReader) {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stderr(writer);
        (command, reader)
    }

    fn lines_of(script: &str, limit: Duration) -> (End, Vec<String>) {
        let mut lines = Vec::new();
        let mut on_line = |_, line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
        let end = run(&mut shell(script).0, limit, &mut on_line).unwrap();
        (end, lines)
    }

    #[test]
    fn every_line_arrives_and_the_status_too() {
        let (end, lines) = lines_of("echo one; printf 'two\\n\\nthree'; exit 3", LONG);
        assert_eq!(lines, ["one\n", "two\n", "\n", "three"]);
        match end {
            End::Exited(status) => assert_eq!(status.code(), Some(3)),
            End::Killed => panic!("it was killed"),
        }
    }

    #[test]
    fn output_that_a_child_keeps_open_is_not_waited_for() {
        let begin = Instant::now();
        let (end, lines) = lines_of("sleep 1000 & echo $!", LONG);
        assert!(matches!(end, End::Exited(_)) && begin.elapsed() < LONG);
        let child = lines[0].trim();
        assert!(Command::new("kill").arg(child).status().unwrap().success());
    }

    #[test]
    fn at_the_limit_the_command_and_its_children_are_killed() {
        let (mut command, mut reader) = shell("echo begun; (sleep 20; echo alive >&2) & wait");
        let mut lines = 0;
        let end = run(&mut command, Duration::from_millis(300), &mut |_, _| lines += 1).unwrap();
        assert_eq!((end, lines), (End::Killed, 1));
        drop(command);
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }

    #[test]
    fn when_nobody_is_left_to_guard_for_the_group_ends() {
        let (mut command, mut reader) = shell("(sleep 20; echo alive >&2) & wait");
        own_group(&mut command);
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut guard = Guard::of(&child).unwrap();
        // As the system does when a process ends.
        drop(guard.shell.as_mut().unwrap().stdin.take());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = run(&mut Command::new("no-such-program"), LONG, &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, Failure::Failed(why) if why.contains("`no-such-program`")));
    }
}
