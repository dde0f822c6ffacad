//! The digamma function ψ, which turns neighbor counts into expected logarithms.

/// ψ(x) = d/dx log Γ(x) for x > 0, to about 10⁻¹⁵ relative to its size.
///
/// ψ(x) = ψ(x + 1) − 1/x up to x ≥ 10, then the asymptotic series (Abramowitz and Stegun 6.3.18).
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r
        * (1.0 / 12.0
            - r * (1.0 / 120.0
                - r * (1.0 / 252.0
                    - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * (691.0 / 32760.0 - r / 12.0))))));
    shift + x.ln() - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + EULER).abs() < 1e-14);
        assert!((digamma(0.5) + EULER + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
        // ψ(n + 1) is the n-th harmonic number minus Euler's constant.
        let harmonic: f64 = (1..=50).map(|i| 1.0 / f64::from(i)).sum();
        assert!((digamma(51.0) - harmonic + EULER).abs() < 1e-14);
    }
}
