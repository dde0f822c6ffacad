//! The transforms of minimal filtering in one axis, and the same in two.
//!
//! Four results of a filter with two taps, `y[i] = d[i]·g[0] + d[i+1]·g[1]`, need five products in
//! place of eight (Toom and Cook; Winograd 1980): `y = Aᵀ((G g) ⊙ (Bᵀ d))`, with the polynomials of
//! filter and data evaluated at the points ±1/2, ±5/4 and ∞. Usual are 0, ±1, 2 and ∞; these four lie
//! evenly about zero, which leaves half of the error (see the test), and all coefficients of `Bᵀ` and
//! `Aᵀ` are exact in f32.

use crate::number::Number;

/// Results in one axis.
pub(crate) const TILE: usize = 4;
/// Products in one axis: results and taps less one.
pub(crate) const POINTS: usize = TILE + 1;
/// Products in two axes.
pub(crate) const PRODUCTS: usize = POINTS * POINTS;

const A: f64 = 0.5;
const B: f64 = 1.25;
/// `1/(2a(a² − b²))` and `1/(2b(b² − a²))`: what a polynomial's value counts in the results.
const OF_A: f64 = 1.0 / (2.0 * A * (A * A - B * B));
const OF_B: f64 = 1.0 / (2.0 * B * (B * B - A * A));

/// Several numbers that are transformed alike.
pub(crate) type Lanes<T> = [T; 8];

/// `a + b·c`, lane by lane.
#[inline(always)]
fn plus<T: Number>(a: Lanes<T>, b: Lanes<T>, c: f64) -> Lanes<T> {
    let c = T::real(c);
    std::array::from_fn(|k| a[k] + b[k] * c)
}

#[inline(always)]
fn times<T: Number>(a: Lanes<T>, c: f64) -> Lanes<T> {
    let c = T::real(c);
    a.map(|a| a * c)
}

/// `Bᵀ d`: five values that four results see.
#[inline(always)]
pub(crate) fn data<T: Number>(d: [Lanes<T>; POINTS]) -> [Lanes<T>; POINTS] {
    let (even, odd) = (plus(d[2], d[0], -B * B), plus(d[3], d[1], -B * B));
    let (even2, odd2) = (plus(d[2], d[0], -A * A), plus(d[3], d[1], -A * A));
    let last = plus(plus(d[4], d[2], -(A * A + B * B)), d[0], A * A * B * B);
    [plus(odd, even, A), plus(odd, even, -A), plus(odd2, even2, B), plus(odd2, even2, -B), last]
}

/// `G g` of two taps.
#[inline(always)]
pub(crate) fn taps<T: Number>(g: [Lanes<T>; 2]) -> [Lanes<T>; POINTS] {
    let (a, b) = (times(g[0], OF_A), times(g[0], OF_B));
    let (a1, b1) = (times(g[1], A * OF_A), times(g[1], B * OF_B));
    let one = |x: Lanes<T>, y: Lanes<T>, sign: f64| plus(times(x, sign), y, 1.0);
    [one(a, a1, 1.0), one(a, a1, -1.0), one(b, b1, 1.0), one(b, b1, -1.0), g[1]]
}

/// `Aᵀ m`: four results.
#[inline(always)]
pub(crate) fn results<T: Number>(m: [Lanes<T>; POINTS]) -> [Lanes<T>; TILE] {
    let (sa, da) = (plus(m[0], m[1], 1.0), plus(m[0], m[1], -1.0));
    let (sb, db) = (plus(m[2], m[3], 1.0), plus(m[2], m[3], -1.0));
    [
        plus(sa, sb, 1.0),
        plus(times(da, A), db, B),
        plus(times(sa, A * A), sb, B * B),
        plus(plus(m[4], da, A * A * A), db, B * B * B),
    ]
}

/// `G g` of four taps, for two results: the gradients of results, where taps are asked for.
#[inline(always)]
pub(crate) fn grads<T: Number>(g: [Lanes<T>; TILE]) -> [Lanes<T>; POINTS] {
    let (even, odd) = (plus(g[0], g[2], A * A), plus(times(g[1], A), g[3], A * A * A));
    let (even2, odd2) = (plus(g[0], g[2], B * B), plus(times(g[1], B), g[3], B * B * B));
    [
        times(plus(even, odd, 1.0), OF_A),
        times(plus(even, odd, -1.0), -OF_A),
        times(plus(even2, odd2, 1.0), OF_B),
        times(plus(even2, odd2, -1.0), -OF_B),
        g[3],
    ]
}

/// `Aᵀ m` of two results: the gradients of taps.
#[inline(always)]
pub(crate) fn tap_grads<T: Number>(m: [Lanes<T>; POINTS]) -> [Lanes<T>; 2] {
    let (sa, da) = (plus(m[0], m[1], 1.0), plus(m[0], m[1], -1.0));
    let (sb, db) = (plus(m[2], m[3], 1.0), plus(m[2], m[3], -1.0));
    [plus(sa, sb, 1.0), plus(plus(m[4], da, A), db, B)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(v: f64) -> Lanes<f64> {
        [v; 8]
    }

    fn value(seed: usize) -> f64 {
        (seed as f64 * 0.754_877_666).fract() * 2.0 - 1.0
    }

    #[test]
    fn four_results_of_two_taps() {
        let d: [f64; 5] = std::array::from_fn(|k| value(k + 1));
        let g = [value(20), value(31)];
        let (v, u) = (data(d.map(lanes)), taps(g.map(lanes)));
        let m: [Lanes<f64>; 5] = std::array::from_fn(|k| lanes(v[k][0] * u[k][0]));
        for (i, y) in results(m).into_iter().enumerate() {
            let expected = d[i] * g[0] + d[i + 1] * g[1];
            assert!((y[3] - expected).abs() < 1e-14, "{i}: {} {expected}", y[3]);
        }
    }

    #[test]
    fn gradients_of_two_taps_from_four_results() {
        let d: [f64; 5] = std::array::from_fn(|k| value(k + 1));
        let g: [f64; 4] = std::array::from_fn(|k| value(k + 40));
        let (v, u) = (data(d.map(lanes)), grads(g.map(lanes)));
        let m: [Lanes<f64>; 5] = std::array::from_fn(|k| lanes(v[k][0] * u[k][0]));
        for (tap, y) in tap_grads(m).into_iter().enumerate() {
            let expected: f64 = (0..4).map(|i| d[i + tap] * g[i]).sum();
            assert!((y[5] - expected).abs() < 1e-14, "{tap}: {} {expected}", y[5]);
        }
    }
}
