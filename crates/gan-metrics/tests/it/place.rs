//! A folder of its own with images, in which the program is run.

use gan_images::{Image, ImageStack, write_idx_images, write_npz};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder, gone with this value, and a cache in it.
pub struct Place {
    folder: TempDir,
}

/// What the program said.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Told {
    /// Checks the exit code, and that stderr holds every phrase.
    pub fn failed(self, code: i32, phrases: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.out.is_empty(), "{self:?}");
        for phrase in phrases {
            assert!(self.err.contains(phrase), "{phrase}: {self:?}");
        }
        assert!(self.err.lines().filter(|l| l.starts_with("error: ")).count() == 1, "{self:?}");
        self
    }
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program with the words of `line`; features are cached in `cache`.
    pub fn run(&self, line: &str) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gan-metrics"));
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        command.stdin(Stdio::null()).env("GAN_CACHE", self.path("cache"));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Told { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs it; it must succeed and print one JSON object.
    pub fn json(&self, line: &str) -> Value {
        let told = self.run(&format!("{line} --json"));
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(told.out.lines().count(), 1, "{told:?}");
        serde_json::from_str(&told.out).unwrap()
    }

    /// The names in the folder, sorted; the cache left out.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "cache");
        names.sort();
        names
    }

    /// Writes `count` digits-like gray images as `name`: an `.npz`, an IDX file, or a folder.
    pub fn images(&self, name: &str, count: usize, seed: usize) {
        let pixels: Vec<u8> = (0..count).flat_map(|i| picture(i + 1000 * seed)).collect();
        let stack = ImageStack::new([count, 28, 28, 1], pixels).unwrap();
        let path = self.path(name);
        if name.ends_with(".npz") {
            let labels: Vec<u32> = (0..count).map(|i| (i % 3) as u32).collect();
            write_npz(&path, &stack, Some(&labels)).unwrap();
        } else if name.contains("idx") {
            write_idx_images(&path, &stack).unwrap();
        } else {
            fs::create_dir_all(&path).unwrap();
            for i in 0..count {
                write_png(&path.join(format!("{i:04}.png")), &stack.get(i).unwrap());
            }
        }
    }
}

fn write_png(path: &Path, image: &Image) {
    image.write_png(path).unwrap();
}

/// A blob somewhere, of some size: a picture with structure that differs from others.
fn picture(seed: usize) -> Vec<u8> {
    let hash = |k: usize| ((seed * 7919 + k * 104_729 + 13) % 9973) as f64 / 9973.0;
    let (x0, y0, r) = (8.0 + 12.0 * hash(1), 8.0 + 12.0 * hash(2), 2.0 + 6.0 * hash(3));
    let ring = hash(4) > 0.5;
    let value = |i: usize| {
        let (x, y) = ((i % 28) as f64 - x0, (i / 28) as f64 - y0);
        let d = (x * x + y * y * (0.5 + hash(5))).sqrt() / r;
        let v = if ring { (-8.0 * (d - 1.0) * (d - 1.0)).exp() } else { (-d * d).exp() };
        (255.0 * v) as u8
    };
    (0..784).map(value).collect()
}
