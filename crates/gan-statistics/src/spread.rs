//! The mean of a few values, how far they spread and how well the mean is known.

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
    let (mean, variance) = mean_and_variance(values);
    Ok((mean, (variance / values.len() as f64).sqrt()))
}

/// The mean and the standard deviation with n − 1 below; both NaN of none, the deviation NaN of one.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let (mean, variance) = mean_and_variance(values);
    (mean, if values.len() > 1 { variance.sqrt() } else { f64::NAN })
}

/// The mean and Σ (x − mean)²/(n − 1).
fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, squares / (n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Variance 2.5 over five values: √(2.5/5).
        let (mean, error) = mean_and_standard_error(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((mean - 3.0).abs() < 1e-15 && (error - 0.5f64.sqrt()).abs() < 1e-15);
        assert!(mean_and_standard_error(&[7.0]).unwrap().1.is_nan());
        assert!(mean_and_standard_error(&[]).is_err());
        assert_eq!(mean_and_deviation(&[1.0, 2.0, 3.0]), (2.0, 1.0));
        assert!(mean_and_deviation(&[1.0]).1.is_nan() && mean_and_deviation(&[]).0.is_nan());
    }
}
