//! Minibatch discrimination: what lets a discriminator see that samples are alike.

use crate::Pass;
use crate::init::Init;
use crate::store::{Buffer, Param, ParamStore};
use candle_core::{DType, Result, Tensor};
use gan_kernels::alike::alike;
use gan_kernels::linear::matmul;
use gan_kernels::read::values;

/// Minibatch discrimination (arXiv 1606.03498, section 3.2).
///
/// With f(x) ∈ R^A and a tensor T ∈ R^(A×B×C), M = f(x)·T ∈ R^(B×C);
/// c_b(xᵢ, xⱼ) = exp(−‖M_ib − M_jb‖₁) and o(xᵢ)_b = β_b + Σ_{j≠i} c_b(xᵢ, xⱼ) over the batch.
///
/// As in the authors' code (`openai/improved-gan`, mnist_svhn_cifar10/nn.py, `MinibatchLayer`):
/// T's columns are θ/‖θ‖·exp(s) with θ from N(0, 0.05²) and an s of each column's own; on the first
/// batch that is trained on, s is set so that half the mean distance from a sample to its nearest
/// is 1 in every kernel, and β so that o is 0 on average (−1 before). Without that, features of
/// thousands of numbers are so far apart that o says nothing, or so near that it says the same of
/// all.
#[derive(Debug, Clone)]
pub struct MinibatchDiscrimination {
    tensor: Param,
    log_scale: Param,
    bias: Param,
    /// 1 once the first batch has been seen.
    ready: Buffer,
    kernels: usize,
    dims: usize,
}

impl MinibatchDiscrimination {
    /// Parameters `{name}.tensor`, `(features, kernels·dims)`, `{name}.log_scale`,
    /// `(kernels·dims,)`, `{name}.bias`, `(kernels,)`, and a buffer `{name}.ready`; `kernels` is the
    /// paper's B, `dims` its C.
    ///
    /// # Errors
    /// Where the name is taken.
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        features: usize,
        kernels: usize,
        dims: usize,
    ) -> Result<Self> {
        let init = Init::Normal { mean: 0.0, std: 0.05 };
        let tensor = store.param(&format!("{name}.tensor"), &[features, kernels * dims], init)?;
        let zero = Init::Constant(0.0);
        let log_scale = store.param(&format!("{name}.log_scale"), &[kernels * dims], zero)?;
        let bias = store.param(&format!("{name}.bias"), &[kernels], Init::Constant(-1.0))?;
        let ready = store.buffer(&format!("{name}.ready"), &[1], zero)?;
        Ok(Self { tensor, log_scale, bias, ready, kernels, dims })
    }

    /// `f`: `(n, features)`; result `(n, features + kernels)`, f with o beside it. Every row
    /// depends on all the others: real and fake samples belong in batches of their own.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward(&self, f: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        if pass.train && f.dim(0)? > 1 && values(&self.ready.get())? == [0.0] {
            self.start(&f.detach())?;
        }
        // The sum holds j = i, which is exp(−0).
        let o = (alike(&self.projected(f)?)? - 1.0)?.broadcast_add(&self.bias.get())?;
        Tensor::cat(&[f, &o], 1)
    }

    /// f·θ/‖θ‖·exp(s), `(n, B, C)`.
    fn projected(&self, f: &Tensor) -> Result<Tensor> {
        let theta = self.tensor.get();
        let lengths = theta.sqr()?.sum(0)?.sqrt()?; // (B·C,)
        let columns = theta.broadcast_mul(&self.log_scale.get().exp()?.div(&lengths)?)?;
        matmul(f, &columns)?.reshape((f.dim(0)?, self.kernels, self.dims))
    }

    /// Sets scales and bias by the first batch; scales are 1 before.
    fn start(&self, f: &Tensor) -> Result<()> {
        let n = f.dim(0)?;
        let m = self.projected(f)?.detach();
        let all = values(&m)?;
        let row = |i: usize, b: usize| {
            let at = (i * self.kernels + b) * self.dims;
            &all[at..at + self.dims]
        };
        let apart = |i: usize, j: usize, b: usize| -> f64 {
            row(i, b).iter().zip(row(j, b)).map(|(x, y)| (x - y).abs()).sum()
        };
        let mut log_scale = Vec::with_capacity(self.kernels * self.dims);
        for b in 0..self.kernels {
            let nearest = |i: usize| {
                let others = (0..n).filter(|j| *j != i);
                others.map(|j| apart(i, j, b)).fold(f64::INFINITY, f64::min)
            };
            let half_mean = 0.5 * (0..n).map(nearest).sum::<f64>() / n as f64;
            // A batch of one sample over and over has no distance to measure by.
            let of_kernel = if half_mean > 0.0 { -half_mean.ln() } else { 0.0 };
            log_scale.extend(std::iter::repeat_n(of_kernel, self.dims));
        }
        let (dtype, device) = (f.dtype(), f.device());
        let log_scale = Tensor::from_vec(log_scale, self.kernels * self.dims, device)?;
        self.log_scale.var().set(&log_scale.to_dtype(dtype)?)?;
        let o = (alike(&self.projected(f)?.detach())? - 1.0)?;
        self.bias.var().set(&o.mean(0)?.neg()?)?;
        self.ready.set(&Tensor::ones(1, DType::F32, device)?.to_dtype(dtype)?)
    }
}
