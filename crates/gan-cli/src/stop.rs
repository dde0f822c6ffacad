//! Stopping early and gently: Ctrl-C, a kill by SIGTERM, a budget of time.

use anyhow::{Context, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Exit code of a run that was stopped by Ctrl-C, as shells have it.
pub const INTERRUPTED: u8 = 130;

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
/// Whether there is a state worth saving.
static TRAINING: AtomicBool = AtomicBool::new(false);
/// How to say that a signal was understood, without spoiling the progress bar.
static SAY: OnceLock<Say> = OnceLock::new();

/// Says a line, from any thread.
type Say = Box<dyn Fn(&str) + Send + Sync>;

/// Why training stopped before its last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Ctrl-C or SIGTERM.
    Signal,
    /// The time of `--budget` is up.
    Budget,
}

/// Decides after each step whether to go on.
#[derive(Debug)]
pub struct Stop {
    end: Option<Instant>,
}

impl Stop {
    /// Listens for signals from here on. Until [`Stop::training`], one signal ends the program.
    pub fn listen() -> Result<()> {
        ctrlc::set_handler(|| {
            let earlier = SIGNALS.fetch_add(1, Ordering::SeqCst);
            if earlier > 0 || !TRAINING.load(Ordering::SeqCst) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            if let Some(say) = SAY.get() {
                say("stopping after this step to save; Ctrl-C once more aborts at once");
            }
        })
        .context("cannot listen for Ctrl-C")
    }

    /// Training begins: a signal is now a request, answered by `say`, and the budget runs.
    pub fn training(budget: Option<Duration>, say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        SAY.get_or_init(|| Box::new(say));
        TRAINING.store(true, Ordering::SeqCst);
        Self { end: budget.and_then(|time| Instant::now().checked_add(time)) }
    }

    /// The reason to stop now, if there is one.
    pub fn reason(&self) -> Option<Reason> {
        if SIGNALS.load(Ordering::SeqCst) > 0 {
            return Some(Reason::Signal);
        }
        self.end.filter(|end| Instant::now() >= *end).map(|_| Reason::Budget)
    }
}
