//! Normal densities and mixtures of them, and divergences between any densities on the line.

use gan_statistics::{checks, softplus};
use std::f64::consts::{LN_2, PI};

use crate::error::{InfoError, Result};

/// log N(x; μ, σ²), the normal log-density, in nats; σ > 0 is not checked.
#[must_use]
pub fn normal_log_density(x: f64, mean: f64, sigma: f64) -> f64 {
    let z = (x - mean) / sigma;
    -0.5 * z * z - sigma.ln() - 0.5 * (2.0 * PI).ln()
}

/// The KL divergence of two normal distributions on the line, in nats, from 0 to +∞:
/// KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) = log(σ₂/σ₁) + (σ₁² + (μ₁ − μ₂)²) / (2 σ₂²) − ½.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// assert_eq!(gan_info::kl_of_normals(0.0, 1.0, 3.0, 1.0)?, 4.5);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If a mean is not finite or a sigma not positive and finite.
pub fn kl_of_normals(mean_1: f64, sigma_1: f64, mean_2: f64, sigma_2: f64) -> Result<f64> {
    checks::finite("means", &[mean_1, mean_2])?;
    checks::positive("sigma 1", sigma_1)?;
    checks::positive("sigma 2", sigma_2)?;
    let ratio = sigma_1 / sigma_2;
    let shift = (mean_1 - mean_2) / sigma_2;
    // With e = σ₁/σ₂ − 1: ½((1 + e)² − 1) − log(1 + e) keeps its digits for nearly equal sigmas.
    let e = (sigma_1 - sigma_2) / sigma_2;
    let spread = if e.abs() < 0.5 {
        0.5 * e * (e + 2.0) - e.ln_1p()
    } else {
        0.5 * (ratio * ratio - 1.0) - ratio.ln()
    };
    Ok((0.5 * shift * shift + spread).max(0.0))
}

/// A mixture of normal distributions on the line: Σ wᵢ N(μᵢ, σᵢ²).
#[derive(Debug, Clone, PartialEq)]
pub struct NormalMixture {
    /// The weights wᵢ: at least zero, summing to one.
    pub weights: Vec<f64>,
    /// The means μᵢ.
    pub means: Vec<f64>,
    /// The standard deviations σᵢ > 0.
    pub sigmas: Vec<f64>,
}

impl NormalMixture {
    /// Checks what the fields promise.
    ///
    /// # Errors
    ///
    /// If the lengths differ, the weights are no distribution, a mean is not finite or a sigma is
    /// not positive and finite.
    pub fn validate(&self) -> Result<()> {
        crate::checks::distribution("mixture weights", &self.weights)?;
        checks::same_length("mixture means", self.weights.len(), self.means.len())?;
        checks::same_length("mixture sigmas", self.weights.len(), self.sigmas.len())?;
        checks::finite("mixture means", &self.means)?;
        Ok(self.sigmas.iter().try_for_each(|s| checks::positive("mixture sigma", *s))?)
    }

    /// log Σ wᵢ N(x; μᵢ, σᵢ²), in nats, exact far into the tails; assumes a valid mixture.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        let log_parts = || {
            self.weights
                .iter()
                .zip(self.means.iter().zip(&self.sigmas))
                .map(|(w, (m, s))| w.ln() + normal_log_density(x, *m, *s))
        };
        let largest = log_parts().fold(f64::NEG_INFINITY, f64::max);
        if largest == f64::NEG_INFINITY {
            return largest;
        }
        largest + log_parts().map(|l| (l - largest).exp()).sum::<f64>().ln()
    }

    /// The mean Σ wᵢ μᵢ and the standard deviation of the whole mixture.
    #[must_use]
    pub fn moments(&self) -> (f64, f64) {
        let mean: f64 = self.weights.iter().zip(&self.means).map(|(w, m)| w * m).sum();
        let variance: f64 = self
            .weights
            .iter()
            .zip(self.means.iter().zip(&self.sigmas))
            .map(|(w, (m, s))| w * (s * s + (m - mean) * (m - mean)))
            .sum();
        (mean, variance.sqrt())
    }
}

/// Where an integral over the line is evaluated: `intervals` equal steps from `low` to `high`.
///
/// The trapezoid rule on it converges faster than any power of the step for smooth densities
/// that vanish at both ends, so it beats rules of higher order here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The left end; outside of the grid densities count as zero.
    pub low: f64,
    /// The right end.
    pub high: f64,
    /// The number of steps, at least one.
    pub intervals: usize,
}

impl Grid {
    /// Checks what the fields promise.
    ///
    /// # Errors
    ///
    /// If the ends are not finite and in order, or there is no interval.
    pub fn validate(&self) -> Result<()> {
        checks::finite("grid ends", &[self.low, self.high])?;
        checks::positive("grid length", self.high - self.low)?;
        if self.intervals == 0 {
            return Err(InfoError::Parameter {
                what: "grid intervals",
                expected: "at least 1",
                found: 0.0,
            });
        }
        Ok(())
    }

    /// The integral of f by the trapezoid rule; assumes a valid grid.
    pub(crate) fn integrate(&self, f: impl Fn(f64) -> f64) -> f64 {
        let n = self.intervals;
        let step = (self.high - self.low) / n as f64;
        let inner: f64 = (1..n).map(|i| f(self.low + step * i as f64)).sum();
        step * (inner + 0.5 * (f(self.low) + f(self.high)))
    }

    /// The integral over two log-densities; NaN becomes an error that names the place.
    pub(crate) fn integrate_pair(
        &self,
        log_p: &impl Fn(f64) -> f64,
        log_q: &impl Fn(f64) -> f64,
        f: impl Fn(f64, f64) -> f64,
    ) -> Result<f64> {
        self.validate()?;
        let value = self.integrate(|x| f(log_p(x), log_q(x)));
        if value.is_nan() {
            return Err(InfoError::Parameter {
                what: "integral over the densities",
                expected: "log-densities that are numbers below +inf",
                found: value,
            });
        }
        Ok(value)
    }
}

/// e^a, times b, where e^(−∞) · anything is 0: the convention 0 log 0 = 0.
pub(crate) fn exp_times(a: f64, b: f64) -> f64 {
    let mass = a.exp();
    if mass == 0.0 { 0.0 } else { mass * b }
}

/// p log(p/q) − p + q, the integrand whose integral is KL, as in [`crate::kl_divergence`].
pub(crate) fn kl_integrand(log_p: f64, log_q: f64) -> f64 {
    exp_times(log_p, log_p - log_q - 1.0) + log_q.exp()
}

/// ½ p log(p/m) + ½ q log(q/m), m = (p + q)/2, the integrand of the Jensen–Shannon divergence.
pub(crate) fn js_integrand(log_p: f64, log_q: f64) -> f64 {
    // log(p/m) = log 2 − log(1 + q/p)
    let half = |a: f64, b: f64| 0.5 * exp_times(a, LN_2 - softplus(b - a));
    half(log_p, log_q) + half(log_q, log_p)
}

/// KL(p ‖ q) = ∫ p log(p/q) dx of two densities given by their logarithms, in nats, 0 to +∞.
///
/// By the trapezoid rule on `grid`, which must cover both densities: mass outside is not seen.
/// A density that is zero has the logarithm −∞. Working with logarithms keeps tails alive where
/// the densities themselves underflow.
///
/// # Errors
///
/// If the grid is empty or reversed, or a log-density is NaN or +∞.
pub fn kl_of_densities(
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    grid: Grid,
) -> Result<f64> {
    let value = grid.integrate_pair(&log_p, &log_q, kl_integrand)?;
    Ok(value.max(0.0))
}

/// The Jensen–Shannon divergence of two densities given by their logarithms, in nats, 0 to log 2.
///
/// ½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q)/2, by the trapezoid rule on `grid`, which must cover
/// both densities. A density that is zero has the logarithm −∞.
///
/// # Errors
///
/// As [`kl_of_densities`].
pub fn js_of_densities(
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    grid: Grid,
) -> Result<f64> {
    let value = grid.integrate_pair(&log_p, &log_q, js_integrand)?;
    Ok(value.max(0.0))
}

/// The total variation ½ ∫ |p − q| dx of two densities given by their logarithms, 0 to 1.
///
/// By the trapezoid rule on `grid`; |p − q| has kinks, so the error falls with the square of the
/// step only.
///
/// # Errors
///
/// As [`kl_of_densities`].
pub fn total_variation_of_densities(
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    grid: Grid,
) -> Result<f64> {
    grid.integrate_pair(&log_p, &log_q, |p, q| 0.5 * (p.exp() - q.exp()).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { low: -30.0, high: 30.0, intervals: 600 };

    #[test]
    fn quadrature_equals_the_closed_form() {
        for (m1, s1, m2, s2) in [(0.0, 1.0, 0.0, 1.0), (1.0, 0.7, -0.5, 2.0), (-2.0, 1.5, 2.0, 0.9)]
        {
            let exact = kl_of_normals(m1, s1, m2, s2).unwrap();
            let numeric = kl_of_densities(
                |x| normal_log_density(x, m1, s1),
                |x| normal_log_density(x, m2, s2),
                GRID,
            )
            .unwrap();
            assert!((exact - numeric).abs() < 1e-12, "{exact} {numeric}");
        }
    }

    #[test]
    fn divergences_of_far_densities_reach_their_bounds() {
        let near = |x: f64| normal_log_density(x, -15.0, 0.5);
        let far = |x: f64| normal_log_density(x, 15.0, 0.5);
        assert!((js_of_densities(near, far, GRID).unwrap() - LN_2).abs() < 1e-12);
        assert!((total_variation_of_densities(near, far, GRID).unwrap() - 1.0).abs() < 1e-12);
        // (30 / 0.5)² / 2, although q underflows where p lives.
        assert!((kl_of_densities(near, far, GRID).unwrap() - 1800.0).abs() < 1e-9);
    }

    #[test]
    fn kl_is_infinite_where_q_has_no_support() {
        let uniform = |x: f64| if (0.0..=1.0).contains(&x) { 0.0 } else { f64::NEG_INFINITY };
        let normal = |x: f64| normal_log_density(x, 0.0, 1.0);
        assert_eq!(kl_of_densities(normal, uniform, GRID).unwrap(), f64::INFINITY);
        assert!(kl_of_densities(uniform, normal, GRID).unwrap().is_finite());
    }

    #[test]
    fn mixture_moments_and_tails() {
        let two = NormalMixture {
            weights: vec![0.25, 0.75],
            means: vec![-2.0, 2.0],
            sigmas: vec![1.0, 0.5],
        };
        two.validate().unwrap();
        let (mean, sigma) = two.moments();
        let by_grid = |f: &dyn Fn(f64) -> f64| GRID.integrate(|x| two.log_density(x).exp() * f(x));
        assert!((by_grid(&|_| 1.0) - 1.0).abs() < 1e-13);
        assert!((by_grid(&|x| x) - mean).abs() < 1e-13);
        assert!((by_grid(&|x| (x - mean).powi(2)).sqrt() - sigma).abs() < 1e-13);
        assert!(two.log_density(1e6).is_finite());
    }

    #[test]
    fn bad_input_is_an_error() {
        let normal = |x: f64| normal_log_density(x, 0.0, 1.0);
        let reversed = Grid { low: 1.0, high: -1.0, intervals: 10 };
        assert!(kl_of_densities(normal, normal, reversed).is_err());
        assert!(kl_of_densities(normal, |_| f64::NAN, GRID).is_err());
        assert!(kl_of_normals(0.0, 0.0, 0.0, 1.0).is_err());
        assert!(kl_of_normals(f64::NAN, 1.0, 0.0, 1.0).is_err());
    }
}
