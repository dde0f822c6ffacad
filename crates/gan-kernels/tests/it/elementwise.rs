//! Activations, channel operations, normalization, losses, softmax, matrix products.

use crate::differences::{close, close_tensors, prove, tensor, values};
use crate::naive;
use candle_core::{DType, Device, Result, Tensor};
use gan_kernels::{
    activation, alike, channel, linear, loss, norm, second_order, softmax, with_composed,
};
use proptest::prelude::*;

type Unary = (&'static str, fn(&Tensor) -> Result<Tensor>, fn(f64) -> f64);

fn unaries() -> Vec<Unary> {
    vec![
        ("relu", activation::relu, |x| x.max(0.0)),
        ("leaky", |x| activation::leaky_relu(x, 0.2), |x| if x > 0.0 { x } else { 0.2 * x }),
        ("tanh", activation::tanh, f64::tanh),
        ("sigmoid", activation::sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
        ("softplus", activation::softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
    ]
}

#[test]
fn activations_have_right_values_and_gradients() {
    for (name, op, exact) in unaries() {
        let x = tensor(&[3, 7], 4).affine(4.0, 0.013).unwrap();
        let expected: Vec<f64> =
            x.flatten_all().unwrap().to_vec1::<f64>().unwrap().into_iter().map(exact).collect();
        close(
            name,
            &op(&x).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap(),
            &expected,
            1e-14,
        );
        prove(name, &|t| op(&t[0]), &[x]);
    }
    let x = tensor(&[3, 6], 4);
    prove("maxout", &|t| activation::maxout(&t[0], 3), &[x.clone()]);
    let rows = x.to_vec2::<f64>().unwrap();
    let out = activation::maxout(&x, 3).unwrap().to_vec2::<f64>().unwrap();
    for (row, out) in rows.iter().zip(&out) {
        for (unit, value) in out.iter().enumerate() {
            let best = row[unit * 3..unit * 3 + 3].iter().cloned().fold(f64::MIN, f64::max);
            assert_eq!(*value, best);
        }
    }
}

fn gradient_at(op: fn(&Tensor) -> Result<Tensor>, at: f64) -> f64 {
    let x = candle_core::Var::from_tensor(&Tensor::new(&[at], &Device::Cpu).unwrap()).unwrap();
    let grads = op(x.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
    grads.get(&x).unwrap().to_vec1::<f64>().unwrap()[0]
}

#[test]
fn gradients_at_zero_and_far_out_are_as_documented() {
    let both = |op, at| {
        let fast = gradient_at(op, at);
        assert_eq!(fast, with_composed(|| gradient_at(op, at)));
        fast
    };
    assert_eq!(both(activation::relu, 0.0), 0.0);
    assert_eq!(both(|x| activation::leaky_relu(x, 0.2), 0.0), 0.2);
    assert_eq!(both(activation::softplus, 0.0), 0.5);
    for at in [-1e4, 1e4] {
        for (name, op, _) in unaries() {
            assert!(both(op, at).is_finite(), "{name} at {at}");
        }
    }
    assert_eq!(both(activation::softplus, 1e4), 1.0);
    assert_eq!(both(activation::softplus, -1e4), 0.0);
}

#[test]
fn nan_is_never_hidden() {
    let nan = Tensor::new(&[f32::NAN], &Device::Cpu).unwrap();
    for (name, op, _) in unaries() {
        assert!(op(&nan).unwrap().to_vec1::<f32>().unwrap()[0].is_nan(), "{name}");
    }
}

#[test]
fn channel_operations() {
    for dims in [vec![4, 3], vec![2, 3, 4], vec![2, 3, 2, 3]] {
        let (x, v, w) = (tensor(&dims, 1), tensor(&[3], 2), tensor(&[3], 3));
        prove("sum", &|t| channel::sum(&t[0]), &[x.clone()]);
        prove("mean", &|t| channel::mean(&t[0]), &[x.clone()]);
        prove("expand", &|t| channel::expand(&t[0], &dims), &[v.clone()]);
        prove("add", &|t| channel::add(&t[0], &t[1]), &[x.clone(), v.clone()]);
        prove("mul", &|t| channel::mul(&t[0], &t[1]), &[x.clone(), v.clone()]);
        prove("scale_shift", &|t| channel::scale_shift(&t[0], &t[1], &t[2]), &[x.clone(), v, w]);
        prove("dot", &|t| channel::dot(&t[0], &t[1]), &[x, tensor(&dims, 9)]);
    }
    let wrong = channel::add(&tensor(&[2, 3], 1), &tensor(&[4], 2)).unwrap_err().to_string();
    assert!(wrong.contains("expected 3 values"), "{wrong}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn normalize_equals_the_loop(n in 1usize..5, c in 1usize..5, inner in 1usize..9, shift in -1e3f64..1e3) {
        prop_assume!(n * inner > 1);
        let x: Vec<f64> = values(n * c * inner, 3).into_iter().map(|v| v + shift).collect();
        let t = Tensor::from_slice(&x, (n, c, inner), &Device::Cpu).unwrap();
        let expected = naive::normalize(&x, n, c, inner, 1e-5);
        let flat = |t: Tensor| t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        close("f64", &flat(norm::normalize(&t, 1e-5).unwrap()), &expected, 1e-7);
        let single = norm::normalize(&t.to_dtype(DType::F32).unwrap(), 1e-5).unwrap();
        // A shift of 1000 leaves f32 about 4 digits of the unit spread.
        close("f32", &flat(single), &expected, 2e-3);
        let (mean, var) = norm::moments(&t).unwrap();
        let (mean2, var2) = with_composed(|| norm::moments(&t)).unwrap();
        close_tensors("mean", &mean, &mean2, 1e-12);
        close_tensors("variance", &var, &var2, 1e-8);
    }

    #[test]
    fn matmul_equals_the_loop(m in 1usize..20, k in 1usize..20, n in 1usize..20) {
        let (a, b) = (values(m * k, 1), values(k * n, 2));
        let mut expected = vec![0.0; m * n];
        for i in 0..m { for j in 0..n { for l in 0..k {
            expected[i * n + j] += a[i * k + l] * b[l * n + j];
        }}}
        let ta = Tensor::from_slice(&a, (m, k), &Device::Cpu).unwrap();
        let tb = Tensor::from_slice(&b, (k, n), &Device::Cpu).unwrap();
        let flat = |t: Tensor| t.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        close("matmul", &flat(linear::matmul(&ta, &tb).unwrap()), &expected, 1e-12);
        close("matmul_nt", &flat(linear::matmul_nt(&ta, &tb.t().unwrap()).unwrap()), &expected, 1e-12);
    }

    #[test]
    fn alike_equals_the_loop(n in 1usize..9, kernels in 1usize..20, dims in 1usize..7) {
        let m = values(n * kernels * dims, 5);
        let at = |i: usize, b: usize, c: usize| m[(i * kernels + b) * dims + c];
        let mut expected = vec![0.0; n * kernels];
        for i in 0..n { for j in 0..n { for b in 0..kernels {
            let apart: f64 = (0..dims).map(|c| (at(i, b, c) - at(j, b, c)).abs()).sum();
            expected[i * kernels + b] += (-apart).exp();
        }}}
        let t = Tensor::from_slice(&m, (n, kernels, dims), &Device::Cpu).unwrap();
        let flat = |t: Tensor| t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        close("f64", &flat(alike::alike(&t).unwrap()), &expected, 1e-12);
        close("composed", &flat(with_composed(|| alike::alike(&t)).unwrap()), &expected, 1e-12);
        close("f32", &flat(alike::alike(&t.to_dtype(DType::F32).unwrap()).unwrap()), &expected, 1e-5);
    }
}

#[test]
fn alike_has_right_gradients_of_both_kinds() {
    prove("alike", &|t| alike::alike(&t[0]), &[tensor(&[5, 3, 2], 6)]);
    // Without gradients of gradients another kernel gives the same.
    let gradient = || {
        let m = candle_core::Var::from_tensor(&tensor(&[6, 4, 3], 7)).unwrap();
        let o = alike::alike(m.as_tensor()).unwrap();
        let loss = o.mul(&tensor(&[6, 4], 8)).unwrap().sum_all().unwrap();
        loss.backward().unwrap().get(&m).unwrap().clone()
    };
    close_tensors("alike", &second_order::without(gradient), &gradient(), 1e-13);
    assert!(alike::alike(&tensor(&[4, 2], 1)).is_err());
}

#[test]
fn products_and_norms_have_right_gradients() {
    let (a, b) = (tensor(&[3, 4], 1), tensor(&[4, 2], 2));
    prove("matmul", &|t| linear::matmul(&t[0], &t[1]), &[a.clone(), b]);
    let (w, bias) = (tensor(&[2, 4], 3), tensor(&[2], 4));
    prove("linear", &|t| linear::linear(&t[0], &t[1], Some(&t[2])), &[a, w, bias]);
    let x = tensor(&[3, 4, 2, 2], 5);
    let (s, h) = (tensor(&[4], 6), tensor(&[4], 7));
    prove(
        "batch norm",
        &|t| norm::batch_norm_train(&t[0], &t[1], &t[2], 1e-3),
        &[x.clone(), s.clone(), h.clone()],
    );
    let (m, v) = (tensor(&[4], 8), tensor(&[4], 9).sqr().unwrap());
    prove(
        "batch norm eval",
        &|t| norm::batch_norm_eval(&t[0], &m, &v, &t[1], &t[2], 1e-3),
        &[x.clone(), s, h],
    );
    prove("instance norm", &|t| norm::instance_norm(&t[0], 1e-3), &[x.clone()]);
    prove("group norm", &|t| norm::group_norm(&t[0], 2, 1e-3), &[x.clone()]);
    prove("layer norm", &|t| norm::layer_norm(&t[0], 1e-3), &[x]);
}

#[test]
fn one_value_a_channel_is_refused_and_constants_stay_finite() {
    let one = tensor(&[1, 3, 1, 1], 1);
    let v = tensor(&[3], 2);
    let e = norm::batch_norm_train(&one, &v, &v, 1e-5).unwrap_err().to_string();
    assert!(e.contains("one value a channel"), "{e}");
    let flat = Tensor::full(5.0f32, (4, 2, 3), &Device::Cpu).unwrap();
    let y = norm::normalize(&flat, 1e-5).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(y.iter().all(|v| *v == 0.0));
}

#[test]
fn a_samples_output_depends_on_the_batch_only_through_batch_statistics() {
    // Row 0 of the gradient of row 1's output: zero for all but batch norm.
    let cross = |op: &dyn Fn(&Tensor) -> Result<Tensor>| {
        let x = candle_core::Var::from_tensor(&tensor(&[2, 4, 2, 2], 3)).unwrap();
        let y = op(x.as_tensor()).unwrap().get(1).unwrap();
        let g = (y.sqr().unwrap().sum_all().unwrap() + y.sum_all().unwrap())
            .unwrap()
            .backward()
            .unwrap();
        let g = g.get(&x).unwrap().get(0).unwrap();
        g.abs().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
    };
    let one = tensor(&[4], 1);
    assert!(cross(&|x| norm::batch_norm_train(x, &one, &one, 1e-3)) > 1e-3);
    assert_eq!(cross(&|x| norm::instance_norm(x, 1e-3)), 0.0);
    assert_eq!(cross(&|x| norm::group_norm(x, 2, 1e-3)), 0.0);
    assert_eq!(cross(&|x| norm::batch_norm_eval(x, &one, &one.sqr()?, &one, &one, 1e-3)), 0.0);
}

#[test]
fn softmax_and_losses() {
    let x = tensor(&[3, 5], 1).affine(5.0, 0.0).unwrap();
    prove("log_softmax", &|t| softmax::log_softmax(&t[0]), &[x.clone()]);
    prove("softmax", &|t| softmax::softmax(&t[0]), &[x.clone()]);
    let rows = softmax::softmax(&x).unwrap().sum(1).unwrap().to_vec1::<f64>().unwrap();
    close("rows", &rows, &[1.0; 3], 1e-14);
    let huge = Tensor::new(&[[1e5f32, -1e5, 0.0]], &Device::Cpu).unwrap();
    assert!(
        softmax::log_softmax(&huge)
            .unwrap()
            .sum_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap()
            .is_finite()
    );
    for target in [0.0, 0.1, 0.9, 1.0] {
        prove("bce", &|t| loss::bce_with_logits(&t[0], target), &[x.clone()]);
        let p = activation::sigmoid(&x).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let expected =
            -p.iter().map(|p| target * p.ln() + (1.0 - target) * (1.0 - p).ln()).sum::<f64>()
                / p.len() as f64;
        let value = loss::bce_with_logits(&x, target).unwrap().to_scalar::<f64>().unwrap();
        close("bce value", &[value], &[expected], 1e-12);
    }
    let targets = activation::sigmoid(&tensor(&[3, 5], 8)).unwrap();
    prove("bce each", &|t| loss::bce_with_logits_each(&t[0], &t[1]), &[x, targets]);
    let far = Tensor::new(&[500f32, -500.0], &Device::Cpu).unwrap();
    let l = loss::bce_with_logits(&far, 0.5).unwrap().to_scalar::<f32>().unwrap();
    assert_eq!(l, 250.0);
}

#[test]
fn a_thread_that_came_too_late_is_told() {
    // The switch is the whole process's, and other tests turn it on: a process of its own.
    const CHILD: &str = "GAN_KERNELS_TOO_LATE";
    const NAME: &str = "elementwise::a_thread_that_came_too_late_is_told";
    if std::env::var_os(CHILD).is_none() {
        let program = std::env::current_exe().unwrap();
        let mut child = std::process::Command::new(program);
        child.args([NAME, "--exact"]).env(CHILD, "1").env_remove("CANDLE_GRAD_DO_NOT_DETACH");
        let child = child.output().unwrap();
        let text = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    // This backward pass reads the switch while it is off, for this thread and for good.
    assert!(second_order::self_test().is_err());
    let told = second_order::enable().unwrap_err().to_string();
    assert!(told.contains("before the first backward pass"), "{told}");
    let later = std::thread::spawn(|| second_order::self_test().map_err(|e| e.to_string()));
    assert_eq!(later.join().unwrap(), Ok(()));
}
