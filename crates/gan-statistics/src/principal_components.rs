//! Principal components: the linear code of a given width that loses least.

use faer::MatRef;

use crate::checks;
use crate::error::{Result, StatisticsError};
use crate::factorization::symmetric_eigen;
use crate::moments::sample_moments;

/// The directions in which samples vary most.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalComponents {
    /// What is taken away before a sample is projected, one number a dimension.
    pub mean: Vec<f64>,
    /// Directions of length 1 at right angles, row by row, the one of the largest variance first.
    pub axes: Vec<f64>,
    /// The samples' variance along each, falling.
    pub variances: Vec<f64>,
}

/// The first `width` principal components of samples of `dim` numbers each, by the eigenvectors of
/// their covariance (with n − 1). Which of its two ways an axis points is left open.
///
/// # Errors
///
/// If a number is not finite, the length is no multiple of `dim`, there are fewer than two samples,
/// or `width` is not between 1 and `dim`.
pub fn principal_components(
    samples: &[f64],
    dim: usize,
    width: usize,
) -> Result<PrincipalComponents> {
    if width == 0 || width > dim {
        let (what, expected) = ("width", "between 1 and the dimensions of a sample");
        return Err(StatisticsError::Parameter { what, expected, found: width as f64 });
    }
    let moments = sample_moments(samples, dim, 1)?;
    let covariance = MatRef::from_row_major_slice(&moments.covariance, dim, dim);
    let (values, vectors) = symmetric_eigen("covariance", covariance)?;
    // Rising: the last are the largest.
    let chosen: Vec<usize> = (dim - width..dim).rev().collect();
    let axes = chosen.iter().flat_map(|j| (0..dim).map(|i| vectors[(i, *j)])).collect();
    let variances = chosen.iter().map(|j| values[*j].max(0.0)).collect();
    Ok(PrincipalComponents { mean: moments.mean, axes, variances })
}

impl PrincipalComponents {
    /// The samples along the axes: as many numbers each as there are components.
    ///
    /// # Errors
    ///
    /// If a number is not finite or the length is no multiple of the dimensions.
    pub fn project(&self, samples: &[f64]) -> Result<Vec<f64>> {
        let dim = self.mean.len();
        checks::samples("samples", samples, dim, 1)?;
        let mut out = Vec::with_capacity(samples.len() / dim * self.variances.len());
        for sample in samples.chunks_exact(dim) {
            let centered: Vec<f64> = sample.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
            let along = |axis: &[f64]| axis.iter().zip(&centered).map(|(a, x)| a * x).sum::<f64>();
            out.extend(self.axes.chunks_exact(dim).map(along));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_ellipse() {
        // Four points: ±3 along (1, 1)/√2 and ±1 along (1, −1)/√2, around (5, −2).
        let s = 0.5f64.sqrt();
        let points: Vec<f64> = [(3.0, 0.0), (-3.0, 0.0), (0.0, 1.0), (0.0, -1.0)]
            .iter()
            .flat_map(|(a, b)| [5.0 + s * (a + b), -2.0 + s * (a - b)])
            .collect();
        let found = principal_components(&points, 2, 2).unwrap();
        assert!((found.mean[0] - 5.0).abs() < 1e-12 && (found.mean[1] + 2.0).abs() < 1e-12);
        assert!((found.variances[0] - 6.0).abs() < 1e-12);
        assert!((found.variances[1] - 2.0 / 3.0).abs() < 1e-12);
        assert!((found.axes[0].abs() - s).abs() < 1e-12);
        assert!((found.axes[0] - found.axes[1]).abs() < 1e-12);
        let one = principal_components(&points, 2, 1).unwrap();
        let along = one.project(&points).unwrap();
        assert!((along[0].abs() - 3.0).abs() < 1e-12 && along[2].abs() < 1e-12);
    }

    #[test]
    fn bad_input_is_refused() {
        let points = [1.0, 2.0, 3.0, 4.0];
        for width in [0, 3] {
            assert!(principal_components(&points, 2, width).is_err());
        }
        assert!(principal_components(&points[..2], 2, 1).is_err());
        assert!(principal_components(&points, 2, 1).unwrap().project(&points[..3]).is_err());
    }
}
