//! The loops of AVX-512. Compilers lose plain ones to memory; here each sum is a register.

// Indices say what the registers hold; iterators would hide it.
#![allow(clippy::needless_range_loop)]

use super::shape::{DEPTH, Plain, SIDE, Squares, Step};
use super::strip::{Panel, ROWS, Rows, Strip, WIDTH};
use std::arch::x86_64::*;

/// Rows of tiles whose sums are held at once.
const TOGETHER: usize = 8;

/// Adds the products of all steps.
#[target_feature(enable = "avx512f,fma")]
pub(super) fn multiply(steps: &[Step<'_, Plain<f32>>], sums: &mut Squares<f32>) {
    for (tile, squares) in sums.chunks_exact_mut(2).enumerate() {
        for first in (0..SIDE).step_by(TOGETHER) {
            let mut total = [[_mm512_setzero_ps(); 2]; TOGETHER];
            for step in steps {
                let (left, [b0, b1]) = (&step.left[tile].0, step.right);
                for k in 0..DEPTH {
                    // SAFETY: rows of tiles are sixteen values.
                    #[allow(unsafe_code)]
                    let (b0, b1) = unsafe {
                        (_mm512_loadu_ps(b0.0[k].as_ptr()), _mm512_loadu_ps(b1.0[k].as_ptr()))
                    };
                    for (row, total) in total.iter_mut().enumerate() {
                        let a = _mm512_set1_ps(left[k][first + row]);
                        total[0] = _mm512_fmadd_ps(a, b0, total[0]);
                        total[1] = _mm512_fmadd_ps(a, b1, total[1]);
                    }
                }
            }
            for (row, total) in total.into_iter().enumerate() {
                for (square, total) in squares.iter_mut().zip(total) {
                    let to = square[first + row].as_mut_ptr();
                    // SAFETY: rows of squares are sixteen values.
                    #[allow(unsafe_code)]
                    unsafe {
                        _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), total))
                    };
                }
            }
        }
    }
}

/// `COUNT` rows of a strip, by half a panel or a whole one.
#[target_feature(enable = "avx512f,fma")]
fn rows<const COUNT: usize, const HALVES: usize>(
    strip: &Strip<'_, f32>,
    panel: &Panel<f32>,
    sums: &mut Rows<f32>,
) {
    const { assert!(COUNT <= ROWS && HALVES * SIDE <= WIDTH) };
    let values = strip.values(panel.len());
    assert!(strip.rows == COUNT && (panel.is_empty() || !values.is_empty()));
    let mut total = [[_mm512_setzero_ps(); HALVES]; COUNT];
    for (k, b) in panel.iter().enumerate() {
        // SAFETY: a row of the panel is two times sixteen values; element (row, k) of the strip
        // lies within `values`, which reach to the last row of the panel's last k.
        #[allow(unsafe_code)]
        unsafe {
            let mut right = [_mm512_setzero_ps(); HALVES];
            for half in 0..HALVES {
                right[half] = _mm512_loadu_ps(b.as_ptr().add(half * SIDE));
            }
            let at = values.as_ptr().add(k * strip.along);
            for (row, total) in total.iter_mut().enumerate() {
                let a = _mm512_set1_ps(*at.add(row * strip.down));
                for half in 0..HALVES {
                    total[half] = _mm512_fmadd_ps(a, right[half], total[half]);
                }
            }
        }
    }
    for (to, total) in sums.iter_mut().zip(total) {
        for (half, total) in total.into_iter().enumerate() {
            let to = to[half * SIDE..][..SIDE].as_mut_ptr();
            // SAFETY: half a row is sixteen values.
            #[allow(unsafe_code)]
            unsafe {
                _mm512_storeu_ps(to, total)
            };
        }
    }
}

/// Writes the first `columns` of `strip · panel`.
#[target_feature(enable = "avx512f,fma")]
pub(super) fn strip(
    strip: &Strip<'_, f32>,
    panel: &Panel<f32>,
    columns: usize,
    sums: &mut Rows<f32>,
) {
    macro_rules! of {
        ($($count:literal)*) => {
            match (strip.rows, columns <= SIDE) {
                $(($count, true) => rows::<$count, 1>(strip, panel, sums),
                ($count, false) => rows::<$count, 2>(strip, panel, sums),)*
                _ => {}
            }
        };
    }
    of!(1 2 3 4 5 6 7 8 9 10 11 12)
}
