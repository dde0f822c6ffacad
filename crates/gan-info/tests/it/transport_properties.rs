//! Properties of the earth mover's distance and of the Fréchet distance.

use gan_info::*;
use proptest::prelude::*;

use crate::properties::distribution;

/// A few dozen terms of order ten.
const ROUNDING: f64 = 1e-11;

fn points(n: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-5.0..5.0f64, n)
}

/// Weighted points on the line.
fn law() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (1usize..10).prop_flat_map(|n| (points(n), distribution(n)))
}

fn distances(x: &[f64], y: &[f64], order: f64) -> Vec<f64> {
    x.iter().flat_map(|a| y.iter().map(move |b| (a - b).abs().powf(order))).collect()
}

/// A covariance B Bᵀ with B of `rank` columns: deficient where rank < dim.
fn covariance(dim: usize) -> impl Strategy<Value = Vec<f64>> {
    (1..=dim).prop_flat_map(move |rank| {
        prop::collection::vec(-2.0..2.0f64, dim * rank).prop_map(move |b| {
            (0..dim * dim)
                .map(|c| (0..rank).map(|k| b[c / dim * rank + k] * b[c % dim * rank + k]).sum())
                .collect()
        })
    })
}

fn normal(dim: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (points(dim), covariance(dim))
}

proptest! {
    #[test]
    fn wasserstein_on_the_line_is_a_metric(
        x in points(1..12), y in points(1..12), z in points(1..12), order in 1.0..4.0f64,
    ) {
        let w = |a: &[f64], b: &[f64]| wasserstein_1d(a, b, order).unwrap();
        prop_assert_eq!(w(&x, &x), 0.0);
        prop_assert!(w(&x, &y) >= 0.0);
        prop_assert!((w(&x, &y) - w(&y, &x)).abs() < ROUNDING);
        prop_assert!(w(&x, &z) <= w(&x, &y) + w(&y, &z) + ROUNDING);
    }

    #[test]
    fn a_shift_costs_its_length(x in points(1..12), shift in -5.0..5.0f64, order in 1.0..4.0f64) {
        let moved: Vec<f64> = x.iter().map(|x| x + shift).collect();
        prop_assert!((wasserstein_1d(&x, &moved, order).unwrap() - shift.abs()).abs() < ROUNDING);
    }

    #[test]
    fn simplex_equals_the_line(
        (x, p) in law(), (y, q) in law(), order in prop_oneof![Just(1.0), Just(2.0)],
    ) {
        let line = weighted_wasserstein_1d(&x, &p, &y, &q, order).unwrap();
        let best = optimal_transport(&p, &q, &distances(&x, &y, order)).unwrap();
        // Compared as powers: the root would blow rounding up near zero.
        prop_assert!((best.cost - line.powf(order)).abs() < ROUNDING);
    }

    #[test]
    fn weights_and_samples_agree(x in points(1..12), y in points(1..12)) {
        let uniform = |n: usize| vec![1.0 / n as f64; n];
        let weighted =
            weighted_wasserstein_1d(&x, &uniform(x.len()), &y, &uniform(y.len()), 1.0).unwrap();
        prop_assert!((weighted - wasserstein_1d(&x, &y, 1.0).unwrap()).abs() < ROUNDING);
    }

    #[test]
    fn strong_duality(
        (p, q, cost) in (1usize..9, 1usize..9).prop_flat_map(|(n, m)| (
            distribution(n), distribution(m),
            // Few distinct integers: ties and degenerate pivots everywhere.
            prop::collection::vec(prop_oneof![(-3..4i32).prop_map(f64::from), -3.0..3.0f64], n * m),
        )),
    ) {
        let best = optimal_transport(&p, &q, &cost).unwrap();
        let m = q.len();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let dual = dot(&p, &best.row_potentials) + dot(&q, &best.column_potentials);
        prop_assert!((dual - best.cost).abs() < ROUNDING);
        for (cell, (flow, cost)) in best.plan.iter().zip(&cost).enumerate() {
            let slack = cost - best.row_potentials[cell / m] - best.column_potentials[cell % m];
            prop_assert!(*flow >= 0.0 && slack > -ROUNDING);
            prop_assert!(*flow == 0.0 || slack.abs() < ROUNDING);
        }
        for (i, p) in p.iter().enumerate() {
            prop_assert!((best.plan[i * m..(i + 1) * m].iter().sum::<f64>() - p).abs() < ROUNDING);
        }
        for (j, q) in q.iter().enumerate() {
            let column: f64 = best.plan.iter().skip(j).step_by(m).sum();
            prop_assert!((column - q).abs() < ROUNDING);
        }
    }

    #[test]
    fn transport_in_the_plane_is_a_metric(
        (p, q, r, places) in (1usize..8).prop_flat_map(|n| (
            distribution(n), distribution(n), distribution(n), points(2 * n),
        )),
    ) {
        let places: Vec<(f64, f64)> = places.chunks_exact(2).map(|c| (c[0], c[1])).collect();
        let cost: Vec<f64> = places
            .iter()
            .flat_map(|a| places.iter().map(move |b| (a.0 - b.0).hypot(a.1 - b.1)))
            .collect();
        let w = |a: &[f64], b: &[f64]| optimal_transport(a, b, &cost).unwrap().cost;
        prop_assert!(w(&p, &p).abs() < ROUNDING);
        prop_assert!((w(&p, &q) - w(&q, &p)).abs() < ROUNDING);
        prop_assert!(w(&p, &r) <= w(&p, &q) + w(&q, &r) + ROUNDING);
        // Moving all mass that differs costs at most the diameter.
        let diameter = cost.iter().copied().fold(0.0, f64::max);
        prop_assert!(w(&p, &q) <= diameter * total_variation(&p, &q).unwrap() + ROUNDING);
    }

    #[test]
    fn discrete_metric_gives_total_variation(
        (p, q) in (1usize..10).prop_flat_map(|n| (distribution(n), distribution(n))),
    ) {
        let n = p.len();
        let cost: Vec<f64> = (0..n * n).map(|c| if c / n == c % n { 0.0 } else { 1.0 }).collect();
        let moved = optimal_transport(&p, &q, &cost).unwrap().cost;
        prop_assert!((moved - total_variation(&p, &q).unwrap()).abs() < ROUNDING);
    }

    #[test]
    fn frechet_is_symmetric_never_negative_and_zero_for_equals(
        ((m1, s1), (m2, s2)) in (1usize..7).prop_flat_map(|d| (normal(d), normal(d))),
    ) {
        let there = frechet_distance(&m1, &s1, &m2, &s2).unwrap();
        let back = frechet_distance(&m2, &s2, &m1, &s1).unwrap();
        let scale = there.mean_term + there.trace_1 + there.trace_2;
        prop_assert!(there.squared() >= 0.0 && there.cross_trace >= 0.0);
        prop_assert!((there.squared() - back.squared()).abs() < 1e-13 * scale);
        let same = frechet_distance(&m1, &s1, &m1, &s1).unwrap();
        // squared() cuts at zero, so the parts show whether it would have been negative.
        prop_assert!((same.trace_1 - same.cross_trace).abs() < 1e-13 * (1.0 + same.trace_1));
        prop_assert!(same.squared() < 1e-13 * (1.0 + same.trace_1));
    }

    #[test]
    fn frechet_obeys_the_triangle(
        (a, b, c) in (1usize..5).prop_flat_map(|d| (normal(d), normal(d), normal(d))),
    ) {
        let d = |x: &(Vec<f64>, Vec<f64>), y: &(Vec<f64>, Vec<f64>)| {
            frechet_distance(&x.0, &x.1, &y.0, &y.1).unwrap().distance()
        };
        // The root of rounding of order 10⁻¹⁴.
        prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c) + 1e-6);
    }

    #[test]
    fn frechet_equals_the_diagonal_form(
        (m1, v1, m2, v2) in (1usize..7).prop_flat_map(|d| {
            let variances = || prop::collection::vec(prop_oneof![1 => Just(0.0), 4 => 0.01..4.0f64], d);
            (points(d), variances(), points(d), variances())
        }),
    ) {
        let d = m1.len();
        let full = |v: &[f64]| -> Vec<f64> {
            (0..d * d).map(|c| if c / d == c % d { v[c / d] } else { 0.0 }).collect()
        };
        let dense = frechet_distance(&m1, &full(&v1), &m2, &full(&v2)).unwrap().squared();
        let diagonal = frechet_distance_diagonal(&m1, &v1, &m2, &v2).unwrap();
        prop_assert!((dense - diagonal).abs() < ROUNDING);
    }
}
