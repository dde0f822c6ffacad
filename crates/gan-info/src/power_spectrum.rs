//! Which waves a plane of numbers is made of, and how unlike two spectra are.

use gan_statistics::checks;
use std::f64::consts::TAU;

use crate::error::{InfoError, Result};

/// The power |X(k)|² of each wave of a `height × width` plane, row by row, after its mean was taken
/// away and its borders were faded out by Hann's window; waves that run `k₁/height` and `k₂/width`
/// turns a step. Time O(height · width · (height + width)).
///
/// # Errors
///
/// If a number is not finite or there are not `height · width`, of at least 2 each.
pub fn power_spectrum(plane: &[f64], height: usize, width: usize) -> Result<Vec<f64>> {
    if height.min(width) < 2 {
        let (what, found) = ("plane", height.min(width) as f64);
        return Err(InfoError::Parameter { what, expected: "sides of at least 2", found });
    }
    checks::same_length("plane", height.saturating_mul(width), plane.len())?;
    checks::finite("plane", plane)?;
    let mean = plane.iter().sum::<f64>() / plane.len() as f64;
    let window = |i: usize, n: usize| 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / n as f64).cos();
    let faded: Vec<(f64, f64)> = (0..plane.len())
        .map(|i| ((plane[i] - mean) * window(i / width, height) * window(i % width, width), 0.0))
        .collect();
    // Rows, then columns; each pass leaves its result transposed.
    let down = waves(&waves(&faded, height, width), width, height);
    Ok(down.iter().map(|(re, im)| re * re + im * im).collect())
}

/// The discrete Fourier transform of each row, `(rows × n)` to `(n × rows)`.
fn waves(values: &[(f64, f64)], rows: usize, n: usize) -> Vec<(f64, f64)> {
    let turns: Vec<(f64, f64)> =
        (0..n).map(|k| (-TAU * k as f64 / n as f64).sin_cos()).map(|(s, c)| (c, s)).collect();
    let mut out = Vec::with_capacity(values.len());
    for k in 0..n {
        for row in 0..rows {
            let (mut re, mut im) = (0.0, 0.0);
            for (j, (a, b)) in values[row * n..(row + 1) * n].iter().enumerate() {
                let (c, s) = turns[j * k % n];
                re += a * c - b * s;
                im += a * s + b * c;
            }
            out.push((re, im));
        }
    }
    out
}

/// How far apart two spectra are in decibels: the root of the mean of `(10 log₁₀ aₖ/bₖ)²` over all
/// waves but the first, which is the mean's.
///
/// # Errors
///
/// If the lengths differ or are below 2, or a power is not above 0.
pub fn spectral_distance(a: &[f64], b: &[f64]) -> Result<f64> {
    checks::same_length("b", a.len(), b.len())?;
    for (what, spectrum) in [("a", a), ("b", b)] {
        checks::samples(what, spectrum, 1, 2)?;
        if let Some(index) = spectrum.iter().skip(1).position(|v| *v <= 0.0) {
            let (index, expected) = (index + 1, "a power above 0");
            return Err(InfoError::Value { what, expected, found: spectrum[index], index });
        }
    }
    let squares = a.iter().zip(b).skip(1).map(|(a, b)| (10.0 * (a / b).log10()).powi(2));
    Ok((squares.sum::<f64>() / (a.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_peak_at_its_number() {
        let (height, width) = (12, 15);
        let plane: Vec<f64> = (0..height * width)
            .map(|i| {
                let (y, x) = ((i / width) as f64, (i % width) as f64);
                7.0 + (TAU * (3.0 * y / 12.0 + 4.0 * x / 15.0)).cos()
            })
            .collect();
        let power = power_spectrum(&plane, height, width).unwrap();
        let at = |k1: usize, k2: usize| power[k1 * width + k2];
        // A cosine of weight w(y)·w(x): half its windows' sum, 12/2 · 15/2 · 1/2, squared.
        assert!((at(3, 4) - (6.0f64 * 7.5 / 2.0).powi(2)).abs() < 1e-9, "{}", at(3, 4));
        assert!((at(9, 11) - at(3, 4)).abs() < 1e-9, "a real plane's spectrum is symmetric");
        assert!(at(6, 0) < 1e-9);
    }

    #[test]
    fn distances_are_in_decibels() {
        let a = [1.0, 10.0, 100.0];
        assert_eq!(spectral_distance(&a, &a).unwrap(), 0.0);
        let louder: Vec<f64> = a.iter().map(|v| v * 10.0).collect();
        assert!((spectral_distance(&louder, &a).unwrap() - 10.0).abs() < 1e-12);
        assert!(spectral_distance(&a, &[1.0, 0.0, 1.0]).is_err());
        assert!(spectral_distance(&a, &a[..2]).is_err());
        assert!(power_spectrum(&[1.0; 3], 1, 3).is_err());
        assert!(power_spectrum(&[1.0; 5], 2, 3).is_err());
    }
}
