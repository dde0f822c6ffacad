//! Optimizer updates against their written recurrences, in both branches.

#![expect(clippy::disallowed_methods, reason = "it is the updates that are proved")]

use crate::differences::{close_tensors, tensor, values};
use candle_core::{Device, Tensor, Var};
use gan_kernels::update::{Adam, adam, blend, rmsprop, sgd};
use gan_kernels::with_composed;

fn var(seed: u64) -> Var {
    Var::from_tensor(&tensor(&[5], seed)).unwrap()
}

fn zero() -> Var {
    Var::from_tensor(&Tensor::zeros(5, candle_core::DType::F64, &Device::Cpu).unwrap()).unwrap()
}

fn gradients() -> Vec<Vec<f64>> {
    (0..4).map(|t| values(5, 100 + t)).collect()
}

type Step<'a> = &'a dyn Fn(&Var, &Tensor, &[Var; 2], u64);

/// Runs four steps in both branches and compares with four steps of a scalar recurrence.
fn check(name: &str, step: Step<'_>, scalar: &dyn Fn(f64, &[f64]) -> f64) {
    let run = || {
        let (p, state) = (var(1), [zero(), zero()]);
        for (t, g) in gradients().into_iter().enumerate() {
            step(&p, &Tensor::new(g, &Device::Cpu).unwrap(), &state, t as u64 + 1);
        }
        p.as_detached_tensor()
    };
    let start = values(5, 1);
    let all = gradients();
    let expected: Vec<f64> =
        (0..5).map(|i| scalar(start[i], &all.iter().map(|g| g[i]).collect::<Vec<_>>())).collect();
    let expected = Tensor::new(expected, &Device::Cpu).unwrap();
    close_tensors(name, &run(), &expected, 1e-13);
    close_tensors(name, &with_composed(run), &expected, 1e-13);
}

#[test]
fn adam_follows_algorithm_1() {
    let how = Adam { lr: 0.1, beta1: 0.5, beta2: 0.99, eps: 1e-8, weight_decay: 0.01 };
    check("adam", &|p, g, s, t| adam(p, g, &s[0], &s[1], &how, t).unwrap(), &|mut p, gs| {
        let (mut m, mut v) = (0.0, 0.0);
        for (t, g) in gs.iter().enumerate() {
            let t = t as i32 + 1;
            m = 0.5 * m + 0.5 * g;
            v = 0.99 * v + 0.01 * g * g;
            p *= 1.0 - 0.1 * 0.01;
            p -= 0.1 * (m / (1.0 - 0.5f64.powi(t))) / ((v / (1.0 - 0.99f64.powi(t))).sqrt() + 1e-8);
        }
        p
    });
    let (p, m, v) = (var(1), zero(), zero());
    assert!(adam(&p, p.as_tensor(), &m, &v, &how, 0).is_err());
}

#[test]
fn rmsprop_and_momentum_follow_their_recurrences() {
    check("rmsprop", &|p, g, s, _| rmsprop(p, g, &s[0], 0.1, 0.9, 1e-8).unwrap(), &|mut p, gs| {
        let mut v = 0.0;
        for g in gs {
            v = 0.9 * v + 0.1 * g * g;
            p -= 0.1 * g / (f64::sqrt(v) + 1e-8);
        }
        p
    });
    check("sgd", &|p, g, s, _| sgd(p, g, &s[0], 0.1, 0.9).unwrap(), &|mut p, gs| {
        let mut v = 0.0;
        for g in gs {
            v = 0.9 * v + g;
            p -= 0.1 * v;
        }
        p
    });
}

#[test]
fn blends_and_mismatches() {
    let (a, b) = (var(1), tensor(&[5], 2));
    let expected = (a.as_detached_tensor().copy().unwrap() * 0.9).unwrap() + (&b * 0.1).unwrap();
    blend(&a, &b, 0.9, 0.1).unwrap();
    close_tensors("blend", &a.as_detached_tensor(), &expected.unwrap(), 1e-14);
    assert!(blend(&a, &tensor(&[4], 2), 0.9, 0.1).is_err());
}
