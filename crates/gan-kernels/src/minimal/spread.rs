//! Tiles at the 25 points, from packed tiles of a source's pixels or taps.

use super::transform::{Lanes, POINTS, PRODUCTS};
use crate::isa::{Work, widely};
use crate::number::Number;
use crate::tiles::shape::{DEPTH, SIDE};
use crate::tiles::unit::Unit;
use std::mem::MaybeUninit;

/// Transforms `I`×`I` tiles into 25 of whatever was there: `one` is the transform in one axis. Tiles
/// must be plain.
pub(crate) fn spread<U: Unit, const I: usize>(
    from: &[[&U::Tile; I]; I],
    one: impl Fn([Lanes<U::Value>; I]) -> [Lanes<U::Value>; POINTS] + Copy,
    to: [&mut MaybeUninit<U::Tile>; PRODUCTS],
) {
    widely(Spread::<U, _, I> { from, one, to });
}

struct Spread<'a, U: Unit, F, const I: usize> {
    from: &'a [[&'a U::Tile; I]; I],
    one: F,
    to: [&'a mut MaybeUninit<U::Tile>; PRODUCTS],
}

impl<U: Unit, F, const I: usize> Work for Spread<'_, U, F, I>
where
    F: Fn([Lanes<U::Value>; I]) -> [Lanes<U::Value>; POINTS] + Copy,
{
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self { from, one, mut to } = self;
        let zero = U::Value::real(0.0);
        let Some(first) = U::values(from[0][0]) else { return };
        let mut blocks = [[first; I]; I];
        for (blocks, tiles) in blocks.iter_mut().zip(from) {
            for (block, tile) in blocks.iter_mut().zip(tiles) {
                if let Some(values) = U::values(tile) {
                    *block = values;
                }
            }
        }
        for row in 0..DEPTH {
            for start in (0..SIDE).step_by(8) {
                let mut half = [[[zero; 8]; I]; POINTS];
                for column in 0..I {
                    let mut values = [[zero; 8]; I];
                    for (value, line) in values.iter_mut().zip(&blocks) {
                        *value = lanes(&line[column][row], start);
                    }
                    let done = one(values);
                    for (half, value) in half.iter_mut().zip(done) {
                        half[column] = value;
                    }
                }
                for (half, to) in half.iter().zip(to.chunks_exact_mut(POINTS)) {
                    for (value, to) in one(*half).iter().zip(to) {
                        U::write(to, row, start, value);
                    }
                }
            }
        }
    }
}

/// Eight of a row's values.
#[inline(always)]
pub(crate) fn lanes<T: Number>(row: &[T; SIDE], start: usize) -> Lanes<T> {
    let mut out = [T::real(0.0); 8];
    out.copy_from_slice(&row[start..start + 8]);
    out
}
