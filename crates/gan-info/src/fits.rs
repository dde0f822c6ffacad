//! One normal fitted to several modes: which divergence covers them and which picks one.

use gan_statistics::nelder_mead;

use crate::density::{Grid, NormalMixture, js_integrand, kl_integrand, normal_log_density};
use crate::error::{InfoError, Result};

/// What a fit minimizes over the normals q, given the data's law p.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitObjective {
    /// KL(p ‖ q), maximum likelihood: q must have mass wherever p has, so it covers all modes.
    ForwardKl,
    /// KL(q ‖ p): q must have no mass where p has none, so it seeks one mode.
    ReverseKl,
    /// JSD(p, q), what the generator of arXiv 1406.2661 minimizes (theorem 1): between the two.
    JensenShannon,
}

/// The best normal of one objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalFit {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub sigma: f64,
    /// The divergence that is left, in nats.
    pub divergence: f64,
}

/// The normal N(μ, σ²) that minimizes a divergence to a mixture of normals.
///
/// Nelder–Mead over (μ, log σ) on integrals by the trapezoid rule, started from the moments of
/// the mixture and from each mode; the best end counts (of equal ones, as symmetric mixtures have,
/// the first, so the earlier mode). The forward fit has a closed form, the moments of the mixture
/// (the score equations of maximum likelihood), and is minimized numerically all the same: the
/// same code for all three shows that it is the objective alone that makes the difference.
/// Accurate to about 10⁻⁶ in the parameters, 10⁻¹⁰ in the divergence.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{FitObjective, NormalMixture, fit_normal};
/// let modes = NormalMixture { weights: vec![0.5; 2], means: vec![-3.0, 3.0], sigmas: vec![0.8; 2] };
/// let covering = fit_normal(&modes, FitObjective::ForwardKl)?;
/// let seeking = fit_normal(&modes, FitObjective::ReverseKl)?;
/// assert!(covering.mean.abs() < 1e-5 && covering.sigma > 3.0); // between the modes, and wide
/// assert!(seeking.mean < -2.9 && seeking.sigma < 0.9); // on one of them, and as narrow
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the mixture is not valid, or so wide for its narrowest mode that the integrals would need
/// more than 200,000 steps.
pub fn fit_normal(mixture: &NormalMixture, objective: FitObjective) -> Result<NormalFit> {
    mixture.validate()?;
    let objective_grid = FitGrid::new(mixture)?;
    let log_p = |x: f64| mixture.log_density(x);
    let divergence = |[mean, log_sigma]: [f64; 2]| {
        let sigma = log_sigma.exp();
        let log_q = |x: f64| normal_log_density(x, mean, sigma);
        let integrand = |x: f64| match objective {
            FitObjective::ForwardKl => kl_integrand(log_p(x), log_q(x)),
            FitObjective::ReverseKl => kl_integrand(log_q(x), log_p(x)),
            FitObjective::JensenShannon => js_integrand(log_p(x), log_q(x)),
        };
        objective_grid.around(mean, sigma).map_or(f64::INFINITY, |grid| grid.integrate(integrand))
    };
    let whole = mixture.moments();
    let modes = mixture.means.iter().copied().zip(mixture.sigmas.iter().copied());
    let mut best: Option<NormalFit> = None;
    for (mean, sigma) in std::iter::once(whole).chain(modes) {
        // A normal that starts exactly on a symmetry would stay on it; a step breaks it.
        let step = [0.25 * sigma, 0.25];
        let ([mean, log_sigma], value) = nelder_mead(divergence, [mean, sigma.ln()], step, 500);
        // Less than this apart two minima count as equal: rounding must not choose.
        if best.is_none_or(|b| value < b.divergence - 1e-10) {
            best = Some(NormalFit { mean, sigma: log_sigma.exp(), divergence: value.max(0.0) });
        }
    }
    best.filter(|b| b.divergence.is_finite())
        .ok_or(InfoError::Unfinished { what: "fit of a normal", limit: 500 })
}

/// What the integrals must cover and resolve for one mixture.
struct FitGrid {
    low: f64,
    high: f64,
    finest: f64,
}

/// Beyond this many σ a normal is below 10⁻³¹ of its height.
const REACH: f64 = 12.0;
/// Steps within the narrowest σ: the log of a mixture bends faster than a normal does.
const STEPS_PER_SIGMA: f64 = 16.0;
const MOST_STEPS: f64 = 200_000.0;

impl FitGrid {
    fn new(mixture: &NormalMixture) -> Result<Self> {
        let edges = |sign: f64| {
            let edge = move |(m, s): (&f64, &f64)| m + sign * REACH * s;
            mixture.means.iter().zip(&mixture.sigmas).map(edge)
        };
        let grid = Self {
            low: edges(-1.0).fold(f64::INFINITY, f64::min),
            high: edges(1.0).fold(f64::NEG_INFINITY, f64::max),
            finest: mixture.sigmas.iter().copied().fold(f64::INFINITY, f64::min),
        };
        let steps = (grid.high - grid.low) / grid.finest * STEPS_PER_SIGMA;
        if steps > MOST_STEPS {
            return Err(InfoError::Parameter {
                what: "range of the mixture over its narrowest sigma",
                expected: "at most 12500",
                found: steps / STEPS_PER_SIGMA,
            });
        }
        Ok(grid)
    }

    /// A grid for the mixture and one normal; none if the optimizer went absurdly far.
    fn around(&self, mean: f64, sigma: f64) -> Option<Grid> {
        let low = self.low.min(mean - REACH * sigma);
        let high = self.high.max(mean + REACH * sigma);
        let steps = (high - low) / self.finest.min(sigma) * STEPS_PER_SIGMA;
        (steps <= 10.0 * MOST_STEPS).then(|| Grid { low, high, intervals: (steps as usize).max(1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_modes(weight: f64, distance: f64, sigma: f64) -> NormalMixture {
        NormalMixture {
            weights: vec![weight, 1.0 - weight],
            means: vec![-distance, distance],
            sigmas: vec![sigma; 2],
        }
    }

    #[test]
    fn maximum_likelihood_matches_the_moments() {
        let mixture = two_modes(0.3, 2.0, 0.7);
        let fit = fit_normal(&mixture, FitObjective::ForwardKl).unwrap();
        let (mean, sigma) = mixture.moments();
        assert!((fit.mean - mean).abs() < 1e-6 && (fit.sigma - sigma).abs() < 1e-6);
    }

    #[test]
    fn a_single_mode_is_recovered_by_all() {
        let one = two_modes(1.0, 1.5, 0.4);
        for objective in
            [FitObjective::ForwardKl, FitObjective::ReverseKl, FitObjective::JensenShannon]
        {
            let fit = fit_normal(&one, objective).unwrap();
            assert!((fit.mean + 1.5).abs() < 1e-6 && (fit.sigma - 0.4).abs() < 1e-6, "{fit:?}");
            assert!(fit.divergence < 1e-12);
        }
    }

    #[test]
    fn reverse_kl_seeks_the_heavier_mode() {
        let fit = fit_normal(&two_modes(0.3, 4.0, 0.5), FitObjective::ReverseKl).unwrap();
        assert!((fit.mean - 4.0).abs() < 1e-3 && (fit.sigma - 0.5).abs() < 1e-3);
        // Sitting on one mode of weight w costs log 1/w.
        assert!((fit.divergence + 0.7f64.ln()).abs() < 1e-3);
    }

    #[test]
    fn bad_mixtures_are_refused() {
        let mut wrong = two_modes(0.5, 1.0, 1.0);
        wrong.sigmas[0] = 0.0;
        assert!(fit_normal(&wrong, FitObjective::ForwardKl).is_err());
        assert!(fit_normal(&two_modes(0.5, 1e9, 1.0), FitObjective::ForwardKl).is_err());
        wrong.weights.pop();
        assert!(fit_normal(&wrong, FitObjective::ReverseKl).is_err());
    }
}
