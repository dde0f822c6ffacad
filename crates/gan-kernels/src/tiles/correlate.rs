//! Convolution and its input gradient: at each position of the result, a sum over taps of
//! (weights of the tap) · (source at the tap's position).

use super::pack::Packed;
use super::shared::Shared;
use super::{SIDE, Square, Squares, Step, Unit};
use crate::kernel::Real;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// What becomes of a sum before it is stored.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a, T> {
    /// Added to each channel.
    pub bias: Option<&'a [T]>,
    /// Negative values are multiplied by it.
    pub slope: Option<T>,
}

impl<T: Real> Finish<'_, T> {
    /// Stored as it is.
    pub const NONE: Self = Self { bias: None, slope: None };

    /// One value of each of the channels from `first` on.
    #[inline(always)]
    pub fn apply_row(&self, first: usize, values: &mut [T]) {
        if let Some(bias) = self.bias {
            let bias = &bias[first..first + values.len()];
            values.iter_mut().zip(bias).for_each(|(v, &b)| *v += b);
        }
        self.bend(values);
    }

    #[inline(always)]
    fn bend(&self, values: &mut [T]) {
        if let Some(slope) = self.slope {
            let (zero, one) = (T::real(0.0), T::real(1.0));
            values.iter_mut().for_each(|v| *v *= if *v > zero { one } else { slope });
        }
    }

    /// Values of one channel.
    #[inline(always)]
    fn apply(&self, channel: usize, values: &mut [T; SIDE]) {
        if let Some(bias) = self.bias {
            let b = bias[channel];
            values.iter_mut().for_each(|v| *v += b);
        }
        self.bend(values);
    }
}

/// Where a run of channels of the result lies.
pub(crate) struct Place {
    pub images: usize,
    /// Channels computed here, the first of them in the result, and all of the result.
    pub channels: usize,
    pub first: usize,
    pub all: usize,
    pub positions: usize,
}

/// Pairs of channel tiles whose sums are held at once: their tiles of the source are then met in
/// the cache.
const SIDES: usize = 4;

/// Steps that are worth one call of the multiplier; more would not stay in the cache.
const STEPS: usize = 32;

/// Fills channels of `out`, `(images, all, positions)`, every element of them.
/// `taps(position, list)` lists `(tap, source position)` of all taps that meet the source.
///
/// `weights`: left tiles, position = tap, summed axis = source channels, sides = result channels.
/// `source`: right tiles, summed axis = channels, sides = images.
pub(crate) fn correlate<U: Unit>(
    weights: &Packed<U>,
    source: &Packed<U>,
    taps: impl Fn(usize, &mut Vec<(usize, usize)>) + Sync,
    place: &Place,
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    // Runs of equal length, so that none is left over that fills few of a tile's rows.
    let runs = place.positions.div_ceil(SIDE).max(1);
    let run = place.positions.div_ceil(runs).max(1);
    let (pairs, sides) = (source.sides / 2, weights.sides / 2);
    let side_groups = sides.div_ceil(SIDES);
    let out = Shared::new(out);
    let work = |sums: &mut Vec<Squares<U::Value>>, task: usize| {
        let (group, rest) = (task % side_groups, task / side_groups);
        let (pair, start) = (rest % pairs, rest / pairs * run);
        let len = run.min(place.positions - start);
        let sides = group * SIDES..((group + 1) * SIDES).min(sides);
        let mut lists = vec![Vec::new(); len];
        for (at, list) in lists.iter_mut().enumerate() {
            taps(start + at, list);
        }
        sums.clear();
        sums.resize(sides.len() * len, [[[U::Value::real(0.0); SIDE]; SIDE]; 4]);
        let most = lists.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let depths = STEPS.div_ceil(most);
        let mut steps = Vec::new();
        for first in (0..weights.depth).step_by(depths) {
            let depths = first..(first + depths).min(weights.depth);
            for (side, sums) in sides.clone().zip(sums.chunks_exact_mut(len)) {
                for (list, sum) in lists.iter().zip(sums) {
                    steps.clear();
                    for depth in depths.clone() {
                        steps.extend(list.iter().map(|&(tap, from)| Step {
                            left: weights.two(tap, depth, 2 * side),
                            right: source.two(from, depth, 2 * pair),
                        }));
                    }
                    U::multiply(&steps, sum);
                }
            }
        }
        for (side, sums) in sides.zip(sums.chunks_exact(len)) {
            store::<U>(sums, [side, pair, start], place, finish, &out);
        }
    };
    let tasks = runs * pairs * side_groups;
    (0..tasks).into_par_iter().for_each_init(Vec::new, work);
}

/// Stores the sums of a run of positions: (position, image) squares turned into (image, position)
/// ones, channel by channel.
fn store<U: Unit>(
    sums: &[Squares<U::Value>],
    [side, pair, start]: [usize; 3],
    place: &Place,
    finish: Finish<'_, U::Value>,
    out: &Shared<'_, MaybeUninit<U::Value>>,
) {
    let mut square: Square<U::Value> = [[U::Value::real(0.0); SIDE]; SIDE];
    let mut turned = square;
    for half in 0..2 {
        let first_image = (2 * pair + half) * SIDE;
        let images = SIDE.min(place.images.saturating_sub(first_image));
        for row in (0..2 * SIDE).take_while(|row| side * 2 * SIDE + row < place.channels) {
            if images == 0 {
                break;
            }
            for (sum, to) in sums.iter().zip(&mut square) {
                *to = sum[row / SIDE * 2 + half][row % SIDE];
            }
            U::transpose(&square, &mut turned);
            let channel = place.first + side * 2 * SIDE + row;
            for (image, values) in turned[..images].iter_mut().enumerate() {
                finish.apply(channel, values);
                let plane = (first_image + image) * place.all + channel;
                // SAFETY: a task alone writes its run of positions of its channels and images.
                #[allow(unsafe_code)]
                unsafe {
                    out.fill(plane * place.positions + start, &values[..sums.len()])
                };
            }
        }
    }
}
