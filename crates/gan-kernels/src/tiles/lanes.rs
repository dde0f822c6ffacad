//! The multiplier in plain loops, compiled once for each instruction set worth having.

// Indices say what the registers hold; iterators would hide it.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::shape::{Block, DEPTH, Plain, SIDE, Square, Squares, Step};
use super::source::{Part, Source, Summed};
use super::strip::{Panel, Rows, Strip, WIDTH};
use super::transpose;
use super::unit::Unit;
use crate::number::Number;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// AVX-512; its loops are in [`super::avx512`].
pub(crate) struct Avx512;
/// AVX2 with fused multiply-add: eight sums of 8 lanes.
pub(crate) struct Avx2;
/// Whatever the compiler was told the machine has.
pub(crate) struct Portable<T>(PhantomData<T>);

/// `ROWS` rows of the result at a time, so that their sums stay in registers.
#[inline(always)]
fn multiply<T: Number, const ROWS: usize>(
    steps: &[Step<'_, Plain<T>>],
    sums: &mut Squares<T>,
    fused: impl Fn(T, T, T) -> T + Copy,
) {
    for (tile, squares) in sums.chunks_exact_mut(2).enumerate() {
        for first in (0..SIDE).step_by(ROWS) {
            let mut total = [[[T::real(0.0); SIDE]; 2]; ROWS];
            for (row, total) in total.iter_mut().enumerate() {
                *total = [squares[0][first + row], squares[1][first + row]];
            }
            for step in steps {
                let (left, [r0, r1]) = (step.left[tile], step.right);
                for k in 0..DEPTH {
                    let (b0, b1) = (&r0.0[k], &r1.0[k]);
                    for row in 0..ROWS {
                        let a = left.0[k][first + row];
                        for j in 0..SIDE {
                            total[row][0][j] = fused(a, b0[j], total[row][0][j]);
                        }
                        for j in 0..SIDE {
                            total[row][1][j] = fused(a, b1[j], total[row][1][j]);
                        }
                    }
                }
            }
            for (row, total) in total.iter().enumerate() {
                squares[0][first + row] = total[0];
                squares[1][first + row] = total[1];
            }
        }
    }
}

/// Rows of a strip from `first` on, `COLUMNS` columns at a time, so that `TOGETHER` rows of sums
/// stay in registers. At most so many rows are asked for.
#[inline(always)]
fn rows<T: Number, const TOGETHER: usize, const COLUMNS: usize>(
    (strip, first): (&Strip<'_, T>, usize),
    panel: &Panel<T>,
    columns: usize,
    sums: &mut [[T; WIDTH]],
    fused: impl Fn(T, T, T) -> T + Copy,
) {
    let (depth, values) = (panel.len(), strip.values(panel.len()));
    // Rows beyond the strip repeat its last one, and are dropped.
    let starts: [usize; TOGETHER] =
        std::array::from_fn(|row| (first + row.min(sums.len() - 1)) * strip.down);
    for column in (0..columns).step_by(COLUMNS) {
        let mut total = [[T::real(0.0); COLUMNS]; TOGETHER];
        // Loops over iterators and slices of known length, in which nothing can fail: otherwise
        // compilers keep the sums in memory.
        assert!(column + COLUMNS <= WIDTH, "inside the panel");
        if strip.along == 1 {
            let lines: [&[T]; TOGETHER] = starts.map(|start| &values[start..start + depth]);
            for (k, b) in panel.iter().enumerate() {
                let b = &b[column..column + COLUMNS];
                for (row, total) in total.iter_mut().enumerate() {
                    let a = lines[row][k];
                    total.iter_mut().zip(b).for_each(|(t, &b)| *t = fused(a, b, *t));
                }
            }
        } else if strip.down == 1 && sums.len() == TOGETHER {
            for (b, a) in panel.iter().zip(values[starts[0]..].chunks(strip.along.max(1))) {
                let b = &b[column..column + COLUMNS];
                let Some(a) = a.first_chunk::<TOGETHER>() else { break };
                for (total, &a) in total.iter_mut().zip(a) {
                    total.iter_mut().zip(b).for_each(|(t, &b)| *t = fused(a, b, *t));
                }
            }
        } else {
            for (k, b) in panel.iter().enumerate() {
                let b = &b[column..column + COLUMNS];
                for (total, start) in total.iter_mut().zip(starts) {
                    let a = values[start + k * strip.along];
                    total.iter_mut().zip(b).for_each(|(t, &b)| *t = fused(a, b, *t));
                }
            }
        }
        for (row, total) in sums.iter_mut().zip(&total) {
            row[column..column + COLUMNS].copy_from_slice(total);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn strip_avx2(strip: &Strip<'_, f32>, panel: &Panel<f32>, columns: usize, sums: &mut Rows<f32>) {
    let fused = |a: f32, b, c| a.mul_add(b, c);
    // Twelve sums of 8 lanes and what is multiplied fill the sixteen registers.
    for (index, sums) in sums[..strip.rows].chunks_mut(6).enumerate() {
        match sums.len() {
            5.. => rows::<f32, 6, SIDE>((strip, 6 * index), panel, columns, sums, fused),
            _ => rows::<f32, 4, SIDE>((strip, 6 * index), panel, columns, sums, fused),
        }
    }
}

/// `ROWS` rows of one result tile from `first` on: their sums stay in registers, and a row of the right
/// tile is read once for all of them.
#[inline(always)]
fn part<T: Number, const ROWS: usize>(
    steps: &[Step<'_, Plain<T>>],
    (left, right, first): (usize, usize, usize),
    square: &mut Square<T>,
    fused: impl Fn(T, T, T) -> T + Copy,
) {
    let Some(square) = square[first..].first_chunk_mut::<ROWS>() else { return };
    let mut total = *square;
    for step in steps {
        let (a, b) = (&step.left[left].0, &step.right[right].0);
        for (a, b) in a.iter().zip(b) {
            let Some(a) = a[first..].first_chunk::<ROWS>() else { return };
            for (total, &a) in total.iter_mut().zip(a) {
                total.iter_mut().zip(b).for_each(|(t, &b)| *t = fused(a, b, *t));
            }
        }
    }
    *square = total;
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(steps: &[Step<'_, Plain<f32>>], sums: &mut Squares<f32>) {
    let fused = |a: f32, b, c| a.mul_add(b, c);
    for (place, square) in sums.iter_mut().enumerate() {
        // Twelve sums of 8 lanes, a row of the right tile and what it is multiplied with fill the
        // sixteen registers.
        let (left, right) = (place / 2, place % 2);
        part::<f32, 6>(steps, (left, right, 0), square, fused);
        part::<f32, 6>(steps, (left, right, 6), square, fused);
        part::<f32, 4>(steps, (left, right, 12), square, fused);
    }
}

/// Copies what there is and leaves the rest.
#[inline(always)]
fn copy<T: Copy>(to: &mut [T; SIDE], from: &[T]) {
    // A copy of known size needs no call.
    match from.len() {
        SIDE => to.copy_from_slice(&from[..SIDE]),
        8 => to[..8].copy_from_slice(&from[..8]),
        len => to[..len].copy_from_slice(from),
    }
}

/// Writes eight values of a row of a tile.
#[inline(always)]
fn write<T: Copy>(tile: &mut MaybeUninit<Plain<T>>, row: usize, column: usize, values: &[T; 8]) {
    assert!(row < DEPTH && column + 8 <= SIDE, "inside the tile");
    // SAFETY: eight values from `column` on lie inside the row, and writing them reads nothing.
    #[allow(unsafe_code)]
    unsafe {
        let row: *mut T = (&raw mut (*tile.as_mut_ptr()).0[row]).cast();
        row.add(column).cast::<[T; 8]>().write_unaligned(*values);
    }
}

fn pack<T: Number, U: Unit<Value = T, Tile = Plain<T>>>(
    source: &Source<'_, T>,
    part: &Part,
    out: &mut [&mut MaybeUninit<Plain<T>>],
) {
    let zero = T::real(0.0);
    let (first_k, first_s) = (part.depth * DEPTH, part.side * SIDE);
    let mut turned = [[zero; SIDE]; SIDE];
    let (k, s) = match part.summed {
        Summed::Outer => (source.outer, source.inner),
        Summed::Inner => (source.inner, source.outer),
    };
    let whole = first_k + DEPTH <= k && first_s + SIDE <= s;
    if source.positions != 1 && whole {
        let mut square = [[zero; SIDE]; SIDE];
        for k in 0..DEPTH {
            for (s, to) in square.iter_mut().enumerate() {
                copy(to, source.row(part, k, s).unwrap_or(&[]));
            }
            U::transpose(&square, &mut turned);
            for (tile, row) in out.iter_mut().zip(&turned) {
                // SAFETY: the row lies inside the tile, and writing it reads nothing.
                #[allow(unsafe_code)]
                unsafe {
                    (&raw mut (*tile.as_mut_ptr()).0[k]).write(*row)
                };
            }
        }
        return;
    }
    let mut tiles: Vec<_> = out.iter_mut().map(|t| t.write(Plain([[zero; SIDE]; DEPTH]))).collect();
    if source.positions != 1 {
        for k in 0..DEPTH {
            let mut square = [[zero; SIDE]; SIDE];
            for (s, to) in square.iter_mut().enumerate() {
                copy(to, source.row(part, k, s).unwrap_or(&[]));
            }
            U::transpose(&square, &mut turned);
            tiles.iter_mut().zip(&turned).for_each(|(tile, row)| tile.0[k] = *row);
        }
    } else if part.summed == Summed::Outer {
        for (k, to) in tiles[0].0.iter_mut().enumerate() {
            copy(to, source.line(first_k + k, first_s, SIDE));
        }
    } else {
        for (half, to) in tiles[0].0.chunks_exact_mut(SIDE).enumerate() {
            let mut square = [[zero; SIDE]; SIDE];
            for (s, row) in square.iter_mut().enumerate() {
                copy(row, source.line(first_s + s, first_k + half * SIDE, SIDE));
            }
            U::transpose(&square, &mut turned);
            to.copy_from_slice(&turned);
        }
    }
}

impl<T: Number> Unit for Portable<T> {
    type Value = T;
    type Tile = Plain<T>;

    const PLAIN: bool = true;

    #[inline(always)]
    fn values(tile: &Plain<T>) -> Option<&Block<T>> {
        Some(&tile.0)
    }

    #[inline(always)]
    fn write(tile: &mut MaybeUninit<Plain<T>>, row: usize, column: usize, values: &[T; 8]) {
        write(tile, row, column, values);
    }

    fn zero() -> Plain<T> {
        Plain([[T::real(0.0); SIDE]; DEPTH])
    }

    fn pack(source: &Source<'_, T>, part: &Part, out: &mut [&mut MaybeUninit<Plain<T>>]) {
        pack::<_, Self>(source, part, out);
    }

    fn multiply(steps: &[Step<'_, Plain<T>>], sums: &mut Squares<T>) {
        // Where no instruction fuses, fusing is a slow library call.
        multiply::<T, 1>(steps, sums, |a, b, c| a * b + c);
    }

    fn strip(strip: &Strip<'_, T>, panel: &Panel<T>, columns: usize, sums: &mut Rows<T>) {
        for (index, sums) in sums[..strip.rows].chunks_mut(4).enumerate() {
            rows::<T, 4, 8>((strip, 4 * index), panel, columns, sums, |a, b, c| a * b + c);
        }
    }
}

macro_rules! unit {
    ($unit:ty, $multiply:path, $strip:path, $transpose:path, $turn:path, $features:tt) => {
        #[cfg(target_arch = "x86_64")]
        impl Unit for $unit {
            type Value = f32;
            type Tile = Plain<f32>;

            const PLAIN: bool = true;

            #[inline(always)]
            fn values(tile: &Plain<f32>) -> Option<&Block<f32>> {
                Some(&tile.0)
            }

            #[inline(always)]
            fn write(
                tile: &mut MaybeUninit<Plain<f32>>,
                row: usize,
                column: usize,
                values: &[f32; 8],
            ) {
                write(tile, row, column, values);
            }

            fn zero() -> Plain<f32> {
                Portable::<f32>::zero()
            }

            fn pack(
                source: &Source<'_, f32>,
                part: &Part,
                out: &mut [&mut MaybeUninit<Plain<f32>>],
            ) {
                pack::<_, Self>(source, part, out);
            }

            fn multiply(steps: &[Step<'_, Plain<f32>>], sums: &mut Squares<f32>) {
                assert!(std::is_x86_feature_detected!($features));
                assert!(std::is_x86_feature_detected!("fma"));
                // SAFETY: the processor has the features that the function is compiled for.
                #[allow(unsafe_code)]
                unsafe {
                    $multiply(steps, sums)
                }
            }

            fn strip(
                rows: &Strip<'_, f32>,
                panel: &Panel<f32>,
                columns: usize,
                sums: &mut Rows<f32>,
            ) {
                assert!(std::is_x86_feature_detected!($features));
                assert!(std::is_x86_feature_detected!("fma"));
                // SAFETY: the processor has the features that the function is compiled for.
                #[allow(unsafe_code)]
                unsafe {
                    $strip(rows, panel, columns, sums)
                }
            }

            fn transpose(square: &Square<f32>, out: &mut Square<f32>) {
                assert!(std::is_x86_feature_detected!($features));
                // SAFETY: the processor has the features that the function is compiled for.
                #[allow(unsafe_code, unused_unsafe)]
                unsafe {
                    $transpose(square, out)
                }
            }

            fn turn(rows: [&[f32]; SIDE], half: usize, panel: &mut [[f32; WIDTH]; SIDE]) {
                assert!(std::is_x86_feature_detected!($features));
                // SAFETY: as above.
                #[allow(unsafe_code, unused_unsafe)]
                unsafe {
                    $turn(rows, half, panel)
                }
            }
        }
    };
}
unit!(
    Avx512,
    avx512::multiply,
    avx512::strip,
    transpose::avx512,
    transpose::turn_avx512,
    "avx512f"
);
unit!(Avx2, multiply_avx2, strip_avx2, transpose::avx2, transpose::turn_avx2, "avx2");
