//! Failures that the course of losses shows: divergence, and going round in circles.

use super::discriminator::generator;
use super::finding::{Failure, Finding};
use super::window::{Stretch, end, median, stretches};
use super::{Facts, Scale};
use crate::Log;

/// Stretches of forty that a finding must last for.
const LASTING: usize = 4;
/// Nats that no loss of a game between equals reaches.
const NATS: f64 = 12.0;
/// How much larger than at the start a critic's loss or a gradient must be.
const GROWN: f64 = 100.0;

/// F3: losses or gradients grow out of all proportion.
pub(super) fn divergence(log: &Log, facts: &Facts) -> Option<Finding> {
    let players = || log.series().iter().filter(|s| s.is_of_a_player());
    let mut told: Vec<(u64, String)> = Vec::new();
    for series in players().filter(|s| s.name == "loss") {
        let all = stretches(&series.points);
        let bound = match facts.scale() {
            Scale::Probability | Scale::Margin => NATS,
            Scale::Target => NATS.max(GROWN * early(&all)),
            Scale::Unbounded => 50.0_f64.max(GROWN * early(&all)),
        };
        let lasting = end(&all, |s| s.mean().abs() > bound);
        if lasting >= LASTING {
            let now = all[all.len() - 1].mean();
            let seen = format!("the {}'s loss is {now:.4}, beyond {bound:.1}", series.owner);
            told.push((all[all.len() - lasting].from, seen));
        }
    }
    for series in players().filter(|s| s.name == "grad_norm") {
        let all = stretches(&series.points);
        let early = early(&all);
        let lasting = end(&all, |s| s.median() > GROWN * early.max(1e-3));
        if lasting >= LASTING {
            let now = all[all.len() - 1].median();
            let seen = format!(
                "the {}'s gradient norm is {now:.3e}, {:.0} times what it was",
                series.owner,
                now / early
            );
            told.push((all[all.len() - lasting].from, seen));
        }
    }
    let since = told.iter().map(|(since, _)| *since).min()?;
    let seen = told.into_iter().map(|(_, seen)| seen).collect::<Vec<_>>().join("; ");
    Some(Finding {
        failure: Failure::Divergence,
        since,
        seen,
        advice: "Lower both learning rates, take Adam with β₁ of 0.5 or 0, and bound D's slope: \
                 without that, updates near an equilibrium lead away from it."
            .to_owned(),
        papers: vec!["1801.04406", "1511.06434", "1802.05957"],
        options: vec![
            "--set techniques.generator.lr=2e-4 --set techniques.discriminator.lr=2e-4".to_owned(),
            "--set techniques.spectral_norm=true".to_owned(),
            "--set techniques.gradient_penalty=10 --set techniques.penalty=r1".to_owned(),
        ],
    })
}

/// The typical size of a curve in its first eighth.
fn early(all: &[Stretch<'_>]) -> f64 {
    median(all.iter().take(5).map(|s| s.median().abs()).collect())
}

/// Swings of D(G(z)) between stretches that are this wide count: half of all there is.
const WIDE: f64 = 0.2;
/// How often it must cross its mean in the second half of a run, at least and at most: less often
/// is a drift, more often is noise.
const CROSSINGS: std::ops::RangeInclusive<usize> = 3..=12;

/// F3: D's answer to fakes swings to and fro with a long period, and does not settle.
pub(super) fn oscillation(log: &Log, facts: &Facts) -> Option<Finding> {
    if !matches!(facts.scale(), Scale::Probability | Scale::Margin) {
        return None;
    }
    generator(log)?;
    let all = stretches(log.anyones("d_fake"));
    let half = all.get(all.len() / 2..).filter(|h| !h.is_empty())?;
    let means: Vec<f64> = half.iter().map(Stretch::mean).collect();
    let centre = means.iter().sum::<f64>() / means.len() as f64;
    let wide =
        (means.iter().map(|m| (m - centre).powi(2)).sum::<f64>() / means.len() as f64).sqrt();
    let crossings = means.windows(2).filter(|w| (w[0] > centre) != (w[1] > centre)).count();
    if wide < WIDE || !CROSSINGS.contains(&crossings) {
        return None;
    }
    let (low, high) = means.iter().fold((1.0_f64, 0.0_f64), |(l, h), m| (l.min(*m), h.max(*m)));
    Some(Finding {
        failure: Failure::Oscillation,
        since: half[0].from,
        seen: format!(
            "D(G(z)) swings between {low:.2} and {high:.2} and crosses its mean {crossings} times"
        ),
        advice:
            "Simultaneous gradient descent circles an equilibrium (the Dirac-GAN's eigenvalues \
                 are imaginary): a zero-centred penalty or consensus optimisation pulls it in, \
                 less momentum slows it, an average of G's weights stands in its middle."
                .to_owned(),
        papers: vec!["1801.04406", "1705.10461", "1706.08500"],
        options: vec![
            "--set techniques.gradient_penalty=10 --set techniques.penalty=r1".to_owned(),
            "--set techniques.consensus=0.1".to_owned(),
            "--set train.ema=0.999".to_owned(),
        ],
    })
}
