//! Round numbers along an axis, and how to write them.

/// The numbers of an axis: `first, first + step, …`, each a multiple of `step`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    step: f64,
}

impl Ticks {
    /// Round numbers within `[low, high]`, about `wanted` of them, steps of 1, 2 or 5 times a power
    /// of ten.
    pub(crate) fn new(low: f64, high: f64, wanted: usize) -> Self {
        let rough = (high - low) / wanted.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|nice| nice * power)
            .into_iter()
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(10.0 * power);
        let slack = 1e-9; // so that an end that is a multiple itself is not lost to rounding
        let (first, last) = ((low / step - slack).ceil(), (high / step + slack).floor());
        let count = if last >= first { (last - first).min(1000.0) as usize + 1 } else { 0 };
        let values = (0..count).map(|i| (first + i as f64) * step).collect();
        Self { values, step }
    }

    /// How `value` is written: as many decimals as the step has, powers of ten for extremes, `k`
    /// and `M` for large round steps.
    pub(crate) fn label(&self, value: f64) -> String {
        let largest = self.values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        if value.abs() < self.step * 1e-6 {
            return "0".to_owned();
        }
        if !(1e-3..1e9).contains(&largest) {
            let exponent = largest.log10().floor() as i32;
            let decimals = decimals(self.step / 10_f64.powi(exponent));
            return format!("{:.decimals$}e{exponent}", value / 10_f64.powi(exponent));
        }
        for (unit, suffix) in [(1e6, "M"), (1e3, "k")] {
            if largest >= 10.0 * unit || (largest >= unit && self.step >= unit / 10.0) {
                return format!("{:.*}{suffix}", decimals(self.step / unit), value / unit);
            }
        }
        format!("{value:.*}", decimals(self.step))
    }
}

/// Decimals that a multiple of `step` needs.
fn decimals(step: f64) -> usize {
    (0..9)
        .find(|&n| {
            let scaled = step * 10_f64.powi(n);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .unwrap_or(9) as usize
}

/// A range that shows something: finite, ordered, and not a single point.
pub(crate) fn usable_range(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    let (low, high) = (low.clamp(-1e300, 1e300), high.clamp(-1e300, 1e300));
    let least = (low.abs().max(high.abs()) * 1e-9).max(1e-12);
    if high - low > least {
        return (low, high);
    }
    let margin = (low.abs() * 0.1).max(0.5);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let ticks = Ticks::new(low, high, 5);
        ticks.values.iter().map(|v| ticks.label(*v)).collect()
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(labels(0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-1.03, 1.1), ["-1.0", "-0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(0.0, 2000.0), ["0", "0.5k", "1.0k", "1.5k", "2.0k"]);
        assert_eq!(labels(0.0, 48_000.0), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(0.0, 4e-5), ["0", "1e-5", "2e-5", "3e-5", "4e-5"]);
        assert_eq!(labels(3.0, 3.4), ["3.0", "3.1", "3.2", "3.3", "3.4"]);
    }

    #[test]
    fn any_range_becomes_usable() {
        for (low, high) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (f64::NAN, 0.0),
            (f64::NEG_INFINITY, 3.0),
            (0.0, 0.0),
            (-f64::MAX, f64::MAX),
            (1e300, 1e300),
        ] {
            let (low, high) = usable_range(low, high);
            assert!(low < high && low.is_finite() && high.is_finite(), "{low} {high}");
            assert!(Ticks::new(low, high, 5).values.len() <= 1001);
        }
    }
}
