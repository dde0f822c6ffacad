//! How likely data are under a model itself, and how far its codes are from their prior.

use crate::error::Result;
use crate::trained::{Trained, measuring_rng};
use candle_core::Tensor;
use gan_info::{Kernel, median_distance, mmd_squared_unbiased};
use gan_kernels::read::values;
use gan_train::{Effort, Likelihood};

/// Codes that are compared with draws of the prior: time grows with their square.
const CODES: usize = 2000;

/// How far codes are from their prior.
pub struct CodeDistance {
    /// Codes that were compared with as many draws of the prior.
    pub count: usize,
    /// Numbers a code.
    pub width: usize,
    /// The width of the Gaussian kernel: the median distance between draws of the prior.
    pub bandwidth: f64,
    /// The squared maximum mean discrepancy, unbiased.
    pub mmd_squared: f64,
    /// The same between two sets of draws of the prior: what chance alone gives.
    pub between_draws: f64,
}

/// The model's own likelihood of samples `x`, `(n, …shape)`, in nats; nothing where it has none.
///
/// # Errors
/// Where the samples do not fit the model.
pub fn likelihood(
    trained: &Trained,
    x: &Tensor,
    effort: &Effort,
    seed: u64,
) -> Result<Option<Likelihood>> {
    trained.drawn(|game| {
        let Some(density) = game.inside().density else { return Ok(None) };
        Ok(Some(density.likelihood(x, effort, &mut measuring_rng(seed))?))
    })
}

/// Codes of the data, the first 2,000 of `x`, against draws of the prior, where the model has both.
///
/// # Errors
/// Where the samples do not fit the model.
pub fn code_distance(trained: &Trained, x: &Tensor, seed: u64) -> Result<Option<CodeDistance>> {
    let count = x.dim(0)?.min(CODES);
    let mut rng = measuring_rng(seed);
    let drawn = trained.drawn(|game| -> Result<_> {
        let Some(encoder) = game.inside().encoder else { return Ok(None) };
        let codes = encoder.encode(&x.narrow(0, 0, count)?, Some(&mut rng))?;
        let mut prior = || encoder.prior(count, &mut rng);
        Ok(Some((codes, prior()?, prior()?)))
    })?;
    let Some((codes, Some(prior), Some(other))) = drawn else { return Ok(None) };
    let width = codes.dim(1)?;
    let (codes, prior, other) = (values(&codes)?, values(&prior)?, values(&other)?);
    let bandwidth = median_distance(&prior, &[], width)?;
    let kernel = Kernel::Gaussian { bandwidth };
    let mmd = |a: &[f64]| mmd_squared_unbiased(a, &prior, width, &kernel);
    let (mmd_squared, between_draws) = (mmd(&codes)?, mmd(&other)?);
    Ok(Some(CodeDistance { count, width, bandwidth, mmd_squared, between_draws }))
}
