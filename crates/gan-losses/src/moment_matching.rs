//! Maximum mean discrepancy as a loss: a generator that matches moments and needs no discriminator.

use candle_core::{Result, Tensor, bail};
use gan_kernels::linear::matmul_nt;

/// The biased estimate of MMD² under `k(x, y) = Σ_q exp(−‖x − y‖²/(2σ_q²))`:
/// `(1/N²) Σ k(xᵢ, xⱼ) − (2/NM) Σ k(xᵢ, yⱼ) + (1/M²) Σ k(yᵢ, yⱼ)`.
///
/// Li, Swersky and Zemel 2015 (arXiv 1502.02761, equations 3 and 5). `real`: `(n, dims)`, a
/// constant; `fake`: `(m, dims)`; `bandwidths` σ_q in the data's units. Scalar, 0 or more, at most
/// twice the number of bandwidths.
///
/// # Errors
/// Where widths differ or there is no bandwidth above zero.
pub fn mmd_squared(real: &Tensor, fake: &Tensor, bandwidths: &[f64]) -> Result<Tensor> {
    if bandwidths.is_empty() || bandwidths.iter().any(|s| !(*s > 0.0 && s.is_finite())) {
        bail!("mmd: expected bandwidths above 0, found {bandwidths:?}")
    }
    let real = real.detach();
    let mean = |a: &Tensor, b: &Tensor| {
        let squares = squared_distances(a, b)?;
        let mut sum: Option<Tensor> = None;
        for sigma in bandwidths {
            let kernel = squares.affine(-0.5 / (sigma * sigma), 0.0)?.exp()?;
            sum = Some(match sum {
                None => kernel,
                Some(sum) => (sum + kernel)?,
            });
        }
        sum.map_or_else(|| squares.mean_all(), |sum| sum.mean_all())
    };
    let cross = mean(&real, fake)?.affine(2.0, 0.0)?;
    (mean(&real, &real)? + mean(fake, fake)?)? - cross
}

/// Generator loss, `√MMD²` (arXiv 1502.02761, section 3.4: the root keeps gradients large where
/// the loss is small), with an epsilon under the root for where it is zero.
///
/// # Errors
/// As [`mmd_squared`].
pub fn generator(real: &Tensor, fake: &Tensor, bandwidths: &[f64]) -> Result<Tensor> {
    (mmd_squared(real, fake, bandwidths)? + 1e-9)?.sqrt()
}

/// `‖aᵢ − bⱼ‖²`, `(n, m)`, never below zero.
fn squared_distances(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let rows = a.sqr()?.sum(1)?.unsqueeze(1)?; // (n, 1)
    let columns = b.sqr()?.sum(1)?.unsqueeze(0)?; // (1, m)
    let products = matmul_nt(a, b)?.affine(2.0, 0.0)?;
    // Rounding may leave a distance of zero a little below it.
    gan_kernels::activation::relu(&(rows.broadcast_add(&columns)? - products)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn points(count: usize, phase: f64) -> Vec<f64> {
        (0..count * 3).map(|i| (i as f64 * 1.3 + phase).sin() * 2.0).collect()
    }

    fn tensor(v: &[f64]) -> Tensor {
        Tensor::from_vec(v.to_vec(), (v.len() / 3, 3), &Device::Cpu).unwrap()
    }

    #[test]
    fn the_value_is_that_of_the_definition() {
        let (x, y) = (points(5, 0.0), points(4, 0.7));
        let bandwidths = [0.5, 2.0];
        let kernel = |a: &[f64], b: &[f64]| {
            let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
            bandwidths.iter().map(|s| (-square / (2.0 * s * s)).exp()).sum::<f64>()
        };
        let mean = |a: &[f64], b: &[f64]| {
            let pairs = a.chunks(3).flat_map(|a| b.chunks(3).map(move |b| (a, b)));
            pairs.map(|(a, b)| kernel(a, b)).sum::<f64>() / (a.len() * b.len()) as f64 * 9.0
        };
        let expected = mean(&x, &x) + mean(&y, &y) - 2.0 * mean(&x, &y);
        let found = mmd_squared(&tensor(&x), &tensor(&y), &bandwidths).unwrap();
        assert!((found.to_scalar::<f64>().unwrap() - expected).abs() < 1e-12);
        let same = mmd_squared(&tensor(&x), &tensor(&x), &bandwidths).unwrap();
        assert!(same.to_scalar::<f64>().unwrap().abs() < 1e-12);
        assert!(mmd_squared(&tensor(&x), &tensor(&y), &[0.0]).is_err());
        assert!(mmd_squared(&tensor(&x), &tensor(&y), &[]).is_err());
    }

    #[test]
    fn gradients_by_finite_differences() {
        let (x, y) = (points(5, 0.0), points(4, 0.7));
        let value = |y: &Tensor| generator(&tensor(&x), y, &[0.5, 2.0]).unwrap();
        let var = Var::from_tensor(&tensor(&y)).unwrap();
        let grads = value(var.as_tensor()).backward().unwrap();
        let exact = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for i in 0..y.len() {
            let at = |by: f64| {
                let mut moved = y.clone();
                moved[i] += by;
                value(&tensor(&moved)).to_scalar::<f64>().unwrap()
            };
            let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
            assert!((exact[i] - numeric).abs() < 1e-7, "{i}: {} and {numeric}", exact[i]);
        }
    }
}
