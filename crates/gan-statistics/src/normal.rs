//! The standard normal's distribution function and its inverse, to double precision.

use crate::error::{Result, StatisticsError};
use std::f64::consts::PI;

/// Φ(x) = P(X ≤ x) for X from N(0, 1), to about 10⁻¹⁶.
///
/// ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …) (Marsaglia, Journal of Statistical Software 11(4), 2004);
/// beyond ±8.2 it is 0 or 1 to double precision.
pub fn normal_cdf(x: f64) -> f64 {
    if x.abs() > 8.2 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut odd) = (x, x, 1.0);
    loop {
        odd += 2.0;
        term *= x * x / odd;
        let next = sum + term;
        if next == sum {
            break;
        }
        sum = next;
    }
    0.5 + sum * density(x)
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Φ⁻¹(p): the x with P(X ≤ x) = p for X from N(0, 1); −∞ and ∞ at 0 and 1.
///
/// By halving what [`normal_cdf`] leaves, so that the error in p is about 10⁻¹⁶: in x 10⁻¹⁵ near 0,
/// 10⁻¹⁰ where p is 10⁻⁶. Steps that are equal in p give points that are equally likely: the grid of a
/// latent manifold (arXiv 1312.6114, appendix A).
///
/// ```
/// # fn main() -> Result<(), gan_statistics::StatisticsError> {
/// assert!((gan_statistics::normal_quantile(0.975)? - 1.959_963_984_540_054).abs() < 1e-14);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If p is not in `[0, 1]`.
pub fn normal_quantile(p: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&p) {
        let (what, expected) = ("quantile's share", "a number from 0 to 1");
        return Err(StatisticsError::Parameter { what, expected, found: p });
    }
    if p == 0.0 || p == 1.0 {
        return Ok(if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // Halving what remains needs no derivative, which vanishes far out.
    let (mut low, mut high) = (-8.3, 8.3);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if normal_cdf(middle) < p { low = middle } else { high = middle }
    }
    Ok(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_tables() {
        // NIST/SEMATECH e-Handbook, section 1.3.6.7.1.
        for (x, p) in [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (-1.96, 0.024_997_895_148_220_43)]
        {
            assert!((normal_cdf(x) - p).abs() < 1e-14, "{x}: {}", normal_cdf(x));
        }
    }

    /// scipy 1.17.1: `scipy.stats.norm.ppf`. The tolerance is 10⁻¹⁶ in p over the density there, the
    /// smallest of which is 5·10⁻⁶.
    #[test]
    fn quantiles_are_those_of_scipy() {
        for (p, x) in [
            (1e-6, -4.753424308822899),
            (0.01, -2.3263478740408408),
            (0.05, -1.6448536269514729),
            (0.1, -1.281_551_565_544_600_4),
            (0.3, -0.5244005127080409),
            (0.5, 0.0),
            (0.9, 1.2815515655446004),
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090232306167813),
        ] {
            let found = normal_quantile(p).unwrap();
            assert!((found - x).abs() < 5e-11, "{p}: {found}, {x}");
        }
    }

    #[test]
    fn ends_are_infinite_and_the_rest_is_refused() {
        assert_eq!(normal_quantile(0.0).unwrap(), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0).unwrap(), f64::INFINITY);
        assert!(normal_quantile(-0.1).is_err() && normal_quantile(f64::NAN).is_err());
        assert!(normal_quantile(1.5).is_err());
    }
}
