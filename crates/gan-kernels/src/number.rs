//! The numbers that tensors hold.

use crate::exponential;
use candle_core::{CpuStorage, WithDType};

/// The element types: `f32` for work, `f64` for proofs.
pub(crate) trait Number: WithDType + num_traits::Float + std::iter::Sum {
    /// The nearest value of this type.
    #[inline(always)]
    fn real(v: f64) -> Self {
        <Self as WithDType>::from_f64(v)
    }

    /// The same value in f64.
    #[inline(always)]
    fn wide(self) -> f64 {
        <Self as WithDType>::to_f64(self)
    }

    /// `eˣ` for `x ≤ 0`.
    fn exp_of_negative(self) -> Self;

    /// `ln(1 + u)` for `u` in `[0, 1]`.
    fn ln_1p_of_share(self) -> Self;

    /// Hyperbolic tangent.
    fn hyperbolic_tangent(self) -> Self;

    /// The values of a storage of this type.
    fn values_mut(storage: &mut CpuStorage) -> Option<&mut [Self]>;
}

impl Number for f32 {
    #[inline(always)]
    fn exp_of_negative(self) -> f32 {
        exponential::exp_of_negative(self)
    }

    #[inline(always)]
    fn ln_1p_of_share(self) -> f32 {
        exponential::ln_1p_of_share(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> f32 {
        exponential::tanh(self)
    }

    fn values_mut(storage: &mut CpuStorage) -> Option<&mut [f32]> {
        match storage {
            CpuStorage::F32(values) => Some(values),
            _ => None,
        }
    }
}

impl Number for f64 {
    fn exp_of_negative(self) -> f64 {
        self.exp()
    }

    fn ln_1p_of_share(self) -> f64 {
        self.ln_1p()
    }

    fn hyperbolic_tangent(self) -> f64 {
        self.tanh()
    }

    fn values_mut(storage: &mut CpuStorage) -> Option<&mut [f64]> {
        match storage {
            CpuStorage::F64(values) => Some(values),
            _ => None,
        }
    }
}
