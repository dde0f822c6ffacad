//! Quantiles of a few values: a distribution told whole, not by its best.

/// The `p`-quantile of `values`, linear between neighbors (definition 7 of Hyndman and Fan, The
/// American Statistician 50, 1996; numpy's and R's default); NaN of none or of a NaN.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let mut all = values.to_vec();
    all.sort_by(f64::total_cmp);
    let place = p.clamp(0.0, 1.0) * (all.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(all.len() - 1);
    all[below] + part * (all[above] - all[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_as_numpy_has_them() {
        // numpy.quantile([3, 1, 4, 1.5], [0, .1, .25, .5, .9, 1]), numpy 2.4
        let values = [3.0, 1.0, 4.0, 1.5];
        for (p, q) in [(0.0, 1.0), (0.1, 1.15), (0.25, 1.375), (0.5, 2.25), (0.9, 3.7), (1.0, 4.0)]
        {
            assert!((quantile(&values, p) - q).abs() < 1e-12, "{p}");
        }
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
        assert!(quantile(&[], 0.5).is_nan() && quantile(&[1.0, f64::NAN], 0.5).is_nan());
    }
}
