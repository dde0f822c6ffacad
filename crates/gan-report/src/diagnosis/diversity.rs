//! Failures that samples show: collapse, labels that change nothing, copies of training data.

use super::Facts;
use super::finding::{Failure, Finding};
use super::modes::{Modes, Verdict};
use super::window::{end, last, lasting, since, stretches};
use crate::Log;
use crate::log::SAMPLES;

/// Distance to the nearest other sample, of that between real ones, below which samples are alike.
const ALIKE: f64 = 0.25;
/// Variance of samples, of that of the data, below which they are alike.
const FLAT: f64 = 0.1;
/// Share of real samples with a generated one nearby, below which most of the data is left out.
const COVERED: f64 = 0.3;
/// Share of the samples' differences that labels make, below which they are ignored.
const EFFECT: f64 = 0.02;
/// Distance to the nearest training sample, of that between training samples, below which samples
/// are copies.
const COPIES: f64 = 0.55;
/// Nats that InfoGAN's bound must reach for codes to say anything.
const NATS: f64 = 0.1;

/// F2: samples are alike, or parts of the data are never made.
pub(super) fn collapse(log: &Log, facts: &Facts) -> Option<Finding> {
    let of = |name| log.points(SAMPLES, name);
    let (near, spread, covered) = (of("nearest"), of("spread"), of("coverage"));
    let mut told: Vec<(u64, String)> = Vec::new();
    if let Some(n) = lasting(near, |v| v < ALIKE) {
        let now = last(near, n);
        let what = format!(
            "a sample's nearest neighbour among the samples is at {:.1} % of the distance that \
             real ones keep",
            100.0 * now
        );
        told.push((since(near, n), what));
    }
    if let Some(n) = lasting(spread, |v| v < FLAT) {
        let now = last(spread, n);
        told.push((since(spread, n), format!("the samples' variance is {now:.3} of the data's")));
    }
    if let Some(modes) = Modes::of(log, facts)
        && let Verdict::Lost { since, .. } = modes.verdict
    {
        told.push((since, modes.words()));
    }
    if facts.points
        && let Some(n) = lasting(covered, |v| v < COVERED)
    {
        let now = 100.0 * last(covered, n);
        told.push((
            since(covered, n),
            format!("{now:.0} % of real samples have a generated one near them"),
        ));
    }
    let since = told.iter().map(|(since, _)| *since).min()?;
    let seen = told.into_iter().map(|(_, seen)| seen).collect::<Vec<_>>().join("; ");
    Some(Finding {
        failure: Failure::Collapse,
        since,
        seen,
        advice: "Let D judge several samples together (packing or minibatch discrimination), so \
                 that sameness gives itself away; bounding D's slope keeps a gradient towards what \
                 is missing."
            .to_owned(),
        papers: vec!["1712.04086", "1606.03498", "1704.00028", "1611.02163"],
        options: vec![
            "--set techniques.packing=2".to_owned(),
            "--set techniques.minibatch_kernels=16".to_owned(),
            "--set techniques.gradient_penalty=10".to_owned(),
        ],
    })
}

/// Labels or codes do not change what is made.
pub(super) fn ignored(log: &Log) -> Option<Finding> {
    let effect = log.points(SAMPLES, "label_effect");
    let labels = lasting(effect, |v| v < EFFECT).map(|n| {
        let seen = format!(
            "another label changes a sample by {:.2} % of what another latent does",
            100.0 * last(effect, n)
        );
        (since(effect, n), seen)
    });
    let codes = || {
        let all = stretches(log.anyones("l_info"));
        let n = end(&all, |s| s.mean() < NATS);
        (n >= all.len() / 2 && n > 0).then(|| {
            let now = all[all.len() - 1].mean();
            (all[all.len() - n].from, format!("the bound on I(c; G(z, c)) is {now:.3} nats"))
        })
    };
    let (since, seen) = labels.or_else(codes)?;
    Some(Finding {
        failure: Failure::IgnoredLabels,
        since,
        seen,
        advice: "D has to see the label beside the sample, strongly enough to miss it: embed it, \
                 or reward the information that samples carry of it."
            .to_owned(),
        papers: vec!["1411.1784", "1610.09585", "1606.03657"],
        options: vec![
            "--set condition=embedding".to_owned(),
            "`gan train infogan`".to_owned(),
            "--set techniques.spectral_norm=true".to_owned(),
        ],
    })
}

/// Samples lie on training samples.
pub(super) fn memorisation(log: &Log, facts: &Facts) -> Option<Finding> {
    let copies = log.points(SAMPLES, "copies");
    // Points in the plane are near each other whatever makes them.
    if facts.points {
        return None;
    }
    let lasting = lasting(copies, |v| v < COPIES)?;
    // A log of an earlier version does not say among how many.
    let among = log.points(SAMPLES, "copies_among").last();
    let among = among.map_or_else(String::new, |(_, n)| format!(" of the {n:.0} seen in training"));
    Some(Finding {
        failure: Failure::Memorisation,
        since: since(copies, lasting),
        seen: format!(
            "a sample's nearest training image{among} is at {:.1} % of the distance from a training \
             image to its nearest",
            100.0 * last(copies, lasting)
        ),
        advice: "A generator that copies has too little data for its size: use more, smaller \
                 networks, or noise on what D sees; `gan sample RUN --nearest` shows the copies."
            .to_owned(),
        papers: vec!["1511.01844", "2006.06676"],
        options: vec![
            "--set techniques.instance_noise=0.1".to_owned(),
            "a smaller --set features".to_owned(),
        ],
    })
}
