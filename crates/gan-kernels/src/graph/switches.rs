//! What a backward pass of this thread records: nothing where its gradients need no gradient.

use std::cell::Cell;

thread_local! {
    static RECORDING: Cell<bool> = const { Cell::new(true) };
    static FIRST_ONLY: Cell<bool> = const { Cell::new(false) };
    /// Candle's own switch, read when Candle reads it: once a thread.
    static SECOND_ORDER: bool =
        std::env::var("CANDLE_GRAD_DO_NOT_DETACH").is_ok_and(|v| !v.is_empty() && v != "0");
}

/// False inside a backward pass whose gradients will be detached anyway.
pub(crate) fn recording() -> bool {
    RECORDING.get()
}

/// True where Candle keeps the graph of a gradient.
pub(super) fn second_order() -> bool {
    SECOND_ORDER.with(|on| *on)
}

/// Runs `work` without recording where gradients of gradients are off.
pub(super) fn while_detached<T>(work: impl FnOnce() -> T) -> T {
    /// Restores the former setting even when `work` unwinds.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            RECORDING.set(self.0);
        }
    }
    let keep = second_order() && !FIRST_ONLY.get();
    let _restore = Restore(RECORDING.replace(keep && RECORDING.get()));
    work()
}

/// Runs `work` with backward passes that need not be differentiated themselves.
pub(crate) fn first_only<T>(work: impl FnOnce() -> T) -> T {
    /// Restores the former setting even when `work` unwinds.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            FIRST_ONLY.set(self.0);
        }
    }
    let _restore = Restore(FIRST_ONLY.replace(true));
    work()
}
