//! Whether x86's matrix unit (AMX) may be used: the system has to be asked for it.

use std::sync::OnceLock;

/// True where the processor has AMX with bfloat16 and AVX-512 and the system lets us use them.
pub(crate) fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(ask)
}

#[cfg(target_os = "linux")]
fn ask() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    const BF16: u32 = 1 << 22;
    const TILE: u32 = 1 << 24;
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    if __cpuid(0).eax < 7 || !std::is_x86_feature_detected!("avx512bw") {
        return false;
    }
    let features = __cpuid_count(7, 0).edx;
    // SAFETY: the call only asks the system to let this process use the tile registers; where it
    // does not know the question it answers with an error.
    #[allow(unsafe_code)]
    let granted = || unsafe {
        libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0
    };
    features & BF16 != 0 && features & TILE != 0 && granted()
}

#[cfg(not(target_os = "linux"))]
fn ask() -> bool {
    false
}
