//! Work on threads of its own, for commands that train more than once.

use anyhow::{Context, Result};

/// Bytes of a thread's stack, as of the program's other threads.
const STACK: usize = 16 << 20;

/// Does `work` on a pool of its own, with as many threads as the program computes with. Whether
/// gradients of gradients are kept is settled once a thread, and runs differ in what they need. A
/// single thread would not do: it would ask the program's pool for help, of which one thread waits
/// for it; where there is one alone, both would wait for good.
///
/// # Errors
/// Those of `work`, or where threads cannot be started.
pub fn on_own_threads<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .stack_size(STACK)
        .build()
        .context("cannot start the threads")?;
    pool.install(work)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn one_thread_does_not_wait_for_itself() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let sum = pool.install(|| on_own_threads(|| Ok((0..1000u64).into_par_iter().sum::<u64>())));
        assert_eq!(sum.unwrap(), 499_500);
    }
}
