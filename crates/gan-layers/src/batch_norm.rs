//! Batch normalization with running statistics.

use crate::Pass;
use crate::init::Init;
use crate::store::{Buffer, Param, ParamStore};
use candle_core::{Result, Tensor};
use gan_kernels::activation::Then;
use gan_kernels::{norm, team, update};

/// Batch normalization (arXiv 1502.03167); `eps` 1e-5 and momentum 0.1 as in PyTorch.
#[derive(Debug, Clone)]
pub struct BatchNorm {
    scale: Param,
    shift: Param,
    mean: Buffer,
    var: Buffer,
}

const EPS: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

impl BatchNorm {
    /// `{name}.scale` starts at N(1, 0.02²) as in DCGAN, `{name}.shift` at 0; buffers
    /// `{name}.running_mean` and `{name}.running_var`.
    ///
    /// # Errors
    /// Where a name is taken.
    pub fn new(store: &mut ParamStore, name: &str, channels: usize) -> Result<Self> {
        let scale = Init::Normal { mean: 1.0, std: 0.02 };
        Ok(Self {
            scale: store.param(&format!("{name}.scale"), &[channels], scale)?,
            shift: store.param(&format!("{name}.shift"), &[channels], Init::Constant(0.0))?,
            mean: store.buffer(
                &format!("{name}.running_mean"),
                &[channels],
                Init::Constant(0.0),
            )?,
            var: store.buffer(&format!("{name}.running_var"), &[channels], Init::Constant(1.0))?,
        })
    }

    /// `x`: `(batch, c)` or `(batch, c, h, w)`; same shape.
    ///
    /// While training, the batch's own statistics are used; the running ones follow them in the
    /// steps of the player that owns this layer, and only there.
    ///
    /// # Errors
    /// Where training meets one value a channel, or shapes do not fit.
    pub fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        self.forward_then(x, Then::Nothing, pass)
    }

    /// [`Self::forward`] and what follows it, in one pass.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_then(&self, x: &Tensor, then: Then, pass: &Pass<'_>) -> Result<Tensor> {
        let (scale, shift) = (self.scale.get(), self.shift.get());
        if !pass.train {
            let (mean, var) = (self.mean.get(), self.var.get());
            let y = norm::batch_norm_eval(x, &mean, &var, &scale, &shift, EPS)?;
            return then.apply(y);
        }
        let (y, (mean, var)) = norm::batch_norm_with_moments(x, &scale, &shift, EPS, then)?;
        if self.scale.is_active() {
            let var = norm::unbiased(&var, x.elem_count() / x.dim(1)? * team::size())?;
            update::blend(self.mean.var(), &mean, 1.0 - MOMENTUM, MOMENTUM)?;
            update::blend(self.var.var(), &var, 1.0 - MOMENTUM, MOMENTUM)?;
        }
        Ok(y)
    }
}
