//! Each loss against its formula in probabilities, and its gradients by finite differences.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::{Adversarial, cross_entropy};
use candle_core::{Device, Tensor, Var};
use gan_kernels::second_order;

const REAL: [f64; 4] = [-2.0, 0.3, 1.4, 3.0];
const FAKE: [f64; 4] = [-3.1, -0.6, 0.2, 2.5];
const ALL: [Adversarial; 4] = [
    Adversarial::NonSaturating,
    Adversarial::Minimax,
    Adversarial::LeastSquares,
    Adversarial::Hinge,
];

fn tensor(v: &[f64]) -> Tensor {
    Tensor::new(v, &Device::Cpu).unwrap()
}

fn mean(v: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    v.iter().map(|x| f(*x)).sum::<f64>() / v.len() as f64
}

#[test]
fn values_are_those_of_the_papers_formulas() {
    let p = |l: f64| 1.0 / (1.0 + (-l).exp());
    let smooth = 0.9;
    for loss in ALL {
        let d = match loss {
            Adversarial::NonSaturating | Adversarial::Minimax => {
                -mean(&REAL, |l| smooth * p(l).ln() + (1.0 - smooth) * (1.0 - p(l)).ln())
                    - mean(&FAKE, |l| (1.0 - p(l)).ln())
            }
            Adversarial::LeastSquares => {
                0.5 * mean(&REAL, |l| (l - smooth).powi(2)) + 0.5 * mean(&FAKE, |l| l * l)
            }
            Adversarial::Hinge => {
                mean(&REAL, |l| f64::max(0.0, 1.0 - l)) + mean(&FAKE, |l| f64::max(0.0, 1.0 + l))
            }
        };
        let g = match loss {
            Adversarial::NonSaturating => -mean(&FAKE, |l| p(l).ln()),
            Adversarial::Minimax => mean(&FAKE, |l| (1.0 - p(l)).ln()),
            Adversarial::LeastSquares => 0.5 * mean(&FAKE, |l| (l - 1.0).powi(2)),
            Adversarial::Hinge => -mean(&FAKE, |l| l),
        };
        let ours_d = loss.discriminator(&tensor(&REAL), &tensor(&FAKE), smooth).unwrap();
        let ours_g = loss.generator(&tensor(&FAKE)).unwrap();
        assert!((ours_d.to_scalar::<f64>().unwrap() - d).abs() < 1e-12, "{loss:?} discriminator");
        assert!((ours_g.to_scalar::<f64>().unwrap() - g).abs() < 1e-12, "{loss:?} generator");
    }
}

#[test]
fn an_undecided_discriminator_costs_two_ln_two() {
    let zero = tensor(&[0.0; 3]);
    let v = cross_entropy::discriminator(&zero, &zero, 1.0).unwrap().to_scalar::<f64>().unwrap();
    assert!((v - 2.0 * 2f64.ln()).abs() < 1e-15);
}

#[test]
fn gradients_of_both_orders() {
    second_order::enable().unwrap();
    for loss in ALL {
        let value = |x: &Tensor| {
            let other = tensor(&[0.1, -0.4, 0.9, -1.3]);
            let d = loss.discriminator(x, &other, 0.9)?;
            let d2 = loss.discriminator(&other, x, 0.9)?;
            ((d + d2)? + loss.generator(x)?)?.sqr()
        };
        let at = FAKE;
        let gradient = |x: &[f64]| {
            let x = Var::from_tensor(&tensor(x)).unwrap();
            let g = value(x.as_tensor()).unwrap().backward().unwrap();
            (g.get(&x).unwrap().clone(), x)
        };
        let (g, x) = gradient(&at);
        let exact = g.to_vec1::<f64>().unwrap();
        let slope = g.mul(&tensor(&REAL)).unwrap().sum_all().unwrap();
        let second = slope.backward().unwrap();
        let second = second.get(&x).unwrap().to_vec1::<f64>().unwrap();
        for i in 0..at.len() {
            let moved = |by: f64| {
                let mut v = at;
                v[i] += by;
                v
            };
            let h = 1e-5;
            let f = |v: &[f64]| value(&tensor(v)).unwrap().to_scalar::<f64>().unwrap();
            let numeric = (f(&moved(h)) - f(&moved(-h))) / (2.0 * h);
            assert!((exact[i] - numeric).abs() < 1e-7, "{loss:?}: {} and {numeric}", exact[i]);
            let s = |v: &[f64]| {
                let g = gradient(v).0.mul(&tensor(&REAL)).unwrap();
                g.sum_all().unwrap().to_scalar::<f64>().unwrap()
            };
            let numeric = (s(&moved(h)) - s(&moved(-h))) / (2.0 * h);
            assert!((second[i] - numeric).abs() < 1e-6, "{loss:?}: {} and {numeric}", second[i]);
        }
    }
}

#[test]
fn the_minimax_gradient_vanishes_where_the_other_does_not() {
    let slope = |f: fn(&Tensor) -> crate::Result<Tensor>| {
        let x = Var::from_tensor(&tensor(&[-12.0])).unwrap();
        let g = f(x.as_tensor()).unwrap().backward().unwrap();
        g.get(&x).unwrap().to_vec1::<f64>().unwrap()[0].abs()
    };
    assert!(slope(cross_entropy::minimax) < 1e-5);
    assert!(slope(cross_entropy::non_saturating) > 0.99);
}
