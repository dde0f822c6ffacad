//! Fewer points with the same extremes, for drawing, and the mean course of a noisy curve.

/// At most about `most` of the points: the first, the last, and of each stretch between them the
/// lowest and the highest, in the order of the steps. No peak is lost, and no point is made up.
pub fn extremes(points: &[(u64, f64)], most: usize) -> Vec<(u64, f64)> {
    if points.len() <= most.max(4) {
        return points.to_vec();
    }
    let inner = &points[1..points.len() - 1];
    let stretches = (most.max(4) - 2) / 2;
    let mut kept = vec![points[0]];
    for stretch in 0..stretches {
        let bound = |k: usize| k * inner.len() / stretches;
        let part = &inner[bound(stretch)..bound(stretch + 1)];
        let by_value = |a: &usize, b: &usize| part[*a].1.total_cmp(&part[*b].1);
        let (low, high) = ((0..part.len()).min_by(by_value), (0..part.len()).max_by(by_value));
        if let (Some(low), Some(high)) = (low, high) {
            kept.push(part[low.min(high)]);
            if low != high {
                kept.push(part[low.max(high)]);
            }
        }
    }
    kept.push(points[points.len() - 1]);
    kept
}

/// The means of `parts` stretches of equally many points, each at its middle step. Nothing where
/// there are too few points for a mean to say more than they do.
pub fn means(points: &[(u64, f64)], parts: usize) -> Vec<(f64, f64)> {
    if points.len() < 4 * parts || parts == 0 {
        return Vec::new();
    }
    let part = |k: usize| {
        let part = &points[k * points.len() / parts..(k + 1) * points.len() / parts];
        let n = part.len() as f64;
        let step = part.iter().map(|p| p.0 as f64).sum::<f64>() / n;
        (step, part.iter().map(|p| p.1).sum::<f64>() / n)
    };
    (0..parts).map(part).collect()
}

/// Which of `count` things to keep so that `most` are left: evenly, the first and the last always.
pub fn evenly(count: usize, most: usize) -> Vec<usize> {
    match most {
        _ if count <= most => (0..count).collect(),
        0 | 1 => count.checked_sub(1).into_iter().collect(),
        _ => (0..most).map(|k| k * (count - 1) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn extremes_are_kept_in_order(
            values in prop::collection::vec(-1e3f64..1e3, 1..2000), most in 4usize..300
        ) {
            let points: Vec<_> = values.iter().enumerate().map(|(i, v)| (i as u64, *v)).collect();
            let kept = extremes(&points, most);
            prop_assert!(kept.len() <= most);
            prop_assert!(kept.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert!(kept.iter().all(|p| points.contains(p)));
            prop_assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[points.len() - 1]));
            let low = |p: &[(u64, f64)]| p.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
            let high = |p: &[(u64, f64)]| p.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!((low(&kept), high(&kept)), (low(&points), high(&points)));
        }

        #[test]
        fn the_last_is_never_thinned_away(count in 1usize..500, most in 0usize..50) {
            let kept = evenly(count, most);
            prop_assert_eq!(kept[kept.len() - 1], count - 1);
            prop_assert!(kept.len() <= most.max(1));
            prop_assert!(kept.windows(2).all(|w| w[0] < w[1]));
        }
    }

    #[test]
    fn means_of_stretches() {
        let points: Vec<_> = (0..100).map(|i| (i, i as f64)).collect();
        assert_eq!(means(&points, 4)[0], (12.0, 12.0));
        assert!(means(&points, 50).is_empty());
    }
}
