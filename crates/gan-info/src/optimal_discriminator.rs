//! The best discriminator against a fixed generator, and what the game is then worth.

use gan_statistics::{checks, softplus};
use std::f64::consts::LN_2;

use crate::density::{Grid, exp_times, js_of_densities};
use crate::divergence::js_divergence;
use crate::error::{InfoError, Result};

/// log 4: the value's distance below zero when the generator is perfect.
const LOG_4: f64 = 2.0 * LN_2;

/// The optimal discriminator D*(x) = p(x) / (p(x) + q(x)), from 0 to 1, of two finite
/// distributions: p of the data, q of the generator (arXiv 1406.2661, proposition 1).
///
/// Where both are zero any D is optimal; the answer there is ½.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// let best = gan_info::optimal_discriminator(&[0.75, 0.25, 0.0], &[0.25, 0.75, 0.0])?;
/// assert_eq!(best, [0.75, 0.25, 0.5]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn optimal_discriminator(p: &[f64], q: &[f64]) -> Result<Vec<f64>> {
    crate::checks::two_distributions(p, q)?;
    let at = |(p, q): (&f64, &f64)| if p + q > 0.0 { p / (p + q) } else { 0.5 };
    Ok(p.iter().zip(q).map(at).collect())
}

/// The optimal discriminator of two densities at one place, D*(x) = σ(log p(x) − log q(x)).
///
/// From 0 to 1. Logarithms keep it exact where both densities underflow; where both are −∞ (no
/// density) the answer is ½. Its logit, which networks predict, is log p(x) − log q(x).
///
/// # Errors
///
/// If a log-density is NaN or +∞.
pub fn optimal_discriminator_at(log_p: f64, log_q: f64) -> Result<f64> {
    for (what, log) in [("log p", log_p), ("log q", log_q)] {
        if log.is_nan() || log == f64::INFINITY {
            return Err(InfoError::Parameter { what, expected: "a number below +inf", found: log });
        }
    }
    if log_p == log_q {
        return Ok(0.5);
    }
    Ok((-softplus(log_q - log_p)).exp())
}

/// The value of the game for any discriminator: V(D) = Σ p log D + Σ q log(1 − D), in nats.
///
/// arXiv 1406.2661, equation 1, from −∞ to 0. 0 log 0 = 0; −∞ where D is certain and wrong.
///
/// # Errors
///
/// If `p` or `q` is no distribution, lengths differ, or a D is not in [0, 1].
pub fn discriminator_value(p: &[f64], q: &[f64], d: &[f64]) -> Result<f64> {
    crate::checks::two_distributions(p, q)?;
    checks::same_length("d", p.len(), d.len())?;
    if let Some(index) = d.iter().position(|d| !(0.0..=1.0).contains(d)) {
        return Err(InfoError::Value {
            what: "d",
            expected: "a probability in [0, 1]",
            found: d[index],
            index,
        });
    }
    let times = |mass: f64, log: f64| if mass == 0.0 { 0.0 } else { mass * log };
    let terms = p.iter().zip(q).zip(d);
    Ok(terms.map(|((p, q), d)| times(*p, d.ln()) + times(*q, (-d).ln_1p())).sum())
}

/// The value of the game against the optimal discriminator: V(D*) = −log 4 + 2 JSD(p, q), in nats.
///
/// arXiv 1406.2661, theorem 1: from −log 4, reached if and only if p = q, to 0.
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn optimal_value(p: &[f64], q: &[f64]) -> Result<f64> {
    Ok(2.0 * js_divergence(p, q)? - LOG_4)
}

/// The value of the game for densities and a discriminator given by its logit:
/// V(D) = ∫ p log σ(l) + q log(1 − σ(l)) dx, in nats, from −∞ to 0.
///
/// By the trapezoid rule on `grid`, which must cover both densities; they are given by their
/// logarithms, −∞ where they are zero. The optimal logit is log p − log q, infinite where only
/// one of them is zero.
///
/// # Errors
///
/// If the grid is empty or reversed, a log-density is NaN or +∞, or a logit NaN.
pub fn discriminator_value_of_densities(
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    logit: impl Fn(f64) -> f64,
    grid: Grid,
) -> Result<f64> {
    grid.validate()?;
    let value = grid.integrate(|x| {
        let l = logit(x);
        exp_times(log_p(x), -softplus(-l)) + exp_times(log_q(x), -softplus(l))
    });
    if value.is_nan() {
        return Err(InfoError::Parameter {
            what: "value of the discriminator",
            expected: "log-densities below +inf and logits that are numbers",
            found: value,
        });
    }
    Ok(value)
}

/// V(D*) = −log 4 + 2 JSD(p, q) for two densities given by their logarithms, in nats.
///
/// arXiv 1406.2661, theorem 1; by the trapezoid rule on `grid`, which must cover both densities.
///
/// # Errors
///
/// As [`js_of_densities`].
pub fn optimal_value_of_densities(
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    grid: Grid,
) -> Result<f64> {
    Ok(2.0 * js_of_densities(log_p, log_q, grid)? - LOG_4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::normal_log_density;

    #[test]
    fn perfect_generator_is_worth_minus_log_four() {
        let p = [0.2, 0.5, 0.3];
        assert!((optimal_value(&p, &p).unwrap() + 4f64.ln()).abs() < 1e-15);
        assert_eq!(optimal_discriminator(&p, &p).unwrap(), [0.5; 3]);
        let apart = optimal_value(&[1.0, 0.0], &[0.0, 1.0]).unwrap();
        assert!(apart.abs() < 1e-15);
    }

    #[test]
    fn value_of_the_optimum_equals_theorem_one() {
        let (p, q) = ([0.1, 0.0, 0.6, 0.3], [0.4, 0.2, 0.4, 0.0]);
        let best = optimal_discriminator(&p, &q).unwrap();
        let value = discriminator_value(&p, &q, &best).unwrap();
        assert!((value - optimal_value(&p, &q).unwrap()).abs() < 1e-15);
    }

    #[test]
    fn densities_obey_theorem_one_too() {
        let p = |x: f64| normal_log_density(x, -0.5, 1.0);
        let q = |x: f64| normal_log_density(x, 1.0, 0.6);
        let grid = Grid { low: -14.0, high: 14.0, intervals: 1000 };
        let best = discriminator_value_of_densities(p, q, |x| p(x) - q(x), grid).unwrap();
        let theorem = optimal_value_of_densities(p, q, grid).unwrap();
        assert!((best - theorem).abs() < 1e-13, "{best} {theorem}");
        for shift in [-0.3, 0.2] {
            let other = |x: f64| p(x) - q(x) + shift;
            assert!(discriminator_value_of_densities(p, q, other, grid).unwrap() < best - 1e-3);
        }
    }

    #[test]
    fn certain_and_wrong_costs_everything() {
        let value = discriminator_value(&[0.5, 0.5], &[0.5, 0.5], &[0.0, 0.5]).unwrap();
        assert_eq!(value, f64::NEG_INFINITY);
        assert_eq!(discriminator_value(&[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0]).unwrap(), 0.0);
    }

    #[test]
    fn one_place_far_in_the_tails() {
        assert_eq!(optimal_discriminator_at(-5000.0, -5000.0).unwrap(), 0.5);
        let tail = optimal_discriminator_at(-5001.0, -5000.0).unwrap();
        assert!((tail - 1.0 / (1.0 + 1f64.exp())).abs() < 1e-15);
        let none = f64::NEG_INFINITY;
        assert_eq!(optimal_discriminator_at(none, none).unwrap(), 0.5);
        assert_eq!(optimal_discriminator_at(none, -3.0).unwrap(), 0.0);
        assert_eq!(optimal_discriminator_at(-3.0, none).unwrap(), 1.0);
        assert!(optimal_discriminator_at(f64::NAN, 0.0).is_err());
        assert!(discriminator_value(&[1.0], &[1.0], &[1.5]).is_err());
        assert!(discriminator_value(&[1.0], &[1.0], &[]).is_err());
    }
}
