//! Progress on stderr: a bar where it is a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar that is gone when it is dropped.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Of `total` images.
    pub fn new(quiet: bool, what: &str, total: usize) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let template = "{msg} {wide_bar} {pos}/{len} · {per_sec} · {eta} left";
        // The template is a constant; were it wrong, the bar would look plainer.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━━╌"));
        }
        bar.set_message(what.to_owned());
        Self(Some(bar))
    }

    /// So many are done.
    pub fn at(&self, done: usize) {
        if let Some(bar) = &self.0 {
            bar.set_position(done as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
