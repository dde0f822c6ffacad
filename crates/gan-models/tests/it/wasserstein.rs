//! WGAN and WGAN-GP: the penalty's gradients, clipped weights, and a critic that tells the distance.

use crate::stage::Stage;
use candle_core::{DType, Device, Tensor};
use gan_info::wasserstein_1d;
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Batch, Game, SampleRequest, Trainer};

fn scalar(t: &Tensor) -> f64 {
    t.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

/// A game in f64 on made-up samples of this shape, and a batch of them.
fn in_f64(entry: &str, changes: &[(&str, &str)], shape: &[usize]) -> (Box<dyn Game>, Batch) {
    gan_kernels::second_order::enable().unwrap();
    let stage = Stage::new(find(entry).unwrap(), changes);
    let setup = Setup {
        fields: gan_data::fields_of(shape, None),
        dtype: DType::F64,
        ..stage.setup.clone()
    };
    let mut full = vec![4];
    full.extend(shape);
    let mut rng = StepRng::new(3, 1);
    let real = rng.uniform("data", (-1.0, 1.0), &full, DType::F64, &Device::Cpu).unwrap();
    ((stage.entry.build)(&stage.config.model, &setup).unwrap(), Batch::of(real))
}

#[test]
fn gradients_of_the_whole_critic_loss_by_finite_differences() {
    // Smooth activations on points, kinks of leaky ReLU on images: away from them both are exact.
    for (changes, shape) in [
        (
            &[
                ("activation", "\"tanh\""),
                ("generator_hidden", "[5]"),
                ("discriminator_hidden", "[6, 5]"),
            ][..],
            &[2][..],
        ),
        (&[("features", "2")][..], &[1, 16, 16][..]),
        (
            &[
                ("features", "2"),
                ("techniques.penalty", "\"r1\""),
                ("techniques.loss", "\"hinge\""),
            ][..],
            &[1, 16, 16][..],
        ),
    ] {
        let (mut game, batch) = in_f64("wgan-gp", changes, shape);
        // Weights of N(0, 0.02²) give slopes near zero; larger ones make a better test.
        for (_, p) in game.params().owned(&["d."]) {
            if p.var().rank() > 1 {
                p.var().set(&(p.var().as_detached_tensor() * 8.0).unwrap()).unwrap();
            }
        }
        game.params().activate(&["d."]);
        let loss =
            |game: &mut dyn Game| game.loss(0, Some(&batch), &mut StepRng::new(5, 1)).unwrap();
        let first = loss(&mut *game);
        let penalty = first.terms.iter().find(|(n, _)| *n == "penalty").unwrap();
        assert!(scalar(&penalty.1) > 1e-3, "the penalty is {}", scalar(&penalty.1));
        let grads = first.value.backward().unwrap();
        let names: Vec<String> = game.params().owned(&["d."]).map(|(n, _)| n.to_owned()).collect();
        for name in names {
            let (var, exact) = {
                let (_, p) = game.params().owned(&["d."]).find(|(n, _)| *n == name).unwrap();
                (p.var().clone(), grads.get(p.var()).unwrap().clone())
            };
            let exact = exact.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let start = var.copy().unwrap();
            let flat = start.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let stride = (flat.len() / 4).max(1);
            for i in (0..flat.len()).step_by(stride) {
                let mut at = |by: f64| {
                    let mut moved = flat.clone();
                    moved[i] += by;
                    var.set(&Tensor::from_vec(moved, start.dims(), &Device::Cpu).unwrap()).unwrap();
                    scalar(&loss(&mut *game).value)
                };
                let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
                var.set(&start).unwrap();
                let gap = (exact[i] - numeric).abs() / (1.0 + numeric.abs());
                assert!(gap < 1e-5, "{name}[{i}]: {} and {numeric}", exact[i]);
            }
        }
    }
}

#[test]
fn weights_are_clipped_and_running_statistics_are_not() {
    let stage = Stage::new(find("wgan").unwrap(), &[("techniques.discriminator.lr", "0.1")]);
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
    let mut feed = stage.feed();
    trainer.step(&mut *game, &mut |n| feed.batch(n)).unwrap();
    let largest = |prefix: &str, part: &str| {
        let of = |var: &Tensor| {
            let values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            values.into_iter().fold(0.0f32, |m, v| m.max(v.abs()))
        };
        let all = game.params().tensors();
        all.filter(|(n, _)| n.starts_with(prefix) && n.contains(part))
            .map(|(_, v)| of(v.as_tensor()))
            .fold(0.0, f32::max)
    };
    assert_eq!(largest("d.", "weight"), 0.01);
    assert!(largest("d.", "running_var") > 0.1);
    assert!(largest("g.", "weight") > 0.02);
}

/// Spearman's rank correlation.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |v: &[f64]| {
        let mut order: Vec<usize> = (0..v.len()).collect();
        order.sort_by(|i, j| v[*i].total_cmp(&v[*j]));
        let mut ranks = vec![0.0; v.len()];
        order.iter().enumerate().for_each(|(rank, i)| ranks[*i] = rank as f64);
        ranks
    };
    let n = a.len() as f64;
    let squares: f64 = ranks(a).iter().zip(ranks(b)).map(|(x, y)| (x - y).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

#[test]
fn the_critics_value_follows_the_earth_movers_distance() {
    for (entry, changes) in [
        (
            "wgan",
            &[
                ("techniques.clip", "0.1"),
                ("techniques.generator.lr", "3e-4"),
                ("techniques.discriminator.lr", "1e-3"),
            ][..],
        ),
        (
            "wgan-gp",
            &[
                ("techniques.gradient_penalty", "10.0"),
                ("techniques.generator.lr", "3e-4"),
                ("techniques.discriminator.lr", "1e-3"),
            ][..],
        ),
    ] {
        gan_kernels::second_order::enable().unwrap();
        let entry = find(entry).unwrap();
        let mut config = (entry.defaults)().unwrap();
        config.data.spec = "toy:gaussian".into();
        config.train.steps = 120;
        config.train.batch = 128;
        for (path, value) in changes {
            crate::stage::set(&mut config, path, value);
        }
        crate::stage::set(&mut config, "z", "4");
        crate::stage::set(&mut config, "generator_hidden", "[32, 32]");
        crate::stage::set(&mut config, "discriminator_hidden", "[32, 32]");
        let stage = Stage::with(entry, config);
        let mut game = stage.game();
        let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
        let mut feed = stage.feed();
        let real = stage.setup.examples.as_ref().unwrap().flatten_all().unwrap();
        let real: Vec<f64> = real.to_vec1::<f32>().unwrap().into_iter().map(f64::from).collect();
        let (mut told, mut exact, mut window) = (Vec::new(), Vec::new(), Vec::new());
        for step in 1..=stage.config.train.steps {
            let report = trainer.step(&mut *game, &mut |n| feed.batch(n)).unwrap();
            // One batch's value is noisy: the mean over four steps is what a person sees of a curve.
            window.push(report.term("emd").unwrap());
            if step.is_multiple_of(4) {
                let request = SampleRequest::of(1000);
                let sample = trainer.sample(&*game, &request, step).unwrap();
                let fake = sample.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
                let fake: Vec<f64> = fake.into_iter().map(f64::from).collect();
                told.push(window.drain(..).sum::<f64>() / 4.0);
                exact.push(wasserstein_1d(&fake, &real, 1.0).unwrap());
            }
        }
        // The first values tell of a critic that is still learning.
        let rho = spearman(&told[3..], &exact[3..]);
        assert!(rho > 0.9, "{}: Spearman {rho}\n{told:.3?}\n{exact:.3?}", entry.name);
    }
}
