//! Rows and columns of a 16×16 tile swapped.

use super::shape::{SIDE, Square};
use super::strip::WIDTH;

/// In plain loops.
pub(crate) fn plain<T: Copy>(square: &Square<T>, out: &mut Square<T>) {
    for (i, row) in square.iter().enumerate() {
        for (j, &v) in row.iter().enumerate() {
            out[j][i] = v;
        }
    }
}

/// With AVX-512's shuffles, four rounds of sixteen.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(crate) fn avx512(square: &Square<f32>, out: &mut Square<f32>) {
    use std::arch::x86_64::*;
    let mut rows = [_mm512_setzero_ps(); SIDE];
    for (to, row) in rows.iter_mut().zip(square) {
        // SAFETY: a row holds sixteen floats; the load is unaligned.
        #[allow(unsafe_code)]
        let row = unsafe { _mm512_loadu_ps(row.as_ptr()) };
        *to = row;
    }
    for (to, row) in out.iter_mut().zip(registers(rows)) {
        // SAFETY: a row holds sixteen floats; the store is unaligned.
        #[allow(unsafe_code)]
        unsafe {
            _mm512_storeu_ps(to.as_mut_ptr(), row)
        };
    }
}

/// [`avx512`] from registers to registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
pub(crate) fn registers(r: [std::arch::x86_64::__m512; SIDE]) -> [std::arch::x86_64::__m512; SIDE] {
    use std::arch::x86_64::*;
    let mut t = r;
    for i in 0..8 {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    // Pairs of rows, as 64-bit units.
    let mut d = [_mm512_setzero_pd(); SIDE];
    for (d, t) in d.iter_mut().zip(t) {
        *d = _mm512_castps_pd(t);
    }
    let mut q = t;
    for i in 0..4 {
        q[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(d[4 * i], d[4 * i + 2]));
        q[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(d[4 * i], d[4 * i + 2]));
        q[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(d[4 * i + 1], d[4 * i + 3]));
        q[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(d[4 * i + 1], d[4 * i + 3]));
    }
    // Quarter k of q[4i + j] now holds rows 4i…4i+3 of column 4k + j.
    let mut out = q;
    for j in 0..4 {
        let (a, b, c, d) = (q[j], q[4 + j], q[8 + j], q[12 + j]);
        let (even, odd) = (_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
        let (even2, odd2) = (_mm512_shuffle_f32x4(c, d, 0x88), _mm512_shuffle_f32x4(c, d, 0xdd));
        out[j] = _mm512_shuffle_f32x4(even, even2, 0x88);
        out[4 + j] = _mm512_shuffle_f32x4(odd, odd2, 0x88);
        out[8 + j] = _mm512_shuffle_f32x4(even, even2, 0xdd);
        out[12 + j] = _mm512_shuffle_f32x4(odd, odd2, 0xdd);
    }
    out
}

/// Sixteen rows as columns of half a panel, in plain loops.
pub(crate) fn turn_plain<T: Copy>(rows: [&[T]; SIDE], half: usize, panel: &mut [[T; WIDTH]; SIDE]) {
    for (s, row) in rows.into_iter().enumerate() {
        for (to, &v) in panel.iter_mut().zip(row) {
            to[half * SIDE + s] = v;
        }
    }
}

/// [`turn_plain`] in registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(crate) fn turn_avx512(rows: [&[f32]; SIDE], half: usize, panel: &mut [[f32; WIDTH]; SIDE]) {
    use std::arch::x86_64::*;
    let mut r = [_mm512_setzero_ps(); SIDE];
    for (to, row) in r.iter_mut().zip(rows) {
        let row = &row[..SIDE];
        // SAFETY: sixteen floats, by the line above; the load is unaligned.
        #[allow(unsafe_code)]
        let row = unsafe { _mm512_loadu_ps(row.as_ptr()) };
        *to = row;
    }
    for (to, row) in panel.iter_mut().zip(registers(r)) {
        let to = &mut to[half * SIDE..][..SIDE];
        // SAFETY: sixteen floats, by the line above; the store is unaligned.
        #[allow(unsafe_code)]
        unsafe {
            _mm512_storeu_ps(to.as_mut_ptr(), row)
        };
    }
}
