//! Minimization without gradients, of functions of two variables.

/// Nelder and Mead's simplex in the plane ("A simplex method for function minimization", 1965).
///
/// Stops when the corners' values and places agree to about 10⁻¹⁴ and 10⁻⁹, or after `limit`
/// steps. Values that are NaN count as +∞. Returns the best place and its value.
pub fn nelder_mead(
    f: impl Fn([f64; 2]) -> f64,
    start: [f64; 2],
    step: [f64; 2],
    limit: usize,
) -> ([f64; 2], f64) {
    let value = |at: [f64; 2]| {
        let v = f(at);
        if v.is_nan() { f64::INFINITY } else { v }
    };
    let mut corners = [start, [start[0] + step[0], start[1]], [start[0], start[1] + step[1]]]
        .map(|at| (at, value(at)));
    for _ in 0..limit {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let [best, second, worst] = corners;
        let width = (0..2).fold(0.0, |w: f64, i| {
            w.max((best.0[i] - worst.0[i]).abs()).max((best.0[i] - second.0[i]).abs())
        });
        if width < 1e-9 && (worst.1 - best.1).abs() <= 1e-14 * (1.0 + best.1.abs()) {
            break;
        }
        let toward = |t: f64| {
            let at = [0, 1].map(|i| {
                let middle = 0.5 * (best.0[i] + second.0[i]);
                middle + t * (worst.0[i] - middle)
            });
            (at, value(at))
        };
        let reflected = toward(-1.0);
        let replacement = if reflected.1 < best.1 {
            let expanded = toward(-2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < second.1 {
            reflected
        } else {
            let contracted = toward(if reflected.1 < worst.1 { -0.5 } else { 0.5 });
            if contracted.1 < worst.1.min(reflected.1) {
                contracted
            } else {
                // Shrink towards the best corner.
                let halved = |c: ([f64; 2], f64)| {
                    let at = [0, 1].map(|i| 0.5 * (best.0[i] + c.0[i]));
                    (at, value(at))
                };
                corners = [best, halved(second), halved(worst)];
                continue;
            }
        };
        corners[2] = replacement;
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_of_rosenbrocks_valley() {
        let valley = |[x, y]: [f64; 2]| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2);
        let (at, value) = nelder_mead(valley, [-1.2, 1.0], [0.5, 0.5], 1000);
        assert!((at[0] - 1.0).abs() < 1e-6 && (at[1] - 1.0).abs() < 1e-6 && value < 1e-12);
    }

    #[test]
    fn walks_away_from_nan() {
        let f = |[x, y]: [f64; 2]| if x < 0.0 { f64::NAN } else { (x - 1.0).powi(2) + y * y };
        assert!(nelder_mead(f, [0.1, 1.0], [-0.5, 0.5], 1000).1 < 1e-12);
    }
}
