//! Which instruction set the kernels use.

#[cfg(target_arch = "x86_64")]
pub(crate) mod matrix_unit;

use std::cell::Cell;
use std::sync::OnceLock;

/// Instruction sets that kernels are compiled for, each holding those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every machine of the target has; the whole story on ARM.
    Baseline,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// AVX-512.
    Avx512,
    /// The matrix unit (AMX with bfloat16), beside AVX-512.
    Amx,
}

/// Caps the instruction set: `baseline`, `avx2`, `avx512` or `amx`.
pub const VARIABLE: &str = "GAN_ISA";

thread_local! {
    static CAP: Cell<Isa> = const { Cell::new(Isa::Amx) };
}

impl Isa {
    /// As the environment variable names it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Baseline => "baseline",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
            Isa::Amx => "amx",
        }
    }

    /// The best that this machine has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let fma = std::is_x86_feature_detected!("fma");
            let avx512 = std::is_x86_feature_detected!("avx512bw")
                && std::is_x86_feature_detected!("avx512dq")
                && std::is_x86_feature_detected!("avx512vl");
            return match () {
                () if fma && avx512 && matrix_unit::available() => Isa::Amx,
                () if fma && avx512 => Isa::Avx512,
                () if fma && std::is_x86_feature_detected!("avx2") => Isa::Avx2,
                () => Isa::Baseline,
            };
        }
        #[allow(unreachable_code)]
        Isa::Baseline
    }

    /// What kernels called from this thread use: the machine's best, unless [`VARIABLE`] or
    /// [`with_isa`] caps it. Results differ in rounding between instruction sets, never between
    /// runs on one.
    pub fn current() -> Self {
        static PROCESS: OnceLock<Isa> = OnceLock::new();
        let process = *PROCESS.get_or_init(|| {
            let all = [Isa::Baseline, Isa::Avx2, Isa::Avx512, Isa::Amx];
            let asked = std::env::var(VARIABLE).unwrap_or_default();
            let cap = all.into_iter().find(|isa| isa.name() == asked).unwrap_or(Isa::Amx);
            Self::best().min(cap)
        });
        process.min(CAP.get())
    }
}

/// Runs `work` with kernels that use nothing beyond `isa`, so that every machine can test the
/// paths of older ones.
pub fn with_isa<T>(isa: Isa, work: impl FnOnce() -> T) -> T {
    /// Restores the former setting even when `work` unwinds.
    struct Restore(Isa);
    impl Drop for Restore {
        fn drop(&mut self) {
            CAP.set(self.0);
        }
    }
    let _restore = Restore(CAP.replace(isa));
    work()
}

/// Work that [`widely`] compiles for several instruction sets. Its `run` must be
/// `#[inline(always)]`: a call would leave the wide function for a plain one.
pub(crate) trait Work {
    type Out;
    fn run(self) -> Self::Out;
}

/// Runs `work` compiled for the best instruction set of this thread's [`Isa::current`]: a loop
/// inside it is vectorized as wide as the machine can, whatever the program was compiled for.
#[inline(always)]
pub(crate) fn widely<W: Work>(work: W) -> W::Out {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
        fn avx512<W: Work>(work: W) -> W::Out {
            work.run()
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2<W: Work>(work: W) -> W::Out {
            work.run()
        }
        #[allow(unsafe_code)]
        match Isa::current() {
            // SAFETY: `current` never exceeds what the machine was found to have.
            Isa::Amx | Isa::Avx512 => return unsafe { avx512(work) },
            // SAFETY: as above.
            Isa::Avx2 => return unsafe { avx2(work) },
            Isa::Baseline => {}
        }
    }
    work.run()
}

/// Runs a closure compiled for the best instruction set of this thread's [`Isa::current`]: a loop
/// inside it is vectorized as wide as the machine can, whatever the program was compiled for.
///
/// Keep it small: compilers do not inline a large closure, and then it stays narrow.
#[inline(always)]
pub fn wide<T>(work: impl FnOnce() -> T) -> T {
    struct Closure<F>(F);
    impl<T, F: FnOnce() -> T> Work for Closure<F> {
        type Out = T;
        #[inline(always)]
        fn run(self) -> T {
            (self.0)()
        }
    }
    widely(Closure(work))
}

/// Asks the memory for the cache line of `at`, without waiting for it.
#[inline(always)]
pub(crate) fn prefetch<T>(at: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: the address is that of a live value, and a prefetch reads nothing.
        #[allow(unsafe_code)]
        unsafe {
            _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(at).cast())
        };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}
