//! The mean and the covariance of samples.

use faer::Mat;

use crate::checks;
use crate::error::Result;

/// The mean and the covariance of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// `dim` numbers.
    pub mean: Vec<f64>,
    /// `dim · dim` numbers, row by row; exactly symmetric.
    pub covariance: Vec<f64>,
}

/// The mean and the covariance Σ (x − μ)(x − μ)ᵀ / (n − ddof) of samples of `dim` numbers each.
///
/// `ddof` 1 is the unbiased covariance of `numpy.cov`, which FID uses; 0 is maximum likelihood.
/// Two passes: the mean is taken out first, so large means cost no digits.
///
/// # Errors
///
/// If a number is not finite, the length is no multiple of `dim`, or there are not more than
/// `ddof` samples.
pub fn sample_moments(samples: &[f64], dim: usize, ddof: usize) -> Result<Moments> {
    let n = checks::samples("samples", samples, dim, ddof.saturating_add(1))?;
    let mut mean = vec![0.0; dim];
    for sample in samples.chunks_exact(dim) {
        for (total, value) in mean.iter_mut().zip(sample) {
            *total += value;
        }
    }
    mean.iter_mut().for_each(|m| *m /= n as f64);
    let scale = ((n - ddof) as f64).sqrt().recip();
    let centered = Mat::from_fn(dim, n, |j, i| (samples[i * dim + j] - mean[j]) * scale);
    let product = &centered * centered.transpose();
    // One triangle for both: the two may differ in the last bit.
    let covariance = (0..dim * dim)
        .map(|cell| {
            let (i, j) = (cell / dim, cell % dim);
            product[(i.max(j), i.min(j))]
        })
        .collect();
    Ok(Moments { mean, covariance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        let two = sample_moments(&[1e9, 1.0, 1e9 + 2.0, 5.0], 2, 1).unwrap();
        assert_eq!(two.mean, [1e9 + 1.0, 3.0]);
        for (found, exact) in two.covariance.iter().zip([2.0, 4.0, 4.0, 8.0]) {
            assert!((found - exact).abs() < 1e-14);
        }
        assert!(sample_moments(&[1.0, 2.0], 2, 1).is_err());
        assert!(sample_moments(&[1.0, 2.0], 2, 0).is_ok());
    }
}
