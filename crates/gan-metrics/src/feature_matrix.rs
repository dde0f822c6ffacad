//! Features of many images, one row each, in the precision in which they came.

use crate::{Error, Result};
use std::ops::Range;

/// `rows × width` numbers, row by row, all finite.
///
/// Single and double precision are kept apart because the reference programs do: a distance of
/// f32 features is rounded to f32 before it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix {
    rows: usize,
    width: usize,
    values: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl FeatureMatrix {
    /// Features in single precision, as networks give them.
    ///
    /// # Errors
    /// A width of zero, a length that is no multiple of it, or a number that is not finite: the
    /// message names its row and column.
    pub fn from_f32(width: usize, values: Vec<f32>) -> Result<Self> {
        let rows = check(width, values.len(), values.iter().position(|v| !v.is_finite()))?;
        Ok(Self { rows, width, values: Values::Single(values) })
    }

    /// Features in double precision.
    ///
    /// # Errors
    /// As [`FeatureMatrix::from_f32`].
    pub fn from_f64(width: usize, values: Vec<f64>) -> Result<Self> {
        let rows = check(width, values.len(), values.iter().position(|v| !v.is_finite()))?;
        Ok(Self { rows, width, values: Values::Double(values) })
    }

    /// No rows yet, single precision; [`FeatureMatrix::extend_f32`] adds them.
    pub fn empty(width: usize) -> Self {
        Self { rows: 0, width, values: Values::Single(Vec::new()) }
    }

    /// Number of images.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers an image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether they are f32.
    pub fn is_single(&self) -> bool {
        matches!(self.values, Values::Single(_))
    }

    /// Adds rows in single precision.
    ///
    /// # Errors
    /// As [`FeatureMatrix::from_f32`]; a matrix of double precision takes no such rows.
    pub fn extend_f32(&mut self, values: &[f32]) -> Result<()> {
        let bad = values.iter().position(|v| !v.is_finite()).map(|at| at + self.rows * self.width);
        let more = check(self.width, values.len(), bad)?;
        let Values::Single(own) = &mut self.values else {
            return Err(Error::argument("rows of f32 in a matrix of f64"));
        };
        own.extend_from_slice(values);
        self.rows += more;
        Ok(())
    }

    /// The values as f32, where that is what they are.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.values {
            Values::Single(values) => Some(values),
            Values::Double(_) => None,
        }
    }

    /// Some rows as f64, row by row.
    pub(crate) fn block(&self, rows: Range<usize>) -> Vec<f64> {
        let range = rows.start * self.width..rows.end * self.width;
        match &self.values {
            Values::Single(values) => values[range].iter().map(|v| f64::from(*v)).collect(),
            Values::Double(values) => values[range].to_vec(),
        }
    }

    /// All rows as f64.
    pub fn to_f64(&self) -> Vec<f64> {
        self.block(0..self.rows)
    }

    /// The rows of these indices, in their order, repeated where an index is; as f64.
    pub(crate) fn gather(&self, indices: &[usize]) -> Vec<f64> {
        let mut out = Vec::with_capacity(indices.len() * self.width);
        for &i in indices {
            let range = i * self.width..(i + 1) * self.width;
            match &self.values {
                Values::Single(values) => out.extend(values[range].iter().map(|v| f64::from(*v))),
                Values::Double(values) => out.extend_from_slice(&values[range]),
            }
        }
        out
    }

    /// A matrix of the rows of these indices, in their order.
    ///
    /// # Errors
    /// An index beyond the end.
    pub fn select(&self, indices: &[usize]) -> Result<Self> {
        if let Some(beyond) = indices.iter().find(|i| **i >= self.rows) {
            return Err(Error::argument(format!("row {beyond} of {} rows", self.rows)));
        }
        let at = |i: usize| i * self.width..(i + 1) * self.width;
        let values = match &self.values {
            Values::Single(v) => {
                Values::Single(indices.iter().flat_map(|i| &v[at(*i)]).copied().collect())
            }
            Values::Double(v) => {
                Values::Double(indices.iter().flat_map(|i| &v[at(*i)]).copied().collect())
            }
        };
        Ok(Self { rows: indices.len(), width: self.width, values })
    }

    /// The mean as NumPy averages f32 rows: summed in f32, one row after another, and divided in
    /// f32. Nothing for f64.
    pub(crate) fn single_mean(&self) -> Option<Vec<f32>> {
        let mut sums = vec![0.0f32; self.width];
        for row in self.as_f32()?.chunks_exact(self.width) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        let n = self.rows as f32;
        Some(sums.iter().map(|sum| sum / n).collect())
    }

    /// Whether both may be compared.
    pub(crate) fn check_width(&self, other: &Self) -> Result<()> {
        if self.width == other.width {
            return Ok(());
        }
        Err(Error::argument(format!(
            "features of width {} against features of width {} (expected equal widths: the same \
             extractor and --tap for both)",
            self.width, other.width
        )))
    }

    /// Refuses fewer than `least` rows.
    pub(crate) fn check_rows(&self, what: &str, least: usize) -> Result<()> {
        if self.rows >= least {
            return Ok(());
        }
        Err(Error::argument(format!("{} for {what} (expected at least {least})", count(self.rows))))
    }
}

/// `1 image` or `5 images`.
pub(crate) fn count(images: usize) -> String {
    if images == 1 { "1 image".to_owned() } else { format!("{images} images") }
}

fn check(width: usize, len: usize, bad: Option<usize>) -> Result<usize> {
    if width == 0 || !len.is_multiple_of(width) {
        return Err(Error::argument(format!("{len} values as rows of {width} features")));
    }
    if let Some(at) = bad {
        return Err(Error::argument(format!(
            "features with a value that is not finite, in row {}, column {} (counted from 0): the \
             network or the file is broken",
            at / width,
            at % width
        )));
    }
    Ok(len / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_again() {
        let single = FeatureMatrix::from_f32(2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let double = FeatureMatrix::from_f64(2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        for m in [&single, &double] {
            assert_eq!((m.rows(), m.width()), (3, 2));
            assert_eq!(m.block(1..3), [3.0, 4.0, 5.0, 6.0]);
            assert_eq!(m.gather(&[2, 0, 2]), [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
            assert_eq!(m.select(&[1]).unwrap().to_f64(), [3.0, 4.0]);
            assert!(m.select(&[3]).is_err());
        }
        let mut grown = FeatureMatrix::empty(2);
        grown.extend_f32(&[1.0, 2.0]).unwrap();
        grown.extend_f32(&[3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!(grown, single);
        assert_ne!(single, double);
    }

    #[test]
    fn what_is_not_finite_is_named() {
        let text = FeatureMatrix::from_f32(2, vec![1.0, 2.0, 3.0, f32::NAN]).unwrap_err();
        assert!(text.to_string().contains("row 1, column 1"), "{text}");
        let mut grown = FeatureMatrix::from_f32(2, vec![1.0; 6]).unwrap();
        let text = grown.extend_f32(&[0.0, 0.0, f32::INFINITY, 0.0]).unwrap_err().to_string();
        assert!(text.contains("row 4, column 0"), "{text}");
        assert_eq!(grown.rows(), 3);
        assert!(FeatureMatrix::from_f64(0, vec![]).is_err());
        assert!(FeatureMatrix::from_f64(2, vec![1.0]).is_err());
    }
}
