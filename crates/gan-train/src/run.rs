//! A run directory: everything needed to resume, sample, evaluate or report.

use crate::log::{self, Log};
use crate::{Checkpoint, Error, Game, Result, RunConfig, StepReport, Trainer};
use gan_images::Image;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The newest sample picture's second name, for viewers that watch one file.
pub const LATEST_SAMPLE: &str = "samples/latest.png";

/// An open run directory; one process at a time may write to it.
#[derive(Debug)]
pub struct Run {
    /// Where it is.
    pub dir: PathBuf,
    /// What it runs.
    pub config: RunConfig,
    log: Option<Log>,
    /// Whether a checkpoint was loaded: only then may training forget the later ones.
    loaded: AtomicBool,
    /// Held while this value lives; `None` where the run is open for reading only.
    lock: Option<File>,
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io(&path, "open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::run(
            dir,
            "another process is training here; wait for it, or choose another folder with --out",
        )),
        Err(TryLockError::Error(e)) => Err(Error::io(&path, "lock")(e)),
    }
}

impl Run {
    /// Starts a run in `dir`, which must not exist or be empty.
    ///
    /// # Errors
    /// Where `dir` holds a run or anything else, or cannot be written.
    pub fn create(dir: &Path, config: RunConfig) -> Result<Self> {
        let text = config.text()?;
        vacant(dir)?;
        fs::create_dir_all(dir).map_err(Error::io(dir, "create"))?;
        let held = lock(dir)?;
        // Another process may have started, and even ended, a run since the first look.
        vacant(dir)?;
        // Before the folders: what is killed before this leaves an empty folder, after it a run.
        let write =
            |f: &mut std::io::BufWriter<File>| std::io::Write::write_all(f, text.as_bytes());
        gan_images::write_atomically(&dir.join("run.toml"), write)?;
        let run = Self::new(dir, config, Some(held));
        run.make_folders()?;
        Ok(run)
    }

    fn new(dir: &Path, config: RunConfig, lock: Option<File>) -> Self {
        Self { dir: dir.to_owned(), config, log: None, loaded: AtomicBool::new(false), lock }
    }

    fn make_folders(&self) -> Result<()> {
        for folder in [self.dir.join("samples"), self.dir.join("checkpoints")] {
            fs::create_dir_all(&folder).map_err(Error::io(&folder, "create"))?;
            remove_leftovers(&folder);
        }
        remove_leftovers(&self.dir);
        Ok(())
    }

    /// Opens a run to go on with it.
    ///
    /// # Errors
    /// Where `dir` is no run, its configuration is broken, or another process writes to it.
    pub fn resume(dir: &Path) -> Result<Self> {
        let mut run = Self::open(dir)?;
        run.lock = Some(lock(dir)?);
        run.make_folders()?;
        Ok(run)
    }

    /// Opens a run to read it.
    ///
    /// # Errors
    /// Where `dir` is no run or its configuration is broken.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("run.toml");
        if !path.is_file() {
            let found = if dir.exists() { "found no run.toml" } else { "found no such folder" };
            let what = format!("expected a run directory, {found}; start one with `gan train`");
            return Err(Error::run(dir, what));
        }
        let text = fs::read_to_string(&path).map_err(Error::io(&path, "read"))?;
        let config = RunConfig::parse(&text, &path.display().to_string())?;
        Ok(Self::new(dir, config, None))
    }

    /// The checkpoints' steps and files, oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<(u64, PathBuf)>> {
        let folder = self.dir.join("checkpoints");
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::io(&folder, "read"))? {
            let path = entry.map_err(Error::io(&folder, "read"))?.path();
            let step = path
                .file_name()
                .and_then(|n| n.to_str())
                .and_then(|n| n.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok());
            found.extend(step.map(|s| (s, path)));
        }
        found.sort();
        Ok(found)
    }

    /// Loads the newest checkpoint, or the one of `step`, and returns its path; `None` where the
    /// run has none yet.
    ///
    /// # Errors
    /// Where the checkpoint is cut short, newer than this program, or of another model.
    pub fn load(
        &self,
        game: &dyn Game,
        trainer: &mut Trainer,
        step: Option<u64>,
    ) -> Result<Option<PathBuf>> {
        let all = self.checkpoints()?;
        let chosen = match step {
            None => all.last(),
            Some(step) => Some(all.iter().find(|(s, _)| *s == step).ok_or_else(|| {
                let steps: Vec<String> = all.iter().map(|(s, _)| s.to_string()).collect();
                let what = format!(
                    "no checkpoint of step {step}; there are those of {}",
                    steps.join(", ")
                );
                Error::run(&self.dir, what)
            })?),
        };
        let Some((_, path)) = chosen else { return Ok(None) };
        Checkpoint::load(path, &self.config.entry, game, trainer)?;
        self.loaded.store(true, Ordering::Relaxed);
        Ok(Some(path.clone()))
    }

    /// Writes a checkpoint and removes those that need not stay.
    ///
    /// # Errors
    /// Where the disk is full or the folder read-only, or a tensor is not finite; the older
    /// checkpoints are still there. Where the run is open for reading only.
    pub fn save(&mut self, game: &dyn Game, trainer: &Trainer) -> Result<PathBuf> {
        self.go_on_from(trainer.step)?.sync()?;
        let name = format!("step-{:08}.safetensors", trainer.step);
        let path = self.dir.join("checkpoints").join(name);
        Checkpoint::save(&path, &self.config.entry, game, trainer)?;
        let (keep, every) = (self.config.train.keep_last, self.config.train.keep_every);
        let all = self.checkpoints()?;
        let old = all.len().saturating_sub(keep.max(1));
        for (step, path) in &all[..old] {
            let for_good = every > 0 && *step > 0 && step.is_multiple_of(every);
            if !for_good {
                fs::remove_file(path).map_err(Error::io(path, "remove"))?;
            }
        }
        Ok(path)
    }

    /// Appends a step to the log.
    ///
    /// # Errors
    /// Where the log cannot be written. Where the run is open for reading only.
    pub fn log(&mut self, report: &StepReport, seconds: f64) -> Result<()> {
        self.go_on_from(report.step.saturating_sub(1))?.step(report, seconds)
    }

    /// Appends an object to the log of the run in `dir`, such as an evaluation; it needs a `step`,
    /// or a later resume will forget it. The run may be open for training elsewhere.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn append(dir: &Path, object: &serde_json::Value) -> Result<()> {
        log::append(&dir.join("log.jsonl"), object)
    }

    /// The log; the first time, log lines and checkpoints of steps after `step` are forgotten: from
    /// an older checkpoint another future begins, and a kill must not mix the two.
    fn go_on_from(&mut self, step: u64) -> Result<&mut Log> {
        if self.lock.is_none() {
            return Err(Error::run(&self.dir, "open for reading; training needs Run::resume"));
        }
        if self.log.is_none() {
            let later = self.checkpoints()?.into_iter().filter(|(s, _)| *s > step).rev();
            for (found, path) in later {
                if !self.loaded.load(Ordering::Relaxed) {
                    let what = format!(
                        "there is a checkpoint of step {found}, but training would start from step \
                         {step}; load a checkpoint first"
                    );
                    return Err(Error::run(&self.dir, what));
                }
                fs::remove_file(&path).map_err(Error::io(&path, "remove"))?;
            }
        }
        match &mut self.log {
            Some(log) => Ok(log),
            none => Ok(none.insert(Log::open(&self.dir.join("log.jsonl"), step)?)),
        }
    }

    /// Writes the sample picture of a step.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn picture(&self, name: &str, step: u64, image: &Image) -> Result<PathBuf> {
        let path = self.dir.join("samples").join(format!("{name}-{step:08}.png"));
        image.write_png(&path)?;
        if name == "step" {
            image.write_png(&self.dir.join(LATEST_SAMPLE))?;
        }
        Ok(path)
    }
}

/// Refuses a folder that holds anything but hidden files, which are all that a run leaves that was
/// killed before it wrote its configuration.
fn vacant(dir: &Path) -> Result<()> {
    if dir.join("run.toml").exists() {
        let what = format!(
            "this folder holds a run already; go on with it by `gan train --resume {}`, or choose \
             another folder with --out",
            dir.display()
        );
        return Err(Error::run(dir, what));
    }
    if !dir.exists() {
        return Ok(());
    }
    if !dir.is_dir() {
        let what = "expected a new or empty folder, found a file; choose another with --out";
        return Err(Error::run(dir, what));
    }
    for entry in fs::read_dir(dir).map_err(Error::io(dir, "read"))? {
        let name = entry.map_err(Error::io(dir, "read"))?.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') {
            let what = format!(
                "expected a new or empty folder, found {name} in it; choose another with --out"
            );
            return Err(Error::run(dir, what));
        }
    }
    Ok(())
}

/// Removes temporary files of a process that was killed while it wrote them.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".tmp") {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}
