//! Failures that D's answers show: saturation, and the generator's gradient gone with it.

use super::finding::{Failure, Finding};
use super::window::{both, end, median, of_end, stretches};
use super::{Facts, Scale};
use crate::Log;

/// D's answers to real and generated samples beyond which it is certain of both.
const CERTAIN: f64 = 0.98;
/// Stretches of forty that a finding must last for.
const LASTING: usize = 8;
/// The share of its early size that a gradient must fall below to have vanished.
const VANISHED: f64 = 0.01;

/// F1: D is certain of nearly every sample. Where D is perfect, ∇L_G of the minimax loss is zero
/// and that of the non-saturating one is noise (arXiv 1701.04862, theorems 2.4 and 2.6).
pub(super) fn saturation(log: &Log, facts: &Facts) -> Option<Finding> {
    if facts.scale() == Scale::Unbounded {
        return None;
    }
    let (real, fake) = (log.anyones("d_real"), log.anyones("d_fake"));
    let all = both(real, fake);
    let lasting = end(&all, |(real, fake)| real.mean() > CERTAIN && fake.mean() < 1.0 - CERTAIN);
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
    ];
    if facts.discriminator_steps > 1 {
        options.insert(0, "--set techniques.discriminator_steps=1".to_owned());
    }
    if facts.loss == "minimax" {
        options.insert(0, "--set techniques.loss=non-saturating".to_owned());
    }
    Some(Finding {
        failure: Failure::Saturation,
        since: all[all.len() - lasting].0.from,
        seen,
        advice: "A perfect discriminator teaches nothing: bound its slope by spectral norm or a \
                 gradient penalty, blur what it sees by noise, or slow it down."
            .to_owned(),
        papers: vec!["1701.04862", "1802.05957", "1801.04406", "1610.04490", "1706.08500"],
        options,
    })
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
        Scale::Probability | Scale::Target => {
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
