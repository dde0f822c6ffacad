//! Linear classifiers on features: the L2-regularized L2-SVM and logistic regression, one class
//! against the rest.
//!
//! Not `gan-statistics`' `LogisticRegression`, which fits all classes in one (multinomial), leaves the
//! biases free and works in f64: the two have different minima, and golden values of a peer each
//! (LIBLINEAR here). This one needs tensors: its products are those of `gan-kernels`, in f32.
//!
//! On the host: rows come and go as slices, and the optimizer looks at every value.

use crate::{Error, Result};
use candle_core::{DType, Device, Tensor};
use gan_kernels::linear::{matmul, matmul_nt};
use gan_statistics::lbfgs;

/// What a wrong answer costs. `m` is the margin: the score times +1 for the class and −1 for the
/// rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// `max(0, 1 − m)²`: the L2-SVM of arXiv 1511.06434, section 5.1.
    SquaredHinge,
    /// `ln(1 + e^−m)`: logistic regression.
    Logistic,
}

/// How a classifier is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// The cost.
    pub cost: Cost,
    /// C in `½·|w|² + C·Σ cost`, above 0: the larger, the less the weights are held back. Features
    /// are first divided by their mean length, so that one C suits any scale.
    pub c: f64,
    /// Most evaluations of the whole cost.
    pub evaluations: usize,
    /// Whether products are computed in f64: many times slower, for weights to more than three
    /// digits. Sums of costs always are.
    pub double: bool,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { cost: Cost::SquaredHinge, c: 10.0, evaluations: 300, double: false }
    }
}

/// A score for each class, linear in the features.
#[derive(Debug, Clone)]
pub struct LinearClassifier {
    /// `(classes, width + 1)`, the bias last.
    weights: Tensor,
    scale: f64,
    classes: usize,
}

impl LinearClassifier {
    /// Fits one class against the rest for each, by L-BFGS on all of them together: the sum's
    /// minimum is each one's, and strictly convex, so there is only one. The bias is regularized
    /// with the weights, as in LIBLINEAR.
    ///
    /// `features`: rows of `width`; `labels`: a class each, below `classes`.
    ///
    /// # Errors
    /// Counts that do not fit, fewer than two classes, a label beyond them, or a C that is not
    /// above 0.
    pub fn fit(
        features: &[f32],
        labels: &[u32],
        classes: usize,
        options: &FitOptions,
    ) -> Result<Self> {
        let rows = labels.len();
        if rows == 0 || features.is_empty() || !features.len().is_multiple_of(rows) {
            return Err(Error::argument(format!(
                "{} values for {rows} labels: expected as many features for each",
                features.len()
            )));
        }
        if classes < 2 || !(options.c > 0.0 && options.c.is_finite()) {
            return Err(Error::argument(format!(
                "{classes} classes and C = {}: expected two classes or more and a C above 0",
                options.c
            )));
        }
        if let Some(wrong) = labels.iter().find(|l| **l as usize >= classes) {
            let most = classes - 1;
            return Err(Error::argument(format!("label {wrong}: expected 0 to {most}")));
        }
        let width = features.len() / rows;
        let squares: f64 = features.iter().map(|v| f64::from(*v).powi(2)).sum();
        let scale = (squares / rows as f64).sqrt().max(f64::MIN_POSITIVE).recip();
        let dtype = if options.double { DType::F64 } else { DType::F32 };
        let x = with_bias(features, width, scale, dtype)?;
        let objective = |weights: &[f64]| -> Result<(f64, Vec<f64>)> {
            let w = Tensor::from_slice(weights, (classes, width + 1), &Device::Cpu)?;
            let scores = matmul_nt(&x, &w.to_dtype(dtype)?)?.to_dtype(DType::F64)?;
            let scores = scores.to_vec2::<f64>()?;
            let mut value = 0.5 * weights.iter().map(|w| w * w).sum::<f64>();
            let mut slopes = vec![0.0; classes * rows];
            for (row, (scores, label)) in scores.iter().zip(labels).enumerate() {
                for (class, score) in scores.iter().enumerate() {
                    let sign = if class == *label as usize { 1.0 } else { -1.0 };
                    let (cost, slope) = options.cost.at(sign * score);
                    value += options.c * cost;
                    slopes[class * rows + row] = options.c * sign * slope;
                }
            }
            let slopes = Tensor::from_vec(slopes, (classes, rows), &Device::Cpu)?;
            let back = matmul(&slopes.to_dtype(dtype)?, &x)?.to_dtype(DType::F64)?;
            let back = back.flatten_all()?.to_vec1::<f64>()?;
            Ok((value, back.iter().zip(weights).map(|(b, w)| b + w).collect()))
        };
        let found = lbfgs(&objective, vec![0.0; classes * (width + 1)], options.evaluations)?;
        let weights = Tensor::from_vec(found.at, (classes, width + 1), &Device::Cpu)?;
        Ok(Self { weights, scale, classes })
    }

    /// Scores `rows × classes` of rows of features.
    ///
    /// # Errors
    /// Features of another width.
    pub fn scores(&self, features: &[f32]) -> Result<Vec<Vec<f64>>> {
        let width = self.weights.dim(1)? - 1;
        if !features.len().is_multiple_of(width) {
            let found = features.len();
            return Err(Error::argument(format!("{found} values are no rows of {width}")));
        }
        let x = with_bias(features, width, self.scale, DType::F64)?;
        Ok(matmul_nt(&x, &self.weights)?.to_vec2()?)
    }

    /// The class with the largest score, for each row; of equals the first.
    ///
    /// # Errors
    /// As [`LinearClassifier::scores`].
    pub fn classify(&self, features: &[f32]) -> Result<Vec<u32>> {
        let best = |scores: &Vec<f64>| {
            let first = (0, f64::NEG_INFINITY);
            scores
                .iter()
                .enumerate()
                .fold(first, |best, (i, s)| if *s > best.1 { (i, *s) } else { best })
        };
        Ok(self.scores(features)?.iter().map(|s| best(s).0 as u32).collect())
    }

    /// The share of rows whose class is found.
    ///
    /// # Errors
    /// As [`LinearClassifier::scores`].
    pub fn accuracy(&self, features: &[f32], labels: &[u32]) -> Result<f64> {
        let found = self.classify(features)?;
        let right = found.iter().zip(labels).filter(|(f, l)| f == l).count();
        Ok(right as f64 / labels.len().max(1) as f64)
    }

    /// The weights of a class in the features' own scale, without the bias.
    ///
    /// # Errors
    /// A class that it has not.
    pub fn weights(&self, class: usize) -> Result<Vec<f64>> {
        if class >= self.classes {
            return Err(Error::argument(format!("class {class} of {}", self.classes)));
        }
        let mut row = self.weights.narrow(0, class, 1)?.flatten_all()?.to_vec1::<f64>()?;
        row.pop();
        Ok(row.into_iter().map(|w| w * self.scale).collect())
    }
}

impl Cost {
    /// Its value and slope at a margin.
    fn at(self, margin: f64) -> (f64, f64) {
        match self {
            Self::SquaredHinge => {
                let short = (1.0 - margin).max(0.0);
                (short * short, -2.0 * short)
            }
            Self::Logistic => {
                let e = (-margin.abs()).exp();
                let positive = (-margin).max(0.0);
                let slope = if margin > 0.0 { -e / (1.0 + e) } else { -1.0 / (1.0 + e) };
                (positive + e.ln_1p(), slope)
            }
        }
    }
}

/// Scaled rows with a 1 after each, `(rows, width + 1)`.
fn with_bias(features: &[f32], width: usize, scale: f64, dtype: DType) -> Result<Tensor> {
    let rows = features.len() / width;
    let scaled = features
        .chunks_exact(width)
        .flat_map(|row| row.iter().map(|v| f64::from(*v) * scale).chain(std::iter::once(1.0)));
    let shape = (rows, width + 1);
    Ok(match dtype {
        DType::F64 => Tensor::from_vec(scaled.collect::<Vec<f64>>(), shape, &Device::Cpu)?,
        _ => {
            let narrow: Vec<f32> = scaled.map(|v| v as f32).collect();
            Tensor::from_vec(narrow, shape, &Device::Cpu)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three clouds of two features, some overlapping, by a formula that the script repeats.
    fn clouds() -> (Vec<f32>, Vec<u32>) {
        let (mut features, mut labels) = (Vec::new(), Vec::new());
        for i in 0..90u32 {
            let class = i % 3;
            let a = f64::from((i * 37) % 101) / 101.0;
            let b = f64::from((i * 53) % 97) / 97.0;
            features.push((2.0 * a + f64::from(class)) as f32);
            features.push((2.0 * b - f64::from(class * class)) as f32);
            labels.push(class);
        }
        (features, labels)
    }

    #[test]
    fn weights_are_those_of_scikit_learn() {
        // data/golden/inspect/make_linear.py, scikit-learn 1.9.1: LinearSVC and LogisticRegression
        // (solver liblinear), both with tol 1e-12, on features divided by their mean length. The
        // tolerance is that of our stopping rule, a gradient of 1e-6 of its first length.
        let (features, labels) = clouds();
        for (cost, golden) in [(Cost::SquaredHinge, SVM), (Cost::Logistic, LOGISTIC)] {
            let options = FitOptions { cost, c: 2.0, evaluations: 2000, double: true };
            let fitted = LinearClassifier::fit(&features, &labels, 3, &options).unwrap();
            let found = fitted.weights.to_vec2::<f64>().unwrap();
            for (found, golden) in found.iter().zip(golden) {
                for (f, g) in found.iter().zip(golden) {
                    assert!((f - g).abs() < 1e-4, "{cost:?}: {found:?} against {golden:?}");
                }
            }
        }
    }

    const SVM: [[f64; 3]; 3] = [
        [-2.350170370, 2.499507637, 0.778605952],
        [1.051374768, 0.803663045, -0.859567066],
        [0.463389133, -2.694362522, -1.759882139],
    ];
    const LOGISTIC: [[f64; 3]; 3] = [
        [-3.058817470, 3.587008711, 0.913924143],
        [1.384549100, 1.418210945, -1.331998759],
        [0.521472254, -4.541019375, -2.681381565],
    ];

    #[test]
    fn clouds_apart_are_told_apart_at_any_scale() {
        let (features, labels) = clouds();
        for stretch in [1.0, 1000.0, 1e-3] {
            let far: Vec<f32> = features
                .chunks(2)
                .zip(&labels)
                .flat_map(|(f, l)| [f[0] + 9.0 * *l as f32, f[1] + 20.0 * f32::from(*l == 1)])
                .map(|v| v * stretch)
                .collect();
            for cost in [Cost::SquaredHinge, Cost::Logistic] {
                let options = FitOptions { cost, c: 1000.0, ..FitOptions::default() };
                let fitted = LinearClassifier::fit(&far, &labels, 3, &options).unwrap();
                assert_eq!(fitted.accuracy(&far, &labels).unwrap(), 1.0, "{cost:?} {stretch}");
                let weights = fitted.weights(1).unwrap();
                assert!(weights[1] > 0.0, "{weights:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let fit = |features: &[f32], labels: &[u32], classes, c| {
            let options = FitOptions { c, ..FitOptions::default() };
            LinearClassifier::fit(features, labels, classes, &options)
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        assert!(fit(&[1.0; 5], &[0, 1], 2, 1.0).contains("as many features for each"));
        assert!(fit(&[1.0; 4], &[0, 2], 2, 1.0).contains("label 2: expected 0 to 1"));
        assert!(fit(&[1.0; 4], &[0, 1], 2, 0.0).contains("a C above 0"));
        assert!(fit(&[1.0; 4], &[0, 0], 1, 1.0).contains("two classes"));
        let options = FitOptions::default();
        let fitted = LinearClassifier::fit(&[0.0, 1.0, 1.0, 0.0], &[0, 1], 2, &options).unwrap();
        assert!(fitted.scores(&[1.0; 3]).is_err() && fitted.weights(2).is_err());
    }
}
