//! Boltzmann machines learn a distribution that can be summed, and tell its likelihoods exactly.

use crate::stage::{Stage, set};
use candle_core::{DType, Device, Tensor};
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Batch, Effort, Game, RunConfig, SampleRequest, Trainer, fit};
use std::ops::ControlFlow;

const SIDE: usize = 3;
const UNITS: usize = SIDE * SIDE;
/// Patterns of [`bars`].
const PATTERNS: usize = 14;

/// Bars and stripes (MacKay, Information Theory, Inference and Learning Algorithms, chapter 43):
/// every choice of whole columns, or of whole rows, `(14, 1, 3, 3)` in `{−1, 1}`.
pub fn bars(dtype: DType) -> Tensor {
    let mut all: Vec<Vec<f64>> = Vec::new();
    for choice in 0..1 << SIDE {
        for of in [|i: usize| i % SIDE, |i: usize| i / SIDE] {
            let on = |i: usize| if choice >> of(i) & 1 == 1 { 1.0 } else { -1.0 };
            let image: Vec<f64> = (0..UNITS).map(on).collect();
            if !all.contains(&image) {
                all.push(image);
            }
        }
    }
    assert_eq!(all.len(), PATTERNS);
    let t = Tensor::from_vec(all.concat(), (PATTERNS, 1, SIDE, SIDE), &Device::Cpu).unwrap();
    t.to_dtype(dtype).unwrap()
}

/// Every image of binary pixels there is, `(512, 1, 3, 3)`.
pub fn everything() -> Tensor {
    let value = |i: usize| if ((i / UNITS) >> (i % UNITS)) & 1 == 1 { 1f32 } else { -1.0 };
    let count = 1 << UNITS;
    let values: Vec<f32> = (0..count * UNITS).map(value).collect();
    Tensor::from_vec(values, (count, 1, SIDE, SIDE), &Device::Cpu).unwrap()
}

/// What an entry is told of data of this shape, without classes.
fn setup(shape: &[usize], examples: Option<Tensor>) -> Setup {
    let known = Stage::new(find("rbm").unwrap(), &[]).setup;
    Setup { fields: gan_data::fields_of(shape, None), examples, ..known }
}

/// An entry with these settings, built for bars and stripes.
pub fn small(entry: &str, changes: &[(&str, &str)]) -> (RunConfig, Box<dyn Game>) {
    let entry = find(entry).unwrap();
    let mut config = (entry.defaults)().unwrap();
    for (path, value) in changes {
        set(&mut config, path, value);
    }
    config.train.batch = 5 * PATTERNS;
    let setup = setup(&[1, SIDE, SIDE], Some(bars(DType::F32)));
    let game = (entry.build)(&config.model, &setup).unwrap();
    (config, game)
}

/// Trains on all patterns at once, five of each a batch.
pub fn train(game: &mut dyn Game, config: &RunConfig) {
    let real = bars(DType::F32).repeat((5, 1, 1, 1)).unwrap();
    let mut trainer = Trainer::new(game, &config.train).unwrap();
    let mut feed = |_| Ok(Batch::of(real.clone()));
    fit(game, &mut trainer, &config.train, &mut feed, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
}

/// Mean log-likelihood, or bound on it, of the patterns; log 14 less than 0 is the best there is.
pub fn of_patterns(game: &dyn Game) -> f64 {
    let effort = Effort { chains: 50, temperatures: 1000, draws: 200 };
    let x = bars(DType::F32);
    game.inside()
        .density
        .unwrap()
        .likelihood(&x, &effort, &mut StepRng::new(3, 1))
        .unwrap()
        .mean()
        .0
}

/// The sum of all probabilities.
pub fn total(game: &dyn Game) -> f64 {
    let effort = Effort::default();
    let found = game
        .inside()
        .density
        .unwrap()
        .likelihood(&everything(), &effort, &mut StepRng::new(3, 1))
        .unwrap();
    found.each.iter().map(|l| l.exp()).sum()
}

const CD: &[(&str, &str)] = &[
    ("pixels", "\"threshold\""),
    ("hidden", "16"),
    ("contrast.persistent", "false"),
    ("contrast.k", "5"),
    ("optimizer.lr", "0.2"),
];
const PCD: &[(&str, &str)] =
    &[("pixels", "\"threshold\""), ("hidden", "16"), ("contrast.k", "5"), ("optimizer.lr", "0.1")];

#[test]
fn machines_learn_bars_and_stripes() {
    let best = -(PATTERNS as f64).ln();
    for (changes, name) in [(CD, "CD-5"), (PCD, "PCD-5")] {
        let (mut config, mut game) = small("rbm", changes);
        config.train.steps = 6000;
        let before = of_patterns(&*game);
        assert!(before < -5.0, "{name}: {before} before training");
        train(&mut *game, &config);
        let (after, all) = (of_patterns(&*game), total(&*game));
        assert!((all - 1.0).abs() < 1e-9, "{name}: probabilities sum to {all}");
        assert!(after > best - 0.5 && after < best, "{name}: {after}, the best is {best}");
    }
}

/// Annealing agrees with the sum over all states.
#[test]
fn annealing_agrees_with_the_exact_sum_through_the_game() {
    let (mut config, mut game) = small("rbm", PCD);
    config.train.steps = 1000;
    train(&mut *game, &config);
    let term = |game: &dyn Game, name: &str| {
        let effort = Effort { chains: 100, temperatures: 2000, draws: 1 };
        let x = bars(DType::F32);
        let found = game
            .inside()
            .density
            .unwrap()
            .likelihood(&x, &effort, &mut StepRng::new(3, 1))
            .unwrap();
        found.terms.iter().find(|(n, _)| *n == name).unwrap().1
    };
    let exact = term(&*game, "log_partition");
    assert_eq!(exact, term(&*game, "log_partition_low"), "exact: no doubt");
    // The same distribution with more units on both sides: all that are added are free and always
    // even, a factor of 2 each, which annealing has to find.
    let (visible, hidden) = (UNITS + 15, 16 + 9);
    let of = |name: &str| {
        let vars: Vec<_> = game.params().tensors().filter(|(n, _)| *n == name).collect();
        values(vars[0].1).unwrap()
    };
    let (w, b, c) = (of("rbm.weight"), of("rbm.visible"), of("rbm.hidden"));
    let mut weights = vec![0.0; hidden * visible];
    for j in 0..16 {
        weights[j * visible..j * visible + UNITS].copy_from_slice(&w[j * UNITS..(j + 1) * UNITS]);
    }
    let padded = |mut bias: Vec<f64>, size: usize| {
        bias.resize(size, 0.0);
        bias
    };
    let (b, c) = (padded(b, visible), padded(c, hidden));
    let machine =
        gan_info::BoltzmannMachine { weights: &weights, visible_bias: &b, hidden_bias: &c };
    let betas = gan_info::annealing_schedule(4000).unwrap();
    let mut rng = StepRng::new(1, 1);
    let mut chains: Vec<_> = (0..100).map(|_| rng.uniforms("annealing")).collect();
    let found = gan_info::anneal_log_partition(&machine, &b, &betas, &mut chains).unwrap();
    let wanted = exact + 24.0 * 2f64.ln();
    // Within 1 % of log Z, as asked, and within its own three errors.
    assert!((found.value / wanted - 1.0).abs() < 0.01, "{} against {wanted}", found.value);
    assert!(found.low < wanted && wanted < found.high, "{found:?} against {wanted}");
}

#[test]
fn what_a_machine_dreams_has_its_probabilities() {
    let (mut config, mut game) = small("rbm", &[PCD, &[("sample_steps", "100")]].concat());
    config.train.steps = 300;
    train(&mut *game, &config);
    let request = SampleRequest::of(6400);
    let images = game.sample(&request, &mut StepRng::new(4, 1)).unwrap();
    let brightness = values(&images.tensor().mean(0).unwrap()).unwrap();
    // E[v] by summing over all states.
    let every = everything();
    let likelihood = game
        .inside()
        .density
        .unwrap()
        .likelihood(&every, &Effort::default(), &mut StepRng::new(3, 1))
        .unwrap();
    let prob: Vec<f64> = likelihood.each.iter().map(|l| l.exp()).collect();
    let pixels = values(&every).unwrap();
    for (i, found) in brightness.iter().enumerate() {
        let exact: f64 = prob.iter().enumerate().map(|(s, p)| p * pixels[s * UNITS + i]).sum();
        // The standard error of 6,400 draws in {−1, 1} is 0.0125 at most.
        assert!((found - exact).abs() < 0.05, "pixel {i}: {found} against {exact}");
    }
}

#[test]
fn points_and_empty_machines_are_refused() {
    let entry = find("rbm").unwrap();
    let mut config = (entry.defaults)().unwrap();
    let refused = |config: &RunConfig, shape: &[usize]| {
        (entry.build)(&config.model, &setup(shape, None)).err().expect("refused").to_string()
    };
    assert!(refused(&config, &[2]).contains("its units are pixels"));
    set(&mut config, "contrast.k", "0");
    assert!(refused(&config, &[1, 3, 3]).contains("model.contrast.k: expected 1 or more"));
    set(&mut config, "contrast.k", "1");
    set(&mut config, "hidden", "0");
    assert!(refused(&config, &[1, 3, 3]).contains("hidden"));
}
