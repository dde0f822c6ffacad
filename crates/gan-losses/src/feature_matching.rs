//! Feature matching: a generator that is asked for the data's statistics, not for D's applause.

use candle_core::{Result, Tensor};

/// Generator loss, `‖E f(x) − E f(G(z))‖₂²` with f a hidden layer of the discriminator.
///
/// arXiv 1606.03498, section 3.1. `real`, `fake`: `(n, features)` and `(m, features)`; the real
/// side is a constant. In the features' own units, squared.
///
/// # Errors
/// Where the numbers of features differ.
pub fn generator(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    (real.detach().mean(0)? - fake.mean(0)?)?.sqr()?.sum_all()
}
