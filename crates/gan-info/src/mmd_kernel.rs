//! Kernels for the maximum mean discrepancy, and the median heuristic for their bandwidth.

use gan_statistics::checks;

use crate::error::{InfoError, Result};

/// A positive-definite kernel k(a, b) on vectors.
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    /// exp(−‖a − b‖² / (2 σ²)) with bandwidth σ, in the unit of the samples. Characteristic: the
    /// MMD is zero for equal distributions only.
    Gaussian {
        /// σ > 0.
        bandwidth: f64,
    },
    /// The mean of Gaussian kernels over several bandwidths, as in arXiv 1502.02761, section 4
    /// (there the sum): some bandwidth fits whatever the scale.
    GaussianMixture {
        /// Every σ > 0.
        bandwidths: Vec<f64>,
    },
    /// (scale · a·b + offset)^degree. KID is degree 3, scale 1/dim, offset 1 (arXiv 1801.01401,
    /// section 4).
    Polynomial {
        /// At least 1.
        degree: u32,
        /// Above 0.
        scale: f64,
        /// At least 0.
        offset: f64,
    },
    /// a·b: the MMD is the distance of the means.
    Linear,
}

impl Kernel {
    /// Checks what the fields promise.
    ///
    /// # Errors
    ///
    /// If a bandwidth or scale is not positive and finite, there is no bandwidth, the degree is
    /// zero, or the offset negative or not finite.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Gaussian { bandwidth } => Ok(checks::positive("bandwidth", *bandwidth)?),
            Self::GaussianMixture { bandwidths } => {
                checks::not_empty("bandwidths", bandwidths)?;
                Ok(bandwidths.iter().try_for_each(|b| checks::positive("bandwidth", *b))?)
            }
            Self::Polynomial { degree, scale, offset } => {
                checks::positive("kernel degree", f64::from(*degree))?;
                checks::positive("kernel scale", *scale)?;
                if *offset >= 0.0 && offset.is_finite() {
                    return Ok(());
                }
                Err(InfoError::Parameter {
                    what: "kernel offset",
                    expected: "a finite number >= 0",
                    found: *offset,
                })
            }
            Self::Linear => Ok(()),
        }
    }

    /// k(a, b); assumes a valid kernel and vectors of one length.
    pub(crate) fn of(&self, a: &[f64], b: &[f64]) -> f64 {
        let gaussian = |squared: f64, sigma: f64| (-0.5 * squared / (sigma * sigma)).exp();
        match self {
            Self::Gaussian { bandwidth } => gaussian(squared_distance(a, b), *bandwidth),
            Self::GaussianMixture { bandwidths } => {
                let squared = squared_distance(a, b);
                let sum: f64 = bandwidths.iter().map(|s| gaussian(squared, *s)).sum();
                sum / bandwidths.len() as f64
            }
            Self::Polynomial { degree, scale, offset } => {
                let base = scale * dot(a, b) + offset;
                // powi takes i32; beyond it any base but 0 and ±1 is 0 or infinite anyway.
                base.powi(i32::try_from(*degree).unwrap_or(i32::MAX))
            }
            Self::Linear => dot(a, b),
        }
    }
}

/// Four sums side by side: the compiler may use one instruction for them, and the order is fixed.
fn sum_over_pairs(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| f(*a, *b)).sum();
    let mut sums = [0.0; 4];
    for (a, b) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += f(a[lane], b[lane]);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_over_pairs(a, b, |a, b| a * b)
}

pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    sum_over_pairs(a, b, |a, b| (a - b) * (a - b))
}

/// The median Euclidean distance between all pairs of the pooled samples, a bandwidth for
/// [`Kernel::Gaussian`].
///
/// The heuristic of JMLR 13 (2012) 723, section 8 (arXiv 0805.2368 in its journal form). Exact, the
/// mean of the two middle distances when their number is even; by counting the leading bits of the
/// distances, four passes for each, in half a megabyte whatever the number of samples.
///
/// # Errors
///
/// If there are fewer than two samples together, one is not finite, a length is no multiple of
/// `dim`, or the median is 0 or infinite (most samples are equal, or too large): no bandwidth.
pub fn median_distance(x: &[f64], y: &[f64], dim: usize) -> Result<f64> {
    let at_least = usize::from(y.is_empty()) + 1;
    let mut n = checks::samples("x", x, dim, at_least)?;
    if !y.is_empty() {
        n += checks::samples("y", y, dim, 1)?;
    }
    let point = |i: usize| {
        let start = i * dim;
        if start < x.len() {
            &x[start..start + dim]
        } else {
            &y[start - x.len()..start - x.len() + dim]
        }
    };
    let count = n as u64 * (n as u64 - 1) / 2;
    let middle = |rank: u64| {
        // Bits of floats >= 0 are ordered as the floats are; settle 16 at a time.
        let (mut prefix, mut rank) = (0u64, rank);
        let mut histogram = vec![0u64; 1 << 16];
        for shift in [48, 32, 16, 0] {
            histogram.fill(0);
            for i in 0..n {
                for j in i + 1..n {
                    let bits = squared_distance(point(i), point(j)).to_bits();
                    if shift == 48 || bits >> (shift + 16) == prefix {
                        histogram[(bits >> shift) as usize & 0xffff] += 1;
                    }
                }
            }
            let mut digit = 0;
            while rank >= histogram[digit] {
                rank -= histogram[digit];
                digit += 1;
            }
            prefix = prefix << 16 | digit as u64;
        }
        f64::from_bits(prefix).sqrt()
    };
    let upper = middle(count / 2);
    let median = if count % 2 == 1 { upper } else { 0.5 * (middle(count / 2 - 1) + upper) };
    checks::positive("median distance", median)?;
    Ok(median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_few_distances() {
        // distances 1, 2, 3, 1, 2, 1
        assert_eq!(median_distance(&[0.0, 1.0], &[2.0, 3.0], 1).unwrap(), 1.5);
        assert_eq!(median_distance(&[0.0, 1.0, 5.0], &[], 1).unwrap(), 4.0);
        assert_eq!(median_distance(&[0.0, 0.0, 3.0, 4.0], &[], 2).unwrap(), 5.0);
    }

    #[test]
    fn equal_samples_have_no_bandwidth() {
        assert!(median_distance(&[1.0; 5], &[1.0; 5], 1).is_err());
        assert!(median_distance(&[1.0], &[], 1).is_err());
        assert!(median_distance(&[1.0, 2.0], &[1.0], 2).is_err());
    }

    #[test]
    fn kernels_by_hand() {
        let (a, b) = ([1.0, 2.0, 0.0, 1.0, 3.0], [0.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(Kernel::Linear.of(&a, &b), 8.0);
        let cubic = Kernel::Polynomial { degree: 3, scale: 0.5, offset: 1.0 };
        assert_eq!(cubic.of(&a, &b), 125.0);
        let gaussian = Kernel::Gaussian { bandwidth: 2.0 };
        assert!((gaussian.of(&a, &b) - (-6.0f64 / 8.0).exp()).abs() < 1e-16);
        let mixture = Kernel::GaussianMixture { bandwidths: vec![2.0, 2.0] };
        assert_eq!(mixture.of(&a, &b), gaussian.of(&a, &b));
    }

    #[test]
    fn wrong_kernels_are_refused() {
        assert!(Kernel::Gaussian { bandwidth: 0.0 }.validate().is_err());
        assert!(Kernel::GaussianMixture { bandwidths: vec![] }.validate().is_err());
        let zero = Kernel::Polynomial { degree: 0, scale: 1.0, offset: 0.0 };
        assert!(zero.validate().is_err());
        let nan = Kernel::Polynomial { degree: 1, scale: 1.0, offset: f64::NAN };
        assert!(nan.validate().is_err());
    }
}
