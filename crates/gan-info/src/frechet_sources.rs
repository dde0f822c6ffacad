//! The Fréchet distance of normals that are given by moments or by samples, whichever is at hand.
//!
//! Fewer samples than dimensions have a covariance of low rank. Working with the samples
//! themselves is then both faster (a small matrix instead of two large ones) and more accurate
//! than any square root of a product of two singular covariances.

use faer::{Mat, MatRef};
use gan_statistics::{checks, sample_moments};

use crate::error::{InfoError, Result};
use crate::frechet::{FrechetDistance, covariance, cross, factor, squared_difference, trace_of};
use crate::nuclear_norm::{EXACT, nuclear_norm};

/// A normal distribution, by its moments or as fitted to samples.
#[derive(Debug, Clone, Copy)]
pub enum NormalSource<'a> {
    /// Mean, `dim` numbers, and covariance, `dim · dim` numbers row by row.
    Moments {
        /// μ.
        mean: &'a [f64],
        /// Σ, symmetric and positive semi-definite.
        covariance: &'a [f64],
    },
    /// Samples of `dim` numbers each, one after another.
    Samples {
        /// `n · dim` numbers.
        values: &'a [f64],
        /// What is taken from n in the covariance's divisor: 1 is unbiased.
        ddof: usize,
    },
}

/// The error of the cross trace, relative to itself, where both sides are few samples: small beside
/// what so few samples can say, and had three times as fast as the tighter one.
pub const FEW_SAMPLES_ERROR: f64 = 1e-9;

/// μ, tr Σ, and F with F Fᵀ = Σ and as few columns as are needed.
struct Factored {
    mean: Vec<f64>,
    trace: f64,
    root: Mat<f64>,
    /// Whether it is the samples themselves.
    few: bool,
}

/// The squared Fréchet distance of two normals in `dim` dimensions, in parts.
///
/// As [`frechet_distance`](crate::frechet_distance), with tr (Σ₁^½ Σ₂ Σ₁^½)^½ = ‖F₁ᵀ F₂‖_*, the sum
/// of singular values, for any Fᵢ Fᵢᵀ = Σᵢ. For n samples, n ≤ `dim`, F is the centered samples over
/// √(n − ddof), so that two small samples of n and m need the singular values of an n × m matrix
/// only: ‖X̄ Ȳᵀ‖_* / √((n − ddof)(m − ddof)), here to [`FEW_SAMPLES_ERROR`] of itself.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{NormalSource, frechet_distance_between};
/// // Two points (−1, 0), (1, 0) have variance 2 along one axis.
/// let pair = NormalSource::Samples { values: &[-1.0, 0.0, 1.0, 0.0], ddof: 1 };
/// let unit = NormalSource::Moments { mean: &[0.0, 3.0], covariance: &[2.0, 0.0, 0.0, 5.0] };
/// let distance = frechet_distance_between(pair, unit, 2)?;
/// assert!((distance.squared() - (9.0 + 5.0)).abs() < 1e-14);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`frechet_distance`](crate::frechet_distance) and [`sample_moments`].
pub fn frechet_distance_between(
    first: NormalSource<'_>,
    second: NormalSource<'_>,
    dim: usize,
) -> Result<FrechetDistance> {
    let a = factored("first", first, dim)?;
    let b = factored("second", second, dim)?;
    let cross_trace = if a.root.ncols() == 0 || b.root.ncols() == 0 {
        0.0
    } else {
        let allowed = if a.few && b.few { FEW_SAMPLES_ERROR } else { EXACT };
        nuclear_norm("first, second", cross(&a.root, &b.root).as_ref(), allowed)?
    };
    Ok(FrechetDistance {
        mean_term: squared_difference(&a.mean, &b.mean),
        trace_1: a.trace,
        trace_2: b.trace,
        cross_trace,
    })
}

fn factored(what: &'static str, source: NormalSource<'_>, dim: usize) -> Result<Factored> {
    match source {
        NormalSource::Moments { mean, covariance: sigma } => {
            checks::finite(what, mean)?;
            checks::same_length(what, dim, mean.len())?;
            let sigma = covariance(what, sigma, dim)?;
            let (trace, root) = (trace_of(sigma), factor(what, sigma)?);
            Ok(Factored { mean: mean.to_vec(), trace, root, few: false })
        }
        NormalSource::Samples { values, ddof } => {
            let n = checks::samples(what, values, dim, ddof.saturating_add(1))?;
            if n > dim {
                let moments = sample_moments(values, dim, ddof)?;
                checks::finite(what, &moments.covariance)?;
                let sigma = MatRef::from_row_major_slice(&moments.covariance, dim, dim);
                let (trace, root) = (trace_of(sigma), factor(what, sigma)?);
                return Ok(Factored { mean: moments.mean, trace, root, few: false });
            }
            few(what, values, dim, n, ddof)
        }
    }
}

/// The factor of n ≤ `dim` samples: themselves, centered.
fn few(what: &'static str, values: &[f64], dim: usize, n: usize, ddof: usize) -> Result<Factored> {
    let mut mean = vec![0.0; dim];
    for sample in values.chunks_exact(dim) {
        for (total, value) in mean.iter_mut().zip(sample) {
            *total += value;
        }
    }
    mean.iter_mut().for_each(|m| *m /= n as f64);
    // The centered samples sum to zero, so one of n singular values would be nothing but noise. The
    // reflection that turns (1, …, 1)/√n into the first axis makes sample 0 vanish and takes the
    // same x̄₀/(1 + √n) from all others.
    let share = (1.0 + (n as f64).sqrt()).recip();
    let shift: Vec<f64> = (0..dim).map(|j| mean[j] + (values[j] - mean[j]) * share).collect();
    let scale = ((n - ddof) as f64).sqrt().recip();
    let root = Mat::from_fn(dim, n - 1, |j, i| (values[(i + 1) * dim + j] - shift[j]) * scale);
    let trace = (0..n - 1).map(|i| root.col(i).squared_norm_l2()).sum::<f64>();
    if !trace.is_finite() {
        return Err(InfoError::Parameter { what, expected: "a finite variance", found: trace });
    }
    Ok(Factored { mean, trace, root, few: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frechet_distance, frechet_distance_of_samples};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn samples(n: usize, dim: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n * dim).map(|_| rng.random::<f64>() + seed as f64 * 0.1).collect()
    }

    #[test]
    fn samples_and_moments_agree_whatever_their_number() {
        let dim = 24;
        for (n, m) in [(3, 5), (24, 10), (10, 60), (60, 10), (80, 70), (25, 24)] {
            let (x, y) = (samples(n, dim, 1), samples(m, dim, 2));
            let exact = frechet_distance_of_samples(&x, &y, dim, 1).unwrap();
            let as_samples = |values| NormalSource::Samples { values, ddof: 1 };
            let moments = sample_moments(&y, dim, 1).unwrap();
            let as_moments =
                NormalSource::Moments { mean: &moments.mean, covariance: &moments.covariance };
            for second in [as_samples(&y), as_moments] {
                let found = frechet_distance_between(as_samples(&x), second, dim).unwrap();
                let close = |a: f64, b: f64| (a - b).abs() < 1e-12 * exact.trace_1;
                assert!(close(found.squared(), exact.squared()), "{n} {m}: {found:?} {exact:?}");
                assert!(close(found.trace_1, exact.trace_1) && close(found.trace_2, exact.trace_2));
            }
        }
    }

    #[test]
    fn moments_alone_are_the_plain_distance() {
        let (x, y) = (samples(50, 6, 3), samples(70, 6, 4));
        let [a, b] = [&x, &y].map(|s| sample_moments(s, 6, 0).unwrap());
        let plain = frechet_distance(&a.mean, &a.covariance, &b.mean, &b.covariance).unwrap();
        let source = |m: &'_ gan_statistics::Moments| (m.mean.clone(), m.covariance.clone());
        let ((ma, ca), (mb, cb)) = (source(&a), source(&b));
        let found = frechet_distance_between(
            NormalSource::Moments { mean: &ma, covariance: &ca },
            NormalSource::Moments { mean: &mb, covariance: &cb },
            6,
        );
        assert_eq!(found.unwrap(), plain);
    }

    #[test]
    fn equal_small_samples_are_at_no_distance() {
        let x = samples(9, 100, 5);
        let source = NormalSource::Samples { values: &x, ddof: 1 };
        let found = frechet_distance_between(source, source, 100).unwrap();
        assert!((found.trace_1 - found.cross_trace).abs() < 1e-13 * found.trace_1);
        assert_eq!(found.mean_term, 0.0);
    }

    #[test]
    fn bad_sources_are_refused() {
        let good = NormalSource::Samples { values: &[0.0, 1.0], ddof: 1 };
        for bad in [
            NormalSource::Samples { values: &[0.0], ddof: 1 },
            NormalSource::Samples { values: &[f64::NAN, 0.0], ddof: 0 },
            NormalSource::Samples { values: &[1e300, -1e300], ddof: 1 },
            NormalSource::Moments { mean: &[0.0, 0.0], covariance: &[1.0] },
            NormalSource::Moments { mean: &[0.0], covariance: &[-1.0] },
        ] {
            assert!(frechet_distance_between(good, bad, 1).is_err(), "{bad:?}");
        }
    }
}
