//! Packing for the matrix unit: `f32` into three bfloat16 pieces, two values a word.
//!
//! A word of a tile holds two neighbors along the summed axis, the even one below. A right tile
//! has a row for each pair of the summed axis, a left tile a column.

use super::shape::{DEPTH, SIDE};
use super::source::{Operand, Part, Source, Summed};
use super::transpose::registers;
use std::arch::x86_64::*;
use std::mem::MaybeUninit;

/// Three bfloat16 tiles whose sum is one of `f32`: 16 rows of 16 words, two values a word.
#[repr(C, align(64))]
pub(crate) struct Triple(pub [[[u32; SIDE]; SIDE]; 3]);

/// Sixteen words of each piece.
type Words = [__m512i; 3];

/// The pieces of sixteen values, each in the upper half of its word: `x = hi + mid + lo`.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn split(x: __m512) -> Words {
    let half = _mm512_set1_epi32(0x8000);
    let mask = _mm512_set1_epi32(0xffff_0000_u32 as i32);
    let round = |v: __m512| _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(v), half), mask);
    let high = round(x);
    let rest = _mm512_sub_ps(x, _mm512_castsi512_ps(high));
    let middle = round(rest);
    let low = round(_mm512_sub_ps(rest, _mm512_castsi512_ps(middle)));
    [high, middle, low]
}

/// Words of an even and an odd row.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn pair(even: __m512, odd: __m512) -> Words {
    let (even, odd) = (split(even), split(odd));
    let mut words = odd;
    for (word, even) in words.iter_mut().zip(even) {
        *word = _mm512_or_si512(_mm512_srli_epi32::<16>(even), *word);
    }
    words
}

/// Words of thirty-two neighbors.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn neighbours(first: __m512, second: __m512) -> Words {
    // The upper halves of all words of both, in order.
    let mut order = [0u16; 32];
    for (i, at) in order.iter_mut().enumerate() {
        *at = 2 * i as u16 + 1;
    }
    // SAFETY: thirty-two indices of two bytes; the load is unaligned.
    #[allow(unsafe_code)]
    let order = unsafe { _mm512_loadu_si512(order.as_ptr().cast()) };
    let (first, second) = (split(first), split(second));
    let mut words = first;
    for (word, second) in words.iter_mut().zip(second) {
        *word = _mm512_permutex2var_epi16(*word, order, second);
    }
    words
}

/// Up to sixteen values, the rest zero.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn load(values: &[f32]) -> __m512 {
    let count = values.len().min(SIDE);
    let mask = ((1u32 << count) - 1) as __mmask16;
    // The run that follows lies beside this one, in one of hundreds of rows that no hardware
    // follows by itself.
    _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(SIDE).cast());
    // SAFETY: only the first `count` values are read.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_maskz_loadu_ps(mask, values.as_ptr())
    }
}

/// Writes row `row` of a tile.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn store(tile: &mut MaybeUninit<Triple>, row: usize, words: Words) {
    assert!(row < SIDE);
    for (piece, words) in words.into_iter().enumerate() {
        // SAFETY: rows are sixteen words of a tile of 3×16 rows, which is aligned to 64 bytes.
        #[allow(unsafe_code)]
        unsafe {
            let start = tile.as_mut_ptr().cast::<u32>().add((piece * SIDE + row) * SIDE);
            _mm512_store_si512(start.cast(), words);
        }
    }
}

/// Rows and columns of words swapped, for each piece.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn turned(rows: &[Words; SIDE], mut write: impl FnMut(usize, usize, __m512i)) {
    for piece in 0..3 {
        let mut r = [_mm512_setzero_ps(); SIDE];
        for (r, words) in r.iter_mut().zip(rows) {
            *r = _mm512_castsi512_ps(words[piece]);
        }
        for (row, words) in registers(r).into_iter().enumerate() {
            write(piece, row, _mm512_castps_si512(words));
        }
    }
}

/// Writes a row of words of one piece.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn store_piece(tile: &mut MaybeUninit<Triple>, piece: usize, row: usize, words: __m512i) {
    assert!(row < SIDE && piece < 3);
    // SAFETY: rows are sixteen words of a tile of 3×16 rows, which is aligned to 64 bytes.
    #[allow(unsafe_code)]
    unsafe {
        let start = tile.as_mut_ptr().cast::<u32>().add((piece * SIDE + row) * SIDE);
        _mm512_store_si512(start.cast(), words);
    }
}

/// Packs one tile of each position of a part.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn pack(source: &Source<'_, f32>, part: &Part, out: &mut [&mut MaybeUninit<Triple>]) {
    const { assert!(DEPTH == 2 * SIDE) };
    if source.positions == 1 {
        return matrix(source, part, out[0]);
    }
    match part.operand {
        Operand::Right => {
            for q in 0..SIDE {
                let mut rows = [[_mm512_setzero_ps(); SIDE]; 2];
                for (odd, rows) in rows.iter_mut().enumerate() {
                    for (s, row) in rows.iter_mut().enumerate() {
                        if let Some(values) = source.row(part, 2 * q + odd, s) {
                            *row = load(values);
                        }
                    }
                }
                let (even, odd) = (registers(rows[0]), registers(rows[1]));
                for (p, tile) in out.iter_mut().enumerate() {
                    store(tile, q, pair(even[p], odd[p]));
                }
            }
        }
        Operand::Left => {
            for s in 0..SIDE {
                let mut rows = [[_mm512_setzero_si512(); 3]; SIDE];
                for (q, row) in rows.iter_mut().enumerate() {
                    let mut values = [_mm512_setzero_ps(); 2];
                    for (odd, value) in values.iter_mut().enumerate() {
                        if let Some(values) = source.row(part, 2 * q + odd, s) {
                            *value = load(values);
                        }
                    }
                    *row = pair(values[0], values[1]);
                }
                for piece in 0..3 {
                    let mut r = [_mm512_setzero_ps(); SIDE];
                    for (r, words) in r.iter_mut().zip(&rows) {
                        *r = _mm512_castsi512_ps(words[piece]);
                    }
                    let turned = registers(r);
                    for (p, tile) in out.iter_mut().enumerate() {
                        store_piece(tile, piece, s, _mm512_castps_si512(turned[p]));
                    }
                }
            }
        }
    }
}

/// Packs one tile of a matrix.
#[target_feature(enable = "avx512f,avx512bw")]
fn matrix(source: &Source<'_, f32>, part: &Part, tile: &mut MaybeUninit<Triple>) {
    let (first_k, first_s) = (part.depth * DEPTH, part.side * SIDE);
    let mut rows = [[_mm512_setzero_si512(); 3]; SIDE];
    for (i, row) in rows.iter_mut().enumerate() {
        *row = match part.summed {
            // A pair of the summed axis, over the other.
            Summed::Outer => pair(
                load(source.line(first_k + 2 * i, first_s, SIDE)),
                load(source.line(first_k + 2 * i + 1, first_s, SIDE)),
            ),
            // One of the other axis, over the summed one.
            Summed::Inner => neighbours(
                load(source.line(first_s + i, first_k, SIDE)),
                load(source.line(first_s + i, first_k + SIDE, SIDE)),
            ),
        };
    }
    let by_pair = part.summed == Summed::Outer;
    if by_pair == (part.operand == Operand::Right) {
        for (i, row) in rows.into_iter().enumerate() {
            store(tile, i, row);
        }
    } else {
        turned(&rows, |piece, row, words| {
            // SAFETY: this closure runs in a function with the features that it needs.
            #[allow(unsafe_code, unused_unsafe)]
            unsafe {
                store_piece(tile, piece, row, words)
            }
        });
    }
}
