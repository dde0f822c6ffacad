//! The Fréchet distance of two sets of features: FID.
//!
//! FID = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁ Σ₂)^½ (arXiv 1706.08500, equation 6), Σ with ddof 1.
//!
//! tr (Σ₁ Σ₂)^½ is the nuclear norm ‖F₁ᵀ F₂‖_* for any Fᵢ Fᵢᵀ = Σᵢ: never complex, and as accurate
//! with fewer images than features, where the square roots of the reference programs carry noise
//! of about 10⁻⁵. Their way, the sum of Re √λ over the eigenvalues λ of Σ₁ Σ₂, is there to compare.

use crate::statistics::Statistics;
use crate::{Error, FeatureMatrix, Result};
use faer::{Mat, MatRef, Par};
use gan_info::{FEW_SAMPLES_ERROR, FrechetDistance, NormalSource, frechet_distance_between};

/// One side of the distance: features, or statistics that were made before.
#[derive(Debug, Clone, Copy)]
pub enum FidSide<'a> {
    /// The features themselves: with no more rows than columns the small, accurate form is taken.
    Features(&'a FeatureMatrix),
    /// Their mean and covariance.
    Statistics(&'a Statistics),
}

/// How tr (Σ₁ Σ₂)^½ is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SquareRoot {
    /// The nuclear norm of factors.
    #[default]
    Accurate,
    /// Σ Re √λᵢ(Σ₁ Σ₂), as torch-fidelity and torchmetrics have it, and pytorch-fid's and
    /// clean-fid's `sqrtm` up to rounding. Slow, and noisy below full rank.
    Eigenvalues,
}

/// Choices that change digits, not the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FidOptions {
    /// How the root is found.
    pub root: SquareRoot,
    /// Compare means that were averaged in f32, where both sides have them, as torch-fidelity and
    /// clean-fid do.
    pub single_mean: bool,
}

/// A distance, its parts and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fid {
    /// The distance, at least 0.
    pub value: f64,
    /// ‖μ₁ − μ₂‖².
    pub mean_term: f64,
    /// tr Σ₁ and tr Σ₂.
    pub traces: [f64; 2],
    /// tr (Σ₁ Σ₂)^½.
    pub cross_trace: f64,
    /// `samples`, `samples-moments`, `moments` (all three accurate) or `eigenvalues`.
    pub form: &'static str,
    /// Whether the means were averaged in f32.
    pub single_mean: bool,
    /// About the most that rounding can have changed the value by.
    pub rounding: f64,
    /// With [`SquareRoot::Eigenvalues`]: Σ |Im √λᵢ|, which an exact root has not; pytorch-fid gives
    /// up where it is large. Otherwise 0.
    pub imaginary: f64,
}

/// FID of two sets.
///
/// # Errors
/// Fewer than two images on a side, unequal widths, or covariances that are none.
pub fn fid(a: FidSide<'_>, b: FidSide<'_>, options: FidOptions) -> Result<Fid> {
    let (a, b) = (Prepared::new(a)?, Prepared::new(b)?);
    let dim = a.width;
    if b.width != dim {
        return Err(Error::argument(format!(
            "features of width {dim} against features of width {} (expected equal widths: the same \
             extractor and --tap for both)",
            b.width
        )));
    }
    let (distance, form, imaginary) = match options.root {
        SquareRoot::Accurate => {
            let distance = frechet_distance_between(a.source(), b.source(), dim)?;
            let form = match (a.samples(), b.samples()) {
                (true, true) => "samples",
                (false, false) => "moments",
                _ => "samples-moments",
            };
            (distance, form, 0.0)
        }
        SquareRoot::Eigenvalues => {
            let (distance, imaginary) = by_eigenvalues(&a, &b, dim)?;
            (distance, "eigenvalues", imaginary)
        }
    };
    let (mean_term, single_mean) = match (&a.single_mean, &b.single_mean) {
        (Some(a), Some(b)) if options.single_mean => {
            (a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum(), true)
        }
        _ => (distance.mean_term, false),
    };
    let traces = [distance.trace_1, distance.trace_2];
    let root = if form == "samples" { 2.0 * FEW_SAMPLES_ERROR * distance.cross_trace } else { 0.0 };
    Ok(Fid {
        value: FrechetDistance { mean_term, ..distance }.squared(),
        mean_term,
        traces,
        cross_trace: distance.cross_trace,
        form,
        single_mean,
        rounding: 4.0 * dim as f64 * f64::EPSILON * (traces[0] + traces[1] + mean_term) + root,
        imaginary,
    })
}

/// A side with everything that either form needs.
struct Prepared {
    width: usize,
    single_mean: Option<Vec<f32>>,
    given: Given,
}

enum Given {
    Samples(Vec<f64>),
    Moments { mean: Vec<f64>, covariance: Vec<f64> },
}

impl Prepared {
    fn new(side: FidSide<'_>) -> Result<Self> {
        match side {
            FidSide::Features(features) => {
                features.check_rows("a Fréchet distance", 2)?;
                let width = features.width();
                if features.rows() <= width {
                    let (single_mean, given) =
                        (features.single_mean(), Given::Samples(features.to_f64()));
                    return Ok(Self { width, single_mean, given });
                }
                let Statistics { moments, single_mean, .. } = Statistics::of_features(features)?;
                let given = Given::Moments { mean: moments.mean, covariance: moments.covariance };
                Ok(Self { width, single_mean, given })
            }
            FidSide::Statistics(statistics) => {
                if statistics.n == Some(1) {
                    return Err(Error::argument(
                        "statistics of 1 image for a Fréchet distance (expected at least 2 images)",
                    ));
                }
                let (width, moments) = (statistics.width(), &statistics.moments);
                let (mean, covariance) = (moments.mean.clone(), moments.covariance.clone());
                let single_mean = statistics.single_mean.clone();
                Ok(Self { width, single_mean, given: Given::Moments { mean, covariance } })
            }
        }
    }

    fn samples(&self) -> bool {
        matches!(self.given, Given::Samples(_))
    }

    fn source(&self) -> NormalSource<'_> {
        match &self.given {
            Given::Samples(values) => NormalSource::Samples { values, ddof: 1 },
            Given::Moments { mean, covariance } => NormalSource::Moments { mean, covariance },
        }
    }

    fn moments(&self) -> Result<(Vec<f64>, Vec<f64>)> {
        match &self.given {
            Given::Samples(values) => {
                let moments = gan_statistics::sample_moments(values, self.width, 1)?;
                Ok((moments.mean, moments.covariance))
            }
            Given::Moments { mean, covariance } => Ok((mean.clone(), covariance.clone())),
        }
    }
}

/// The distance by the eigenvalues of Σ₁ Σ₂, and the size of the roots' imaginary parts.
fn by_eigenvalues(a: &Prepared, b: &Prepared, dim: usize) -> Result<(FrechetDistance, f64)> {
    let ((mu1, sigma1), (mu2, sigma2)) = (a.moments()?, b.moments()?);
    let matrix = |values| MatRef::from_row_major_slice(values, dim, dim);
    let (first, second): (MatRef<'_, f64>, MatRef<'_, f64>) = (matrix(&sigma1), matrix(&sigma2));
    let mut product = Mat::<f64>::zeros(dim, dim);
    let (replace, par) = (faer::Accum::Replace, Par::rayon(0));
    faer::linalg::matmul::matmul(product.as_mut(), replace, first, second, 1.0, par);
    // faer's iterations end at an absolute accuracy: bring the matrix to the size of one.
    let scale = product.norm_max();
    let scale = if scale.is_normal() { scale } else { 1.0 };
    let scaled = Mat::from_fn(dim, dim, |i, j| product[(i, j)] / scale);
    let values = scaled.eigenvalues().map_err(|error| {
        Error::argument(format!("covariances whose product has no eigenvalues ({error:?})"))
    })?;
    let roots = values.iter().map(|v| (v * scale).sqrt());
    let (real, imaginary) =
        roots.fold((0.0, 0.0), |(re, im), root| (re + root.re, im + root.im.abs()));
    let trace = |m: MatRef<'_, f64>| (0..dim).map(|i| m[(i, i)]).sum();
    let distance = FrechetDistance {
        mean_term: mu1.iter().zip(&mu2).map(|(a, b)| (a - b) * (a - b)).sum(),
        trace_1: trace(first),
        trace_2: trace(second),
        cross_trace: real,
    };
    Ok((distance, imaginary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn features(rows: usize, width: usize, seed: u64) -> FeatureMatrix {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = (0..rows * width)
            .map(|i| rng.random::<f32>() * (1.0 + (i % width) as f32) + seed as f32 * 0.01);
        FeatureMatrix::from_f32(width, values.collect()).unwrap()
    }

    #[test]
    fn all_forms_and_sides_agree() {
        for (n, m) in [(10, 12), (10, 60), (60, 10), (50, 70)] {
            let (x, y) = (features(n, 16, 1), features(m, 16, 2));
            let [s, t] = [&x, &y].map(|f| Statistics::of_features(f).unwrap());
            let options = FidOptions::default();
            let best = fid(FidSide::Features(&x), FidSide::Features(&y), options).unwrap();
            let pairs = [
                (FidSide::Features(&x), FidSide::Statistics(&t)),
                (FidSide::Statistics(&s), FidSide::Features(&y)),
                (FidSide::Statistics(&s), FidSide::Statistics(&t)),
            ];
            for (a, b) in pairs {
                let found = fid(a, b, options).unwrap();
                assert!((found.value - best.value).abs() < best.rounding, "{found:?} {best:?}");
            }
            let root = SquareRoot::Eigenvalues;
            let by = FidOptions { root, ..options };
            let found = fid(FidSide::Features(&x), FidSide::Features(&y), by).unwrap();
            let noise = if n.min(m) > 16 { 1e-10 } else { 1e-4 };
            assert!((found.value - best.value).abs() < noise * best.value, "{found:?} {best:?}");
        }
    }

    #[test]
    fn the_form_is_told_and_equal_sets_are_at_no_distance() {
        let (few, many) = (features(5, 16, 1), features(40, 16, 1));
        let form = |a, b| fid(a, b, FidOptions::default()).unwrap().form;
        assert_eq!(form(FidSide::Features(&few), FidSide::Features(&few)), "samples");
        assert_eq!(form(FidSide::Features(&few), FidSide::Features(&many)), "samples-moments");
        assert_eq!(form(FidSide::Features(&many), FidSide::Features(&many)), "moments");
        for f in [&few, &many] {
            let side = FidSide::Features(f);
            let same = fid(side, side, FidOptions::default()).unwrap();
            assert!(same.value <= same.rounding);
        }
    }

    #[test]
    fn one_image_and_other_widths_are_refused() {
        let (one, two) = (features(1, 4, 1), features(2, 4, 1));
        let error = |a: &FeatureMatrix, b: &FeatureMatrix| {
            let sides = (FidSide::Features(a), FidSide::Features(b));
            fid(sides.0, sides.1, FidOptions::default()).unwrap_err().to_string()
        };
        assert!(error(&one, &two).contains("1 image for a Fréchet distance"));
        assert!(error(&two, &features(2, 5, 1)).contains("width 4 against features of width 5"));
        let statistics = Statistics::of_features(&one).unwrap();
        let side = FidSide::Statistics(&statistics);
        assert!(fid(side, side, FidOptions::default()).is_err());
    }
}
