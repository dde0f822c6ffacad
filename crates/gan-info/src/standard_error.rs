//! The mean of a few runs and how well it is known.

use crate::checks;
use crate::error::Result;

/// The mean of `values` and its standard error, `s/√n` with s the unbiased standard deviation;
/// the error of a single value is NaN, for nothing is known of it.
///
/// # Errors
///
/// Where there is no value.
pub fn mean_and_standard_error(values: &[f64]) -> Result<(f64, f64)> {
    checks::not_empty("values", values)?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Ok((mean, (squares / (n - 1.0) / n).sqrt()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Variance 2.5 over five values: √(2.5/5).
        let (mean, error) = mean_and_standard_error(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((mean - 3.0).abs() < 1e-15 && (error - 0.5f64.sqrt()).abs() < 1e-15);
        assert!(mean_and_standard_error(&[7.0]).unwrap().1.is_nan());
        assert!(mean_and_standard_error(&[]).is_err());
    }
}
