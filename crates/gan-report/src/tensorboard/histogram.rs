//! How values are spread, in the form that TensorBoard draws.

use super::message::Message;

/// Equally wide bins between the least and the greatest value.
const BINS: usize = 50;

/// Counts of values between their least and greatest.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The sum of all values.
    pub sum: f64,
    /// The sum of all squares.
    pub sum_squares: f64,
    /// The upper end of each bin.
    pub limits: Vec<f64>,
    /// The values in each bin.
    pub counts: Vec<f64>,
}

impl Histogram {
    /// Counts values; those that are not finite are left out. Nothing where no value is left.
    pub fn of(values: &[f32]) -> Option<Self> {
        let finite = || values.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v));
        let (min, max) = finite()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if min > max {
            return None;
        }
        let width = (max - min) / BINS as f64;
        let bins = if width > 0.0 { BINS } else { 1 };
        let mut counts = vec![0.0; bins];
        let (mut sum, mut sum_squares) = (0.0, 0.0);
        for value in finite() {
            let bin = if width > 0.0 { ((value - min) / width) as usize } else { 0 };
            counts[bin.min(bins - 1)] += 1.0;
            sum += value;
            sum_squares += value * value;
        }
        let mut limits: Vec<f64> = (1..=bins).map(|k| min + k as f64 * width).collect();
        limits[bins - 1] = max;
        Some(Self { min, max, sum, sum_squares, limits, counts })
    }

    /// As `HistogramProto`.
    pub(super) fn message(&self) -> Message {
        Message::default()
            .double(1, self.min)
            .double(2, self.max)
            .double(3, self.counts.iter().sum())
            .double(4, self.sum)
            .double(5, self.sum_squares)
            .doubles(6, &self.limits)
            .doubles(7, &self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted() {
        let values: Vec<f32> = (0..=100).map(|i| i as f32).chain([f32::NAN]).collect();
        let histogram = Histogram::of(&values).unwrap();
        assert_eq!((histogram.min, histogram.max, histogram.sum), (0.0, 100.0, 5050.0));
        assert_eq!(histogram.counts.iter().sum::<f64>(), 101.0);
        assert_eq!(
            (histogram.counts[0], histogram.limits[0], histogram.limits[49]),
            (2.0, 2.0, 100.0)
        );
        let one = Histogram::of(&[3.0; 7]).unwrap();
        assert_eq!((one.counts, one.limits), (vec![7.0], vec![3.0]));
        assert!(Histogram::of(&[f32::NAN]).is_none());
    }
}
