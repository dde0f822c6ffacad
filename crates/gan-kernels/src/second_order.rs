//! The switch that makes Candle keep the graph of a gradient, for gradient penalties.
//!
//! Candle cuts gradients loose from their graph unless an environment variable is set before a
//! thread's first backward pass; without it a gradient penalty would train on wrong numbers. So a
//! program switches it on when it starts, before it has threads, and a penalty proves it. Training's
//! own backward passes run [`without`] it: their gradients go to an optimizer, which differentiates
//! nothing.

use candle_core::{Device, Result, Tensor, Var, bail};
use std::sync::Once;

/// The variable that Candle reads once per thread.
const SWITCH: &str = "CANDLE_GRAD_DO_NOT_DETACH";

/// Turns gradients of gradients on for every thread that has not run a backward pass yet, then
/// proves it on this one. Call it first in `main`, before any thread exists; what is called later
/// changes nothing.
///
/// # Errors
/// Where this thread ran a backward pass before, so that the switch came too late.
#[allow(unsafe_code)]
pub fn enable() -> Result<()> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `set_var` is unsound only while another thread reads the environment through C;
        // Rust's own readers share a lock with it. Whoever calls this calls it before other threads
        // exist, as the documentation asks and our programs do; threads of a test binary, which may
        // exist, read the environment through Rust alone.
        unsafe { std::env::set_var(SWITCH, "1") };
    });
    self_test()
}

/// Runs `work` with backward passes whose gradients need no gradient: our kernels then record none
/// of their work, whether the switch is on or not. The numbers are the same.
pub fn without<T>(work: impl FnOnce() -> T) -> T {
    crate::graph::first_only(work)
}

/// Proves that gradients of gradients are right on this thread: d²(x²)²/dx² at 2 is 48. One
/// operation alone, such as x³, would prove nothing: what is cut off lies between operations.
///
/// # Errors
/// Where they are not; a gradient penalty must then be refused.
pub fn self_test() -> Result<()> {
    // On the host: the switch is the thread's, not the device's.
    let x = Var::from_tensor(&Tensor::new(2f64, &Device::Cpu)?)?;
    let first = x.as_tensor().sqr()?.sqr()?.backward()?;
    let second = match first.get(&x) {
        Some(g) if g.track_op() => match g.backward()?.get(&x) {
            Some(second) => second.to_scalar::<f64>()?,
            None => f64::NAN,
        },
        _ => f64::NAN,
    };
    match (second - 48.0).abs() < 1e-9 {
        true => Ok(()),
        _ => bail!(
            "gradients of gradients are cut off on this thread: call \
             gan_kernels::second_order::enable() first in `main`, before the first backward pass \
             (it sets {SWITCH}=1), or choose a loss without a gradient penalty or consensus"
        ),
    }
}
