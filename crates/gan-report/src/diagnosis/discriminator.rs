//! Failures that D's answers show: saturation, and the generator's gradient gone with it.

use super::finding::{Failure, Finding};
use super::window::{both, end, median, of_end, stretches};
use super::{Facts, Scale};
use crate::Log;
use std::collections::HashMap;

/// D's answers to real and generated samples, from what it is taught of them, beyond which it is
/// certain of both.
const CERTAIN: f64 = 0.98;
/// The hinge loss, of 2 at a draw, below which D has next to nothing left to learn: about what the
/// cross-entropy of two answers of 0.98 is of its 2 ln 2.
const NO_HINGE: f64 = 0.06;
/// Stretches of forty that a finding must last for.
const LASTING: usize = 8;
/// The share of its early size that a gradient must fall below to have vanished.
const VANISHED: f64 = 0.01;

/// F1: D is certain of nearly every sample. Where D is perfect, ∇L_G of the minimax loss is zero
/// and that of the non-saturating one is noise (arXiv 1701.04862, theorems 2.4 and 2.6).
///
/// Certain means as sure as D is taught to be. Under cross-entropy with a smoothed target α it ends
/// at α and not at 1 (arXiv 1606.03498, section 3.4); the hinge loss is 0 from σ(1) = 0.73 on
/// (arXiv 1802.05957, equation 16), so that loss itself is asked, without what is added to it.
pub(super) fn saturation(log: &Log, facts: &Facts) -> Option<Finding> {
    let (real, fake) = (log.anyones("d_real"), log.anyones("d_fake"));
    let (steps, lasting) = match facts.scale() {
        Scale::Unbounded => return None,
        Scale::Margin => {
            let hinge = hinge(log);
            let all = stretches(&hinge);
            (all.iter().map(|s| s.from).collect::<Vec<_>>(), end(&all, |s| s.mean() < NO_HINGE))
        }
        Scale::Probability | Scale::Target => {
            let (on_real, on_fake) = (facts.targets.real, facts.targets.fake);
            let all = both(real, fake);
            let certain =
                |real: f64, fake: f64| real > CERTAIN * on_real && fake < on_fake + (1.0 - CERTAIN);
            let lasting = end(&all, |(real, fake)| certain(real.mean(), fake.mean()));
            (all.iter().map(|(real, _)| real.from).collect(), lasting)
        }
    };
    if lasting < LASTING {
        return None;
    }
    let ends = |points| of_end(&stretches(points), lasting);
    let seen = format!(
        "D(x) is {:.4} and D(G(z)) {:.2e} on average: D tells nearly every sample apart",
        ends(real),
        ends(fake)
    );
    let mut options = vec![
        "--set techniques.spectral_norm=true".to_owned(),
        "--set techniques.gradient_penalty=10 --set techniques.penalty=r1".to_owned(),
        "--set techniques.instance_noise=0.1".to_owned(),
        "a lower --set techniques.discriminator.lr".to_owned(),
        "a lower --set discriminator.lr".to_owned(),
    ];
    if facts.discriminator_steps > 1 {
        options.insert(0, "--set techniques.discriminator_steps=1".to_owned());
    }
    if facts.loss == "minimax" {
        options.insert(0, "--set techniques.loss=non-saturating".to_owned());
    }
    Some(Finding {
        failure: Failure::Saturation,
        since: steps[steps.len() - lasting],
        seen,
        advice: "A perfect discriminator teaches nothing: bound its slope by spectral norm or a \
                 gradient penalty, blur what it sees by noise, or slow it down."
            .to_owned(),
        papers: vec!["1701.04862", "1802.05957", "1801.04406", "1610.04490", "1706.08500"],
        options,
    })
}

/// What D's hinge terms came to at each step: its loss without the penalty.
fn hinge(log: &Log) -> Vec<(u64, f64)> {
    let of = |name: &str| {
        let mut all = log.series().iter().filter(|s| s.is_of_a_player() && s.name == name);
        all.find(|s| s.owner.contains("discriminator")).map_or(&[][..], |s| s.points.as_slice())
    };
    let penalties: HashMap<u64, f64> = of("penalty").iter().copied().collect();
    let without =
        |(step, loss): &(u64, f64)| (*step, loss - penalties.get(step).copied().unwrap_or(0.0));
    of("loss").iter().map(without).collect()
}

/// The generator's gradient is a small part of what it was, while D is not at a draw: at an
/// equilibrium gradients vanish too, and rightly.
pub(super) fn vanishing(log: &Log, facts: &Facts) -> Option<Finding> {
    let (owner, _) = generator(log)?;
    let points = log.points(&owner, "grad_norm");
    let all = stretches(points);
    let early = median(all.iter().take(5).map(|s| s.median()).collect());
    let most = median(all.iter().take(20).map(|s| s.median()).collect()).max(early);
    let lasting = end(&all, |s| s.median() < VANISHED * most);
    if lasting < LASTING || most <= 0.0 {
        return None;
    }
    let draw = match facts.scale() {
        Scale::Unbounded => false,
        Scale::Probability | Scale::Margin | Scale::Target => {
            let fake = stretches(log.anyones("d_fake"));
            !fake.is_empty() && of_end(&fake, lasting) > 0.1
        }
    };
    if draw {
        return None;
    }
    let now = of_end(&all, lasting);
    let mut options = vec![
        "--set techniques.loss=least-squares".to_owned(),
        "--set techniques.spectral_norm=true".to_owned(),
    ];
    if facts.loss == "minimax" {
        options.insert(0, "--set techniques.loss=non-saturating".to_owned());
    }
    if facts.loss == "wasserstein" {
        options = vec!["`gan train wgan-gp`".into(), "--set techniques.clip=0.05".into()];
    }
    Some(Finding {
        failure: Failure::VanishingGradient,
        since: all[all.len() - lasting].from,
        seen: format!(
            "the {owner}'s gradient norm is {now:.2e}, {:.2} % of the {most:.2e} it once was",
            100.0 * now / most
        ),
        advice: "Under the minimax loss log(1 − D(G(z))) is flat where D is certain; the \
                 non-saturating loss, least squares or a bounded critic keep a slope."
            .to_owned(),
        papers: vec!["1406.2661", "1701.04862", "1611.04076", "1704.00028"],
        options,
    })
}

/// The player that makes samples: the one whose loss is logged and who is no judge.
pub(super) fn generator(log: &Log) -> Option<(String, &[(u64, f64)])> {
    let judge = |owner: &str| owner.contains("discriminator") || owner.contains("critic");
    let of = |name: &str| {
        let mut all = log.series().iter().filter(|s| s.is_of_a_player() && s.name == "loss");
        all.find(|s| if name.is_empty() { !judge(&s.owner) } else { s.owner == name })
    };
    let found = of("generator").or_else(|| of(""))?;
    Some((found.owner.clone(), &found.points))
}
