//! The minimum of a smooth function of many variables: L-BFGS (Nocedal and Wright, Numerical
//! Optimization, 2006, algorithms 7.4 and 3.1).

use std::collections::VecDeque;

/// Pairs of steps and gradient changes that are kept.
const MEMORY: usize = 10;
/// Sufficient decrease (equation 3.4 there).
const DECREASE: f64 = 1e-4;
/// The gradient's length relative to that at the start, at which it is done.
const TOLERANCE: f64 = 1e-6;

/// A function's value and gradient, or what went wrong in it.
pub type Objective<'a, E> = dyn Fn(&[f64]) -> Result<(f64, Vec<f64>), E> + 'a;

/// Where the search ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// The place.
    pub at: Vec<f64>,
    /// The gradient's length there, relative to that at the start.
    pub slope: f64,
}

/// Searches the minimum from `at`, with at most so many evaluations, until the gradient is 10⁻⁶ of what
/// it was at the start.
///
/// # Errors
///
/// Those of `f`.
pub fn lbfgs<E>(f: &Objective<'_, E>, mut at: Vec<f64>, evaluations: usize) -> Result<Minimum, E> {
    let (mut value, mut gradient) = f(&at)?;
    let start = dot(&gradient, &gradient).sqrt();
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    let mut used = 1;
    loop {
        let slope = dot(&gradient, &gradient).sqrt() / start.max(f64::MIN_POSITIVE);
        if slope <= TOLERANCE || used >= evaluations {
            return Ok(Minimum { at, slope });
        }
        let mut direction = descent(&gradient, &pairs);
        let mut along = dot(&direction, &gradient);
        if along >= 0.0 {
            // Rounding spoilt the memory: begin again with the steepest descent.
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            along = -dot(&gradient, &gradient);
        }
        // The first step has no scale to go by.
        let mut step = if pairs.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let next = loop {
            let place: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| a + step * d).collect();
            let (found, slopes) = f(&place)?;
            used += 1;
            if found <= value + DECREASE * step * along {
                break Some((place, found, slopes));
            }
            step *= 0.5;
            if used >= evaluations || step < 1e-12 {
                break None;
            }
        };
        let Some((place, found, slopes)) = next else { return Ok(Minimum { at, slope }) };
        let moved = minus(&place, &at);
        let changed = minus(&slopes, &gradient);
        let curvature = dot(&moved, &changed);
        if curvature > 1e-12 * dot(&changed, &changed).max(f64::MIN_POSITIVE) {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((moved, changed, curvature.recip()));
        }
        (at, value, gradient) = (place, found, slopes);
    }
}

/// Minus the gradient times the approximate inverse Hessian: the two-loop recursion.
fn descent(gradient: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut shares = Vec::with_capacity(pairs.len());
    for (s, y, rho) in pairs.iter().rev() {
        let share = rho * dot(s, &q);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= share * y);
        shares.push(share);
    }
    if let Some((_, y, rho)) = pairs.back() {
        let scale = 1.0 / (rho * dot(y, y));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((s, y, rho), share) in pairs.iter().zip(shares.iter().rev()) {
        let back = rho * dot(y, &q);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (share - back) * s);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_valley_and_a_steep_bowl() {
        // Rosenbrock's function, with its minimum 0 at (1, 1).
        let valley = |x: &[f64]| -> Result<_, ()> {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let gradient = vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
            Ok((a * a + 100.0 * b * b, gradient))
        };
        let found = lbfgs(&valley, vec![-1.2, 1.0], 500).unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 1e-4);
        assert!(found.slope <= TOLERANCE);
        let bowl = |x: &[f64]| -> Result<_, ()> {
            let value = x.iter().enumerate().map(|(i, v)| 0.5 * (1 + i * i) as f64 * v * v).sum();
            Ok((value, x.iter().enumerate().map(|(i, v)| (1 + i * i) as f64 * v).collect()))
        };
        let found = lbfgs(&bowl, vec![1.0; 30], 400).unwrap();
        assert!(found.at.iter().all(|v| v.abs() < 1e-3) && found.slope <= TOLERANCE);
        // At the minimum already: nothing moves.
        assert_eq!(lbfgs(&bowl, vec![0.0; 3], 5).unwrap().at, [0.0; 3]);
    }
}
