//! Modes of the data that samples reach: one rule for the page, the terminal and the diagnosis.

use super::Facts;
use super::finding::{Failure, Finding};
use super::window::{RISING, STEPS, end, lasting, needed, rises, since};
use crate::Log;
use crate::log::SAMPLES;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A mode is reached by this share of the samples that would be its even part.
pub const REACHED: f64 = 0.2;
/// Share of the data's modes below which so many are missing that training failed.
const LOST: f64 = 0.75;
/// Modes that chance would leave out more often than this are not called missing. By this bound a
/// single mode of ten needs about a hundred samples: chance then misses it once in a thousand looks.
const CHANCE: f64 = 0.01;
/// Larger counts than this no run logs.
const MOST: f64 = 1e5;

/// What the last look at a run's samples says of the data's modes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// The step of that look.
    pub step: u64,
    /// Modes that samples were found in.
    pub found: usize,
    /// Modes there are.
    pub of: usize,
    /// Samples that were counted, where the log says how many.
    pub samples: Option<usize>,
    /// What to make of it.
    pub verdict: Verdict,
}

/// What to make of modes that samples were or were not found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Samples were found in every mode.
    All,
    /// Some were not reached, but so few samples would leave some out by chance.
    TooFew,
    /// Some are missing, but not for long, or fewer than before: the run may get over it.
    Passing {
        /// The first of the last looks that all show it.
        since: u64,
        /// Whether they become fewer.
        fewer: bool,
    },
    /// Some are missing and stay so: a warning.
    Missing {
        /// The first of the last looks that all show it.
        since: u64,
        /// The one that is missing, where these looks missed one and always the same.
        which: Option<String>,
    },
    /// So many are missing, and stay so, that samples have collapsed: a failure.
    Lost {
        /// The first of the last looks that all show it.
        since: u64,
    },
}

/// One look at samples, as the log has it.
#[derive(Debug, Clone, Copy)]
struct Look {
    step: u64,
    found: usize,
    of: usize,
    samples: Option<usize>,
    rarest: Option<usize>,
}

impl Modes {
    /// What a log says of modes; nothing where nobody counted them.
    pub fn of(log: &Log, facts: &Facts) -> Option<Self> {
        let looks = looks(log);
        let Look { step, found, of, samples, .. } = *looks.last()?;
        let shares: Vec<(u64, f64)> = looks.iter().map(|l| (l.step, l.share())).collect();
        let missing = end(&shares, |share| share.1 < 1.0);
        let end = |n: usize| &shares[shares.len() - n..];
        // A few modes may have been missing for ever so long: what counts is whether they still
        // become fewer. Many are excused as collapse is, by a rise since they are missing.
        let many = shares.last().is_some_and(|share| share.1 < LOST);
        let fewer = missing > 0
            && (rises(end(missing.min(needed(&shares))), 1.0)
                || (many && rises(end(missing), RISING)));
        let verdict = if let Some(n) = lasting(&shares, |share| share < LOST) {
            Verdict::Lost { since: since(&shares, n) }
        } else if missing > 0 {
            let since = since(&shares, missing);
            let stays = missing >= needed(&shares) && step.saturating_sub(since) >= STEPS;
            match stays && !fewer {
                true => Verdict::Missing {
                    since,
                    which: always(&looks[looks.len() - missing..], facts),
                },
                false => Verdict::Passing { since, fewer },
            }
        } else if found < of {
            Verdict::TooFew
        } else {
            Verdict::All
        };
        Some(Self { step, found, of, samples, verdict })
    }

    /// The same words wherever modes are spoken of, such as `9 of 10 modes in 64 samples: too few to
    /// say which is missing`.
    pub fn words(&self) -> String {
        let (found, of) = (self.found, self.of);
        let count = match self.samples {
            Some(samples) => format!("{found} of {of} modes in {samples} samples"),
            None => format!("{found} of {of} modes, in how many samples the log does not say"),
        };
        let missing = of - found;
        let (is, it) = if missing == 1 { ("is", "it") } else { ("are", "them") };
        match &self.verdict {
            Verdict::All => count,
            Verdict::TooFew if self.samples.is_none() => {
                format!("{count}: chance may have left out what {is} missing")
            }
            Verdict::TooFew => format!("{count}: too few to say which {is} missing"),
            Verdict::Passing { fewer: true, .. } => {
                format!("{count}: {missing} {is} still missing, fewer than before")
            }
            Verdict::Passing { since, .. } => format!(
                "{count}: {missing} {is} missing since step {since}, too early to call {it} lost"
            ),
            Verdict::Missing { which, .. } if missing == 1 => {
                let which = which.as_deref().unwrap_or("not always the same");
                format!("1 of {of} modes is missing: {which} ({count})")
            }
            Verdict::Missing { .. } | Verdict::Lost { .. } => {
                format!("{missing} of {of} modes {is} missing ({count})")
            }
        }
    }

    /// Whether a finding tells of it.
    pub fn is_finding(&self) -> bool {
        matches!(self.verdict, Verdict::Missing { .. } | Verdict::Lost { .. })
    }

    /// One object.
    pub fn to_json(&self) -> Value {
        let verdict = match self.verdict {
            Verdict::All => "all",
            Verdict::TooFew => "too-few-samples",
            Verdict::Passing { .. } => "passing",
            Verdict::Missing { .. } => "missing",
            Verdict::Lost { .. } => "lost",
        };
        json!({
            "step": self.step,
            "found": self.found,
            "of": self.of,
            "samples": self.samples,
            "verdict": verdict,
            "words": self.words(),
        })
    }
}

/// Modes that stay missing while the rest is made: a warning, no failure.
pub(super) fn missing(log: &Log, facts: &Facts) -> Option<Finding> {
    let modes = Modes::of(log, facts)?;
    let Verdict::Missing { since, .. } = modes.verdict else { return None };
    Some(Finding {
        failure: Failure::MissingModes,
        since,
        seen: modes.words(),
        advice: "What is left out this long seldom comes back by itself: let D judge several \
                 samples together, so that their sameness shows, or bound its slope, which keeps a \
                 gradient towards what is missing."
            .to_owned(),
        papers: vec!["1712.04086", "1606.03498", "1611.02163"],
        options: vec![
            "--set techniques.packing=2".to_owned(),
            "--set techniques.minibatch_kernels=16".to_owned(),
            "--set techniques.gradient_penalty=10".to_owned(),
        ],
    })
}

/// Every look that counted modes.
fn looks(log: &Log) -> Vec<Look> {
    let counts = |name: &str| -> HashMap<u64, usize> {
        let points = log.points(SAMPLES, name).iter();
        points.filter(|p| (0.0..MOST).contains(&p.1)).map(|p| (p.0, p.1 as usize)).collect()
    };
    let (found, of) = (counts("modes"), counts("modes_of"));
    let (samples, rarest) = (counts("modes_samples"), counts("modes_rarest"));
    let steps = log.points(SAMPLES, "modes").iter().map(|p| p.0);
    steps
        .filter_map(|step| {
            let of = *of.get(&step)?;
            let found = (*found.get(&step)?).min(of);
            let (samples, rarest) = (samples.get(&step).copied(), rarest.get(&step).copied());
            Some(Look { step, found, of, samples, rarest })
        })
        .collect()
}

impl Look {
    /// The share of modes that were found; 1 where chance may have left out those that were not.
    fn share(&self) -> f64 {
        let share = self.found as f64 / self.of.max(1) as f64;
        let said = match self.samples {
            Some(samples) => chance(self.of - self.found, self.of, samples) < CHANCE,
            // A log of an earlier version: only what chance hardly does with any number of samples.
            None => share < LOST,
        };
        if said { share } else { 1.0 }
    }
}

/// The most that the probability can be of `missing` or more of `of` modes not being reached by
/// `samples` that fall on each alike: `C(of, missing)·P(Bin(samples, 1/of) < REACHED·samples/of)^missing`.
fn chance(missing: usize, of: usize, samples: usize) -> f64 {
    if of < 2 {
        return 0.0;
    }
    let (n, odds) = (samples as f64, 1.0 / (of - 1) as f64);
    let even = n / of as f64;
    let (mut count, mut tail) = (0.0, 0.0);
    let mut term = (1.0 - 1.0 / of as f64).powf(n);
    while count < REACHED * even {
        tail += term;
        term *= (n - count) / (count + 1.0) * odds;
        count += 1.0;
    }
    let each = |p: f64, k: usize| p * tail * (of - k) as f64 / (k + 1) as f64;
    (0..missing).fold(1.0, each).min(1.0)
}

/// The name of the mode that these looks missed, where those that missed one missed always the same.
fn always(looks: &[Look], facts: &Facts) -> Option<String> {
    let mut single = looks.iter().filter(|look| look.of - look.found == 1);
    let Look { rarest, of, .. } = single.next()?;
    let same = rarest.filter(|mode| single.all(|look| look.rarest == Some(*mode)))?;
    Some(match facts.points {
        true => format!("mode {same} of 0 to {}", of - 1),
        false => format!("class {same}"),
    })
}

#[cfg(test)]
mod tests;
