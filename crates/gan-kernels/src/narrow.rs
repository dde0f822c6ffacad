//! Convolutions whose source has few channels: images' first layers, and generators' last.
//!
//! A tap alone would fill little of a tile, and tiles of all patches would be many times the
//! image. So one image's patches (im2col) are made at a time, stay in the cache, and every pass
//! is a small matrix product with them:
//!
//! | pass | product |
//! | --- | --- |
//! | forward | (channels, patch) · (patch, positions) |
//! | input gradient | (patch, channels) · (channels, positions), added up where patches overlap |
//! | weight gradient | (channels, positions) · (positions, patch), summed over images |

use crate::conv_sizes::Sizes;
use crate::isa::wide;
use crate::number::Number;
use crate::tiles::finish::Finish;
use crate::tiles::matrix::{Matrix, strips, write};
use crate::tiles::shared::Shared;
use crate::tiles::unit::Unit;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Images from which each is one thread's work; fewer are computed one after another, by all.
const IMAGES: usize = 4;
/// Images whose weight gradients are summed by one thread.
const TOGETHER: usize = 4;

/// What a thread keeps from one image to the next.
struct Scratch<T> {
    cols: Vec<T>,
    phases: Vec<T>,
    image: Vec<T>,
    product: Vec<T>,
}

impl<T: Number> Scratch<T> {
    fn new(s: &Sizes) -> Self {
        let zeros = |len| vec![T::real(0.0); len];
        let image = s.cg * s.h * s.w;
        let (cols, phases) = (zeros(s.k() * s.p()), zeros(s.phases()));
        Self { cols, phases, image: zeros(image), product: Vec::new() }
    }

    /// The patches of `image`, `(patch, positions)`.
    fn patches(&mut self, s: &Sizes, x: &[T], [image, group]: [usize; 2]) -> Matrix<'_, T> {
        let start = (image * s.c + group * s.cg) * s.h * s.w;
        let x = &x[start..start + s.cg * s.h * s.w];
        s.im2col(x, &mut self.cols, &mut self.phases);
        Matrix { data: &self.cols, rows: s.k(), cols: s.p(), transposed: false }
    }
}

/// The weight of a group, `(channels, patch)`.
fn weight<'a, T>(s: &Sizes, w: &'a [T], group: usize) -> Matrix<'a, T> {
    let data = &w[group * s.og * s.k()..][..s.og * s.k()];
    Matrix { data, rows: s.og, cols: s.k(), transposed: false }
}

/// The result's values or gradients of one image and group, `(channels, positions)`.
fn result<'a, T>(s: &Sizes, y: &'a [T], [image, group]: [usize; 2]) -> Matrix<'a, T> {
    let data = &y[(image * s.o + group * s.og) * s.p()..][..s.og * s.p()];
    Matrix { data, rows: s.og, cols: s.p(), transposed: false }
}

/// Calls `f` for pieces of `size`, on all threads unless `f` itself is to use them.
fn each<T: Send, S>(
    out: &mut [T],
    size: usize,
    shared: bool,
    state: impl Fn() -> S + Send + Sync,
    f: impl Fn(&mut S, usize, &mut [T]) + Send + Sync,
) {
    if shared {
        let pieces = out.par_chunks_mut(size.max(1)).enumerate();
        pieces.for_each_init(state, |state, (at, piece)| f(state, at, piece));
    } else {
        let mut state = state();
        let pieces = out.chunks_mut(size.max(1)).enumerate();
        pieces.for_each(|(at, piece)| f(&mut state, at, piece));
    }
}

/// Fills a group's channels of `out`, `(images, all channels, positions)`.
pub(crate) fn forward<U: Unit>(
    s: &Sizes,
    group: usize,
    x: &[U::Value],
    w: &[U::Value],
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    let (w, p, shared) = (weight(s, w, group), s.p(), s.n >= IMAGES);
    let work = |scratch: &mut Scratch<_>, image, out: &mut [MaybeUninit<_>]| {
        let out = Shared::new(&mut out[group * s.og * p..][..s.og * p]);
        let patches = scratch.patches(s, x, [image, group]);
        strips::<U>(&w, &patches, !shared, |(row, first), columns, sums| {
            wide(|| {
                for (at, values) in sums.iter_mut().enumerate() {
                    finish.apply(group * s.og + row + at, &mut values[..columns]);
                    // SAFETY: every part of the product comes once.
                    #[allow(unsafe_code)]
                    unsafe {
                        out.fill((row + at) * p + first, &values[..columns])
                    };
                }
            });
        });
    };
    each(out, s.o * p, shared, || Scratch::new(s), work);
}

/// Fills a group's channels of `out`, `(images, all channels, pixels)`.
pub(crate) fn input_grad<U: Unit>(
    s: &Sizes,
    group: usize,
    g: &[U::Value],
    w: &[U::Value],
    finish: Finish<'_, U::Value>,
    out: &mut [MaybeUninit<U::Value>],
) {
    let (w, shared) = (weight(s, w, group).t(), s.n >= IMAGES);
    let (first, pixels) = (group * s.cg, s.h * s.w);
    let work = |scratch: &mut Scratch<_>, image, out: &mut [MaybeUninit<_>]| {
        let (g, cols) = (result(s, g, [image, group]), Shared::over(&mut scratch.cols));
        write::<U>(&w, &g, !shared, Finish::NONE, &cols);
        s.col2im(&scratch.cols, &mut scratch.image, &mut scratch.phases);
        let planes = scratch.image.chunks_mut(pixels).enumerate();
        for ((channel, plane), out) in planes.zip(out[first * pixels..].chunks_mut(pixels)) {
            wide(|| finish.apply(first + channel, plane));
            out.iter_mut().zip(plane).for_each(|(out, v)| _ = out.write(*v));
        }
    };
    each(out, s.c * pixels, shared, || Scratch::new(s), work);
}

/// Fills `out`, `(channels, patch)`, with a group's weight gradient.
pub(crate) fn weight_grad<U: Unit>(
    s: &Sizes,
    group: usize,
    x: &[U::Value],
    g: &[U::Value],
    out: &mut [MaybeUninit<U::Value>],
) {
    let (size, shared) = (s.og * s.k(), s.n >= IMAGES);
    let mut parts = vec![U::Value::real(0.0); s.n.div_ceil(TOGETHER) * size];
    let work = |scratch: &mut Scratch<_>, part, sum: &mut [U::Value]| {
        for image in (part * TOGETHER..s.n).take(TOGETHER) {
            let mut product = std::mem::take(&mut scratch.product);
            product.resize(size, U::Value::real(0.0));
            let patches = scratch.patches(s, x, [image, group]).t();
            let (g, out) = (result(s, g, [image, group]), Shared::over(&mut product));
            write::<U>(&g, &patches, !shared, Finish::NONE, &out);
            sum.iter_mut().zip(&product).for_each(|(sum, v)| *sum += *v);
            scratch.product = product;
        }
    };
    each(&mut parts, size, shared, || Scratch::new(s), work);
    for (at, out) in out.iter_mut().enumerate() {
        let all = parts.iter().skip(at).step_by(size);
        out.write(all.fold(U::Value::real(0.0), |sum, v| sum + *v));
    }
}
