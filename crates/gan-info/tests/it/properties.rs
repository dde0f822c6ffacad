//! Properties of entropies, divergences, mutual information, MMD and the optimal discriminator.

use std::f64::consts::LN_2;

use gan_info::*;
use proptest::prelude::*;

/// Sums of a few dozen terms of order one: rounding stays far below this.
const ROUNDING: f64 = 1e-12;

/// Distributions on `n` outcomes, some of them impossible.
pub fn distribution(n: usize) -> impl Strategy<Value = Vec<f64>> {
    let weight = prop_oneof![1 => Just(0.0), 4 => 1e-6..1.0f64];
    prop::collection::vec(weight, n)
        .prop_filter_map("all zero", |weights| normalized(&weights).ok())
}

/// Distributions on `n` outcomes that are all possible.
fn positive_distribution(n: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(1e-6..1.0f64, n).prop_map(|weights| normalized(&weights).unwrap())
}

fn several<const K: usize>() -> impl Strategy<Value = [Vec<f64>; K]> {
    (1usize..12).prop_flat_map(|n| std::array::from_fn(|_| distribution(n)))
}

fn joint_table() -> impl Strategy<Value = JointTable> {
    (1usize..6, 1usize..6).prop_flat_map(|(rows, columns)| {
        distribution(rows * columns)
            .prop_map(move |mass| JointTable::new(rows, columns, mass).unwrap())
    })
}

proptest! {
    #[test]
    fn information_adds_for_independent_events(p in 1e-9..=1.0f64, q in 1e-9..=1.0f64) {
        let together = information(p * q).unwrap();
        prop_assert!((together - joint_information(&[p, q]).unwrap()).abs() < ROUNDING);
    }

    #[test]
    fn entropy_lies_between_zero_and_log_n([p] in several::<1>()) {
        let h = entropy(&p).unwrap();
        prop_assert!(h >= 0.0 && h <= (p.len() as f64).ln() + ROUNDING);
    }

    #[test]
    fn kl_is_never_negative_and_zero_only_for_equals([p, q] in several::<2>()) {
        let kl = kl_divergence(&p, &q).unwrap();
        prop_assert!(kl >= 0.0);
        prop_assert_eq!(kl_divergence(&p, &p).unwrap(), 0.0);
        // Pinsker: KL ≥ 2 TV².
        let tv = total_variation(&p, &q).unwrap();
        prop_assert!(kl >= 2.0 * tv * tv - ROUNDING);
        let outside = p.iter().zip(&q).any(|(p, q)| *p > 0.0 && *q == 0.0);
        prop_assert_eq!(kl.is_infinite(), outside);
    }

    #[test]
    fn cross_entropy_is_entropy_plus_kl([p, q] in several::<2>()) {
        let (h, kl) = (entropy(&p).unwrap(), kl_divergence(&p, &q).unwrap());
        let cross = cross_entropy(&p, &q).unwrap();
        prop_assert!(cross == h + kl || (cross - h - kl).abs() < ROUNDING);
    }

    #[test]
    fn js_is_symmetric_and_at_most_log_two([p, q] in several::<2>()) {
        let js = js_divergence(&p, &q).unwrap();
        prop_assert!((0.0..=LN_2).contains(&js));
        prop_assert!((js - js_divergence(&q, &p).unwrap()).abs() < ROUNDING);
        prop_assert_eq!(js_divergence(&p, &p).unwrap(), 0.0);
        // Lin: JSD ≤ TV log 2.
        prop_assert!(js <= total_variation(&p, &q).unwrap() * LN_2 + ROUNDING);
    }

    #[test]
    fn root_of_js_obeys_the_triangle([p, q, r] in several::<3>()) {
        let d = |a: &[f64], b: &[f64]| js_divergence(a, b).unwrap().sqrt();
        prop_assert!(d(&p, &r) <= d(&p, &q) + d(&q, &r) + ROUNDING);
    }

    #[test]
    fn weighted_js_is_entropy_of_mixture_minus_mean_entropy(
        [p, q] in several::<2>(), w in 0.0..=1.0f64,
    ) {
        let mixture: Vec<f64> = p.iter().zip(&q).map(|(p, q)| w * p + (1.0 - w) * q).collect();
        let h = |p: &[f64]| entropy(p).unwrap();
        let js = weighted_js_divergence(&p, &q, w).unwrap();
        prop_assert!((js - (h(&mixture) - w * h(&p) - (1.0 - w) * h(&q))).abs() < ROUNDING);
    }

    #[test]
    fn total_variation_is_a_metric_up_to_one([p, q, r] in several::<3>()) {
        let d = |a: &[f64], b: &[f64]| total_variation(a, b).unwrap();
        prop_assert!((0.0..=1.0).contains(&d(&p, &q)));
        prop_assert_eq!(d(&p, &q), d(&q, &p));
        prop_assert!(d(&p, &r) <= d(&p, &q) + d(&q, &r) + ROUNDING);
        // … and half the L1 norm is the best event's gap.
        let event: f64 = p.iter().zip(&q).map(|(p, q)| (p - q).max(0.0)).sum();
        prop_assert!((d(&p, &q) - event).abs() < ROUNDING);
    }

    #[test]
    fn three_formulas_of_mutual_information_agree(table in joint_table()) {
        let mi = mutual_information(&table);
        prop_assert!(mi >= 0.0);
        prop_assert!((mi - mutual_information_from_entropies(&table)).abs() < ROUNDING);
        prop_assert!((mi - mutual_information_from_conditional_entropy(&table)).abs() < ROUNDING);
        prop_assert!((mi - mutual_information(&table.transposed())).abs() < ROUNDING);
        let smaller = entropy(&table.row_marginal()).unwrap()
            .min(entropy(&table.column_marginal()).unwrap());
        prop_assert!(mi <= smaller + ROUNDING);
    }

    #[test]
    fn chain_rule(table in joint_table()) {
        let joint = joint_entropy(&table);
        let y = entropy(&table.column_marginal()).unwrap();
        let x = entropy(&table.row_marginal()).unwrap();
        prop_assert!((joint - y - conditional_entropy(&table)).abs() < ROUNDING);
        prop_assert!((joint - x - conditional_entropy(&table.transposed())).abs() < ROUNDING);
        prop_assert!(conditional_entropy(&table) <= x + ROUNDING);
    }

    #[test]
    fn independence_means_no_information([p, q] in several::<2>()) {
        let table = JointTable::independent(&p, &q).unwrap();
        prop_assert!(mutual_information(&table) < ROUNDING);
    }

    #[test]
    fn optimal_discriminator_beats_all_others(
        (p, q, d) in (1usize..12).prop_flat_map(|n| (
            distribution(n), distribution(n), prop::collection::vec(0.0..=1.0f64, n),
        )),
    ) {
        let best = optimal_discriminator(&p, &q).unwrap();
        let value = discriminator_value(&p, &q, &best).unwrap();
        prop_assert!((value - optimal_value(&p, &q).unwrap()).abs() < ROUNDING);
        prop_assert!(discriminator_value(&p, &q, &d).unwrap() <= value + ROUNDING);
    }

    #[test]
    fn a_step_from_the_optimum_costs(
        (p, q) in (2usize..12).prop_flat_map(|n| (positive_distribution(n), positive_distribution(n))),
        step in 0.01..0.5f64,
    ) {
        let best = optimal_discriminator(&p, &q).unwrap();
        let moved: Vec<f64> = best.iter().map(|d| d + step * (0.5 - d) + 0.01 * step).collect();
        let value = |d: &[f64]| discriminator_value(&p, &q, d).unwrap();
        prop_assert!(value(&moved) < value(&best));
    }

    #[test]
    fn biased_mmd_is_symmetric_and_never_negative(
        x in prop::collection::vec(-3.0..3.0f64, 2..20), y in prop::collection::vec(-3.0..3.0f64, 2..20),
        bandwidth in 0.1..5.0f64,
    ) {
        for kernel in [
            Kernel::Gaussian { bandwidth },
            Kernel::Polynomial { degree: 3, scale: 1.0, offset: 1.0 },
            Kernel::Linear,
        ] {
            let mmd = mmd_squared_biased(&x, &y, 1, &kernel).unwrap();
            let back = mmd_squared_biased(&y, &x, 1, &kernel).unwrap();
            // The cubic kernel reaches 10³.
            prop_assert!(mmd >= -1e-10 && (mmd - back).abs() < 1e-10);
        }
    }

    /// Unbiased: the mean over all pairs of draws from two finite laws is their exact MMD².
    #[test]
    fn unbiased_mmd_has_the_population_value_as_its_mean(
        a in -2.0..2.0f64, b in -2.0..2.0f64, c in -2.0..2.0f64, p in 0.0..1.0f64, q in 0.0..1.0f64,
    ) {
        let kernel = Kernel::Gaussian { bandwidth: 0.9 };
        let k = |a: f64, b: f64| (-0.5 * (a - b).powi(2) / 0.81).exp();
        let (x_law, y_law) = ([(a, p), (b, 1.0 - p)], [(b, q), (c, 1.0 - q)]);
        let mean_k = |u: &[(f64, f64)], v: &[(f64, f64)]| -> f64 {
            u.iter().flat_map(|s| v.iter().map(move |t| s.1 * t.1 * k(s.0, t.0))).sum()
        };
        let exact = mean_k(&x_law, &x_law) + mean_k(&y_law, &y_law) - 2.0 * mean_k(&x_law, &y_law);
        let (mut unbiased, mut linear, mut biased) = (0.0, 0.0, 0.0);
        for draw in 0..16 {
            let pick = |law: &[(f64, f64); 2], bit: usize| law[draw >> bit & 1];
            let (x, y) = ([pick(&x_law, 0), pick(&x_law, 1)], [pick(&y_law, 2), pick(&y_law, 3)]);
            let chance = x[0].1 * x[1].1 * y[0].1 * y[1].1;
            let (x, y) = ([x[0].0, x[1].0], [y[0].0, y[1].0]);
            unbiased += chance * mmd_squared_unbiased(&x, &y, 1, &kernel).unwrap();
            linear += chance * mmd_squared_linear(&x, &y, 1, &kernel).unwrap();
            biased += chance * mmd_squared_biased(&x, &y, 1, &kernel).unwrap();
        }
        prop_assert!((unbiased - exact).abs() < ROUNDING);
        prop_assert!((linear - exact).abs() < ROUNDING);
        prop_assert!(biased >= exact - ROUNDING);
    }
}

#[test]
fn kl_is_not_symmetric() {
    let (p, q) = ([0.9, 0.1], [0.5, 0.5]);
    let difference = kl_divergence(&p, &q).unwrap() - kl_divergence(&q, &p).unwrap();
    let by_hand = 0.9 * 1.8f64.ln() + 0.1 * 0.2f64.ln() - 0.5 * (0.25f64 / 0.09).ln();
    assert!((difference - by_hand).abs() < 1e-15 && by_hand < -0.1);
}
