//! Kullback–Leibler, Jensen–Shannon and total variation between finite distributions.

use crate::checks;
use crate::error::{InfoError, Result};

/// p log(p/q) − p + q ≥ 0, which is 0 if and only if p = q, and never cancels badly.
fn kl_term(p: f64, q: f64) -> f64 {
    if p == 0.0 {
        return q;
    }
    if q == 0.0 {
        return f64::INFINITY;
    }
    let relative = (q - p) / p;
    if relative.abs() < 0.5 {
        p * (relative - relative.ln_1p())
    } else {
        p * (p.ln() - q.ln()) + (q - p)
    }
    .max(0.0)
}

/// The Kullback–Leibler divergence KL(p ‖ q) = Σ p log(p/q), in nats, from 0 to +∞.
///
/// Not symmetric. 0 log(0/q) = 0; infinite where q = 0 < p. The sum runs over
/// p log(p/q) − p + q: the same for distributions, but every term is ≥ 0, so rounding can make
/// the result neither negative nor lose a small divergence.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::kl_divergence;
/// assert!((kl_divergence(&[1.0, 0.0], &[0.5, 0.5])? - 2f64.ln()).abs() < 1e-15);
/// assert_eq!(kl_divergence(&[0.5, 0.5], &[1.0, 0.0])?, f64::INFINITY);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn kl_divergence(p: &[f64], q: &[f64]) -> Result<f64> {
    checks::two_distributions(p, q)?;
    Ok(kl_of_masses(p, q))
}

/// KL of masses already checked.
pub(crate) fn kl_of_masses(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| kl_term(*p, *q)).sum()
}

/// The Jensen–Shannon divergence ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q)/2, in nats.
///
/// From 0 to log 2, which distributions without common support reach; symmetric; its square
/// root is a metric. This is the JSD of arXiv 1406.2661, equation 6.
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn js_divergence(p: &[f64], q: &[f64]) -> Result<f64> {
    weighted_js_divergence(p, q, 0.5)
}

/// The weighted Jensen–Shannon divergence w KL(p ‖ m) + (1 − w) KL(q ‖ m), m = w p + (1 − w) q.
///
/// In nats, from 0 to the entropy of (w, 1 − w); Lin, "Divergence measures based on the Shannon
/// entropy" (1991), equation 4.1. Zero for w = 0 and w = 1. It is the mutual information between
/// a draw from the mixture and the coin that chose p or q.
///
/// # Errors
///
/// If `p` or `q` is no distribution, their lengths differ, or `weight_of_p` is not in [0, 1].
pub fn weighted_js_divergence(p: &[f64], q: &[f64], weight_of_p: f64) -> Result<f64> {
    checks::two_distributions(p, q)?;
    if !(0.0..=1.0).contains(&weight_of_p) {
        return Err(InfoError::Parameter {
            what: "weight of p",
            expected: "a number in [0, 1]",
            found: weight_of_p,
        });
    }
    let (w, v) = (weight_of_p, 1.0 - weight_of_p);
    // A weight of zero silences its own term even where that KL is infinite, and so does a
    // mixture that underflows to zero, whose parts are smaller still.
    let part = |weight: f64, own: f64, mixed: f64| {
        if weight == 0.0 || mixed == 0.0 { 0.0 } else { weight * kl_term(own, mixed) }
    };
    let sum: f64 = p
        .iter()
        .zip(q)
        .map(|(p, q)| {
            let m = w * p + v * q;
            part(w, *p, m) + part(v, *q, m)
        })
        .sum();
    let bound = crate::entropy::entropy_of_masses(&[w, v]);
    // The mathematical bound, which rounding would overstep by an ulp.
    Ok(sum.min(bound))
}

/// The total variation distance TV(p, q) = ½ Σ |p − q| = max over events of |p(A) − q(A)|.
///
/// From 0 to 1 (no unit); a metric.
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn total_variation(p: &[f64], q: &[f64]) -> Result<f64> {
    checks::two_distributions(p, q)?;
    let sum: f64 = p.iter().zip(q).map(|(p, q)| (p - q).abs()).sum();
    Ok((0.5 * sum).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::LN_2;

    #[test]
    fn small_divergences_keep_their_digits() {
        // KL ≈ Σ (p − q)² / 2p = 10⁻²⁰ · 2, far below what p log(p/q) resolves.
        let e = 1e-10;
        let kl = kl_divergence(&[0.5 + e, 0.5 - e], &[0.5, 0.5]).unwrap();
        assert!((kl / (2.0 * e * e) - 1.0).abs() < 1e-5, "{kl}");
    }

    #[test]
    fn disjoint_distributions_reach_the_bounds_exactly() {
        let (p, q) = ([0.3, 0.7, 0.0, 0.0], [0.0, 0.0, 0.6, 0.4]);
        assert!((js_divergence(&p, &q).unwrap() - LN_2).abs() < 1e-15);
        assert!(js_divergence(&p, &q).unwrap() <= LN_2);
        assert_eq!(total_variation(&p, &q).unwrap(), 1.0);
        assert_eq!(kl_divergence(&p, &q).unwrap(), f64::INFINITY);
    }

    #[test]
    fn weighted_js_is_zero_at_both_ends() {
        let (p, q) = ([1.0, 0.0], [0.0, 1.0]);
        assert_eq!(weighted_js_divergence(&p, &q, 0.0).unwrap(), 0.0);
        assert_eq!(weighted_js_divergence(&p, &q, 1.0).unwrap(), 0.0);
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert!(weighted_js_divergence(&p, &q, wrong).is_err());
        }
    }

    #[test]
    fn tiny_and_huge_ratios_stay_finite() {
        let tiny = f64::MIN_POSITIVE;
        let kl = kl_divergence(&[tiny, 1.0], &[1.0, tiny]).unwrap();
        assert!((kl + tiny.ln()).abs() < 1e-9, "{kl}");
    }

    #[test]
    fn lengths_must_agree() {
        assert!(kl_divergence(&[1.0], &[0.5, 0.5]).is_err());
        assert!(total_variation(&[], &[]).is_err());
        assert!(js_divergence(&[0.5, 0.6], &[0.5, 0.5]).is_err());
    }
}
