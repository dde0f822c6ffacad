//! The normal quantile function: where a share of the normal distribution lies to the left.

use crate::error::{InfoError, Result};

/// Φ⁻¹(p): the x with P(X ≤ x) = p for X from N(0, 1); −∞ and ∞ at 0 and 1.
///
/// By Acklam's rational approximation (2003), whose relative error is below 1.15·10⁻⁹. Steps that
/// are equal in p give points that are equally likely: the grid of a latent manifold
/// (arXiv 1312.6114, appendix A).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// assert!((gan_info::normal_quantile(0.975)? - 1.959963985).abs() < 1e-8);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If p is not in `[0, 1]`.
pub fn normal_quantile(p: f64) -> Result<f64> {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    /// Below this share the tail's approximation is used.
    const TAIL: f64 = 0.024_25;
    if !(0.0..=1.0).contains(&p) {
        let (what, expected) = ("quantile's share", "a number from 0 to 1");
        return Err(InfoError::Parameter { what, expected, found: p });
    }
    let horner = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |share: f64| match share {
        0.0 => f64::NEG_INFINITY,
        _ => {
            let q = (-2.0 * share.ln()).sqrt();
            horner(&C, q) / horner(&D, q)
        }
    };
    Ok(if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        horner(&A, q * q) * q / horner(&B, q * q)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `scipy.stats.norm.ppf`.
    #[test]
    fn values_are_those_of_scipy() {
        for (p, x) in [
            (1e-6, -4.753424308822899),
            (0.01, -2.3263478740408408),
            (0.05, -1.6448536269514729),
            (0.3, -0.5244005127080409),
            (0.5, 0.0),
            (0.9, 1.2815515655446004),
            (0.999, 3.090232306167813),
        ] {
            let found = normal_quantile(p).unwrap();
            assert!((found - x).abs() < 2e-9 * (1.0 + x.abs()), "{p}: {found}, {x}");
        }
    }

    #[test]
    fn ends_are_infinite_and_the_rest_is_refused() {
        assert_eq!(normal_quantile(0.0).unwrap(), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0).unwrap(), f64::INFINITY);
        assert!(normal_quantile(-0.1).is_err() && normal_quantile(f64::NAN).is_err());
    }
}
