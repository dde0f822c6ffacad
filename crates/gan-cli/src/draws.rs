//! Long work with a bar on the terminal: drawing samples, looking at images.

use anyhow::Result;
use gan_runs::draw::{self, Plan};
use gan_train::{Game, Sample, Trainer};
use indicatif::ProgressBar;

/// Draws chunk after chunk and hands each to `take`, with a bar.
pub fn each(
    trainer: &Trainer,
    game: &dyn Game,
    plan: &Plan,
    take: &mut dyn FnMut(&Sample) -> Result<()>,
) -> Result<()> {
    let (mut bar, mut done) = (bar(), 0);
    draw::each(trainer, game, plan, &mut |sample| {
        take(sample)?;
        done += sample.tensor().dim(0)?;
        bar(done, plan.count);
        Ok(())
    })
}

/// A bar that is told how many are done, and of how many; it goes away with the last of them.
pub fn bar() -> impl FnMut(usize, usize) {
    let mut bar: Option<ProgressBar> = None;
    move |done, of| {
        let shown = bar.get_or_insert_with(|| ProgressBar::new(of as u64));
        shown.set_position(done as u64);
        if done >= of {
            shown.finish_and_clear();
            bar = None;
        }
    }
}
