//! The standard normal's distribution function and its inverse, to double precision.

use std::f64::consts::PI;

/// Φ(x): ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …) (Marsaglia, Journal of Statistical Software 11(4),
/// 2004); beyond ±8.2 it is 0 or 1 to double precision.
pub fn cdf(x: f64) -> f64 {
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

/// The x with Φ(x) = `p`; −∞ at 0, ∞ at 1, NaN beyond.
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // Halving what remains needs no derivative, which vanishes far out.
    let (mut low, mut high) = (-8.3, 8.3);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if cdf(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_tables() {
        // NIST/SEMATECH e-Handbook, section 1.3.6.7.1, and R's qnorm.
        for (x, p) in [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (-1.96, 0.024_997_895_148_220_43)]
        {
            assert!((cdf(x) - p).abs() < 1e-14, "{x}: {}", cdf(x));
        }
        for (p, x) in [
            (0.975, 1.959_963_984_540_054),
            (0.1, -1.281_551_565_544_600_4),
            (0.999, 3.090_232_306_167_813),
            (1e-6, -4.753_424_308_822_899),
        ] {
            assert!((quantile(p) - x).abs() < 1e-8, "{p}: {}", quantile(p));
        }
        assert!(quantile(0.0) == f64::NEG_INFINITY && quantile(1.5).is_nan());
    }
}
