//! Minibatch discrimination: what lets a discriminator see that samples are alike.

use crate::init::Init;
use crate::store::{Param, ParamStore};
use candle_core::{Result, Tensor};
use gan_kernels::alike::alike;
use gan_kernels::linear::matmul;

/// Minibatch discrimination (arXiv 1606.03498, section 3.2).
///
/// With f(x) ∈ R^A and a tensor T ∈ R^(A×B×C), M = f(x)·T ∈ R^(B×C);
/// c_b(xᵢ, xⱼ) = exp(−‖M_ib − M_jb‖₁) and o(xᵢ)_b = Σ_j c_b(xᵢ, xⱼ) over the batch, j = i included.
#[derive(Debug, Clone)]
pub struct MinibatchDiscrimination {
    tensor: Param,
    kernels: usize,
}

impl MinibatchDiscrimination {
    /// `{name}.tensor`, `(features, kernels·dims)`, from N(0, 0.05²) as in the authors' code;
    /// `kernels` is the paper's B, `dims` its C.
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
        Ok(Self { tensor, kernels })
    }

    /// `f`: `(n, features)`; result `(n, features + kernels)`, f with o beside it. Every row
    /// depends on all the others: real and fake samples belong in batches of their own.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward(&self, f: &Tensor) -> Result<Tensor> {
        let n = f.dim(0)?;
        let m = matmul(f, &self.tensor.get())?.reshape((n, self.kernels, ()))?; // (n, B, C)
        Tensor::cat(&[f, &alike(&m)?], 1)
    }
}
