//! The variational lower bound against closed forms, and what training reaches.

// Indices are those of the matrix W in the equations.
#![allow(clippy::needless_range_loop)]

use crate::stage::{EXAMPLES, Stage, set};
use candle_core::{DType, Device, Tensor};
use gan_data::LoadOptions;
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Effort, Game, Likelihood, SampleRequest, Trainer, fit};
use std::f64::consts::{E, PI};
use std::ops::ControlFlow;

/// Orthogonal columns, so that the posterior of [`linear_gaussian`] is diagonal.
const W: [[f64; 2]; 3] = [[1.0, 0.5], [-1.0, 0.5], [0.0, 0.8]];
const MU: [f64; 3] = [0.3, -0.2, 1.0];
const VARIANCE: f64 = 0.4;
const X: [[f64; 3]; 4] = [[0.0, 0.0, 0.0], [1.5, -2.0, 1.0], [0.3, -0.2, 1.0], [-1.0, 0.7, 3.0]];

fn column(k: usize) -> [f64; 3] {
    W.map(|row| row[k])
}

fn square(k: usize) -> f64 {
    column(k).iter().map(|w| w * w).sum()
}

/// What lies of `x` along column `k`, times the column's length.
fn along(k: usize, x: &[f64]) -> f64 {
    column(k).iter().zip(x).map(|(w, x)| w * x).sum()
}

/// z ~ N(0, I), x ~ N(W z + μ, σ² I) with the encoder that `gain` and `spread` scale: 1 and 1 is
/// the exact posterior N(M⁻¹Wᵀ(x − μ), σ² M⁻¹), M = WᵀW + σ²I (Tipping and Bishop 1999).
fn linear_gaussian(gain: f64, spread: f64) -> Box<dyn Game> {
    let entry = find("vae").unwrap();
    let mut config = (entry.defaults)().unwrap();
    set(&mut config, "hidden", "[]");
    set(&mut config, "z", "2");
    let known = Stage::new(entry, &[]).setup;
    let setup = Setup {
        fields: gan_data::fields_of(&[3], None),
        dtype: DType::F64,
        examples: None,
        ..known
    };
    let game = (entry.build)(&config.model, &setup).unwrap();
    let put = |name: &str, all: &[f64]| {
        let var = game.params().tensors().find(|(n, _)| *n == name).unwrap().1;
        var.set(&Tensor::from_slice(all, var.dims(), &Device::Cpu).unwrap()).unwrap();
    };
    let m = [square(0) + VARIANCE, square(1) + VARIANCE];
    let mut weight = vec![0.0; 4 * 3];
    let mut bias = vec![0.0; 4];
    for k in 0..2 {
        for i in 0..3 {
            weight[3 * k + i] = gain * W[i][k] / m[k];
            bias[k] -= gain * W[i][k] / m[k] * MU[i];
        }
        bias[2 + k] = (spread * VARIANCE / m[k]).ln();
    }
    put("enc.fc1.weight", &weight);
    put("enc.fc1.bias", &bias);
    put("dec.fc1.weight", &W.concat());
    put("dec.fc1.bias", &MU);
    put("dec.log_variance", &[VARIANCE.ln()]);
    game
}

fn likelihood(game: &dyn Game, draws: usize) -> Likelihood {
    let x = Tensor::new(&X, &Device::Cpu).unwrap();
    let effort = Effort { draws, ..Effort::default() };
    game.inside().density.unwrap().likelihood(&x, &effort, &mut StepRng::new(5, 1)).unwrap()
}

/// log N(x; μ, WWᵀ + σ²I): along each column of W the variance is its square plus σ², across σ².
fn log_density(x: &[f64; 3]) -> f64 {
    let centred: Vec<f64> = x.iter().zip(MU).map(|(x, m)| x - m).collect();
    let (mut rest, mut log) = (centred.iter().map(|c| c * c).sum::<f64>(), 0.0);
    for k in 0..2 {
        let along = along(k, &centred) / square(k).sqrt();
        let variance = square(k) + VARIANCE;
        rest -= along * along;
        log -= 0.5 * (along * along / variance + (2.0 * PI * variance).ln());
    }
    log - 0.5 * (rest / VARIANCE + (2.0 * PI * VARIANCE).ln())
}

#[test]
fn under_the_exact_posterior_the_bound_is_the_likelihood() {
    let game = linear_gaussian(1.0, 1.0);
    let exact: Vec<f64> = X.iter().map(log_density).collect();
    let mean = exact.iter().sum::<f64>() / 4.0;
    // p(x, z)/q(z|x) = p(x) for every z: weighing leaves no noise at all.
    let weighted = likelihood(&*game, 3).terms[2];
    assert_eq!(weighted.0, "importance_weighted");
    assert!((weighted.1 - mean).abs() < 1e-12, "{} against {mean}", weighted.1);
    // The bound has noise in its first term, of about 1 nat a draw.
    let bound = likelihood(&*game, 20_000);
    for (found, exact) in bound.each.iter().zip(&exact) {
        assert!((found - exact).abs() < 0.04, "{found} against {exact}");
    }
}

#[test]
fn under_any_linear_posterior_both_terms_are_those_of_the_closed_form() {
    let (gain, spread) = (0.7, 1.9);
    let game = linear_gaussian(gain, spread);
    let found = likelihood(&*game, 20_000);
    let (mut reconstruction, mut kl) = (0.0, 0.0);
    for (x, each) in X.iter().zip(&found.each) {
        // E_q ‖x − Wz − μ‖² = ‖x − Wm − μ‖² + Σₖ sₖ²‖wₖ‖².
        let mut residual: Vec<f64> = x.iter().zip(MU).map(|(x, m)| x - m).collect();
        let (mut cost, mut spreads) = (0.0, 0.0);
        let centred = residual.clone();
        for k in 0..2 {
            let m = square(k) + VARIANCE;
            let mean = gain * along(k, &centred) / m;
            let variance = spread * VARIANCE / m;
            residual.iter_mut().zip(column(k)).for_each(|(r, w)| *r -= w * mean);
            spreads += variance * square(k);
            cost += 0.5 * (mean * mean + variance - 1.0 - variance.ln());
        }
        let squares: f64 = residual.iter().map(|r| r * r).sum();
        let explained = -0.5 * ((squares + spreads) / VARIANCE + 3.0 * (2.0 * PI * VARIANCE).ln());
        assert!((each - (explained - cost)).abs() < 0.06, "{each} against {explained} − {cost}");
        assert!(*each < log_density(x));
        reconstruction += explained / 4.0;
        kl += cost / 4.0;
    }
    assert!((found.terms[0].1 - reconstruction).abs() < 0.03, "{:?}", found.terms);
    // The second term has no noise.
    assert!((found.terms[1].1 - kl).abs() < 1e-12, "{:?} against {kl}", found.terms);
}

#[test]
fn training_reaches_the_entropy_of_a_gaussian() {
    let entry = find("vae").unwrap();
    let mut config = (entry.defaults)().unwrap();
    config.data.spec = "toy:gaussian".to_owned();
    config.train.steps = 2500;
    set(&mut config, "hidden", "[]");
    set(&mut config, "z", "1");
    set(&mut config, "optimizer.lr", "0.01");
    let stage = Stage::with(entry, config);
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
    let mut feed = stage.feed();
    fit(&mut *game, &mut trainer, &stage.config.train, &mut |n| feed.batch(n), None, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let options = LoadOptions { limit: Some(4000), ..stage.config.data.options().unwrap() };
    let data =
        gan_data::open("toy:gaussian", &LoadOptions { split: gan_data::Split::Test, ..options });
    let data = data.unwrap();
    let mut held_out = vec![0.0; 4000];
    for (i, x) in held_out.chunks_exact_mut(1).enumerate() {
        data.labeled(i, x).unwrap();
    }
    let x = Tensor::from_vec(held_out, (4000, 1), &Device::Cpu).unwrap();
    let found = game
        .inside()
        .density
        .unwrap()
        .likelihood(&x, &Effort::default(), &mut StepRng::new(1, 1))
        .unwrap();
    let (mean, error) = found.mean();
    let best = -0.5 * (2.0 * PI * E * 1.25 * 1.25).ln();
    assert!((mean - best).abs() < 0.02 + 2.0 * error, "{mean} ± {error}, the best is {best}");
    let request = SampleRequest::of(4000);
    let drawn = values(game.sample(&request, &mut StepRng::new(1, 2)).unwrap().tensor()).unwrap();
    let mean = drawn.iter().sum::<f64>() / 4000.0;
    let variance = drawn.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 4000.0;
    assert!((mean - 4.0).abs() < 0.15 && (variance.sqrt() - 1.25).abs() < 0.1, "{mean} {variance}");
}

#[test]
fn two_dimensional_codes_have_a_manifold_and_a_figure() {
    let stage = Stage::new(find("vae").unwrap(), &[("z", "2")]);
    let game = stage.game();
    let names = |game: &dyn Game| -> Vec<String> {
        let sheets = game.inside().drawings.unwrap().sheets(&mut StepRng::new(1, 1)).unwrap();
        sheets.into_iter().map(|s| s.name).collect()
    };
    assert_eq!(names(&*game), ["reconstructions", "manifold"]);
    let figure = game.inside().drawings.unwrap().figure(&mut StepRng::new(1, 1)).unwrap().unwrap();
    assert_eq!((figure.series[1].name.as_str(), figure.series[1].points.len()), ("data", EXAMPLES));
    let wide = Stage::new(find("vae").unwrap(), &[]).game();
    assert_eq!(names(&*wide), ["reconstructions"]);
    assert!(wide.inside().drawings.unwrap().figure(&mut StepRng::new(1, 1)).unwrap().is_none());
}

/// A VAE of images of 2×2 whose networks are all zero but for the decoder's bias: codes say nothing,
/// the posterior is the prior, and the bound is the likelihood itself.
fn constant_decoder(channels: usize, decoder: &str, bias: f64, log_variance: f64) -> Box<dyn Game> {
    let entry = find("vae").unwrap();
    let mut config = (entry.defaults)().unwrap();
    set(&mut config, "hidden", "[]");
    set(&mut config, "decoder", &format!("\"{decoder}\""));
    let known = Stage::new(entry, &[]).setup;
    let shape = vec![channels, 2, 2];
    let setup = Setup {
        fields: gan_data::fields_of(&shape, None),
        dtype: DType::F64,
        examples: None,
        ..known
    };
    let game = (entry.build)(&config.model, &setup).unwrap();
    for (name, var) in game.params().tensors() {
        let value = match name {
            "dec.fc1.bias" => bias,
            "dec.log_variance" => log_variance,
            _ => 0.0,
        };
        var.set(&(var.zeros_like().unwrap() + value).unwrap()).unwrap();
    }
    game
}

#[test]
fn colored_pixels_are_gaussian_around_a_mean_between_0_and_1() {
    let (bias, log_variance) = (0.4, -1.5);
    let game = constant_decoder(3, "auto", bias, log_variance);
    let x = StepRng::new(4, 1).uniform("x", (-1.0, 1.0), &[5, 3, 2, 2], DType::F64, &Device::Cpu);
    let x = x.unwrap();
    let found = game
        .inside()
        .density
        .unwrap()
        .likelihood(&x, &Effort::default(), &mut StepRng::new(0, 1))
        .unwrap();
    let mean = 1.0 / (1.0 + (-bias).exp());
    let density = |pixel: f64| {
        let brightness = 0.5 * pixel + 0.5;
        let square = (brightness - mean).powi(2) / E.powf(log_variance);
        -0.5 * (square + log_variance + (2.0 * PI).ln())
    };
    for (row, each) in values(&x).unwrap().chunks(12).zip(&found.each) {
        let exact: f64 = row.iter().map(|v| density(*v)).sum();
        assert!((exact - each).abs() < 1e-9, "{exact} and {each}");
    }
    let sigma = found.terms.iter().find(|(name, _)| *name == "sigma").unwrap().1;
    assert!((sigma - E.powf(0.5 * log_variance)).abs() < 1e-12);
    // Samples are the means, without the noise.
    let request = SampleRequest::of(2);
    let drawn = game.sample(&request, &mut StepRng::new(0, 2)).unwrap();
    let pixels = values(drawn.tensor()).unwrap();
    assert!(pixels.iter().all(|v| (v - (2.0 * mean - 1.0)).abs() < 1e-12), "{pixels:?}");
}

#[test]
fn pixels_are_bernoulli_where_images_are_gray_unless_told_otherwise() {
    let has_variance = |channels, decoder| {
        let game = constant_decoder(channels, decoder, 0.0, 0.0);
        game.params().tensors().any(|(name, _)| name == "dec.log_variance")
    };
    assert!(!has_variance(1, "auto") && has_variance(3, "auto"));
    assert!(has_variance(1, "gaussian") && !has_variance(3, "bernoulli"));
}
