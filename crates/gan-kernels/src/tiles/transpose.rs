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

/// With AVX2's shuffles, eight rows of eight at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(crate) fn avx2(square: &Square<f32>, out: &mut Square<f32>) {
    for i in [0, 8] {
        for j in [0, 8] {
            let mut rows = [&square[0][..8]; 8];
            for (to, row) in rows.iter_mut().zip(&square[i..i + 8]) {
                *to = &row[j..j + 8];
            }
            let columns = eight(rows);
            for (to, column) in out[j..j + 8].iter_mut().zip(&columns) {
                to[i..i + 8].copy_from_slice(column);
            }
        }
    }
}

/// [`turn_plain`] with AVX2's shuffles.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(crate) fn turn_avx2(rows: [&[f32]; SIDE], half: usize, panel: &mut [[f32; WIDTH]; SIDE]) {
    for i in [0, 8] {
        for j in [0, 8] {
            let mut some = [&rows[0][..8]; 8];
            for (to, row) in some.iter_mut().zip(&rows[i..i + 8]) {
                *to = &row[j..j + 8];
            }
            let columns = eight(some);
            for (to, column) in panel[j..j + 8].iter_mut().zip(&columns) {
                to[half * SIDE + i..half * SIDE + i + 8].copy_from_slice(column);
            }
        }
    }
}

/// Eight rows of eight values as columns.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn eight(rows: [&[f32]; 8]) -> [[f32; 8]; 8] {
    use std::arch::x86_64::*;
    let mut r = [_mm256_setzero_ps(); 8];
    for (to, row) in r.iter_mut().zip(rows) {
        let row = &row[..8];
        // SAFETY: eight floats, by the line above; the load is unaligned.
        #[allow(unsafe_code)]
        let row = unsafe { _mm256_loadu_ps(row.as_ptr()) };
        *to = row;
    }
    let mut t = r;
    for i in 0..4 {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    let mut q = t;
    for i in 0..2 {
        q[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        q[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
        q[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        q[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
    }
    let mut out = [[0.0; 8]; 8];
    for j in 0..4 {
        let low = _mm256_permute2f128_ps(q[j], q[4 + j], 0x20);
        let high = _mm256_permute2f128_ps(q[j], q[4 + j], 0x31);
        // SAFETY: eight floats each; the stores are unaligned.
        #[allow(unsafe_code)]
        unsafe {
            _mm256_storeu_ps(out[j].as_mut_ptr(), low);
            _mm256_storeu_ps(out[4 + j].as_mut_ptr(), high);
        }
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
