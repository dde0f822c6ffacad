//! What becomes of a sum before it is stored: a bias, and a bend at zero.

use crate::number::Number;

/// What becomes of a sum before it is stored.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a, T> {
    /// Added to each channel.
    pub bias: Option<&'a [T]>,
    /// Negative values are multiplied by it.
    pub slope: Option<T>,
}

impl<T: Number> Finish<'_, T> {
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
    pub fn apply(&self, channel: usize, values: &mut [T]) {
        if let Some(bias) = self.bias {
            let b = bias[channel];
            values.iter_mut().for_each(|v| *v += b);
        }
        self.bend(values);
    }
}
