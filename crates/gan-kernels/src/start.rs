//! Settings that must be made before any thread exists: thread counts and how memory is kept.

use candle_core::Result;

/// Bytes of a thread's stack: as much as a program's first thread usually has, since [`inside`] runs
/// whole programs.
const STACK: usize = 16 << 20;

/// Runs `work` on one of the pool's own threads, and waits for it.
///
/// Called from outside, every parallel operation first hands its work over to the pool, which
/// takes longer than a small operation itself; from inside it starts at once.
pub fn inside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::scope(|_| work())
}

/// Sets the number of threads of everything: rayon's global pool, and Candle's own.
///
/// Results do not depend on it. Call it at the very start of a program, once.
///
/// # Errors
/// Where the pool exists already.
#[allow(unsafe_code)]
pub fn threads(count: usize) -> Result<()> {
    let count = count.max(1);
    // SAFETY: `set_var` is unsound only while another thread reads the environment through C;
    // this runs at start-up, before any code of ours that could call into C exists on another
    // thread. Candle reads these variables when it first starts its own threads.
    unsafe {
        std::env::set_var("RAYON_NUM_THREADS", count.to_string());
        std::env::set_var("CANDLE_NUM_THREADS", count.to_string());
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .stack_size(STACK)
        .build_global()
        .map_err(candle_core::Error::wrap)
}

/// How many threads compute.
pub fn count() -> usize {
    rayon::current_num_threads()
}

/// Asks glibc's allocator to keep freed memory for the next step instead of giving it back to the
/// system: a training step allocates the same large tensors over and over, and fresh pages cost
/// more than the arithmetic on them. Elsewhere it does nothing.
#[allow(unsafe_code)]
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` only stores numbers in the allocator's settings; both parameters and
    // their ranges are documented by glibc, and a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 30);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}
