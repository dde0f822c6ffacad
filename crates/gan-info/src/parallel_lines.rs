//! The parallel lines of the WGAN paper: of five divergences only one says where to go.

use gan_statistics::checks;
use std::f64::consts::LN_2;

use crate::error::Result;

/// A divergence as a function of θ, at one θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueAndGradient {
    /// The divergence; may be infinite.
    pub value: f64,
    /// Its derivative with respect to θ; `None` where there is none (a jump, a kink, infinity).
    pub gradient: Option<f64>,
}

/// Five divergences between the lines at 0 and at θ; see [`parallel_lines`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParallelLines {
    /// KL(P₀ ‖ P_θ), in nats.
    pub kl: ValueAndGradient,
    /// KL(P_θ ‖ P₀), in nats.
    pub reverse_kl: ValueAndGradient,
    /// JSD(P₀, P_θ), in nats.
    pub js: ValueAndGradient,
    /// TV(P₀, P_θ), from 0 to 1.
    pub total_variation: ValueAndGradient,
    /// W(P₀, P_θ), the earth mover's distance, in the unit of θ.
    pub earth_mover: ValueAndGradient,
}

/// The divergences between P₀, the law of (0, Z), and P_θ, the law of (θ, Z), Z uniform on [0, 1].
///
/// arXiv 1701.07875, example 1: for θ ≠ 0 the lines share no point, so KL = +∞ both ways,
/// JSD = log 2 and TV = 1 whatever θ; W = |θ|, whose gradient sign θ alone leads to 0. At θ = 0
/// all are 0; the first four jump there and W has a kink, so none has a gradient.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// let lines = gan_info::parallel_lines(-0.3)?;
/// assert_eq!(lines.earth_mover.gradient, Some(-1.0)); // descend: θ must grow
/// assert_eq!(lines.js.gradient, Some(0.0)); // no direction at all
/// assert_eq!(lines.kl.gradient, None); // infinite
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If θ is not finite.
pub fn parallel_lines(theta: f64) -> Result<ParallelLines> {
    checks::finite_number("theta", theta)?;
    let apart = theta != 0.0;
    let constant = |value: f64, gradient: Option<f64>| ValueAndGradient {
        value: if apart { value } else { 0.0 },
        gradient: gradient.filter(|_| apart),
    };
    Ok(ParallelLines {
        kl: constant(f64::INFINITY, None),
        reverse_kl: constant(f64::INFINITY, None),
        js: constant(LN_2, Some(0.0)),
        total_variation: constant(1.0, Some(0.0)),
        earth_mover: constant(theta.abs(), Some(theta.signum())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{js_divergence, kl_divergence, optimal_transport, total_variation};

    const POINTS: usize = 16;

    /// The same five numbers from this crate's general functions, each line cut into points.
    fn measured(theta: f64) -> [f64; 5] {
        let line = |at: f64| (0..POINTS).map(move |i| (at, (i as f64 + 0.5) / POINTS as f64));
        let zero: Vec<(f64, f64)> = line(0.0).collect();
        let moved: Vec<(f64, f64)> = line(theta).collect();
        let mut support = zero.clone();
        support.extend(moved.iter().filter(|m| !zero.contains(m)));
        let mass = 1.0 / POINTS as f64;
        let table = |line: &[(f64, f64)]| -> Vec<f64> {
            support.iter().map(|s| if line.contains(s) { mass } else { 0.0 }).collect()
        };
        let (p, q) = (table(&zero), table(&moved));
        let cost: Vec<f64> = zero
            .iter()
            .flat_map(|a| moved.iter().map(move |b| (a.0 - b.0).hypot(a.1 - b.1)))
            .collect();
        let uniform = [mass; POINTS];
        [
            kl_divergence(&p, &q).unwrap(),
            kl_divergence(&q, &p).unwrap(),
            js_divergence(&p, &q).unwrap(),
            total_variation(&p, &q).unwrap(),
            optimal_transport(&uniform, &uniform, &cost).unwrap().cost,
        ]
    }

    #[test]
    fn closed_forms_equal_the_general_functions() {
        let same = |a: f64, b: f64| a == b || (a - b).abs() < 1e-12;
        for theta in [-1.0, -0.25, 0.0, 0.1, 2.0] {
            let lines = parallel_lines(theta).unwrap();
            let values = [
                lines.kl.value,
                lines.reverse_kl.value,
                lines.js.value,
                lines.total_variation.value,
                lines.earth_mover.value,
            ];
            for (closed, general) in values.into_iter().zip(measured(theta)) {
                assert!(same(closed, general), "theta {theta}: {closed} {general}");
            }
        }
    }

    #[test]
    fn only_the_earth_mover_has_a_gradient_that_leads_home() {
        let step = 1e-6;
        for theta in [-1.0, -0.25, 0.1, 2.0] {
            let lines = parallel_lines(theta).unwrap();
            let (before, after) = (measured(theta - step), measured(theta + step));
            let slope = |i: usize| (after[i] - before[i]) / (2.0 * step);
            assert!(slope(0).is_nan() && lines.kl.gradient.is_none());
            assert!(slope(1).is_nan() && lines.reverse_kl.gradient.is_none());
            assert_eq!(lines.js.gradient, Some(slope(2)));
            assert_eq!(lines.total_variation.gradient, Some(slope(3)));
            let descent = lines.earth_mover.gradient.unwrap();
            assert!((descent - slope(4)).abs() < 1e-6);
            assert!((theta - 0.01 * descent).abs() < theta.abs());
        }
    }

    #[test]
    fn nothing_has_a_gradient_at_zero_and_nan_is_refused() {
        let lines = parallel_lines(0.0).unwrap();
        assert_eq!((lines.earth_mover.value, lines.earth_mover.gradient), (0.0, None));
        assert_eq!((lines.js.value, lines.js.gradient), (0.0, None));
        assert!(parallel_lines(f64::NAN).is_err());
    }
}
