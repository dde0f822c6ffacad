//! The reference batch of virtual batch norm, which goes through the network before the samples.

use crate::Setup;
use crate::networks::NetworkOptions;
use candle_core::{Result, Tensor, bail};
use gan_layers::{Buffer, Init, Normalization, ParamStore};
use gan_train::Tap;

/// A fixed batch of a network's inputs, kept in the store; nothing for other normalizations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reference {
    inputs: Option<Buffer>,
}

impl Reference {
    /// The buffer `{name}.reference` where the network has virtual batch norm.
    pub fn new(store: &mut ParamStore, name: &str, options: &NetworkOptions) -> Result<Self> {
        if options.norm != Normalization::VirtualBatch {
            return Ok(Self::default());
        }
        let Some(inputs) = &options.reference else {
            bail!("{name}: virtual batch norm needs a reference batch, and this input has none")
        };
        let zero = Init::Constant(0.0);
        let buffer = store.buffer(&format!("{name}.reference"), inputs.dims(), zero)?;
        buffer.set(&inputs.to_dtype(store.dtype())?)?;
        Ok(Self { inputs: Some(buffer) })
    }

    /// The reference batch with `x` after it, and the number of its samples.
    pub fn before(&self, x: &Tensor) -> Result<(Tensor, usize)> {
        match &self.inputs {
            None => Ok((x.clone(), 0)),
            Some(inputs) => {
                let inputs = inputs.get().copy()?;
                Ok((Tensor::cat(&[&inputs, x], 0)?, inputs.dim(0)?))
            }
        }
    }

    /// A hidden layer's result after `tap` has seen the samples' part of it.
    pub fn tapped(&self, layer: usize, x: Tensor, tap: Option<&mut Tap<'_>>) -> Result<Tensor> {
        let Some(tap) = tap else { return Ok(x) };
        let Some(inputs) = &self.inputs else { return tap(layer, &x) };
        let count = inputs.get().dim(0)?;
        let samples = tap(layer, &self.without(&x)?.contiguous()?)?;
        Tensor::cat(&[&x.narrow(0, 0, count)?, &samples], 0)
    }

    /// The samples after the reference batch.
    pub fn without(&self, x: &Tensor) -> Result<Tensor> {
        match &self.inputs {
            None => Ok(x.clone()),
            Some(inputs) => {
                let count = inputs.get().dim(0)?;
                x.narrow(0, count, x.dim(0)? - count)
            }
        }
    }
}

/// Up to `count` of the data's examples, as a discriminator's reference batch.
pub(crate) fn of_data(setup: &Setup, count: usize) -> Result<Tensor> {
    let Some(examples) = &setup.examples else {
        bail!("techniques.discriminator_norm: virtual batch norm needs examples of the data")
    };
    let found = examples.dim(0)?;
    if found < 2 {
        bail!(
            "techniques.discriminator_norm: virtual batch norm needs a reference batch of 2 \
             samples or more, and the data has {found}"
        )
    }
    examples.narrow(0, 0, found.min(count))
}
