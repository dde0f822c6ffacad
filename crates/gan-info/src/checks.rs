//! The conditions that arguments must meet, each checked in one place.

use crate::error::{InfoError, Result};

/// How far from one a distribution's sum may be: rounding of 10⁵ f64 terms, not of f32 ones.
///
/// A softmax in f32 misses one by about 10⁻⁷; pass it through [`crate::normalized`] first.
pub const SUM_TOLERANCE: f64 = 1e-9;

pub(crate) fn not_empty(what: &'static str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(InfoError::Length { what, expected: "at least one value".into(), found: 0 });
    }
    Ok(())
}

pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<()> {
    not_empty(what, values)?;
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => {
            Err(InfoError::Value { what, expected: "a finite number", found: values[index], index })
        }
        None => Ok(()),
    }
}

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

pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected != found {
        return Err(InfoError::Length { what, expected: format!("length {expected}"), found });
    }
    Ok(())
}

pub(crate) fn two_distributions(p: &[f64], q: &[f64]) -> Result<()> {
    distribution("p", p)?;
    distribution("q", q)?;
    same_length("q", p.len(), q.len())
}

/// Finite samples of `dim` numbers each, one after another; returns how many there are.
pub(crate) fn samples(
    what: &'static str,
    values: &[f64],
    dim: usize,
    at_least: usize,
) -> Result<usize> {
    if dim == 0 {
        return Err(InfoError::Parameter { what: "dim", expected: "at least 1", found: 0.0 });
    }
    if !values.len().is_multiple_of(dim) || values.len() / dim < at_least {
        return Err(InfoError::Length {
            what,
            expected: format!("a multiple of {dim} with at least {at_least} samples"),
            found: values.len(),
        });
    }
    finite(what, values)?;
    Ok(values.len() / dim)
}

pub(crate) fn positive(what: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(InfoError::Parameter { what, expected: "a positive, finite number", found: value })
}

pub(crate) fn finite_number(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(InfoError::Parameter { what, expected: "a finite number", found: value })
}
