//! The conditions that arguments must meet, each checked in one place.

use crate::error::{Result, StatisticsError};

/// At least one value.
///
/// # Errors
///
/// If there is none; the error names `what`, as all of this module do.
pub fn not_empty(what: &'static str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        let expected = "at least one value".into();
        return Err(StatisticsError::Length { what, expected, found: 0 });
    }
    Ok(())
}

/// At least one value, and only finite ones.
///
/// # Errors
///
/// If there is none, or one is NaN or infinite.
pub fn finite(what: &'static str, values: &[f64]) -> Result<()> {
    not_empty(what, values)?;
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => {
            let (expected, found) = ("a finite number", values[index]);
            Err(StatisticsError::Value { what, expected, found, index })
        }
        None => Ok(()),
    }
}

/// The length that an argument must have.
///
/// # Errors
///
/// If `found` is not `expected`.
pub fn same_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected != found {
        let expected = format!("length {expected}");
        return Err(StatisticsError::Length { what, expected, found });
    }
    Ok(())
}

/// Finite samples of `dim` numbers each, one after another; returns how many there are.
///
/// # Errors
///
/// If `dim` is 0, the length is no multiple of it, there are fewer than `at_least` samples, or a
/// number is not finite.
pub fn samples(what: &'static str, values: &[f64], dim: usize, at_least: usize) -> Result<usize> {
    if dim == 0 {
        return Err(StatisticsError::Parameter { what: "dim", expected: "at least 1", found: 0.0 });
    }
    if !values.len().is_multiple_of(dim) || values.len() / dim < at_least {
        let expected = format!("a multiple of {dim} with at least {at_least} samples");
        return Err(StatisticsError::Length { what, expected, found: values.len() });
    }
    finite(what, values)?;
    Ok(values.len() / dim)
}

/// A number above zero.
///
/// # Errors
///
/// If it is not positive, or not finite.
pub fn positive(what: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    let expected = "a positive, finite number";
    Err(StatisticsError::Parameter { what, expected, found: value })
}

/// A number that is neither NaN nor infinite.
///
/// # Errors
///
/// If it is one of these.
pub fn finite_number(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(StatisticsError::Parameter { what, expected: "a finite number", found: value })
}
