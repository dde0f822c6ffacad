//! Patches of an image as columns (im2col), by way of phases.
//!
//! A phase is the padded image's every `stride`-th row and column. Split into phases, every tap of
//! a kernel reads whole rows as they lie, whatever the stride.

use crate::conv_sizes::Sizes;
use crate::isa::wide;
use crate::number::Number;

/// Calls a copy of rows with their width known to the compiler where it is a usual one.
macro_rules! by_width {
    ($width:expr, $f:ident($($arg:expr),*)) => {
        match $width {
            4 => $f::<4, _>($($arg),*, 4),
            7 => $f::<7, _>($($arg),*, 7),
            8 => $f::<8, _>($($arg),*, 8),
            14 => $f::<14, _>($($arg),*, 14),
            16 => $f::<16, _>($($arg),*, 16),
            28 => $f::<28, _>($($arg),*, 28),
            32 => $f::<32, _>($($arg),*, 32),
            width => $f::<0, _>($($arg),*, width),
        }
    };
}

/// Copies rows of `W` (or, for 0, of `width`) values that are `apart` into `out`, end to end.
#[inline(always)]
fn gather<const W: usize, T: Number>(out: &mut [T], rows: &[T], apart: usize, width: usize) {
    let width = if W == 0 { width } else { W };
    let mut start = 0;
    for to in out.chunks_exact_mut(width) {
        let from = &rows[start..start + width];
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        start += apart;
    }
}

/// Adds rows of values, end to end, to rows that are `apart`.
#[inline(always)]
fn scatter<const W: usize, T: Number>(values: &[T], rows: &mut [T], apart: usize, width: usize) {
    let width = if W == 0 { width } else { W };
    let mut start = 0;
    for from in values.chunks_exact(width) {
        let to = &mut rows[start..start + width];
        to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
        start += apart;
    }
}

impl Sizes {
    /// Height and width of a phase: the padded image's every `stride`-th row and column.
    fn phase(&self) -> [usize; 2] {
        let [sh, sw] = self.how.stride;
        let [dh, dw] = self.how.dilation;
        [self.oh + dh * (self.kh - 1) / sh, self.ow + dw * (self.kw - 1) / sw]
    }

    /// Values in the phases of one channel.
    pub fn phases(&self) -> usize {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        sh * sw * ph * pw
    }

    /// The runs of a channel's pixels that lie beside one another in a phase:
    /// `(first value in the phases, count, first pixel)`. In the plane they are `stride` apart.
    fn runs(&self) -> Vec<(usize, usize, usize)> {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        let [pt, _, pl, _] = self.how.padding;
        let mut runs = Vec::new();
        for y in 0..self.h.min((ph * sh).saturating_sub(pt)) {
            let (py, r) = ((y + pt) % sh, (y + pt) / sh);
            for px in 0..sw {
                let x = (px + sw - pl % sw) % sw;
                let column = (x + pl) / sw;
                if x < self.w && column < pw {
                    let count = (self.w - x).div_ceil(sw).min(pw - column);
                    runs.push((((py * sw + px) * ph + r) * pw + column, count, y * self.w + x));
                }
            }
        }
        runs
    }

    /// Where each tap starts in the phases; its rows are the phase's width apart.
    fn taps(&self) -> Vec<usize> {
        let ([sh, sw], [ph, pw]) = (self.how.stride, self.phase());
        let all = (0..self.kh).flat_map(|u| (0..self.kw).map(move |v| (u, v)));
        all.map(|(u, v)| {
            let (y, x) = (u * self.how.dilation[0], v * self.how.dilation[1]);
            ((y % sh * sw + x % sw) * ph + y / sh) * pw + x / sw
        })
        .collect()
    }

    /// Writes one image's patches into `cols`, `(patch, positions)`.
    ///
    /// Each channel is first split into its phases, so that every tap reads rows as they lie.
    pub fn im2col<T: Number>(&self, image: &[T], cols: &mut [T], phases: &mut [T]) {
        let (pw, taps, runs) = (self.phase()[1], self.taps(), self.runs());
        let mut rows = cols.chunks_mut(self.p());
        for plane in image.chunks(self.h * self.w) {
            phases.fill(T::real(0.0));
            for &(to, count, from) in &runs {
                let to = &mut phases[to..to + count];
                match self.how.stride[1] {
                    1 => to.copy_from_slice(&plane[from..from + count]),
                    // Pairs let the compiler use shuffles.
                    2 => {
                        let pairs = plane[from..].chunks(2);
                        to.iter_mut().zip(pairs).for_each(|(v, pair)| *v = pair[0]);
                    }
                    stride => {
                        let pixels = plane[from..].iter().step_by(stride);
                        to.iter_mut().zip(pixels).for_each(|(v, x)| *v = *x);
                    }
                }
            }
            for (&tap, row) in taps.iter().zip(&mut rows) {
                by_width!(self.ow, gather(row, &phases[tap..], pw));
            }
        }
    }

    /// The reverse of [`Self::im2col`]: each pixel of `image` becomes the sum of the values of
    /// `cols` that it would have been copied to.
    pub fn col2im<T: Number>(&self, cols: &[T], image: &mut [T], phases: &mut [T]) {
        let (pw, taps, runs) = (self.phase()[1], self.taps(), self.runs());
        let mut rows = cols.chunks(self.p());
        for plane in image.chunks_mut(self.h * self.w) {
            phases.fill(T::real(0.0));
            for (&tap, row) in taps.iter().zip(&mut rows) {
                let phases = &mut phases[tap..];
                wide(|| by_width!(self.ow, scatter(row, phases, pw)));
            }
            plane.fill(T::real(0.0));
            for &(from, count, to) in &runs {
                let from = &phases[from..from + count];
                let to = plane[to..].chunks_mut(self.how.stride[1]);
                to.zip(from).for_each(|(pixels, v)| pixels[0] = *v);
            }
        }
    }
}
