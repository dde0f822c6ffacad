//! The four ways in which programs that score images bring a plane of floats to another size.
//!
//! They differ by more than rounding: two scores are comparable only under the same one. Each is
//! the arithmetic of the program it is named after, in its order and precision.

use crate::image::check_size;
use crate::{Error, Result};

/// A way to resize a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resizer {
    /// Bilinear between pixel centers at ½, without antialiasing, in f32: PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)`, as pytorch-fid calls it.
    HalfPixelBilinear,
    /// Bilinear with source position `i · in / out`, without antialiasing, in f32: TensorFlow 1's
    /// `ResizeBilinear`; bit for bit torch-fidelity's `interpolate_bilinear_2d_like_tensorflow1x`.
    AsymmetricBilinear,
    /// The triangle filter, widened when shrinking, in f32, rows first: PyTorch's
    /// `interpolate(mode="bilinear", antialias=True)`, as torchmetrics calls it.
    AntialiasedBilinear,
    /// Pillow's `BICUBIC` (a = −0.5, widened when shrinking) on mode `F`: coefficients and sums in
    /// f64, f32 between rows and columns, clipped to `0..=255` and not rounded, as clean-fid has it.
    PillowBicubic,
}

impl Resizer {
    /// Its name in receipts: `half-pixel-bilinear`, `asymmetric-bilinear`,
    /// `antialiased-bilinear` or `pillow-bicubic`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfPixelBilinear => "half-pixel-bilinear",
            Self::AsymmetricBilinear => "asymmetric-bilinear",
            Self::AntialiasedBilinear => "antialiased-bilinear",
            Self::PillowBicubic => "pillow-bicubic",
        }
    }
}

/// A resizer with its weights worked out for one pair of sizes.
#[derive(Clone, Debug)]
pub struct PlaneResizer {
    from: [usize; 2],
    to: [usize; 2],
    axes: Axes,
}

#[derive(Clone, Debug)]
enum Axes {
    /// Rows and columns of [`Resizer::HalfPixelBilinear`].
    Weighted([Vec<Between>; 2]),
    /// Rows and columns of [`Resizer::AsymmetricBilinear`].
    Lerped([Vec<Between>; 2]),
    Narrow([Vec<Taps<f32>>; 2]),
    /// An axis that keeps its size is left alone, as Pillow does.
    Wide([Option<Vec<Taps<f64>>>; 2]),
}

/// A position between two inputs.
#[derive(Clone, Copy, Debug)]
struct Between {
    low: usize,
    high: usize,
    fraction: f32,
}

/// The inputs that one output is made of.
#[derive(Clone, Debug)]
struct Taps<T> {
    first: usize,
    weights: Vec<T>,
}

impl PlaneResizer {
    /// Prepares to resize planes of `[height, width]`.
    ///
    /// # Errors
    ///
    /// A side of zero, or more than 2²⁷ pixels.
    pub fn new(resizer: Resizer, from: [usize; 2], to: [usize; 2]) -> Result<Self> {
        check_size(from[1], from[0])?;
        check_size(to[1], to[0])?;
        let both = |f: fn(usize, usize) -> Vec<Between>| [f(from[0], to[0]), f(from[1], to[1])];
        let axes = match resizer {
            Resizer::HalfPixelBilinear => Axes::Weighted(both(half_pixel)),
            Resizer::AsymmetricBilinear => Axes::Lerped(both(asymmetric)),
            Resizer::AntialiasedBilinear => {
                Axes::Narrow([triangle(from[0], to[0]), triangle(from[1], to[1])])
            }
            Resizer::PillowBicubic => {
                let axis = |a: usize| (from[a] != to[a]).then(|| bicubic(from[a], to[a]));
                Axes::Wide([axis(0), axis(1)])
            }
        };
        Ok(Self { from, to, axes })
    }

    /// Resizes `plane`, `height · width` values of `0..=255` in rows, into `out`.
    ///
    /// # Errors
    ///
    /// Slices of other lengths than the sizes say.
    pub fn resize(&self, plane: &[f32], out: &mut [f32]) -> Result<()> {
        let [from_len, to_len] = [self.from, self.to].map(|[h, w]| h * w);
        if (plane.len(), out.len()) != (from_len, to_len) {
            return Err(Error::argument(format!(
                "planes of {} and {} values to resize {:?} to {:?} (height, width)",
                plane.len(),
                out.len(),
                self.from,
                self.to
            )));
        }
        let [from_width, to_width] = [self.from[1], self.to[1]];
        match &self.axes {
            Axes::Weighted(axes) => {
                between(plane, out, axes, from_width, |[a, b], [c, d], x, y| {
                    let (x0, y0) = (1.0 - x, 1.0 - y);
                    (a * x0 + b * x) * y0 + (c * x0 + d * x) * y
                })
            }
            Axes::Lerped(axes) => between(plane, out, axes, from_width, |[a, b], [c, d], x, y| {
                let (upper, lower) = (a + (b - a) * x, c + (d - c) * x);
                upper + (lower - upper) * y
            }),
            Axes::Narrow([rows, columns]) => {
                let add = |sum: f32, v: f32, w: f32| sum + v * w;
                let wide = along_rows(plane, from_width, columns, add, |sum| sum);
                along_columns(&wide, out, to_width, rows, add, |sum| sum);
            }
            Axes::Wide([rows, columns]) => {
                let add = |sum: f64, v: f32, w: f64| sum + f64::from(v) * w;
                let narrow = |sum: f64| sum as f32;
                let wide = match columns {
                    Some(columns) => along_rows(plane, from_width, columns, add, narrow),
                    None => plane.to_vec(),
                };
                match rows {
                    Some(rows) => along_columns(&wide, out, to_width, rows, add, narrow),
                    None => out.copy_from_slice(&wide),
                }
                out.iter_mut().for_each(|v| *v = v.clamp(0.0, 255.0));
            }
        }
        Ok(())
    }
}

/// Every output from its four neighbours: `mix(upper pair, lower pair, x, y)`.
fn between(
    plane: &[f32],
    out: &mut [f32],
    [rows, columns]: &[Vec<Between>; 2],
    width: usize,
    mix: impl Fn([f32; 2], [f32; 2], f32, f32) -> f32,
) {
    for (to, row) in out.chunks_exact_mut(columns.len()).zip(rows) {
        let upper = &plane[row.low * width..][..width];
        let lower = &plane[row.high * width..][..width];
        for (to, column) in to.iter_mut().zip(columns) {
            let pair = |from: &[f32]| [from[column.low], from[column.high]];
            *to = mix(pair(upper), pair(lower), column.fraction, row.fraction);
        }
    }
}

fn along_rows<T: Copy + Default>(
    plane: &[f32],
    width: usize,
    columns: &[Taps<T>],
    add: impl Fn(T, f32, T) -> T,
    narrow: impl Fn(T) -> f32,
) -> Vec<f32> {
    let mut wide = Vec::with_capacity(plane.len() / width * columns.len());
    for row in plane.chunks_exact(width) {
        wide.extend(columns.iter().map(|taps| {
            let inputs = row[taps.first..].iter().zip(&taps.weights);
            narrow(inputs.fold(T::default(), |sum, (v, w)| add(sum, *v, *w)))
        }));
    }
    wide
}

fn along_columns<T: Copy + Default>(
    wide: &[f32],
    out: &mut [f32],
    width: usize,
    rows: &[Taps<T>],
    add: impl Fn(T, f32, T) -> T,
    narrow: impl Fn(T) -> f32,
) {
    let mut sums = vec![T::default(); width];
    for (to, taps) in out.chunks_exact_mut(width).zip(rows) {
        sums.fill(T::default());
        for (from, weight) in wide[taps.first * width..].chunks_exact(width).zip(&taps.weights) {
            for (sum, value) in sums.iter_mut().zip(from) {
                *sum = add(*sum, *value, *weight);
            }
        }
        for (to, sum) in to.iter_mut().zip(&sums) {
            *to = narrow(*sum);
        }
    }
}

fn half_pixel(from: usize, to: usize) -> Vec<Between> {
    let scale = from as f32 / to as f32;
    let one = |i: usize| {
        let position = (scale * (i as f32 + 0.5) - 0.5).max(0.0);
        let low = (position as usize).min(from - 1);
        let fraction = (position - low as f32).clamp(0.0, 1.0);
        Between { low, high: (low + 1).min(from - 1), fraction }
    };
    (0..to).map(one).collect()
}

fn asymmetric(from: usize, to: usize) -> Vec<Between> {
    // Divided in f64 and rounded once, as the peer does it.
    let scale = (from as f64 / to as f64) as f32;
    let one = |i: usize| {
        let position = i as f32 * scale;
        let low = (position as usize).min(from - 1);
        Between { low, high: (low + 1).min(from - 1), fraction: position - low as f32 }
    };
    (0..to).map(one).collect()
}

/// The first input and the one after the last within `support` of `center`, as Pillow rounds.
fn window(center: f64, support: f64, from: usize) -> (usize, usize) {
    let first = ((center - support + 0.5).max(0.0) as usize).min(from - 1);
    (first, ((center + support + 0.5) as usize).clamp(first + 1, from))
}

fn triangle(from: usize, to: usize) -> Vec<Taps<f32>> {
    let scale = from as f32 / to as f32;
    let support = scale.max(1.0);
    let inverse = 1.0 / support;
    let one = |i: usize| {
        let center = scale * (i as f32 + 0.5);
        let (first, end) = window(f64::from(center), f64::from(support), from);
        let weight = |input: usize| {
            let distance = (input as f64 - f64::from(center) + 0.5) as f32 * inverse;
            (1.0 - distance.abs()).max(0.0)
        };
        let weights: Vec<f32> = (first..end).map(weight).collect();
        let total: f32 = weights.iter().sum();
        Taps { first, weights: weights.iter().map(|w| w / total).collect() }
    };
    (0..to).map(one).collect()
}

fn bicubic(from: usize, to: usize) -> Vec<Taps<f64>> {
    const A: f64 = -0.5;
    let scale = from as f64 / to as f64;
    let wider = scale.max(1.0);
    let (support, inverse) = (2.0 * wider, 1.0 / wider);
    let filter = |x: f64| match x.abs() {
        x if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
        x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
        _ => 0.0,
    };
    let one = |i: usize| {
        let center = (i as f64 + 0.5) * scale;
        let (first, end) = window(center, support, from);
        let weight = |input: usize| filter((input as f64 - center + 0.5) * inverse);
        let weights: Vec<f64> = (first..end).map(weight).collect();
        let total: f64 = weights.iter().sum();
        Taps { first, weights: weights.iter().map(|w| w / total).collect() }
    };
    (0..to).map(one).collect()
}
