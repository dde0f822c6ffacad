//! Progress on stderr: a bar on a terminal, a line every ten seconds elsewhere.

use crate::duration;
use crate::format::number;
use crate::output::note;
use crate::train::rate::Rate;
use gan_train::{StepReport, Tick};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Instant;

/// Seconds between lines where there is no terminal.
const BETWEEN: f64 = 10.0;

/// How progress is shown.
enum Shown {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

/// What is shown while training.
pub struct Progress {
    shown: Shown,
    rate: Rate,
    before: Instant,
    told: Option<Instant>,
}

impl Progress {
    /// Progress from step `from` to `steps`.
    pub fn new(quiet: bool, from: u64, steps: u64) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
            // The template is a constant; were it wrong, the bar would look plainer.
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}\n{msg}") {
                bar.set_style(style.progress_chars("━━╌"));
            }
            bar.set_position(from);
            bar.set_message("the first step takes longest\n");
            Shown::Bar(bar)
        } else {
            Shown::Lines
        };
        Self { shown, rate: Rate::default(), before: Instant::now(), told: None }
    }

    /// A step is done.
    pub fn step(&mut self, tick: &Tick<'_>) {
        let now = Instant::now();
        self.rate.add((now - self.before).as_secs_f64());
        self.before = now;
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(tick.report.step);
                bar.set_message(format!("{}\n{}", self.pace(tick), state(tick.report)));
            }
            Shown::Lines => {
                let due = self.told.is_none_or(|told| (now - told).as_secs_f64() >= BETWEEN);
                if due || tick.picture.is_some() || tick.report.step == tick.steps {
                    self.told = Some(now);
                    let (step, steps) = (tick.report.step, tick.steps);
                    let picture = tick.picture.as_ref();
                    let picture =
                        picture.map_or_else(String::new, |p| format!(" · {}", p.display()));
                    let (pace, state) = (self.pace(tick), state(tick.report));
                    note(&format!("step {step}/{steps} · {pace} · {state}{picture}"));
                }
            }
        }
    }

    /// The rates and the time left.
    fn pace(&self, tick: &Tick<'_>) -> String {
        let steps = self.rate.per_second();
        let left = tick.steps.saturating_sub(tick.report.step) as f64 / steps;
        format!(
            "{} steps/s · {:.0} images/s · {} left",
            short(steps),
            steps * tick.batch as f64,
            duration::text(left)
        )
    }

    /// Something that says a line beside the progress, from any thread.
    pub fn teller(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let bar = match &self.shown {
            Shown::Bar(bar) => Some(bar.clone()),
            Shown::Lines | Shown::Nothing => None,
        };
        move |line| match &bar {
            Some(bar) => bar.println(line),
            None => note(line),
        }
    }

    /// Says a line beside the progress.
    pub fn say(&self, line: &str) {
        self.teller()(line);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn short(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.2}") } else { format!("{rate:.0}") }
}

/// Every player's loss, and what D says of real and generated samples.
fn state(report: &StepReport) -> String {
    let mut parts: Vec<String> =
        report.players.iter().map(|p| format!("{} {}", p.name, number(p.loss))).collect();
    for (term, symbol) in [("d_real", "D(x)"), ("d_fake", "D(G(z))")] {
        parts.extend(report.term(term).map(|value| format!("{symbol} {value:.3}")));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_train::PlayerReport;

    #[test]
    fn a_step_in_one_line() {
        let player =
            |name, loss, terms| PlayerReport { name, loss, terms, grad_norm: 1.0, lr: 1.0 };
        let terms = vec![("d_real", 0.75), ("d_fake", 0.25), ("other", 1.0)];
        let players = vec![
            player("discriminator".to_owned(), 1.2, terms),
            player("generator".to_owned(), 0.7, vec![]),
        ];
        let text = state(&StepReport { step: 1, players, samples: vec![] });
        assert_eq!(text, "discriminator 1.2000 · generator 0.7000 · D(x) 0.750 · D(G(z)) 0.250");
    }
}
