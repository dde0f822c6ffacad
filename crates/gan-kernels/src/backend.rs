//! Which branch an operation takes: custom CPU op, or a composition of Candle's own ops.

use candle_core::Tensor;
use std::cell::Cell;

thread_local! {
    static COMPOSED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` with every operation of this thread composed of Candle ops, as on CUDA and Metal.
///
/// No GPU is needed to test the branch that a GPU takes. Backward passes must run inside too.
pub fn with_composed<T>(work: impl FnOnce() -> T) -> T {
    /// Restores the former setting even when `work` unwinds.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            COMPOSED.set(self.0);
        }
    }
    let _restore = Restore(COMPOSED.replace(true));
    work()
}

/// True where `x` is not on the CPU, or where [`with_composed`] forces the composition.
pub(crate) fn composed(x: &Tensor) -> bool {
    COMPOSED.get() || !x.device().is_cpu()
}
