//! Samples cut into cells, so that what is defined for tables can be said of them: plug-in estimates.

use std::collections::BTreeMap;

use gan_statistics::checks;

use crate::error::{InfoError, Result};

/// How samples become cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Every column's range, over all samples together, in so many parts of equal length.
    Bins(usize),
    /// Equal rows are a cell: labels, words, codes.
    Distinct,
}

/// The relative frequencies of one or several samples over the same cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// For each sample its masses, which sum to 1. Only cells that some sample reaches are there, in one
    /// order for all.
    pub masses: Vec<Vec<f64>>,
    /// The volume of a cell, in the unit of the samples to the power of their dimensions; 0 where a
    /// column never changes, 1 for [`Cut::Distinct`]. The differential entropy is that of the masses
    /// plus its logarithm.
    pub volume: f64,
}

/// Bins a column for `count` samples of `dim` numbers: 2 n^(1/(d + 2)), rounded up.
///
/// The rate of Scott, Multivariate Density Estimation (1992), section 3.4, at which a histogram of a
/// smooth density has the least error; for a normal one in one dimension his rule makes about as many.
pub fn usual_bins(count: usize, dim: usize) -> usize {
    (2.0 * (count as f64).powf(1.0 / (dim as f64 + 2.0))).ceil().max(1.0) as usize
}

/// Counts samples of `dim` numbers each, one after another, over cells that they share.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{Cut, histogram, total_variation};
/// let cells = histogram(&[&[0.0, 1.0, 1.5], &[2.0, 9.0, 10.0]], 1, Cut::Bins(2))?;
/// assert_eq!(cells.masses, [[1.0, 0.0], [1.0 / 3.0, 2.0 / 3.0]]);
/// assert_eq!(cells.volume, 5.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If there is no sample, a number is not finite, a length is no multiple of `dim`, or there are no bins.
pub fn histogram(samples: &[&[f64]], dim: usize, cut: Cut) -> Result<Histogram> {
    let cells = Cells::new(samples, dim, cut)?;
    let mut counts: BTreeMap<Vec<u64>, Vec<f64>> = BTreeMap::new();
    for (number, sample) in samples.iter().enumerate() {
        for row in sample.chunks_exact(dim) {
            counts.entry(cells.of(row)).or_insert_with(|| vec![0.0; samples.len()])[number] += 1.0;
        }
    }
    let masses = samples.iter().enumerate().map(|(number, sample)| {
        let n = (sample.len() / dim) as f64;
        counts.values().map(|count| count[number] / n).collect()
    });
    Ok(Histogram { masses: masses.collect(), volume: cells.volume() })
}

/// The number of each row's cell, counted from 0 in the order of the cells: labels, as
/// [`crate::mutual_information_of_pairs`] takes them.
///
/// # Errors
///
/// As [`histogram`].
pub fn cell_numbers(samples: &[f64], dim: usize, cut: Cut) -> Result<Vec<usize>> {
    let cells = Cells::new(&[samples], dim, cut)?;
    let of: Vec<Vec<u64>> = samples.chunks_exact(dim).map(|row| cells.of(row)).collect();
    let mut numbers: BTreeMap<&[u64], usize> = of.iter().map(|key| (&key[..], 0)).collect();
    numbers.values_mut().enumerate().for_each(|(number, value)| *value = number);
    Ok(of.iter().filter_map(|key| numbers.get(&key[..]).copied()).collect())
}

/// Where each column is cut.
struct Cells {
    cut: Cut,
    low: Vec<f64>,
    width: Vec<f64>,
}

impl Cells {
    fn new(samples: &[&[f64]], dim: usize, cut: Cut) -> Result<Self> {
        if samples.is_empty() {
            let expected = "at least one sample".to_owned();
            return Err(InfoError::Length { what: "samples", expected, found: 0 });
        }
        for sample in samples {
            checks::samples("samples", sample, dim, 1)?;
        }
        let bins = match cut {
            Cut::Bins(0) => {
                let (what, expected) = ("bins", "at least 1");
                return Err(InfoError::Parameter { what, expected, found: 0.0 });
            }
            Cut::Bins(bins) => bins as f64,
            Cut::Distinct => 1.0,
        };
        let column = |j: usize| samples.iter().flat_map(move |s| s.iter().skip(j).step_by(dim));
        let low: Vec<f64> =
            (0..dim).map(|j| column(j).copied().fold(f64::INFINITY, f64::min)).collect();
        let high = |j: usize| column(j).copied().fold(f64::NEG_INFINITY, f64::max);
        let width = low.iter().enumerate().map(|(j, low)| (high(j) - low) / bins).collect();
        Ok(Self { cut, low, width })
    }

    /// The key of a row's cell.
    fn of(&self, row: &[f64]) -> Vec<u64> {
        match self.cut {
            // +0 and −0 are one value.
            Cut::Distinct => row.iter().map(|v| (v + 0.0).to_bits()).collect(),
            Cut::Bins(bins) => row
                .iter()
                .zip(self.low.iter().zip(&self.width))
                .map(|(v, (low, width))| match *width > 0.0 {
                    // The upper end belongs to the last bin.
                    true => (((v - low) / width) as u64).min(bins as u64 - 1),
                    false => 0,
                })
                .collect(),
        }
    }

    fn volume(&self) -> f64 {
        match self.cut {
            Cut::Distinct => 1.0,
            Cut::Bins(_) => self.width.iter().product(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{entropy, mutual_information_of_pairs};

    #[test]
    fn an_even_grid_has_the_entropy_of_its_range() {
        let line: Vec<f64> = (0..1000).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
        let cells = histogram(&[&line], 1, Cut::Bins(10)).unwrap();
        let found = entropy(&cells.masses[0]).unwrap() + cells.volume.ln();
        // The range of the samples is 9.99 and not 10.
        assert!((found - 9.99f64.ln()).abs() < 1e-4, "{found}");
        assert_eq!(cells.masses[0].len(), 10);
    }

    #[test]
    fn distinct_rows_are_counted_whatever_they_are() {
        let words = [7.0, 1.0, 7.0, 1.0, -3.0, 2.0, 0.0, 5.0, -0.0, 5.0];
        let cells = histogram(&[&words], 2, Cut::Distinct).unwrap();
        let mut masses = cells.masses[0].clone();
        masses.sort_by(f64::total_cmp);
        assert_eq!((masses, cells.volume), (vec![0.2, 0.4, 0.4], 1.0));
        let numbers = cell_numbers(&words, 2, Cut::Distinct).unwrap();
        assert!(numbers[0] == numbers[1] && numbers[3] == numbers[4] && numbers[0] != numbers[2]);
        let same = mutual_information_of_pairs(&numbers, &numbers).unwrap();
        assert!((same - entropy(&cells.masses[0]).unwrap()).abs() < 1e-15);
    }

    #[test]
    fn a_column_that_never_changes_has_no_volume_and_bad_input_is_refused() {
        let cells = histogram(&[&[1.0, 4.0, 2.0, 4.0]], 2, Cut::Bins(3)).unwrap();
        assert_eq!((cells.volume, cells.masses[0].len()), (0.0, 2));
        assert!(histogram(&[], 1, Cut::Bins(3)).is_err());
        assert!(histogram(&[&[1.0]], 1, Cut::Bins(0)).is_err());
        assert!(histogram(&[&[1.0, f64::NAN]], 1, Cut::Distinct).is_err());
        assert_eq!((usual_bins(1000, 1), usual_bins(1000, 2), usual_bins(1, 1)), (20, 12, 2));
    }
}
