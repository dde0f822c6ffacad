//! Properties of matrix games, and what mode covering and mode seeking mean in numbers.

use gan_info::*;
use proptest::prelude::*;

fn game() -> impl Strategy<Value = (Vec<f64>, usize, usize)> {
    (1usize..8, 1usize..8).prop_flat_map(|(rows, columns)| {
        // Small integers make dominated and equal rows, hence degenerate programs.
        let payoff = prop_oneof![(-3..4i32).prop_map(f64::from), -10.0..10.0f64];
        (prop::collection::vec(payoff, rows * columns), Just(rows), Just(columns))
    })
}

fn pure(n: usize, which: usize) -> Vec<f64> {
    (0..n).map(|i| if i == which { 1.0 } else { 0.0 }).collect()
}

/// Payoffs are at most ten.
const ROUNDING: f64 = 1e-11;

proptest! {
    #[test]
    fn nobody_gains_by_leaving_the_equilibrium((payoff, rows, columns) in game()) {
        let found = solve_matrix_game(&payoff, rows, columns).unwrap();
        let (p, q) = (&found.row_strategy, &found.column_strategy);
        let of = |p: &[f64], q: &[f64]| expected_payoff(&payoff, p, q).unwrap();
        prop_assert!((of(p, q) - found.value).abs() < ROUNDING);
        let mut maximin = f64::INFINITY;
        for j in 0..columns {
            maximin = maximin.min(of(p, &pure(columns, j)));
        }
        let mut minimax = f64::NEG_INFINITY;
        for i in 0..rows {
            minimax = minimax.max(of(&pure(rows, i), q));
        }
        prop_assert!(maximin >= found.value - ROUNDING && minimax <= found.value + ROUNDING);
        prop_assert!((maximin - minimax).abs() < ROUNDING);
    }

    #[test]
    fn exchanging_the_players_negates_the_value((payoff, rows, columns) in game()) {
        let value = solve_matrix_game(&payoff, rows, columns).unwrap().value;
        let exchanged: Vec<f64> = (0..columns)
            .flat_map(|j| (0..rows).map(move |i| (i, j)))
            .map(|(i, j)| -payoff[i * columns + j])
            .collect();
        let other = solve_matrix_game(&exchanged, columns, rows).unwrap().value;
        prop_assert!((value + other).abs() < ROUNDING);
    }

    #[test]
    fn value_moves_and_scales_with_the_payoffs(
        (payoff, rows, columns) in game(), scale in 0.1..10.0f64, shift in -5.0..5.0f64,
    ) {
        let value = solve_matrix_game(&payoff, rows, columns).unwrap().value;
        let changed: Vec<f64> = payoff.iter().map(|a| scale * a + shift).collect();
        let other = solve_matrix_game(&changed, rows, columns).unwrap().value;
        prop_assert!((other - scale * value - shift).abs() < 1e-10);
    }

    /// A matrix game with one move each is a game tree of depth two, when it has a saddle.
    #[test]
    fn pure_minimax_bounds_the_mixed_value((payoff, rows, columns) in game()) {
        let value = solve_matrix_game(&payoff, rows, columns).unwrap().value;
        let first = |turn: Turn| {
            let moves = |at: &Vec<usize>| -> Vec<Vec<usize>> {
                let own = if (turn == Turn::Maximizer) == at.is_empty() { rows } else { columns };
                let fan = if at.len() == 2 { 0 } else { own };
                (0..fan).map(|i| [at.as_slice(), &[i]].concat()).collect()
            };
            let worth = |at: &Vec<usize>| match turn {
                Turn::Maximizer => payoff[at[0] * columns + at[1]],
                Turn::Minimizer => payoff[at[1] * columns + at[0]],
            };
            let plain = minimax(&vec![], turn, moves, worth).unwrap().value;
            assert_eq!(plain, alpha_beta(&vec![], turn, moves, worth).unwrap().value);
            plain
        };
        // Who moves first, and is seen, can only lose by it.
        prop_assert!(first(Turn::Maximizer) <= value + ROUNDING);
        prop_assert!(first(Turn::Minimizer) >= value - ROUNDING);
    }
}

#[test]
fn large_games_are_solved() {
    use rand::{Rng, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut value = |rows: usize, columns: usize| {
        let payoff: Vec<f64> = (0..rows * columns).map(|_| rng.random::<f64>()).collect();
        // The saddle is checked inside; an error would be a gap above 10⁻⁹.
        solve_matrix_game(&payoff, rows, columns).unwrap().value
    };
    // Uniform payoffs: fair for equal numbers of choices, else good for who has more.
    assert!((value(60, 60) - 0.5).abs() < 0.05);
    assert!(value(10, 120) < 0.4 && value(120, 10) > 0.6);
}

#[test]
fn covering_seeking_and_between() {
    let mixture =
        NormalMixture { weights: vec![0.6, 0.4], means: vec![-3.0, 3.0], sigmas: vec![0.8, 0.8] };
    let fit = |objective| fit_normal(&mixture, objective).unwrap();
    let forward = fit(FitObjective::ForwardKl);
    let reverse = fit(FitObjective::ReverseKl);
    let js = fit(FitObjective::JensenShannon);
    // The covering fit puts most of its height where the data has almost none.
    assert!((forward.mean + 0.6).abs() < 1e-5 && forward.sigma > 3.0);
    let at_its_mean = normal_log_density(forward.mean, forward.mean, forward.sigma);
    assert!(mixture.log_density(forward.mean) < at_its_mean - 2.0);
    // The seeking fit ignores 40 % of the data, at a price of log 1/0.6.
    assert!((reverse.mean + 3.0).abs() < 1e-2 && (reverse.sigma - 0.8).abs() < 1e-2);
    assert!((reverse.divergence + 0.6f64.ln()).abs() < 1e-3);
    // JSD at these distances seeks too, but is pulled a little towards the other mode.
    assert!(js.mean > reverse.mean && js.mean < forward.mean);
    assert!(js.sigma > reverse.sigma && js.sigma < forward.sigma);
    // Each is best by its own measure.
    let grid = Grid { low: -40.0, high: 40.0, intervals: 8000 };
    let log_p = |x: f64| mixture.log_density(x);
    for other in [forward, reverse, js] {
        let log_q = |x: f64| normal_log_density(x, other.mean, other.sigma);
        assert!(kl_of_densities(log_p, log_q, grid).unwrap() >= forward.divergence - 1e-10);
        assert!(kl_of_densities(log_q, log_p, grid).unwrap() >= reverse.divergence - 1e-10);
        assert!(js_of_densities(log_p, log_q, grid).unwrap() >= js.divergence - 1e-10);
    }
}
