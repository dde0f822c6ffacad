//! The `gan` program: built once, called in a folder of its own.
//!
//! Nothing here has a deadline: `cargo xtask test` ends a test binary that hangs, and says where.

use serde_json::Value;
use std::env;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(1);

/// The program's path; the first call builds it. It is another package's, so cargo does not build
/// it for these tests by itself; `cargo xtask test` does, with the same words, and leaves nothing to
/// do here.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        // …/PROFILE/deps/program-0123456789abcdef
        let own = env::current_exe().unwrap();
        let folder = own.ancestors().nth(2).and_then(Path::file_name).unwrap();
        let profile = if folder == "debug" { OsStr::new("dev") } else { folder };
        let output = Command::new(cargo)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .args(["build", "--locked", "--package", "gan-cli", "--bin", "gan"])
            .args([
                "--message-format=json-render-diagnostics".as_ref(),
                "--profile".as_ref(),
                profile,
            ])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "`gan` could not be built");
        let told = String::from_utf8(output.stdout).unwrap();
        told.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|message| message["target"]["name"] == "gan")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo names the program it built")
    })
}

/// A folder that commands run in, gone with this value.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// An empty folder outside the repository.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path below it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts `gan` with the words of `line`.
    pub fn start(&self, line: &str) -> Running {
        let file = || tempfile::tempfile().unwrap();
        let (out, err) = (file(), file());
        let mut command = command(self.folder.path(), line);
        command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
        Running { line: line.to_owned(), child: command.spawn().unwrap(), out, err }
    }

    /// Starts `gan` with its stdout in a pipe.
    pub fn piped(&self, line: &str) -> Child {
        command(self.folder.path(), line).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Runs `gan` to its end.
    pub fn gan(&self, line: &str) -> Told {
        self.start(line).end()
    }

    /// Runs `gan`, which must succeed.
    pub fn done(&self, line: &str) -> Told {
        self.gan(line).with_code(0)
    }

    /// Runs `gan`, which must succeed and print one JSON object.
    pub fn json(&self, line: &str) -> Value {
        let told = self.done(line);
        assert_eq!(told.out.lines().count(), 1, "{told:?}");
        let value: Value = serde_json::from_str(&told.out).unwrap();
        assert!(value.is_object(), "{told:?}");
        value
    }
}

/// `gan` in `folder` with the words of `line`.
fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(binary());
    command.args(line.split_whitespace()).current_dir(folder).stdin(Stdio::null());
    command.stderr(Stdio::piped()).env_remove("GAN_LOG");
    // Whoever fetched an Inception has it in a cache of his own.
    command.env("GAN_CACHE", env!("CARGO_TARGET_TMPDIR"));
    // Whoever debugs has it set, and must not see one either.
    command.env("RUST_BACKTRACE", "1");
    command
}

/// A running `gan`, killed with this value.
pub struct Running {
    line: String,
    child: Child,
    out: File,
    err: File,
}

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, if it ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Kills it with SIGKILL and says whether it was still running.
    pub fn kill(&mut self) -> bool {
        self.child.kill().unwrap();
        self.child.wait().unwrap().code().is_none()
    }

    /// Sends a signal such as `INT`, as `kill` of every shell does.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Looks again and again until `is_so` or the program ended; says whether it was so.
    pub fn watch(&mut self, mut is_so: impl FnMut() -> bool) -> bool {
        self.wait(|_| is_so())
    }

    /// Waits until the program said `words` on stderr or ended; says whether it said them.
    pub fn says(&mut self, words: &str) -> bool {
        self.wait(|program| program.said().contains(words))
    }

    fn wait(&mut self, mut is_so: impl FnMut(&Self) -> bool) -> bool {
        loop {
            if is_so(self) {
                return true;
            }
            if self.ended().is_some() {
                return is_so(self);
            }
            sleep(TICK);
        }
    }

    /// What it has said on stderr by now.
    pub fn said(&self) -> String {
        let mut bytes = vec![0; usize::try_from(self.err.metadata().unwrap().len()).unwrap()];
        // Not by moving the place where the program writes.
        self.err.read_exact_at(&mut bytes, 0).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Told {
        self.watch(|| false);
        let status = self.ended();
        let told = |file: &mut File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let (out, err) = (told(&mut self.out), told(&mut self.err));
        let told = Told { line: self.line.clone(), code: status.and_then(|s| s.code()), out, err };
        let all = format!("{}{}", told.out, told.err);
        for word in ["panicked", "stack backtrace", "RUST_BACKTRACE"] {
            assert!(!all.contains(word), "{told:?}");
        }
        told
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program said.
#[derive(Debug)]
pub struct Told {
    /// What it was called with.
    pub line: String,
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Stdout.
    pub out: String,
    /// Stderr.
    pub err: String,
}

impl Told {
    /// Insists on an exit code.
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "gan {}: {self:#?}", self.line);
        self
    }

    /// Insists on an error with all of these words on stderr, and nothing on stdout.
    pub fn error(&self, words: &[&str]) {
        assert_eq!(self.out, "", "{self:#?}");
        let errors = self.err.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "expected one error: {self:#?}");
        for word in words {
            assert!(self.err.contains(word), "expected {word:?}: {self:#?}");
        }
    }
}

/// Says that this test skips, and why: on stderr, where words of tests that pass are seen too, and to
/// `cargo xtask test`, which counts it.
pub fn skips(why: &str) {
    let thread = std::thread::current();
    let line = format!("{}: {why}\n", thread.name().unwrap_or("a test"));
    let _ = write!(std::io::stderr(), "SKIPPED: {line}");
    if let Some(path) = std::env::var_os("GAN_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}
