//! The multiplier on x86's matrix unit (AMX), in single precision by way of bfloat16.
//!
//! AMX multiplies tiles of bfloat16, whose eight significant bits are too few. But three of them
//! hold all 24 bits of an `f32`: `x = hi + mid + lo`, each the rounding of what the former left.
//! Of the nine products of two such sums, six are kept,
//! `hi·hi + hi·mid + mid·hi + mid·mid + hi·lo + lo·hi`; the other three are below 2⁻²⁴ of the
//! first, an `f32` product's own rounding. Sums are kept in `f32`. So the result is as accurate
//! as an ordinary `f32` product (a test compares both with `f64`), and six products at the matrix
//! unit's rate still take less than half of the time that AVX-512 takes for one.
//!
//! Two things differ from ordinary `f32`: an infinite operand gives NaN, where `inf · 1` would be
//! infinite, and what is smaller than about 1e-38 counts as zero.

use super::amx_pack::Triple;
use super::shape::{DEPTH, SIDE, Square, Squares, Step};
use super::source::{Part, Source};
use super::strip::{Panel, Rows, Strip, WIDTH};
use super::transpose;
use super::unit::Unit;
use crate::isa::matrix_unit::available;
use std::mem::MaybeUninit;

/// x86's matrix unit.
pub(crate) struct Amx;

/// The tile registers' shapes: palette 1, eight registers of 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Shapes([u8; 64]);

const SHAPES: Shapes = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut register = 0;
    while register < 8 {
        bytes[16 + 2 * register] = 64;
        bytes[48 + register] = 16;
        register += 1;
    }
    Shapes(bytes)
};

/// Adds `left·right` for both left and both right tiles that are in the registers.
macro_rules! four_products {
    () => {
        "tdpbf16ps tmm0, tmm4, tmm6
         tdpbf16ps tmm1, tmm4, tmm7
         tdpbf16ps tmm2, tmm5, tmm6
         tdpbf16ps tmm3, tmm5, tmm7"
    };
}

#[allow(unsafe_code)]
#[inline(never)]
fn multiply(steps: &[Step<'_, Triple>], sums: &mut Squares<f32>) {
    const { assert!(DEPTH == 32 && SIDE == 16 && size_of::<Triple>() == 3072) };
    const { assert!(size_of::<Step<'_, Triple>>() == 32) };
    if steps.is_empty() {
        return;
    }
    assert!(available(), "the matrix unit");
    // SAFETY: `available` has shown that the instructions exist and are permitted. Every address
    // read is a `Step` of the slice, or within the 3 KiB of a tile that a live reference in it
    // points to; every address written is within `sums`. Tile registers are declared as
    // clobbered and are released at the end, so no state is left behind.
    unsafe {
        std::arch::asm!(
            "ldtilecfg [{shapes}]",
            "tileloadd tmm0, [{sums} + {row}]",
            "tileloadd tmm1, [{sums} + {row} + 1024]",
            "tileloadd tmm2, [{sums} + {row} + 2048]",
            "tileloadd tmm3, [{sums} + {row} + 3072]",
            "2:",
            "mov {l0}, [{step}]",
            "mov {l1}, [{step} + 8]",
            "mov {r0}, [{step} + 16]",
            "mov {r1}, [{step} + 24]",
            // Small products first: hi·lo, hi·mid, mid·mid, mid·hi, lo·hi, hi·hi. Each shares an
            // operand with the one before.
            "tileloadd tmm4, [{l0} + {row}]",
            "tileloadd tmm5, [{l1} + {row}]",
            "tileloadd tmm6, [{r0} + {row} + 2048]",
            "tileloadd tmm7, [{r1} + {row} + 2048]",
            four_products!(),
            "tileloadd tmm6, [{r0} + {row} + 1024]",
            "tileloadd tmm7, [{r1} + {row} + 1024]",
            four_products!(),
            "tileloadd tmm4, [{l0} + {row} + 1024]",
            "tileloadd tmm5, [{l1} + {row} + 1024]",
            four_products!(),
            "tileloadd tmm6, [{r0} + {row}]",
            "tileloadd tmm7, [{r1} + {row}]",
            four_products!(),
            "tileloadd tmm4, [{l0} + {row} + 2048]",
            "tileloadd tmm5, [{l1} + {row} + 2048]",
            four_products!(),
            "tileloadd tmm4, [{l0} + {row}]",
            "tileloadd tmm5, [{l1} + {row}]",
            four_products!(),
            "add {step}, 32",
            "dec {count}",
            "jnz 2b",
            "tilestored [{sums} + {row}], tmm0",
            "tilestored [{sums} + {row} + 1024], tmm1",
            "tilestored [{sums} + {row} + 2048], tmm2",
            "tilestored [{sums} + {row} + 3072], tmm3",
            "tilerelease",
            shapes = in(reg) &SHAPES,
            sums = in(reg) sums.as_mut_ptr(),
            row = in(reg) 64usize,
            step = inout(reg) steps.as_ptr() => _,
            count = inout(reg) steps.len() => _,
            l0 = out(reg) _, l1 = out(reg) _, r0 = out(reg) _, r1 = out(reg) _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

impl Unit for Amx {
    type Value = f32;
    type Tile = Triple;

    fn zero() -> Triple {
        Triple([[[0; SIDE]; SIDE]; 3])
    }

    fn pack(source: &Source<'_, f32>, part: &Part, out: &mut [&mut MaybeUninit<Triple>]) {
        assert!(available(), "the matrix unit");
        // SAFETY: `available` asks for AVX-512 too.
        #[allow(unsafe_code)]
        unsafe {
            super::amx_pack::pack(source, part, out)
        }
    }

    fn multiply(steps: &[Step<'_, Triple>], sums: &mut Squares<f32>) {
        multiply(steps, sums);
    }

    fn strip(rows: &Strip<'_, f32>, panel: &Panel<f32>, columns: usize, sums: &mut Rows<f32>) {
        assert!(available(), "the matrix unit");
        // SAFETY: `available` asks for AVX-512 too.
        #[allow(unsafe_code)]
        unsafe {
            super::avx512::strip(rows, panel, columns, sums)
        }
    }

    fn transpose(square: &Square<f32>, out: &mut Square<f32>) {
        assert!(available(), "the matrix unit");
        // SAFETY: `available` asks for AVX-512 too.
        #[allow(unsafe_code)]
        unsafe {
            transpose::avx512(square, out)
        }
    }

    fn turn(rows: [&[f32]; SIDE], half: usize, panel: &mut [[f32; WIDTH]; SIDE]) {
        assert!(available(), "the matrix unit");
        // SAFETY: `available` asks for AVX-512 too.
        #[allow(unsafe_code)]
        unsafe {
            transpose::turn_avx512(rows, half, panel)
        }
    }
}
