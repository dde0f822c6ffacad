//! Each loss against its formula in probabilities, and its gradients by finite differences.
//!
//! On the host: proofs are of f64, which not every device has.

use crate::{Adversarial, cross_entropy, gradient_penalty};
use candle_core::{Device, Tensor, Var};
use gan_kernels::second_order;

const REAL: [f64; 4] = [-2.0, 0.3, 1.4, 3.0];
const FAKE: [f64; 4] = [-3.1, -0.6, 0.2, 2.5];
const ALL: [Adversarial; 5] = [
    Adversarial::NonSaturating,
    Adversarial::Minimax,
    Adversarial::LeastSquares,
    Adversarial::Hinge,
    Adversarial::Wasserstein,
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
            Adversarial::Wasserstein => mean(&FAKE, |l| l) - mean(&REAL, |l| l),
        };
        let g = match loss {
            Adversarial::NonSaturating => -mean(&FAKE, |l| p(l).ln()),
            Adversarial::Minimax => mean(&FAKE, |l| (1.0 - p(l)).ln()),
            Adversarial::LeastSquares => 0.5 * mean(&FAKE, |l| (l - 1.0).powi(2)),
            Adversarial::Hinge | Adversarial::Wasserstein => -mean(&FAKE, |l| l),
        };
        let ours_d = loss.discriminator(&tensor(&REAL), &tensor(&FAKE), smooth).unwrap();
        let ours_g = loss.generator(&tensor(&FAKE)).unwrap();
        assert!((ours_d.to_scalar::<f64>().unwrap() - d).abs() < 1e-12, "{loss:?} discriminator");
        assert!((ours_g.to_scalar::<f64>().unwrap() - g).abs() < 1e-12, "{loss:?} generator");
        let e = match loss {
            Adversarial::NonSaturating => -mean(&REAL, |l| (1.0 - p(l)).ln()),
            Adversarial::Minimax => mean(&REAL, |l| p(l).ln()),
            Adversarial::LeastSquares => 0.5 * mean(&REAL, |l| l * l),
            Adversarial::Hinge | Adversarial::Wasserstein => mean(&REAL, |l| l),
        };
        let ours_e = loss.real_side(&tensor(&REAL)).unwrap().to_scalar::<f64>().unwrap();
        assert!((ours_e - e).abs() < 1e-12, "{loss:?} real side");
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
            let sides = (loss.generator(x)? + loss.real_side(&(x * 0.5)?)?)?;
            ((d + d2)? + sides)?.sqr()
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

/// A small critic on images: convolution, leaky ReLU, layer norm, tanh, linear.
fn critic(x: &Tensor, weights: &[Tensor]) -> crate::Result<Tensor> {
    let how = gan_kernels::conv::Conv2d::new(2, 1);
    let h = gan_kernels::conv::conv2d(x, &weights[0], None, &how)?;
    let h = gan_kernels::activation::leaky_relu(&h, 0.2)?;
    let h = gan_kernels::norm::layer_norm(&h, 1e-5)?;
    let h = gan_kernels::activation::tanh(&h)?.flatten_from(1)?;
    gan_kernels::linear::linear(&h, &weights[1], None)?.flatten_all()
}

fn wave(shape: &[usize], phase: f64) -> Tensor {
    let count: usize = shape.iter().product();
    let values: Vec<f64> = (0..count).map(|i| (i as f64 * 1.7 + phase).sin()).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

#[test]
fn gradients_of_a_penalty_with_respect_to_the_critics_weights() {
    second_order::enable().unwrap();
    type Penalty = fn(&Tensor) -> crate::Result<Tensor>;
    let penalties: [(&str, Penalty); 2] =
        [("one", gradient_penalty::one_centred), ("zero", gradient_penalty::zero_centred)];
    for (name, penalty) in penalties {
        let weights = [wave(&[3, 2, 4, 4], 0.3), wave(&[1, 12], 1.1)];
        let value = |weights: &[Tensor]| {
            let x = Var::from_tensor(&wave(&[2, 2, 4, 4], 0.7)).unwrap();
            let logits = critic(x.as_tensor(), weights).unwrap();
            penalty(&gradient_penalty::input_gradient(&logits, std::slice::from_ref(&x)).unwrap())
                .unwrap()
        };
        let vars: Vec<Var> = weights.iter().map(|w| Var::from_tensor(w).unwrap()).collect();
        let tracked: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
        let grads = value(&tracked).backward().unwrap();
        for (k, var) in vars.iter().enumerate() {
            let exact = grads.get(var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let start = weights[k].flatten_all().unwrap().to_vec1::<f64>().unwrap();
            for i in (0..start.len()).step_by(5) {
                let at = |by: f64| {
                    let mut moved = start.clone();
                    moved[i] += by;
                    let mut weights = weights.clone();
                    weights[k] = Tensor::from_vec(moved, weights[k].dims(), &Device::Cpu).unwrap();
                    value(&weights).to_scalar::<f64>().unwrap()
                };
                let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
                let gap = (exact[i] - numeric).abs();
                assert!(gap < 1e-6, "{name}: weight {k}, {i}: {} and {numeric}", exact[i]);
            }
        }
    }
}

#[test]
fn the_penalty_of_a_linear_critic_is_known() {
    second_order::enable().unwrap();
    // D(x) = 3x₁ + 4x₂ has slope 5 everywhere.
    let x = Var::from_tensor(&wave(&[6, 2], 0.0)).unwrap();
    let w = Tensor::new(&[[3.0, 4.0]], &Device::Cpu).unwrap();
    let logits = gan_kernels::linear::linear(x.as_tensor(), &w, None).unwrap();
    let gradient = gradient_penalty::input_gradient(&logits, std::slice::from_ref(&x));
    // Nothing but x is tracked and D is linear, so the slope is a constant: no graph is owed.
    let gradient = gradient.unwrap();
    let value = |t: Tensor| t.to_scalar::<f64>().unwrap();
    assert!((value(gradient_penalty::one_centred(&gradient).unwrap()) - 16.0).abs() < 1e-9);
    assert!((value(gradient_penalty::zero_centred(&gradient).unwrap()) - 12.5).abs() < 1e-9);
}

#[test]
fn a_penalty_without_second_order_gradients_is_refused() {
    // Other tests of this process switch it on for all later threads: a process of its own.
    const CHILD: &str = "GAN_LOSSES_WITHOUT_SECOND_ORDER";
    const NAME: &str = "proofs::a_penalty_without_second_order_gradients_is_refused";
    if std::env::var_os(CHILD).is_none() {
        let program = std::env::current_exe().unwrap();
        let mut child = std::process::Command::new(program);
        child.args([NAME, "--exact"]).env(CHILD, "1").env_remove("CANDLE_GRAD_DO_NOT_DETACH");
        let child = child.output().unwrap();
        let text = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let x = Var::from_tensor(&wave(&[2, 2], 0.0)).unwrap();
    let logits = x.as_tensor().sqr().unwrap().sum(1).unwrap();
    let told = gradient_penalty::input_gradient(&logits, std::slice::from_ref(&x)).unwrap_err();
    assert!(told.to_string().contains("second_order::enable"), "{told}");
}
