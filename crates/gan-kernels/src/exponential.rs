//! The exponential function and its kin in single precision, in plain arithmetic that compilers
//! make vectors of. Every instruction set gives the same bits: nothing here fuses.
//!
//! Range reduction and polynomials are those of Cephes' `expf` and `tanhf` (S. L. Moshier);
//! a property test holds the error below 2 units in the last place.

/// `eˣ` for `x ≤ 0`; NaN stays NaN.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the last bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    // Below this eˣ is zero. Written so that NaN stays NaN.
    let x = if x < -104.0 { -104.0 } else { x };
    // x = n·ln 2 + r with |r| ≤ ln 2 / 2, in two parts so that nothing cancels.
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = p * r + c;
    }
    let e = p * (r * r) + r + 1.0;
    // 2ⁿ as a product of two powers, since n may lie below what an exponent holds.
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    e * power(half) * power(n.wrapping_sub(half))
}

/// `ln(1 + u)` for `u` in `[0, 1]`, as 2·artanh(u/(2+u)); exact to rounding near zero too.
#[inline(always)]
pub(crate) fn ln_1p_of_share(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let z = s * s;
    let mut p = 1.0 / 15.0;
    for k in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        p = p * z + 1.0 / k;
    }
    2.0 * s + 2.0 * s * (z * p)
}

/// Hyperbolic tangent; NaN stays NaN.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let z = x * x;
    let mut p = -5.704_989e-3;
    for c in [2.063_909e-2, -5.373_971_6e-2, 0.133_314_42, -0.333_332_8] {
        p = p * z + c;
    }
    let near = p * z * x + x;
    // 1 − 2/(e^{2|x|} + 1), with the exponential of what is negative.
    let e = exp_of_negative(-2.0 * x.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place of `exact` between it and `ours`.
    fn error(ours: f32, exact: f64) -> f64 {
        let unit = f64::from(f32::from_bits((exact as f32).abs().to_bits() + 1))
            - f64::from((exact as f32).abs());
        (f64::from(ours) - exact).abs() / unit
    }

    /// Every 97th single-precision number up to 120.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..120f32.to_bits()).step_by(97).map(f32::from_bits)
    }

    #[test]
    fn errors_are_below_two_units_in_the_last_place() {
        let mut worst = [0f64; 3];
        for x in numbers() {
            let wide = f64::from(x);
            let mut see = |at: usize, ours, exact| worst[at] = worst[at].max(error(ours, exact));
            see(0, exp_of_negative(-x), (-wide).exp());
            see(1, tanh(x), wide.tanh());
            if x <= 1.0 {
                see(2, ln_1p_of_share(x), wide.ln_1p());
            }
            assert_eq!(tanh(-x), -tanh(x));
        }
        assert!(worst.iter().all(|w| *w < 2.0), "exp, tanh, ln(1 + u): {worst:?}");
    }

    #[test]
    fn ends_and_what_is_no_number() {
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert_eq!([exp_of_negative(-1e30), exp_of_negative(f32::NEG_INFINITY)], [0.0; 2]);
        assert_eq!([tanh(1e30), tanh(f32::INFINITY), tanh(-1e30)], [1.0, 1.0, -1.0]);
        assert_eq!([ln_1p_of_share(0.0), tanh(0.0)], [0.0; 2]);
        let nan = [exp_of_negative(f32::NAN), tanh(f32::NAN), ln_1p_of_share(f32::NAN)];
        assert!(nan.iter().all(|v| v.is_nan()), "{nan:?}");
    }
}
