//! The geometry of a convolution: what both its branches, the CPU's and Candle's, are told.

use candle_core::{Result, bail};

/// The geometry of a convolution, without its channel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Step down and across.
    pub stride: [usize; 2],
    /// Spacing of the kernel's taps down and across.
    pub dilation: [usize; 2],
    /// Zeros added at `[top, bottom, left, right]`.
    pub padding: [usize; 4],
    /// Runs of channels that do not see one another.
    pub groups: usize,
}

impl Default for Conv2d {
    /// Stride 1, dilation 1, no padding, one group.
    fn default() -> Self {
        Self { stride: [1; 2], dilation: [1; 2], padding: [0; 4], groups: 1 }
    }
}

impl Conv2d {
    /// Stride and padding equal on all sides, as most networks have them.
    pub fn new(stride: usize, padding: usize) -> Self {
        Self { stride: [stride; 2], padding: [padding; 4], ..Self::default() }
    }

    /// The size after a convolution of `size` with `kernel`.
    ///
    /// # Errors
    /// Where stride, dilation or kernel is zero, or the kernel is larger than the padded image.
    pub fn output(&self, size: [usize; 2], kernel: [usize; 2]) -> Result<[usize; 2]> {
        let mut out = [0; 2];
        for axis in 0..2 {
            let padded = size[axis] + self.padding[2 * axis] + self.padding[2 * axis + 1];
            let span = self.span(axis, kernel[axis])?;
            if padded < span {
                bail!(
                    "convolution: a kernel that spans {span} pixels does not fit {padded} \
                     (image {} and padding {:?})",
                    size[axis],
                    self.padding
                )
            }
            out[axis] = (padded - span) / self.stride[axis] + 1;
        }
        Ok(out)
    }

    /// The size after a transposed convolution of `size` with `kernel`.
    pub(crate) fn transposed_output(
        &self,
        size: [usize; 2],
        kernel: [usize; 2],
        extra: [usize; 2],
    ) -> Result<[usize; 2]> {
        let mut out = [0; 2];
        for axis in 0..2 {
            let pad = self.padding[2 * axis] + self.padding[2 * axis + 1];
            let full = (size[axis].max(1) - 1) * self.stride[axis]
                + self.span(axis, kernel[axis])?
                + extra[axis];
            if size[axis] == 0 || full <= pad {
                bail!(
                    "transposed convolution: {size:?} pixels and padding {:?} leave none",
                    self.padding
                )
            }
            if extra[axis] >= self.stride[axis].max(self.dilation[axis]) {
                bail!(
                    "transposed convolution: expected output padding below stride or dilation, \
                     found {extra:?} for stride {:?}",
                    self.stride
                )
            }
            out[axis] = full - pad;
        }
        Ok(out)
    }

    fn span(&self, axis: usize, kernel: usize) -> Result<usize> {
        if self.stride[axis] == 0 || self.dilation[axis] == 0 || kernel == 0 || self.groups == 0 {
            bail!(
                "convolution: expected stride, dilation, kernel and groups ≥ 1, found {self:?} and kernel {kernel}"
            )
        }
        Ok(self.dilation[axis] * (kernel - 1) + 1)
    }
}
