//! Deep belief networks and deep Boltzmann machines against the single machine, all summed exactly.

use crate::boltzmann::{bars, everything, of_patterns, small, total, train};
use candle_core::DType;
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_train::{Batch, Effort, Game};

/// Copies parameters of one game to another, by pairs of names.
fn copy(from: &dyn Game, to: &dyn Game, names: &[(&str, &str)]) {
    let find = |game: &dyn Game, name: &str| {
        game.params().tensors().find(|(n, _)| *n == name).unwrap().1.clone()
    };
    for (source, target) in names {
        find(to, target).set(&find(from, source).copy().unwrap()).unwrap();
    }
}

const RBM: &[(&str, &str)] =
    &[("pixels", "\"threshold\""), ("hidden", "12"), ("contrast.k", "5"), ("optimizer.lr", "0.1")];
/// As wide at the second layer as the data: it may start as the first one transposed.
const DBN: &[(&str, &str)] = &[
    ("pixels", "\"threshold\""),
    ("hidden", "[12, 9]"),
    ("stage", "2000"),
    ("contrast.k", "5"),
    ("optimizer.lr", "0.1"),
];

/// The importance-weighted estimate of the patterns, which has no noise where q is exact.
fn weighted(game: &dyn Game) -> f64 {
    let effort = Effort { draws: 3, ..Effort::default() };
    let density = game.inside().density.unwrap();
    let found = density.likelihood(&bars(DType::F32), &effort, &mut StepRng::new(3, 1)).unwrap();
    let terms = found.terms;
    terms.iter().find(|(n, _)| *n == "importance_weighted").unwrap().1
}

#[test]
fn a_second_layer_begins_at_the_first_ones_likelihood_and_rises() {
    let (mut config, mut dbn) = small("dbn", DBN);
    config.train.steps = 2000;
    train(&mut *dbn, &config);
    let (_, rbm) = small("rbm", RBM);
    let same = ["weight", "visible", "hidden"].map(|n| (format!("layer1.{n}"), format!("rbm.{n}")));
    let pairs: Vec<(&str, &str)> = same.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    copy(&*dbn, &*rbm, &pairs);
    let alone = of_patterns(&*rbm);
    // The second layer's first loss makes it the transpose of the first: the same distribution.
    let batch = Batch::of(bars(DType::F32));
    dbn.params().activate(&["layer2."]);
    dbn.loss(1, Some(&batch), &mut StepRng::new(1, 1)).unwrap();
    let (tied, bound) = (weighted(&*dbn), of_patterns(&*dbn));
    assert!((tied - alone).abs() < 1e-5, "{tied} tied, {alone} alone");
    assert!((bound - alone).abs() < 0.1, "bound {bound}, {alone} alone");

    let (mut config, mut dbn) = small("dbn", DBN);
    config.train.steps = 6000;
    train(&mut *dbn, &config);
    let both = of_patterns(&*dbn);
    assert!(both > alone + 0.02, "{alone} with one layer, at least {both} with two");
    // A lower bound everywhere: these probabilities leave something out.
    let all = total(&*dbn);
    assert!(all <= 1.0 + 1e-6 && all > 0.5, "they sum to {all}");
}

#[test]
fn stages_follow_one_another() {
    let (_, mut dbn) = small("dbn", &[("hidden", "[4, 5, 6]"), ("stage", "10")]);
    let turn = |game: &mut dyn Game, step: u64| -> Vec<usize> {
        (0..game.players().len()).map(|p| game.turn(p, step).unwrap().updates).collect()
    };
    assert_eq!(turn(&mut *dbn, 1), [1, 0, 0]);
    assert_eq!(turn(&mut *dbn, 10), [1, 0, 0]);
    assert_eq!(turn(&mut *dbn, 11), [0, 1, 0]);
    assert_eq!(turn(&mut *dbn, 500), [0, 0, 1]);
    let (_, mut dbm) = small("dbm", &[("hidden", "[4, 5]"), ("pretraining", "10")]);
    assert_eq!(turn(&mut *dbm, 20), [0, 1, 0]);
    assert_eq!(turn(&mut *dbm, 21), [0, 0, 1]);
    let (_, mut dbm) = small("dbm", &[("hidden", "[4, 5]"), ("pretraining", "0")]);
    assert_eq!(turn(&mut *dbm, 1), [0, 0, 1]);
}

/// With one hidden layer mean field is exact, and the deep machine is the restricted one.
#[test]
fn a_deep_machine_of_one_layer_is_a_restricted_one() {
    let changes = [("hidden", "[12]"), ("pixels", "\"threshold\""), ("pretraining", "0")];
    let (mut config, mut dbm) = small("dbm", &changes);
    config.train.steps = 300;
    train(&mut *dbm, &config);
    let (_, rbm) = small("rbm", RBM);
    let pairs = [
        ("layer1.weight", "rbm.weight"),
        ("layer1.bias", "rbm.hidden"),
        ("visible.bias", "rbm.visible"),
    ];
    copy(&*dbm, &*rbm, &pairs);
    let (a, b) = (of_patterns(&*dbm), of_patterns(&*rbm));
    assert!((a - b).abs() < 1e-6, "{a} and {b}");
    let (a, b) = (total(&*dbm), total(&*rbm));
    assert!((a - 1.0).abs() < 1e-6 && (b - 1.0).abs() < 1e-6, "{a} and {b}");
}

/// Z and the bound by summing over every state of all three layers, one by one.
#[test]
fn a_deep_machine_of_two_layers_by_brute_force() {
    let changes = [
        ("hidden", "[4, 3]"),
        ("pixels", "\"threshold\""),
        ("pretraining", "100"),
        ("mean_field", "50"),
    ];
    let (mut config, mut dbm) = small("dbm", &changes);
    config.train.steps = 600;
    train(&mut *dbm, &config);
    let get =
        |name: &str| values(dbm.params().tensors().find(|(n, _)| *n == name).unwrap().1).unwrap();
    let (b, c1, c2) = (get("visible.bias"), get("layer1.bias"), get("layer2.bias"));
    let (w1, w2) = (get("layer1.weight"), get("layer2.weight"));
    let bit = |state: usize, i: usize| ((state >> i) & 1) as f64;
    let mut log_p: Vec<f64> = Vec::new();
    for v in 0..1usize << 9 {
        let mut sum = 0.0;
        for h1 in 0..1usize << 4 {
            for h2 in 0..1usize << 3 {
                let mut minus_energy = 0.0;
                (0..9).for_each(|i| minus_energy += b[i] * bit(v, i));
                for j in 0..4 {
                    let input: f64 = (0..9).map(|i| w1[9 * j + i] * bit(v, i)).sum();
                    minus_energy += bit(h1, j) * (c1[j] + input);
                }
                for k in 0..3 {
                    let input: f64 = (0..4).map(|j| w2[4 * k + j] * bit(h1, j)).sum();
                    minus_energy += bit(h2, k) * (c2[k] + input);
                }
                sum += minus_energy.exp();
            }
        }
        log_p.push(sum.ln());
    }
    let log_z = log_p.iter().map(|l| l.exp()).sum::<f64>().ln();
    let found = dbm
        .inside()
        .density
        .unwrap()
        .likelihood(&everything(), &Effort::default(), &mut StepRng::new(3, 1))
        .unwrap();
    assert!((found.terms[0].1 - log_z).abs() < 1e-5, "{} against {log_z}", found.terms[0].1);
    let (mut worst, mut mean) = (0f64, 0.0);
    for (bound, l) in found.each.iter().zip(&log_p) {
        let gap = l - log_z - bound;
        assert!(gap > -1e-5, "a bound lies {gap} above the likelihood");
        worst = worst.max(gap);
        mean += gap / 512.0;
    }
    // Mean field cannot follow a posterior of several modes; on average it is close.
    assert!(mean < 0.3 && worst < 3.0, "gaps of {mean} on average, {worst} at most");
}

#[test]
fn a_deep_machine_learns_bars_and_stripes() {
    let changes = [
        ("hidden", "[12, 6]"),
        ("pixels", "\"threshold\""),
        ("pretraining", "500"),
        ("alone.lr", "0.1"),
        ("together.lr", "0.05"),
    ];
    let (mut config, mut dbm) = small("dbm", &changes);
    let before = of_patterns(&*dbm);
    config.train.steps = 7000;
    train(&mut *dbm, &config);
    let (after, best) = (of_patterns(&*dbm), -(14f64).ln());
    assert!(before < -5.0 && after > best - 0.6 && after < best, "{before} to {after} of {best}");
}
