//! The loops of AVX-512. Compilers lose plain ones to memory; here each sum is a register.

// Indices say what the registers hold; iterators would hide it.
#![allow(clippy::needless_range_loop)]

use super::lanes::Plain;
use super::matrix::{Panel, ROWS, Rows, Strip, WIDTH};
use super::{DEPTH, SIDE, Squares, Step};
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

/// `COUNT` rows of a strip.
#[target_feature(enable = "avx512f,fma")]
fn rows<const COUNT: usize>(strip: &Strip<'_, f32>, panel: &Panel<f32>, sums: &mut Rows<f32>) {
    const { assert!(COUNT <= ROWS && WIDTH == 32) };
    let values = strip.values(panel.len());
    assert!(strip.rows == COUNT && !values.is_empty());
    let mut total = [[_mm512_setzero_ps(); 2]; COUNT];
    for (k, b) in panel.iter().enumerate() {
        // SAFETY: a row of the panel is two times sixteen values; element (row, k) of the strip
        // lies within `values`, which reach to the last row of the panel's last k.
        #[allow(unsafe_code)]
        unsafe {
            let (b0, b1) = (_mm512_loadu_ps(b.as_ptr()), _mm512_loadu_ps(b.as_ptr().add(SIDE)));
            let at = values.as_ptr().add(k * strip.along);
            for (row, total) in total.iter_mut().enumerate() {
                let a = _mm512_set1_ps(*at.add(row * strip.down));
                total[0] = _mm512_fmadd_ps(a, b0, total[0]);
                total[1] = _mm512_fmadd_ps(a, b1, total[1]);
            }
        }
    }
    for (to, total) in sums.iter_mut().zip(total) {
        for (half, total) in total.into_iter().enumerate() {
            let to = to[half * SIDE..][..SIDE].as_mut_ptr();
            // SAFETY: half a row is sixteen values.
            #[allow(unsafe_code)]
            unsafe {
                _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), total))
            };
        }
    }
}

/// Adds `strip · panel`.
#[target_feature(enable = "avx512f,fma")]
pub(super) fn strip(strip: &Strip<'_, f32>, panel: &Panel<f32>, sums: &mut Rows<f32>) {
    if panel.is_empty() {
        return;
    }
    match strip.rows {
        1 => rows::<1>(strip, panel, sums),
        2 => rows::<2>(strip, panel, sums),
        3 => rows::<3>(strip, panel, sums),
        4 => rows::<4>(strip, panel, sums),
        5 => rows::<5>(strip, panel, sums),
        6 => rows::<6>(strip, panel, sums),
        7 => rows::<7>(strip, panel, sums),
        8 => rows::<8>(strip, panel, sums),
        9 => rows::<9>(strip, panel, sums),
        10 => rows::<10>(strip, panel, sums),
        11 => rows::<11>(strip, panel, sums),
        12 => rows::<12>(strip, panel, sums),
        _ => {}
    }
}
