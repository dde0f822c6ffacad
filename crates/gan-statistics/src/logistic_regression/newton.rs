//! The loss of a logistic regression with its derivatives, and Newton's step by conjugate gradients.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Samples that are worked on together. Fixed, and their sums are added in order, so that no bit
/// depends on the number of threads.
const BLOCK: usize = 1024;
/// Conjugate gradient steps within one of Newton's.
const INNER: usize = 250;

/// The samples of a fit.
#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    /// `dim` numbers a sample.
    pub x: &'a [f64],
    pub labels: &'a [u32],
    pub dim: usize,
    pub classes: usize,
}

/// The loss somewhere.
pub(super) struct Loss {
    /// With the penalty.
    pub value: f64,
    /// Without.
    pub mean: f64,
    /// p(k | x), one row a sample.
    pub probs: Vec<f64>,
}

impl Data<'_> {
    fn count(&self) -> f64 {
        self.labels.len() as f64
    }

    /// `x W ᵀ + b` of the samples of a block, one row a sample.
    fn scores(&self, x: &[f64], at: &[f64]) -> Vec<f64> {
        let (n, weights) = (x.len() / self.dim, &at[..self.classes * self.dim]);
        let biases = &at[self.classes * self.dim..];
        let mut out = biases.repeat(n);
        matmul(
            MatMut::from_row_major_slice_mut(&mut out, n, self.classes),
            Accum::Add,
            MatRef::from_row_major_slice(x, n, self.dim),
            MatRef::from_row_major_slice(weights, self.classes, self.dim).transpose(),
            1.0,
            Par::Seq,
        );
        out
    }

    /// `rowsᵀ x` and the rows' sum over a block, as weights and biases lie.
    fn pulled_back(&self, rows: &[f64], x: &[f64]) -> Vec<f64> {
        let n = x.len() / self.dim;
        let mut out = vec![0.0; self.classes * (self.dim + 1)];
        let (weights, biases) = out.split_at_mut(self.classes * self.dim);
        matmul(
            MatMut::from_row_major_slice_mut(weights, self.classes, self.dim),
            Accum::Replace,
            MatRef::from_row_major_slice(rows, n, self.classes).transpose(),
            MatRef::from_row_major_slice(x, n, self.dim),
            1.0,
            Par::Seq,
        );
        for row in rows.chunks_exact(self.classes) {
            biases.iter_mut().zip(row).for_each(|(b, r)| *b += r);
        }
        out
    }

    pub fn loss(&self, at: &[f64], l2: f64) -> Loss {
        let of_block = |(x, labels): (&[f64], &[u32])| {
            let mut probs = self.scores(x, at);
            let mut sum = 0.0;
            for (row, label) in probs.chunks_exact_mut(self.classes).zip(labels) {
                let most = row.iter().fold(f64::NEG_INFINITY, |m: f64, s| m.max(*s));
                let own = row[*label as usize];
                row.iter_mut().for_each(|s| *s = (*s - most).exp());
                let total: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= total);
                sum += most + total.ln() - own;
            }
            (sum, probs)
        };
        let blocks: Vec<(f64, Vec<f64>)> = self
            .x
            .par_chunks(BLOCK * self.dim)
            .zip(self.labels.par_chunks(BLOCK))
            .map(of_block)
            .collect();
        let mean = blocks.iter().map(|b| b.0).sum::<f64>() / self.count();
        let weights = &at[..self.classes * self.dim];
        let value = mean + 0.5 * l2 * dot(weights, weights);
        Loss { value, mean, probs: blocks.into_iter().flat_map(|b| b.1).collect() }
    }

    /// Adds up what a block of rows is pulled back to, and the penalty's part.
    fn summed(
        &self,
        probs: &[f64],
        at: &[f64],
        l2: f64,
        rows: impl Fn(&[f64], &[u32], &[f64]) -> Vec<f64> + Sync,
    ) -> Vec<f64> {
        let of_block =
            |((p, labels), x): ((&[f64], &[u32]), &[f64])| self.pulled_back(&rows(p, labels, x), x);
        let blocks: Vec<Vec<f64>> = probs
            .par_chunks(BLOCK * self.classes)
            .zip(self.labels.par_chunks(BLOCK))
            .zip(self.x.par_chunks(BLOCK * self.dim))
            .map(of_block)
            .collect();
        let mut sum = vec![0.0; at.len()];
        for block in blocks {
            sum.iter_mut().zip(block).for_each(|(s, b)| *s += b / self.count());
        }
        let weights = self.classes * self.dim;
        sum[..weights].iter_mut().zip(at).for_each(|(s, w)| *s += l2 * w);
        sum
    }

    pub fn gradient(&self, probs: &[f64], at: &[f64], l2: f64) -> Vec<f64> {
        self.summed(probs, at, l2, |p, labels, _| {
            let mut rows = p.to_vec();
            for (row, label) in rows.chunks_exact_mut(self.classes).zip(labels) {
                row[*label as usize] -= 1.0;
            }
            rows
        })
    }

    /// The Hessian times `along`.
    fn curved(&self, probs: &[f64], along: &[f64], l2: f64) -> Vec<f64> {
        self.summed(probs, along, l2, |p, _, x| {
            let mut rows = self.scores(x, along);
            for (row, p) in rows.chunks_exact_mut(self.classes).zip(p.chunks_exact(self.classes)) {
                let mean = dot(row, p);
                row.iter_mut().zip(p).for_each(|(r, p)| *r = p * (*r - mean));
            }
            rows
        })
    }

    /// A step s with `H s ≈ −gradient`, the more exactly the smaller the gradient is.
    pub fn newton(&self, probs: &[f64], gradient: &[f64], l2: f64) -> Vec<f64> {
        let size = dot(gradient, gradient).sqrt();
        let enough = size * size.sqrt().min(0.5);
        let mut step = vec![0.0; gradient.len()];
        let mut left: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut along = left.clone();
        let mut square = dot(&left, &left);
        for _ in 0..INNER {
            let curved = self.curved(probs, &along, l2);
            let curvature = dot(&along, &curved);
            // Flat but for rounding, as along a number added to all biases.
            if curvature <= 1e-16 * dot(&along, &along) {
                break;
            }
            let far = square / curvature;
            step.iter_mut().zip(&along).for_each(|(s, a)| *s += far * a);
            left.iter_mut().zip(&curved).for_each(|(l, c)| *l -= far * c);
            let next = dot(&left, &left);
            if next.sqrt() <= enough {
                break;
            }
            along.iter_mut().zip(&left).for_each(|(a, l)| *a = l + next / square * *a);
            square = next;
        }
        step
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
