//! The conditions that masses and distributions must meet, each checked in one place.

use gan_statistics::checks::{not_empty, same_length};

use crate::error::{InfoError, Result};

/// How far from one a distribution's sum may be: rounding of 10⁵ f64 terms, not of f32 ones.
///
/// A softmax in f32 misses one by about 10⁻⁷; pass it through [`crate::normalized`] first.
pub const SUM_TOLERANCE: f64 = 1e-9;

/// Finite masses of at least zero; returns their sum, which is positive.
pub(crate) fn masses(what: &'static str, values: &[f64]) -> Result<f64> {
    not_empty(what, values)?;
    if let Some(index) = values.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
        return Err(InfoError::Value {
            what,
            expected: "a finite mass >= 0",
            found: values[index],
            index,
        });
    }
    let total: f64 = values.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return Err(InfoError::Parameter {
            what,
            expected: "a total mass that is positive and finite",
            found: total,
        });
    }
    Ok(total)
}

pub(crate) fn distribution(what: &'static str, values: &[f64]) -> Result<()> {
    let total = masses(what, values)?;
    if (total - 1.0).abs() > SUM_TOLERANCE {
        return Err(InfoError::Sum { what, expected: 1.0, found: total });
    }
    Ok(())
}

pub(crate) fn two_distributions(p: &[f64], q: &[f64]) -> Result<()> {
    distribution("p", p)?;
    distribution("q", q)?;
    Ok(same_length("q", p.len(), q.len())?)
}
