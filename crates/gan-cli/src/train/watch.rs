//! What is made of a run while it trains: the diagnosis as soon as it is known, the report, the
//! event file. None of them may stop the training.

use crate::report::nominal::takes;
use crate::report::told;
use crate::train::board::Board;
use anyhow::Result;
use gan_report::{Facts, Failure, Finding, Log, Modes, Report, RunFolder, SAMPLES, diagnose};
use gan_train::{Run, Tick};
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Reports are no nearer to each other than this.
const BETWEEN: Duration = Duration::from_secs(15);
/// Nor than so many times what the last one took.
const SHARE: u32 = 25;
/// Diagnoses are no nearer to each other than this.
const LOOKS: Duration = Duration::from_secs(2);

/// Watches a run that trains.
pub struct Watch {
    dir: PathBuf,
    facts: Facts,
    log: Log,
    board: Option<Board>,
    told: Vec<Failure>,
    looked: Instant,
    written: Option<(Instant, Duration)>,
}

impl Watch {
    /// Watches from step `from` on; what was logged up to then is known.
    pub fn new(run: &Run, from: u64) -> Result<Self> {
        let config = run.config.text()?.parse()?;
        let log = Log::read_to(&run.dir.join("log.jsonl"), from)?;
        let facts = Facts::of_config(&config, takes);
        let board = Some(Board::new(run, from));
        let (dir, told, looked, written) = (run.dir.clone(), Vec::new(), Instant::now(), None);
        Ok(Self { dir, facts, log, board, told, looked, written })
    }

    /// Takes a step; gives what is new to say. Where samples were drawn the report is made anew,
    /// unless that was done a moment ago.
    pub fn step(&mut self, tick: &Tick<'_>) -> Vec<String> {
        let report = tick.report;
        self.log.step(report.step, tick.seconds);
        for player in &report.players {
            let mut add = |name: &str, value| self.log.add(report.step, &player.name, name, value);
            add("loss", player.loss);
            player.terms.iter().for_each(|(name, value)| add(name, *value));
            add("grad_norm", player.grad_norm);
            add("lr", player.lr);
        }
        for (name, value) in &report.samples {
            self.log.add(report.step, SAMPLES, name, *value);
        }
        let drawn = !report.samples.is_empty();
        let mut lines = Vec::new();
        lines.extend(self.events(|board| board.step(tick)));
        if drawn || self.looked.elapsed() >= LOOKS {
            self.looked = Instant::now();
            for finding in diagnose(&self.log, &self.facts) {
                if !self.told.contains(&finding.failure) {
                    self.told.push(finding.failure);
                    lines.push(format!("diagnosis: {}", told(&finding)));
                }
            }
        }
        let due = self
            .written
            .is_none_or(|(when, took)| when.elapsed() >= BETWEEN.max(took.saturating_mul(SHARE)));
        if drawn
            && due
            && let Err(error) = self.write()
        {
            lines.push(format!("the report could not be written: {error:#}"));
        }
        lines
    }

    /// Takes an evaluation, a line of the log; gives what is to say of it.
    pub fn evaluation(&mut self, step: u64, line: &Value) -> Option<String> {
        self.log.line(line.to_string().as_bytes());
        self.events(|board| board.scores(step, line))
    }

    /// Writes events; the first that cannot be written is the last.
    fn events(&mut self, write: impl FnOnce(&mut Board) -> Result<()>) -> Option<String> {
        let error = write(self.board.as_mut()?).err()?;
        self.board = None;
        Some(format!("no more events for TensorBoard: {error:#}"))
    }

    /// What is wrong now.
    pub fn findings(&self) -> Vec<Finding> {
        diagnose(&self.log, &self.facts)
    }

    /// Which modes of the data samples reach now, where somebody counts them.
    pub fn modes(&self) -> Option<Modes> {
        Modes::of(&self.log, &self.facts)
    }

    /// Writes the report.
    pub fn write(&mut self) -> Result<PathBuf> {
        let start = Instant::now();
        let run = RunFolder::with_log(&self.dir, std::mem::take(&mut self.log));
        let run = match run {
            Ok(run) => run,
            // The log went with it: the rest is read from the disk.
            Err(error) => {
                self.log = Log::read(&self.dir.join("log.jsonl"))?;
                return Err(error.into());
            }
        };
        let runs = [run];
        let path = self.dir.join("report.html");
        let written = Report::new(&runs, takes).and_then(|report| report.write(&path));
        let [run] = runs;
        self.log = run.log;
        self.written = Some((Instant::now(), start.elapsed()));
        written?;
        Ok(path)
    }
}
