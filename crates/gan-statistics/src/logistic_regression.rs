//! Multinomial logistic regression: how well a linear classifier tells classes apart by features.
//!
//! The usual probe of a representation: what a classifier without hidden layers reaches on it
//! (arXiv 1511.06434, section 5.1; scikit-learn's example of an RBM's features).
//!
//! Not the classifier of `gan-inspect`'s `linear_classifier`, which fits one class against the rest,
//! penalizes the biases too (LIBLINEAR's cost, a squared hinge or a logistic one) and works on tensors
//! in f32: the two have different minima, and golden values of a peer each.

mod newton;

use newton::{Data, dot};
use rayon::prelude::*;

use crate::checks;
use crate::error::{Result, StatisticsError};

/// A step has to gain this share of what its slope promises (Armijo 1966).
const GAIN: f64 = 1e-4;

/// How [`LogisticRegression::fit`] fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticOptions {
    /// C: the weight of the samples' losses against ½‖W‖²; larger fits more closely.
    pub inverse_l2: f64,
    /// The fit is done where no part of the gradient of the mean loss is larger.
    pub tolerance: f64,
    /// Newton steps at most.
    pub steps: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        Self { inverse_l2: 1.0, tolerance: 1e-6, steps: 200 }
    }
}

/// Linear scores of classes, p(class k | x) ∝ exp(wₖ·x + bₖ).
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    /// W: one row a class; rows one after another.
    pub weights: Vec<f64>,
    /// b, one a class; they sum to 0.
    pub biases: Vec<f64>,
    /// The mean of −log p(label | x) over the samples it was fitted to, in nats.
    pub loss: f64,
    /// The largest part of the gradient that is left.
    pub gradient: f64,
}

impl LogisticRegression {
    /// Minimizes (1/n) Σᵢ −log p(labelᵢ | xᵢ) + ‖W‖²/(2 C n) by Newton steps, each found by
    /// conjugate gradients (Nocedal and Wright, Numerical Optimization, algorithm 7.1) and halved
    /// until it gains. The biases are not penalized. The minimum is unique, but for a number added
    /// to all biases, and the result does not depend on the number of threads.
    ///
    /// `features`: `dim` numbers a sample, one after another; of similar sizes, or many steps are
    /// needed. `labels`: one a sample, below `classes`. Time O(samples · dim · classes) for each of
    /// some hundred products.
    ///
    /// # Errors
    ///
    /// If there is no sample, a feature is not finite, a label is too large, there are fewer than
    /// two classes, an option is not positive, or `steps` end before the tolerance is met.
    pub fn fit(
        features: &[f64],
        labels: &[u32],
        dim: usize,
        classes: usize,
        options: &LogisticOptions,
    ) -> Result<Self> {
        let count = checks::samples("features", features, dim, 1)?;
        checks::same_length("labels", count, labels.len())?;
        if classes < 2 {
            let (what, found) = ("classes", classes as f64);
            return Err(StatisticsError::Parameter { what, expected: "at least 2", found });
        }
        if let Some(index) = labels.iter().position(|l| *l as usize >= classes) {
            let (what, expected) = ("labels", "a number below the count of classes");
            let found = f64::from(labels[index]);
            return Err(StatisticsError::Value { what, expected, found, index });
        }
        checks::positive("inverse_l2", options.inverse_l2)?;
        checks::positive("tolerance", options.tolerance)?;
        let data = Data { x: features, labels, dim, classes };
        let l2 = 1.0 / (options.inverse_l2 * count as f64);
        // Weights, then biases.
        let mut at = vec![0.0; classes * (dim + 1)];
        let mut now = data.loss(&at, l2);
        for _ in 0..options.steps {
            let gradient = data.gradient(&now.probs, &at, l2);
            let largest = gradient.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
            if largest <= options.tolerance {
                let biases = at.split_off(classes * dim);
                let loss = now.mean;
                return Ok(Self { weights: at, biases, loss, gradient: largest });
            }
            let step = data.newton(&now.probs, &gradient, l2);
            let slope = dot(&gradient, &step);
            let mut size = 1.0;
            loop {
                let moved: Vec<f64> = at.iter().zip(&step).map(|(a, s)| a + size * s).collect();
                let next = data.loss(&moved, l2);
                // Where the loss no longer shows what is gained, Newton's step is right.
                let blur = 1e-13 * now.value.abs();
                if next.value <= now.value + GAIN * size * slope + blur || size < 1e-10 {
                    (at, now) = (moved, next);
                    break;
                }
                size *= 0.5;
            }
        }
        Err(StatisticsError::Unfinished { what: "logistic regression", limit: options.steps })
    }

    /// The class of the highest score for each sample; the first of equals. `features`: as for
    /// [`LogisticRegression::fit`].
    ///
    /// ```
    /// # fn main() -> Result<(), gan_statistics::StatisticsError> {
    /// use gan_statistics::{LogisticOptions, LogisticRegression};
    /// let (x, labels) = ([-2.0, -1.5, 1.0, 3.0], [0, 0, 1, 1]);
    /// let fit = LogisticRegression::fit(&x, &labels, 1, 2, &LogisticOptions::default())?;
    /// assert_eq!(fit.classify(&[-7.0, 0.9])?, [0, 1]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If a feature is not finite or their count is no multiple of the dimension.
    pub fn classify(&self, features: &[f64]) -> Result<Vec<u32>> {
        let classes = self.biases.len();
        let dim = self.weights.len() / classes.max(1);
        checks::samples("features", features, dim, 1)?;
        let of = |x: &[f64]| {
            let mut best = (f64::NEG_INFINITY, 0);
            for (class, (w, b)) in (0..).zip(self.weights.chunks_exact(dim).zip(&self.biases)) {
                let score = dot(w, x) + b;
                if score > best.0 {
                    best = (score, class);
                }
            }
            best.1
        };
        Ok(features.par_chunks_exact(dim).map(of).collect())
    }

    /// The share of samples whose label [`LogisticRegression::classify`] finds.
    ///
    /// # Errors
    ///
    /// As there, or if there is not one label a sample.
    pub fn accuracy(&self, features: &[f64], labels: &[u32]) -> Result<f64> {
        let found = self.classify(features)?;
        checks::same_length("labels", found.len(), labels.len())?;
        let right = found.iter().zip(labels).filter(|(a, b)| a == b).count();
        Ok(right as f64 / labels.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(inverse_l2: f64) -> LogisticOptions {
        LogisticOptions { inverse_l2, tolerance: 1e-10, ..LogisticOptions::default() }
    }

    #[test]
    fn two_points_have_the_weight_that_the_penalty_leaves() {
        // Points at ±1: the loss is log(1 + e^(−2w)) + w²·(2/(2·C·2)), W = (−w, w).
        let fit = LogisticRegression::fit(&[-1.0, 1.0], &[0, 1], 1, 2, &options(3.0)).unwrap();
        let w = fit.weights[1];
        let slope = -2.0 / (1.0 + (2.0 * w).exp()) + 2.0 * w / 6.0;
        assert!(slope.abs() < 1e-9, "{fit:?}: {slope}");
        assert!((fit.weights[0] + w).abs() < 1e-12);
        assert!(fit.biases.iter().all(|b| b.abs() < 1e-9));
        assert!((fit.loss - (-2.0 * w).exp().ln_1p()).abs() < 1e-12);
        assert_eq!(fit.accuracy(&[-0.5, 0.5, 0.1], &[0, 1, 0]).unwrap(), 2.0 / 3.0);
    }

    #[test]
    fn without_features_that_tell_anything_the_biases_are_the_shares() {
        let (x, labels) = ([0.0; 7], [0, 1, 1, 2, 2, 2, 2]);
        let fit = LogisticRegression::fit(&x, &labels, 1, 3, &options(1.0)).unwrap();
        for (class, share) in [1.0f64, 2.0, 4.0].into_iter().enumerate() {
            let expected = share.ln() - (1.0f64 * 2.0 * 4.0).ln() / 3.0;
            assert!((fit.biases[class] - expected).abs() < 1e-8, "{fit:?}");
        }
        assert_eq!(fit.classify(&[5.0]).unwrap(), [2]);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let value = |i: usize, by: usize| ((i * by) % 101) as f64 / 50.0 - 1.0;
        let x: Vec<f64> = (0..3000 * 3).map(|i| value(i, 37)).collect();
        let labels: Vec<u32> = x.chunks(3).map(|x| u32::from(x[0] + x[2] > 0.1)).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| LogisticRegression::fit(&x, &labels, 3, 2, &options(0.5)).unwrap())
        };
        assert!(run(1) == run(3));
    }

    #[test]
    fn bad_input_is_an_error() {
        let fit = |x: &[f64], labels: &[u32], dim, classes, options: &LogisticOptions| {
            LogisticRegression::fit(x, labels, dim, classes, options).unwrap_err().to_string()
        };
        let usual = LogisticOptions::default();
        fit(&[], &[], 1, 2, &usual);
        fit(&[1.0, 2.0, 3.0], &[0], 2, 2, &usual);
        fit(&[1.0], &[0, 1], 1, 2, &usual);
        assert!(fit(&[1.0, 2.0], &[0, 2], 1, 2, &usual).contains("index 1"));
        assert!(fit(&[1.0, 2.0], &[0, 0], 1, 1, &usual).contains("at least 2"));
        fit(&[1.0, f64::NAN], &[0, 1], 1, 2, &usual);
        let few = LogisticOptions { steps: 1, ..options(1.0) };
        assert!(fit(&[-1.0, 1.0], &[0, 1], 1, 2, &few).contains("within 1 steps"));
        let fitted = LogisticRegression::fit(&[-1.0, 1.0], &[0, 1], 1, 2, &usual).unwrap();
        assert!(fitted.classify(&[f64::INFINITY]).is_err());
        assert!(fitted.accuracy(&[1.0], &[1, 1]).is_err());
    }
}
