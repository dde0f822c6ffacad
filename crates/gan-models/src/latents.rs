//! What latents, samples and labels must be where they come from outside the model.

use candle_core::Tensor;
use gan_train::{Error, Fields, Latent, Result};

/// Refuses latents of another shape than `(n, width)`.
pub(crate) fn check_latents(z: &Tensor, latent: &Latent) -> Result<()> {
    match z.dims() {
        [_, width] if *width == latent.width => Ok(()),
        found => Err(Error::Config(format!(
            "latents of shape {found:?}: expected (n, {})",
            latent.width
        ))),
    }
}

/// Refuses samples of another shape than `(n, …shape)`, and discriminators of packs.
pub(crate) fn check_samples(x: &Tensor, shape: &[usize], packing: usize) -> Result<()> {
    if x.dims().get(1..) != Some(shape) {
        return Err(Error::Config(format!(
            "samples of shape {:?}: expected (n, …) with {shape:?} after it",
            x.dims()
        )));
    }
    if packing > 1 {
        return Err(Error::Config(format!(
            "this discriminator judges packs of {packing} samples together \
             (techniques.packing), not single ones"
        )));
    }
    Ok(())
}

/// Refuses conditions for a model that takes none.
pub(crate) fn nothing_given(given: &Fields) -> Result<()> {
    match given.names().next() {
        None => Ok(()),
        Some(name) => Err(Error::Config(format!(
            "{name}: this model's samples cannot be asked for by it; `cgan` takes a class"
        ))),
    }
}

/// Labels for `count` samples of a model that knows `classes`: those given, or class after class
/// in turn.
pub(crate) fn labels_for(
    entry: &str,
    labels: Option<&[u32]>,
    count: usize,
    classes: usize,
) -> Result<Vec<u32>> {
    let classes = classes as u32;
    let labels = match labels {
        Some(labels) => labels.to_vec(),
        None => (0..count as u32).map(|i| i % classes).collect(),
    };
    if labels.len() != count {
        let n = labels.len();
        return Err(Error::Config(format!("{entry}: {n} labels for {count} samples")));
    }
    if let Some(bad) = labels.iter().find(|l| **l >= classes) {
        let what = format!("{entry}: label {bad}; the model knows 0 to {}", classes - 1);
        return Err(Error::Config(what));
    }
    Ok(labels)
}
