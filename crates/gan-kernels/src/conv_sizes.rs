//! Every size of one convolution on the CPU, and what follows from them: where taps meet, and how
//! its tensors lie.

use crate::conv_geometry::Conv2d;
use crate::tiles::matrix::Matrix;
use crate::tiles::shape::SIDE;
use crate::tiles::source::Source;

/// Every size of one convolution.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub n: usize,
    /// Channels of x and of y, and the same within a group.
    pub c: usize,
    pub o: usize,
    pub cg: usize,
    pub og: usize,
    pub h: usize,
    pub w: usize,
    pub kh: usize,
    pub kw: usize,
    pub oh: usize,
    pub ow: usize,
    pub how: Conv2d,
}

impl Sizes {
    /// From images, `(channels, rows, columns)` of x and y, and `(rows, columns)` of the kernel.
    pub fn new(n: usize, x: [usize; 3], y: [usize; 3], kernel: [usize; 2], how: &Conv2d) -> Self {
        Self {
            n,
            c: x[0],
            o: y[0],
            cg: x[0] / how.groups,
            og: y[0] / how.groups,
            h: x[1],
            w: x[2],
            kh: kernel[0],
            kw: kernel[1],
            oh: y[1],
            ow: y[2],
            how: *how,
        }
    }

    /// Values of a patch.
    pub fn k(&self) -> usize {
        self.cg * self.kh * self.kw
    }

    /// Positions of one output image.
    pub fn p(&self) -> usize {
        self.oh * self.ow
    }

    /// True where a tap's few channels would leave most of a tile empty, so that all taps of a
    /// patch are one axis instead, as [`crate::narrow`] has it.
    pub fn narrow(&self) -> bool {
        self.cg < SIDE && self.kh * self.kw > 1
    }

    /// Rows (axis 0) or columns (axis 1): where tap `u` of output `i` meets x, if it does.
    pub fn meets(&self, axis: usize, i: usize, u: usize) -> Option<usize> {
        let size = [self.h, self.w][axis];
        let at = i * self.how.stride[axis] + u * self.how.dilation[axis];
        at.checked_sub(self.how.padding[2 * axis]).filter(|&at| at < size)
    }

    /// The reverse of [`Self::meets`]: the output whose tap `u` meets `at`.
    pub fn met_by(&self, axis: usize, at: usize, u: usize) -> Option<usize> {
        let size = [self.oh, self.ow][axis];
        let from = (at + self.how.padding[2 * axis]).checked_sub(u * self.how.dilation[axis])?;
        let i = from / self.how.stride[axis];
        (from % self.how.stride[axis] == 0 && i < size).then_some(i)
    }

    /// True where a kernel covers the image and stands at one place: a matrix product.
    pub fn whole(&self) -> bool {
        let same = [self.h, self.w] == [self.kh, self.kw] && self.how.padding == [0; 4];
        same && self.p() == 1 && self.how.groups == 1 && self.how.dilation == [1; 2]
    }

    /// `(images, values of one)`.
    pub fn images<'a, T>(&self, x: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: x, rows: self.n, cols: self.k(), transposed: false }
    }

    /// `(result channels, values of a patch)`, of all groups.
    pub fn filters<'a, T>(&self, w: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: w, rows: self.o, cols: self.k(), transposed: false }
    }

    /// `(images, result channels)`, where each channel is one value.
    pub fn results<'a, T>(&self, y: &'a [T]) -> Matrix<'a, T> {
        Matrix { data: y, rows: self.n, cols: self.o, transposed: false }
    }

    /// A group's channels of x.
    pub fn x_source<'a, T>(&self, x: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, skip) = (self.h * self.w, group * self.cg * self.h * self.w);
        let data = &x[skip.min(x.len())..];
        Source { data, outer: self.n, inner: self.cg, positions, apart: self.c * positions }
    }

    /// A group's channels of y.
    pub fn y_source<'a, T>(&self, y: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, skip) = (self.p(), group * self.og * self.p());
        let data = &y[skip.min(y.len())..];
        Source { data, outer: self.n, inner: self.og, positions, apart: self.o * positions }
    }

    /// A group's weight, `(result channels, source channels, taps)`.
    pub fn weight<'a, T>(&self, w: &'a [T], group: usize) -> Source<'a, T> {
        let (positions, apart) = (self.kh * self.kw, self.k());
        let data = &w[group * self.og * apart..];
        Source { data, outer: self.og, inner: self.cg, positions, apart }
    }
}
