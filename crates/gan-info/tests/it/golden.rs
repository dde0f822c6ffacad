//! Golden values of scipy, scikit-learn, POT and numpy, made by data/golden/info/make_info.py.
//!
//! Versions: numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, POT 0.9.7.post1 (also in the file).

use gan_info::*;
use serde_json::Value;

/// Both sides compute the same closed expression in f64; only the order of sums differs.
const SAME_FORMULA: f64 = 1e-13;
/// HiGHS stops at a feasibility of 10⁻⁷ but ends on a vertex, which is exact to rounding.
const LINEAR_PROGRAM: f64 = 1e-11;
/// scipy's sqrtm of a product that is not symmetric loses digits with its condition number.
const SQRTM: f64 = 1e-8;

fn golden(section: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/info/info.json");
    let text = std::fs::read_to_string(path).expect(path);
    let mut all: Value = serde_json::from_str(&text).expect(path);
    all[section].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("number: {value}"))
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn sizes(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(size).collect()
}

fn cases(section: &str) -> Vec<Value> {
    golden(section).as_array().unwrap().clone()
}

#[track_caller]
fn close(found: f64, expected: &Value, tolerance: f64) {
    let expected = number(expected);
    let error = (found - expected).abs();
    assert!(
        error <= tolerance * (1.0 + expected.abs()),
        "found {found}, expected {expected}, error {error:e}"
    );
}

#[test]
fn tables() {
    for case in cases("tables") {
        let (p, q) = (numbers(&case["p"]), numbers(&case["q"]));
        let same =
            |found: Result<f64>, name: &str| close(found.unwrap(), &case[name], SAME_FORMULA);
        same(entropy(&p), "entropy");
        same(cross_entropy(&p, &q), "cross_entropy");
        same(kl_divergence(&p, &q), "kl");
        same(kl_divergence(&p, &q), "kl_by_terms");
        same(js_divergence(&p, &q), "js");
        same(weighted_js_divergence(&p, &q, number(&case["weight"])), "weighted_js");
        same(total_variation(&p, &q), "tv");
        same(optimal_value(&p, &q), "optimal_value");
        let best = optimal_discriminator(&p, &q).unwrap();
        same(discriminator_value(&p, &q, &best), "optimal_value");
    }
}

#[test]
fn wasserstein_on_the_line() {
    let case = golden("wasserstein");
    let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
    let (p, q) = (numbers(&case["p"]), numbers(&case["q"]));
    for (order, plain, weighted) in [(1.0, "w1", "weighted_w1"), (2.0, "w2", "weighted_w2")] {
        let found = wasserstein_1d(&x, &y, order).unwrap();
        close(found, &case[plain], SAME_FORMULA);
        let found = weighted_wasserstein_1d(&x, &p, &y, &q, order).unwrap();
        close(found, &case[weighted], SAME_FORMULA);
    }
}

#[test]
fn transport() {
    for case in cases("transport") {
        let (p, q, cost) = (numbers(&case["p"]), numbers(&case["q"]), numbers(&case["cost"]));
        let best = optimal_transport(&p, &q, &cost).unwrap();
        close(best.cost, &case["linprog"], LINEAR_PROGRAM);
        close(best.cost, &case["pot"], LINEAR_PROGRAM);
    }
}

#[test]
fn mutual_information_of_labels() {
    let case = golden("mutual_information");
    let (x, y) = (sizes(&case["x"]), sizes(&case["y"]));
    close(mutual_information_of_pairs(&x, &y).unwrap(), &case["mi"], SAME_FORMULA);
}

#[test]
fn kraskov_stogbauer_grassberger() {
    for case in cases("ksg") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let (x_dim, y_dim, k) = (size(&case["x_dim"]), size(&case["y_dim"]), size(&case["k"]));
        let estimate =
            |which| mutual_information_of_samples(&x, x_dim, &y, y_dim, k, which).unwrap();
        close(estimate(KsgEstimator::First), &case["first"], SAME_FORMULA);
        close(estimate(KsgEstimator::Second), &case["second"], SAME_FORMULA);
        if case["sklearn"].is_number() {
            close(estimate(KsgEstimator::First), &case["sklearn"], SAME_FORMULA);
        }
    }
}

#[test]
fn maximum_mean_discrepancy() {
    let case = golden("mmd");
    let (x, y, dim) = (numbers(&case["x"]), numbers(&case["y"]), size(&case["dim"]));
    close(median_distance(&x, &y, dim).unwrap(), &case["median"], SAME_FORMULA);
    let kernels = [
        ("gaussian", Kernel::Gaussian { bandwidth: number(&case["bandwidth"]) }),
        ("mixture", Kernel::GaussianMixture { bandwidths: numbers(&case["bandwidths"]) }),
        ("cubic", Kernel::Polynomial { degree: 3, scale: 1.0 / dim as f64, offset: 1.0 }),
        ("linear", Kernel::Linear),
    ];
    for (name, kernel) in &kernels {
        let expected = &case[*name];
        let same =
            |found: Result<f64>, which: &str| close(found.unwrap(), &expected[which], SAME_FORMULA);
        same(mmd_squared_biased(&x, &y, dim, kernel), "biased");
        same(mmd_squared_unbiased(&x, &y, dim, kernel), "unbiased");
        same(mmd_squared_linear(&x, &y, dim, kernel), "linear");
    }
}

#[test]
fn frechet_distance_against_sqrtm() {
    for case in cases("frechet") {
        let (x, y, dim) = (numbers(&case["x"]), numbers(&case["y"]), size(&case["dim"]));
        for (ddof, name) in [(0, "fid_ddof0"), (1, "fid_ddof1")] {
            let found = frechet_distance_of_samples(&x, &y, dim, ddof).unwrap();
            close(found.squared(), &case[name], SQRTM);
        }
    }
}

#[test]
fn fits_of_one_normal_to_two_modes() {
    let case = golden("fits");
    let mixture = NormalMixture {
        weights: numbers(&case["weights"]),
        means: numbers(&case["means"]),
        sigmas: numbers(&case["sigmas"]),
    };
    for (objective, name) in [
        (FitObjective::ForwardKl, "forward_kl"),
        (FitObjective::ReverseKl, "reverse_kl"),
        (FitObjective::JensenShannon, "jensen_shannon"),
    ] {
        let fit = fit_normal(&mixture, objective).unwrap();
        let expected = &case[name];
        // At a minimum the value is flat: an error of 10⁻⁶ in the place is 10⁻¹² in the value,
        // which is why BFGS with numerical gradients cannot place it better either.
        close(fit.divergence, &expected["divergence"], 1e-10);
        close(fit.mean, &expected["mean"], 5e-6);
        close(fit.sigma, &expected["sigma"], 5e-6);
    }
}

#[test]
fn densities_against_adaptive_quadrature() {
    let case = golden("densities");
    let [m1, s1, m2, s2] = ["mean1", "sigma1", "mean2", "sigma2"].map(|n| number(&case[n]));
    let p = |x: f64| normal_log_density(x, m1, s1);
    let q = |x: f64| normal_log_density(x, m2, s2);
    let grid = Grid { low: -25.0, high: 25.0, intervals: 4000 };
    // quad promises 10⁻¹³ for smooth integrands.
    close(kl_of_normals(m1, s1, m2, s2).unwrap(), &case["kl"], 1e-12);
    close(kl_of_densities(p, q, grid).unwrap(), &case["kl"], 1e-12);
    close(js_of_densities(p, q, grid).unwrap(), &case["js"], 1e-12);
    close(optimal_value_of_densities(p, q, grid).unwrap(), &case["optimal_value"], 1e-12);
    // The trapezoid rule at two kinks: error of about the squared step, 1.6 · 10⁻⁴.
    close(total_variation_of_densities(p, q, grid).unwrap(), &case["tv"], 1e-4);
}

#[test]
fn matrix_games() {
    for case in cases("matrix_games") {
        let (rows, columns) = (size(&case["rows"]), size(&case["columns"]));
        let game = solve_matrix_game(&numbers(&case["payoff"]), rows, columns).unwrap();
        close(game.value, &case["value"], LINEAR_PROGRAM);
        // Random payoffs have one equilibrium only, so the strategies agree too.
        for (found, expected) in
            game.row_strategy.iter().zip(case["row_strategy"].as_array().unwrap())
        {
            close(*found, expected, 1e-9);
        }
    }
}
