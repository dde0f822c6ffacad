//! Sums of numbers given by their logarithms, without overflow or underflow.

use crate::error::{Result, StatisticsError};

/// log (1/n) Σ exp(xᵢ): the mean of n numbers given by their logarithms, as a logarithm.
///
/// −∞ stands for zero. This is the estimate of importance sampling: the mean of weights whose
/// logarithms are known. By Jensen's inequality at least the mean of the xᵢ.
///
/// ```
/// # fn main() -> Result<(), gan_statistics::StatisticsError> {
/// let mean = gan_statistics::log_mean_exp(&[-1000.0, -1000.0 + 3f64.ln()])?;
/// assert!((mean - (-1000.0 + 2f64.ln())).abs() < 1e-12);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If there is no value, or one is NaN or +∞.
pub fn log_mean_exp(values: &[f64]) -> Result<f64> {
    crate::checks::not_empty("logarithms", values)?;
    if let Some(index) = values.iter().position(|v| v.is_nan() || *v == f64::INFINITY) {
        let expected = "a logarithm: a finite number or −∞";
        return Err(StatisticsError::Value {
            what: "logarithms",
            expected,
            found: values[index],
            index,
        });
    }
    let mut sum = LogSum::default();
    values.iter().for_each(|v| sum.add(*v));
    Ok(sum.value() - (values.len() as f64).ln())
}

/// log Σ exp(xᵢ) of numbers that come one by one; −∞ of none.
#[derive(Debug, Clone, Copy)]
pub struct LogSum {
    largest: f64,
    /// Σ exp(xᵢ − largest).
    scaled: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, scaled: 0.0 }
    }
}

impl LogSum {
    /// Adds a number given by its logarithm; −∞ stands for zero.
    pub fn add(&mut self, x: f64) {
        if x == f64::NEG_INFINITY {
            return;
        }
        if x <= self.largest {
            self.scaled += (x - self.largest).exp();
        } else {
            self.scaled = self.scaled * (self.largest - x).exp() + 1.0;
            self.largest = x;
        }
    }

    /// The sum so far, as a logarithm.
    pub fn value(&self) -> f64 {
        self.largest + self.scaled.ln()
    }
}

/// log(1 + eˣ) without overflow.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// 1/(1 + e⁻ˣ) without overflow.
pub fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_count_and_nothing_overflows() {
        let none = f64::NEG_INFINITY;
        assert_eq!(log_mean_exp(&[none, none]).unwrap(), none);
        assert!((log_mean_exp(&[none, 4f64.ln()]).unwrap() - 2f64.ln()).abs() < 1e-15);
        assert!((log_mean_exp(&[1e4, 1e4]).unwrap() - 1e4).abs() < 1e-9);
        // Rising and falling orders agree.
        let up = log_mean_exp(&[-3.0, 0.5, 2.0]).unwrap();
        assert!((up - log_mean_exp(&[2.0, 0.5, -3.0]).unwrap()).abs() < 1e-15);
        let exact = ((-3f64).exp() + 0.5f64.exp() + 2f64.exp()).ln() - 3f64.ln();
        assert!((up - exact).abs() < 1e-15);
    }

    #[test]
    fn softplus_is_the_integral_of_sigmoid() {
        for x in [-40.0, -3.0, -1e-3, 0.0, 0.7, 12.0, 700.0] {
            let slope = (softplus(x + 1e-6) - softplus(x - 1e-6)) / 2e-6;
            assert!((slope - sigmoid(x)).abs() < 1e-7, "{x}");
        }
        assert_eq!((softplus(1e6), sigmoid(-1e6)), (1e6, 0.0));
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(log_mean_exp(&[]).is_err());
        assert!(log_mean_exp(&[0.0, f64::NAN]).is_err());
        assert!(log_mean_exp(&[f64::INFINITY]).is_err());
    }
}
