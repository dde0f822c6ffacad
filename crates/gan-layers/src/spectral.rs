//! Spectral normalisation: a weight divided by its largest singular value.

use crate::init::Init;
use crate::store::{Buffer, Param, ParamStore};
use candle_core::{Result, Tensor};
use gan_kernels::linear::matmul;

/// A weight, spectrally normalized if asked (arXiv 1802.05957, algorithm 1).
#[derive(Debug, Clone)]
pub(crate) struct Weight {
    pub param: Param,
    /// The left singular vector's estimate `u`, `(out, 1)`, kept between steps.
    left: Option<Buffer>,
    /// The axis that counts as rows: 0, or 1 for transposed convolutions.
    rows: usize,
}

impl Weight {
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        shape: &[usize],
        init: Init,
        spectral: bool,
        rows: usize,
    ) -> Result<Self> {
        let param = store.param(&format!("{name}.weight"), shape, init)?;
        let left = spectral
            .then(|| {
                let unit = Init::Normal { mean: 0.0, std: 1.0 };
                store.buffer(&format!("{name}.spectral_u"), &[shape[rows], 1], unit)
            })
            .transpose()?;
        Ok(Self { param, left, rows })
    }

    /// `W`, or `W/σ(W)` with σ = uᵀWv from one power iteration a training step of its player:
    /// v = Wᵀu/‖Wᵀu‖, u = Wv/‖Wv‖. Gradients treat u and v as constants.
    pub fn get(&self, train: bool) -> Result<Tensor> {
        let w = self.param.get();
        let Some(left) = &self.left else { return Ok(w) };
        let matrix = w.transpose(0, self.rows)?.flatten_from(1)?.contiguous()?; // (out, rest)
        let constant = matrix.detach();
        let u = left.get();
        let v = unit(&matmul(&constant.t()?.contiguous()?, &u)?)?; // (rest, 1)
        let u = if train && self.param.is_active() {
            let u = unit(&matmul(&constant, &v)?)?;
            left.set(&u)?;
            u
        } else {
            u.copy()?
        };
        let sigma = matmul(&matmul(&u.t()?.contiguous()?, &matrix)?, &v)?.reshape(())?;
        w.broadcast_div(&sigma)
    }
}

fn unit(x: &Tensor) -> Result<Tensor> {
    let norm = (x.sqr()?.sum_all()?.sqrt()? + 1e-12)?;
    x.broadcast_div(&norm)
}
