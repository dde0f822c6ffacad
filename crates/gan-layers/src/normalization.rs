//! The choice of a normalisation: batch, virtual batch, layer or instance norm.

use crate::Pass;
use crate::batch_norm::BatchNorm;
use crate::init::Init;
use crate::store::{Param, ParamStore};
use candle_core::{Result, Tensor, bail};
use gan_kernels::activation::Then;
use gan_kernels::{channel, norm};

const EPS: f64 = 1e-5;

/// Which normalization follows a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// None.
    #[default]
    None,
    /// [`BatchNorm`].
    Batch,
    /// Statistics of a fixed reference batch and the sample itself (arXiv 1606.03498,
    /// section 3.5).
    VirtualBatch,
    /// Each sample over all its features (arXiv 1607.06450).
    Layer,
    /// Each channel of each image by itself (arXiv 1607.08022).
    Instance,
}

/// A normalization with its scale and shift.
#[derive(Debug, Clone)]
pub struct Norm {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Batch(BatchNorm),
    Other(Normalization, Param, Param),
}

impl Norm {
    /// The layer, or nothing for [`Normalization::None`]. Batch norm as [`BatchNorm::new`] has
    /// it; the others have `{name}.scale`, from 1, and `{name}.shift`, from 0.
    ///
    /// # Errors
    /// Where a name is taken.
    pub fn new(
        kind: Normalization,
        store: &mut ParamStore,
        name: &str,
        channels: usize,
    ) -> Result<Option<Self>> {
        let kind = match kind {
            Normalization::None => return Ok(None),
            Normalization::Batch => Kind::Batch(BatchNorm::new(store, name, channels)?),
            other => {
                let scale =
                    store.param(&format!("{name}.scale"), &[channels], Init::Constant(1.0))?;
                let shift =
                    store.param(&format!("{name}.shift"), &[channels], Init::Constant(0.0))?;
                Kind::Other(other, scale, shift)
            }
        };
        Ok(Some(Self { kind }))
    }

    /// `x`: `(n, c)` or `(n, c, h, w)`; same shape. The first `reference` samples are the
    /// reference batch of virtual batch norm; the others ignore the number.
    ///
    /// # Errors
    /// Where shapes do not fit, or virtual batch norm has no reference batch of two or more.
    pub fn forward(&self, x: &Tensor, reference: usize, pass: &Pass<'_>) -> Result<Tensor> {
        self.forward_then(x, reference, Then::Nothing, pass)
    }

    /// [`Self::forward`] and what follows it, in one pass where the layer can.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_then(
        &self,
        x: &Tensor,
        reference: usize,
        then: Then,
        pass: &Pass<'_>,
    ) -> Result<Tensor> {
        let (kind, scale, shift) = match &self.kind {
            Kind::Batch(layer) => return layer.forward_then(x, then, pass),
            Kind::Other(kind, scale, shift) => (kind, scale.get(), shift.get()),
        };
        let y = match kind {
            Normalization::VirtualBatch => virtual_batch(x, reference)?,
            Normalization::Instance => norm::instance_norm(x, EPS)?,
            _ => norm::layer_norm(x, EPS)?,
        };
        then.apply(channel::scale_shift(&y, &scale, &shift)?)
    }
}

/// Virtual batch normalization (arXiv 1606.03498, section 3.5): the reference batch, the first
/// `reference` samples, by its own statistics; every other sample by those of the reference batch
/// with itself added, each sample counting alike.
fn virtual_batch(x: &Tensor, reference: usize) -> Result<Tensor> {
    let dims = x.dims();
    if reference < 2 || dims.len() < 2 || dims[0] <= reference {
        bail!(
            "virtual batch norm: expected a reference batch of 2 or more before the samples, \
             found {reference} of shape {dims:?}"
        )
    }
    let channels = dims[1];
    let x = x.reshape((dims[0], channels, ()))?; // (r + n, c, inner)
    let first = x.narrow(0, 0, reference)?.contiguous()?;
    let rest = x.narrow(0, reference, dims[0] - reference)?;
    let flat = first.transpose(1, 2)?.reshape(((), channels))?;
    let mean_r = flat.mean(0)?; // (c,)
    let var_r = flat.broadcast_sub(&mean_r)?.sqr()?.mean(0)?;
    let (mean_r, var_r) = (mean_r.reshape((1, channels, 1))?, var_r.reshape((1, channels, 1))?);
    let mean_i = rest.mean_keepdim(2)?; // (n, c, 1)
    let var_i = rest.broadcast_sub(&mean_i)?.sqr()?.mean_keepdim(2)?;
    // Moments of the union, written so that nothing cancels.
    let w = 1.0 / (reference as f64 + 1.0);
    let apart = mean_i.broadcast_sub(&mean_r)?;
    let mean = (apart.affine(w, 0.0)?).broadcast_add(&mean_r)?;
    let var = (var_i.affine(w, 0.0)? + apart.sqr()?.affine(w * (1.0 - w), 0.0)?)?
        .broadcast_add(&var_r.affine(1.0 - w, 0.0)?)?;
    let rest = rest.broadcast_sub(&mean)?.broadcast_div(&(var + EPS)?.sqrt()?)?;
    Tensor::cat(&[&norm::normalize(&first, EPS)?, &rest], 0)?.reshape(dims)
}
