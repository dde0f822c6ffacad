//! The switch that makes Candle keep the graph of a gradient, for gradient penalties.
//!
//! Candle cuts gradients loose from their graph unless an environment variable is set before a
//! thread's first backward pass; without it a gradient penalty trains on wrong numbers and says
//! nothing. So it is switched on at start-up and proved before use.

use candle_core::{Device, Result, Tensor, Var, bail};
use std::sync::Once;

/// The variable that Candle reads once per thread.
const SWITCH: &str = "CANDLE_GRAD_DO_NOT_DETACH";

/// Turns second-order gradients on for every thread that has not run a backward pass yet, then
/// proves it on this thread. Call it at the very start of a program, before any thread exists.
///
/// # Errors
/// Where this thread ran a backward pass before, so that the switch came too late.
#[allow(unsafe_code)]
pub fn enable() -> Result<()> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `set_var` is unsound only while another thread reads the environment through
        // C. Rust's own readers share a lock with it; this runs once, at start-up, before any
        // code of ours that could call into C exists on another thread.
        unsafe { std::env::set_var(SWITCH, "1") };
    });
    self_test()
}

/// Runs `work` with backward passes whose gradients need no gradient: faster where the switch is
/// on for the sake of another part of the same program.
pub fn without<T>(work: impl FnOnce() -> T) -> T {
    crate::graph::first_only(work)
}

/// Proves that gradients of gradients are right on this thread: d²(x²)²/dx² at 2 is 48. One
/// operation alone, such as x³, would prove nothing: what is cut off lies between operations.
///
/// # Errors
/// Where they are not; a gradient penalty must then be refused.
pub fn self_test() -> Result<()> {
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
             gan_kernels::second_order::enable() at start-up, before the first backward pass \
             (it sets {SWITCH}=1), or choose a loss without a gradient penalty"
        ),
    }
}
