//! Each failure in a log made up for it, and logs without any.

use super::*;
use crate::SAMPLES;

const STEPS: u64 = 1000;

/// A log of two players whose numbers are functions of the step, with a look every fifty.
struct Made {
    d_real: fn(f64) -> f64,
    d_fake: fn(f64) -> f64,
    loss: fn(f64) -> f64,
    grad: fn(f64) -> f64,
    samples: &'static [(&'static str, f64)],
}

/// Nothing wrong.
const HEALTHY: Made = Made {
    d_real: |t| 0.7 + 0.1 * (90.0 * t).sin(),
    d_fake: |t| 0.3 + 0.1 * (70.0 * t).sin(),
    loss: |t| 1.2 + 0.2 * (80.0 * t).sin(),
    grad: |t| 1.0 + 0.3 * (60.0 * t).sin(),
    samples: &[
        ("spread", 0.9),
        ("nearest", 0.8),
        ("coverage", 0.9),
        ("copies", 1.0),
        ("label_effect", 0.3),
        ("modes", 10.0),
        ("modes_of", 10.0),
    ],
};

fn log(made: &Made) -> Log {
    let mut log = Log::default();
    for step in 1..=STEPS {
        let t = step as f64 / STEPS as f64;
        log.step(step, 0.01);
        log.add(step, "discriminator", "loss", 0.7);
        log.add(step, "discriminator", "d_real", (made.d_real)(t));
        log.add(step, "discriminator", "d_fake", (made.d_fake)(t));
        log.add(step, "discriminator", "grad_norm", 1.0);
        log.add(step, "generator", "loss", (made.loss)(t));
        log.add(step, "generator", "grad_norm", (made.grad)(t));
        if step % 50 == 0 {
            made.samples.iter().for_each(|(name, value)| log.add(step, SAMPLES, name, *value));
        }
    }
    log
}

fn facts(loss: &str) -> Facts {
    Facts { loss: loss.into(), discriminator_steps: 1, ..Facts::default() }
}

fn found(made: &Made, facts: &Facts) -> Vec<Failure> {
    diagnose(&log(made), facts).iter().map(|f| f.failure).collect()
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    for loss in ["non-saturating", "minimax", "hinge", "least-squares", "wasserstein", ""] {
        assert_eq!(found(&HEALTHY, &facts(loss)), [], "{loss}");
    }
    assert!(diagnose(&Log::default(), &facts("minimax")).is_empty());
}

#[test]
fn a_certain_discriminator_is_found_with_its_step() {
    let made = Made {
        d_real: |t| if t > 0.5 { 0.999 } else { 0.7 },
        d_fake: |t| if t > 0.5 { 1e-4 } else { 0.3 },
        ..HEALTHY
    };
    let all = diagnose(&log(&made), &facts("minimax"));
    assert_eq!((all.len(), all[0].failure), (1, Failure::Saturation));
    assert!((476..=526).contains(&all[0].since), "{}", all[0].since);
    assert!(all[0].seen.contains("0.9990") && all[0].options[0].contains("non-saturating"));
    // A critic has no certainty.
    assert_eq!(found(&made, &facts("wasserstein")), []);
}

#[test]
fn certainty_is_measured_by_what_discriminator_is_taught() {
    // One-sided smoothing: D tells all apart and says 0.9 of real samples.
    let smooth = Made { d_real: |_| 0.895, d_fake: |_| 1e-3, ..HEALTHY };
    let config = "model.techniques.label_smoothing = 0.1\nmodel.techniques.loss = 'minimax'\n";
    let smoothed = Facts::of_config(&config.parse().unwrap(), |_| true);
    assert_eq!(found(&smooth, &smoothed), [Failure::Saturation]);
    assert_eq!(found(&smooth, &facts("minimax")), [], "0.895 of 1 is no certainty");
    // Flipped labels: real samples are called real nine times of ten, and fakes once.
    let flipped = Made { d_real: |_| 0.89, d_fake: |_| 0.11, ..HEALTHY };
    let config = config.replace("smoothing", "flips");
    let flips = Facts::of_config(&config.parse().unwrap(), |_| true);
    assert_eq!(found(&flipped, &flips), [Failure::Saturation]);
    assert_eq!(found(&flipped, &facts("minimax")), []);
    // The hinge loss is 0 from σ(1) = 0.73 on; a penalty is no part of it.
    let hinge = |loss: f64| {
        let mut log = Log::default();
        for step in 1..=STEPS {
            log.step(step, 0.01);
            for (name, value) in
                [("loss", loss + 0.5), ("penalty", 0.5), ("d_real", 0.76), ("d_fake", 3e-4)]
            {
                log.add(step, "discriminator", name, value);
            }
            log.add(step, "generator", "loss", 8.0);
            log.add(step, "generator", "grad_norm", 1.0);
        }
        diagnose(&log, &facts("hinge")).iter().map(|f| f.failure).collect::<Vec<_>>()
    };
    assert_eq!((hinge(0.01), hinge(0.4)), (vec![Failure::Saturation], vec![]));
}

#[test]
fn a_gradient_that_is_gone_is_found_but_not_at_a_draw() {
    let gone: fn(f64) -> f64 = |t| if t > 0.4 { 1e-5 } else { 1.0 };
    let made = Made { grad: gone, d_fake: |_| 0.02, ..HEALTHY };
    assert_eq!(found(&made, &facts("minimax")), [Failure::VanishingGradient]);
    let draw = Made { grad: gone, d_fake: |_| 0.5, d_real: |_| 0.5, ..HEALTHY };
    assert_eq!(found(&draw, &facts("minimax")), []);
}

#[test]
fn what_samples_show_is_found() {
    let with = |samples| Made { samples, ..HEALTHY };
    let usual = facts("non-saturating");
    assert_eq!(found(&with(&[("nearest", 0.05)]), &usual), [Failure::Collapse]);
    assert_eq!(found(&with(&[("spread", 0.01)]), &usual), [Failure::Collapse]);
    assert_eq!(found(&with(&[("modes", 3.0), ("modes_of", 10.0)]), &usual), [Failure::Collapse]);
    assert_eq!(found(&with(&[("label_effect", 0.001)]), &usual), [Failure::IgnoredLabels]);
    assert_eq!(found(&with(&[("copies", 0.1)]), &usual), [Failure::Memorisation]);
    let points = Facts { points: true, ..usual };
    assert_eq!(found(&with(&[("copies", 0.1)]), &points), []);
    assert_eq!(found(&with(&[("coverage", 0.05)]), &points), [Failure::Collapse]);
}

#[test]
fn what_comes_back_is_not_told() {
    let mut log = log(&Made { samples: &[], ..HEALTHY });
    for step in (50..=STEPS).step_by(50) {
        log.add(step, SAMPLES, "nearest", if step < 800 { 0.01 } else { 0.7 });
    }
    assert!(diagnose(&log, &facts("non-saturating")).is_empty());
}

#[test]
fn a_single_look_hides_nothing_and_a_rise_is_seen() {
    // The effect of labels that say nothing, as a run has logged it: its last look happens to be
    // twice its first one below the threshold.
    const NOISY: [f64; 16] = [
        0.0236, 0.0286, 0.0352, 0.0293, 0.0068, 0.0110, 0.0070, 0.0087, 0.0063, 0.0060, 0.0106,
        0.0112, 0.0110, 0.0109, 0.0095, 0.0145,
    ];
    let with = |name: &str, value: &dyn Fn(usize) -> f64| {
        let mut log = log(&Made { samples: &[], ..HEALTHY });
        (0..16).for_each(|k| log.add(60 * (k as u64 + 1), SAMPLES, name, value(k)));
        diagnose(&log, &facts("non-saturating")).iter().map(|f| f.failure).collect::<Vec<_>>()
    };
    assert_eq!(with("label_effect", &|k| NOISY[k]), [Failure::IgnoredLabels]);
    // A generator that begins with samples alike and gets out of it.
    assert_eq!(with("nearest", &|k| 0.01 * 1.2_f64.powi(k as i32)), []);
    assert_eq!(with("nearest", &|k| 0.1 + 0.001 * (k % 3) as f64), [Failure::Collapse]);
}

#[test]
fn growth_and_circles_are_found() {
    let grows = Made { loss: |t| (8.0 * t).exp(), ..HEALTHY };
    assert_eq!(found(&grows, &facts("non-saturating")), [Failure::Divergence]);
    let steep = Made { grad: |t| (14.0 * t).exp(), ..HEALTHY };
    assert_eq!(found(&steep, &facts("non-saturating")), [Failure::Divergence]);
    let circles =
        Made { d_fake: |t| 0.5 + 0.45 * (2.0 * std::f64::consts::TAU * 2.0 * t).sin(), ..HEALTHY };
    assert_eq!(found(&circles, &facts("non-saturating")), [Failure::Oscillation]);
}

#[test]
fn codes_that_say_nothing_are_found() {
    let mut log = log(&HEALTHY);
    for step in 1..=STEPS {
        log.add(step, "information", "l_info", 0.01);
    }
    let all = diagnose(&log, &facts("non-saturating"));
    assert_eq!((all.len(), all[0].failure), (1, Failure::IgnoredLabels));
    assert!(all[0].seen.contains("0.010 nats"));
}

#[test]
fn every_finding_has_a_paper_and_an_option() {
    let made = Made {
        d_real: |_| 0.999,
        d_fake: |_| 1e-4,
        loss: |t| (8.0 * t).exp(),
        grad: |t| if t > 0.4 { 1e-5 } else { 1.0 },
        samples: &[("nearest", 0.01), ("label_effect", 0.0), ("copies", 0.1)],
    };
    let all = diagnose(&log(&made), &facts("minimax"));
    assert_eq!(all.len(), 6);
    for finding in all {
        assert!(!finding.papers.is_empty() && !finding.options.is_empty());
        assert!(finding.line().contains(" since step "), "{}", finding.line());
        assert_eq!(finding.to_json()["failure"], finding.failure.name());
    }
}
