//! The parts of the variational lower bound: how well a code explains a sample, and what it costs.

use candle_core::{Result, Tensor};
use gan_kernels::activation::softplus;
use std::f64::consts::PI;

/// `KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ (μ² + σ² − 1 − log σ²)` for each row.
///
/// Kingma and Welling 2013 (arXiv 1312.6114), appendix B. `mean`, `log_variance`:
/// `(batch, width)`; result `(batch,)`, nats, at least 0.
///
/// # Errors
/// Where the shapes differ.
pub fn kl_to_standard_normal(mean: &Tensor, log_variance: &Tensor) -> Result<Tensor> {
    let parts = ((mean.sqr()? + log_variance.exp()?)? - log_variance)?;
    ((parts - 1.0)? * 0.5)?.sum(1)
}

/// `Σ x·l − softplus(l)`: the log-probability of binary values under probabilities σ(l), for each
/// row.
///
/// arXiv 1312.6114, appendix C.1, on logits; its negative is the cross-entropy, also where `x` lies
/// between 0 and 1. `logits`, `x`: `(batch, width)`; result `(batch,)`, nats.
///
/// # Errors
/// Where the shapes differ.
pub fn bernoulli(logits: &Tensor, x: &Tensor) -> Result<Tensor> {
    (logits.mul(x)? - softplus(logits)?)?.sum(1)
}

/// `−½ Σ ((x − μ)²/σ² + log σ² + log 2π)`: the log-density of a diagonal Gaussian, for each row.
///
/// arXiv 1312.6114, appendix C.2. `mean`, `x`: `(batch, width)`; `log_variance`: the same, or
/// `(1, 1)` for one variance; result `(batch,)`, nats.
///
/// # Errors
/// Where the shapes do not fit.
pub fn gaussian(mean: &Tensor, log_variance: &Tensor, x: &Tensor) -> Result<Tensor> {
    let squares = (x - mean)?.sqr()?;
    let scaled = squares.broadcast_mul(&log_variance.neg()?.exp()?)?;
    (scaled.broadcast_add(log_variance)? + (2.0 * PI).ln())?.affine(-0.5, 0.0)?.sum(1)
}

/// `½ Σ (x − μ)²` for each row: the Euclidean cost of a reconstruction, `(batch,)`.
///
/// # Errors
/// Where the shapes differ.
pub fn half_squared_error(mean: &Tensor, x: &Tensor) -> Result<Tensor> {
    (x - mean)?.sqr()?.affine(0.5, 0.0)?.sum(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    const A: [[f64; 3]; 2] = [[0.3, -1.2, 2.0], [-0.4, 0.1, 5.0]];
    const B: [[f64; 3]; 2] = [[-0.7, 0.2, 1.1], [0.0, -2.0, 0.5]];
    const X: [[f64; 3]; 2] = [[0.0, 1.0, 0.25], [1.0, 1.0, 0.0]];

    fn tensor(v: &[[f64; 3]; 2]) -> Tensor {
        Tensor::new(v, &Device::Cpu).unwrap()
    }

    type Part = fn(&Tensor, &Tensor) -> Result<Tensor>;
    /// Each as a function of two tensors that gradients flow into.
    const PARTS: [(&str, Part); 5] = [
        ("kl", kl_to_standard_normal),
        ("bernoulli", |l, _| bernoulli(l, &tensor(&X))),
        ("gaussian", |m, v| gaussian(m, v, &tensor(&X))),
        ("gaussian, one variance", |m, v| {
            gaussian(m, &v.narrow(0, 0, 1)?.narrow(1, 0, 1)?, &tensor(&X))
        }),
        ("half squared error", |m, x| half_squared_error(m, x)),
    ];

    #[test]
    fn values_are_those_of_the_formulas() {
        let row = |part: Part| part(&tensor(&A), &tensor(&B)).unwrap().to_vec1::<f64>().unwrap();
        let sum = |f: &dyn Fn(usize, usize) -> f64| [0, 1].map(|r| (0..3).map(|i| f(r, i)).sum());
        let (variance, two_pi) = (|r: usize, i: usize| B[r][i].exp(), 2.0 * PI);
        let expected: [[f64; 2]; 3] = [
            sum(&|r, i| 0.5 * (A[r][i].powi(2) + variance(r, i) - 1.0 - B[r][i])),
            sum(&|r, i| {
                let p = 1.0 / (1.0 + (-A[r][i]).exp());
                X[r][i] * p.ln() + (1.0 - X[r][i]) * (1.0 - p).ln()
            }),
            sum(&|r, i| {
                let v = variance(r, i);
                -0.5 * ((X[r][i] - A[r][i]).powi(2) / v + (two_pi * v).ln())
            }),
        ];
        for ((name, part), expected) in PARTS.into_iter().zip(expected) {
            for (found, expected) in row(part).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{name}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn the_kl_divergence_is_that_of_gan_info_s_definition() {
        // N(3, 1) from N(0, 1): 4.5; N(0, 1) itself: 0.
        let kl = |m: f64, l: f64| {
            let [m, l] = [m, l].map(|v| Tensor::new(&[[v]], &Device::Cpu).unwrap());
            kl_to_standard_normal(&m, &l).unwrap().to_vec1::<f64>().unwrap()[0]
        };
        assert_eq!((kl(3.0, 0.0), kl(0.0, 0.0)), (4.5, 0.0));
    }

    #[test]
    fn gradients() {
        // Rows weigh differently, so that no two gradients can be exchanged.
        let value = |part: Part, a: &Tensor, b: &Tensor| {
            let weights = Tensor::new(&[1.0, -0.3], &Device::Cpu).unwrap();
            part(a, b).unwrap().mul(&weights).unwrap().sum_all().unwrap()
        };
        for (name, part) in PARTS {
            let at = [A, B];
            let vars = at.map(|v| Var::from_tensor(&tensor(&v)).unwrap());
            let grads = value(part, &vars[0], &vars[1]).backward().unwrap();
            for which in 0..2 {
                let Some(exact) = grads.get(&vars[which]) else {
                    assert_eq!((name, which), ("bernoulli", 1));
                    continue;
                };
                let exact = exact.to_vec2::<f64>().unwrap();
                for i in 0..6 {
                    let moved = |by: f64| {
                        let mut at = at;
                        at[which][i / 3][i % 3] += by;
                        value(part, &tensor(&at[0]), &tensor(&at[1])).to_scalar::<f64>().unwrap()
                    };
                    let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    let exact = exact[i / 3][i % 3];
                    assert!((exact - numeric).abs() < 1e-7, "{name} {which} {i}: {exact}");
                }
            }
        }
    }
}
